//! The end-to-end tests: one set of flows over two worlds, and what only one of them can show.
//!
//! `cargo test -p relatch-tests --test worlds -- "in process"` runs one world, any other words the trials whose names
//! hold them.
#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test that meets something else than it expects has failed"
)]

use std::sync::{Arc, OnceLock};

use libtest_mimic::Trial;
use relatch_tests::in_process::InProcess;
use relatch_tests::trials::{Flow, run, trial};
use relatch_tests::workerd::Workerd;
use relatch_tests::world::World;

mod applications;
mod bad_input;
mod change;
mod cloudcms;
mod directories;
mod durability;
mod flask;
mod flows;
mod fos;
mod guarantees;
mod hashes;
mod mail_format;
mod mail_providers;
mod mails;
mod pages;
mod rest;
mod sdk;
mod server_callers;
mod start_up;
mod threats;
mod typo3;
mod wire_format;

/// The Worker that most trials share. It starts with the first of them and ends with the last.
static SHARED: OnceLock<Arc<Workerd>> = OnceLock::new();

fn shared() -> World {
    World::Workerd(Arc::clone(SHARED.get_or_init(|| Arc::new(Workerd::start(&[])))))
}

/// A flow's trials, one in each world.
fn in_both_worlds((name, flow): (&'static str, Flow)) -> [Trial; 2] {
    [
        trial(format!("in process: {name}"), move || async move {
            flow(&World::InProcess(InProcess::new(&[]))).await;
        }),
        trial(format!("workerd: {name}"), move || async move { flow(&shared()).await }),
    ]
}

/// A flow's trial in the one world that can show it.
fn on_workerd((name, flow): (&'static str, Flow)) -> Trial {
    trial(name, move || async move { flow(&shared()).await })
}

fn main() {
    let both = [
        flows::flows(),
        change::flows(),
        guarantees::flows(),
        mails::flows(),
        threats::flows(),
        bad_input::flows(),
        pages::flows(),
        fos::flows(),
        typo3::flows(),
        rest::flows(),
        flask::flows(),
        cloudcms::flows(),
        server_callers::flows(),
    ];
    let mut trials: Vec<Trial> = both.into_iter().flatten().flat_map(in_both_worlds).collect();
    trials.extend(flows::in_process());
    trials.extend(change::trials());
    trials.extend(guarantees::in_process());
    trials.extend(threats::in_process());
    trials.extend(bad_input::in_process());
    trials.extend(hashes::trials());
    trials.extend(directories::trials());
    trials.extend(pages::in_process());
    trials.extend(applications::on_workerd().into_iter().map(on_workerd));
    trials.extend(applications::trials());
    trials.extend(cloudcms::on_workerd().into_iter().map(on_workerd));
    trials.extend(flask::in_process());
    trials.extend(typo3::in_process());
    trials.extend(server_callers::trials());
    trials.extend(durability::trials());
    trials.extend(mail_providers::trials());
    trials.extend(start_up::trials());
    trials.extend(sdk::trials());
    trials.extend(wire_format::in_process());
    trials.extend(mail_format::in_process());
    let conclusion = run(trials);
    if let Some(workerd) = SHARED.get() {
        workerd.shut_down();
    }
    conclusion.exit();
}
