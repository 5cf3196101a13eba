//! The simulation is the test `simulation` of this package. The library is empty: Cargo requires
//! each package to have a library or a program.
