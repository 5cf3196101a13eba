//! Explores the protocol exhaustively: the real state machines and jobs run on the platform in
//! memory, in every order of steps and with every fault at every step.
//!
//! A *scenario* says which confirms and requests are made. The *explorer* chooses what happens
//! next: which process makes its next call, what goes wrong with that call, when time passes, when
//! an alarm fires, and when the application changes the account. *Laws* say what must hold after
//! every step, and at the end, when all faults have ceased. The end is tried after every step of
//! every run: the processes that are running then have crashed there.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::panic,
    reason = "a simulation that cannot continue must stop"
)]

mod delivered;
mod explorer;
mod laws;
mod platform;
mod process;
mod scenarios;
mod setup;
mod used;
mod world;

use libtest_mimic::{Failed, Trial};

use scenarios::SCENARIOS;

fn main() {
    let trials = SCENARIOS.iter().map(|&scenario| {
        Trial::test(scenario.name, move || {
            #[expect(
                clippy::disallowed_methods,
                reason = "measures the exploration and is no clock of the domain"
            )]
            let began = std::time::Instant::now();
            let explored = explorer::explore(scenario).map_err(Failed::from)?;
            let explorer::Explored { states, runs, longest } = explored;
            let seconds = began.elapsed().as_secs_f32();
            let name = scenario.name;
            eprintln!(
                "{name}: {states} states, {runs} runs of at most {longest} steps, {seconds:.1} s"
            );
            Ok(())
        })
    });
    relatch_tests::trials::run(trials.collect()).exit();
}
