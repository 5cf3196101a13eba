//! The simulation is its test: nothing of it is used from elsewhere, and Cargo asks every package
//! for a library or a program.
