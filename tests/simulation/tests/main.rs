//! Every story that can happen, tried out: the real state machines and the real procedures of the core, over the world
//! in memory, with everything going wrong at every step, in every order.
//!
//! A *scenario* says who wants what. The *explorer* decides what happens next: whose call is made, what goes wrong with
//! it, when time passes, when an alarm fires, when the application changes the account behind our back. *Laws* say what
//! must hold, after every step and once nothing goes wrong any more. The end is tried at every point of every story:
//! whatever was under way then has crashed there.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::panic,
    reason = "a simulation that cannot go on has to stop, and its parts are its own"
)]

mod actor;
mod delivered;
mod explorer;
mod laws;
mod process;
mod scenarios;
mod stage;
mod used;
mod world;

use libtest_mimic::{Failed, Trial};

use scenarios::SCENARIOS;

fn main() {
    let trials = SCENARIOS.iter().map(|&scenario| {
        Trial::test(scenario.name, move || {
            #[expect(
                clippy::disallowed_methods,
                reason = "this is how long the exploration takes, not what time it is"
            )]
            let began = std::time::Instant::now();
            let explored = explorer::explore(scenario).map_err(Failed::from)?;
            let explorer::Explored { states, runs, longest } = explored;
            let seconds = began.elapsed().as_secs_f32();
            let name = scenario.name;
            eprintln!("{name}: {states} states, {runs} runs of at most {longest} steps, {seconds:.1} s");
            Ok(())
        })
    });
    relatch_tests::trials::run(trials.collect()).exit();
}
