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

mod availability;
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

use availability::LOWEST;
use availability::SharedBy::{One, Stranger};
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
    relatch_tests::trials::run(trials.chain(availability_trials()).collect()).exit();
}

/// Returns the trials of the law of availability.
fn availability_trials() -> [Trial; 11] {
    [
        Trial::test("an owner can reset after any three actions while mails wait", || {
            let states = availability::explore_under_brake(One, 3).map_err(Failed::from)?;
            eprintln!("any three actions under the brake: {states} states");
            Ok(())
        }),
        Trial::test("an owner who shares the mailbox can reset while mails wait", || {
            let states = availability::explore_under_brake(Stranger, 2).map_err(Failed::from)?;
            eprintln!("any two actions in a shared mailbox under the brake: {states} states");
            Ok(())
        }),
        Trial::test("an owner can reset after any four actions", || {
            let states = availability::explore(One, 4).map_err(Failed::from)?;
            eprintln!("any four actions: {states} states");
            Ok(())
        }),
        Trial::test("an owner can reset after several links in a row have ended", || {
            let mails = availability::in_a_row().map_err(Failed::from)?;
            eprintln!("links that end in a row: {mails} mails");
            Ok(())
        }),
        Trial::test("an owner can reset after many sequences of random actions", || {
            let mails = availability::wander(One, 40, 60).map_err(Failed::from)?;
            eprintln!("random actions: {mails} mails");
            Ok(())
        }),
        Trial::test("an owner can reset while a stranger makes a request every minute", || {
            let mails = availability::besiege(One, &[]).map_err(Failed::from)?;
            eprintln!("a request every minute for two days: {mails} mails");
            Ok(())
        }),
        Trial::test("an owner can reset while a stranger uses up the lowest limits", || {
            let mails = availability::besiege(One, &LOWEST).map_err(Failed::from)?;
            eprintln!("a request every minute at the lowest limits: {mails} mails");
            Ok(())
        }),
        Trial::test("an owner can reset in spite of a long interval", || {
            let mails = availability::besiege(One, &[("REQUEST_INTERVAL_SECONDS", "7200")])
                .map_err(Failed::from)?;
            eprintln!("a request every minute with an interval of two hours: {mails} mails");
            Ok(())
        }),
        Trial::test("an owner who shares the mailbox can reset after any three actions", || {
            let states = availability::explore(Stranger, 3).map_err(Failed::from)?;
            eprintln!("any three actions in a shared mailbox: {states} states");
            Ok(())
        }),
        Trial::test("an owner who shares the mailbox can reset after random actions", || {
            let mails = availability::wander(Stranger, 20, 60).map_err(Failed::from)?;
            eprintln!("random actions in a shared mailbox: {mails} mails");
            Ok(())
        }),
        Trial::test(
            "an owner can reset while a stranger who shares the mailbox ends links",
            || {
                let mails = availability::besiege(Stranger, &LOWEST).map_err(Failed::from)?;
                eprintln!("a request every minute in a shared mailbox: {mails} mails");
                Ok(())
            },
        ),
    ]
}
