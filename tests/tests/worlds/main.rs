//! The end-to-end tests: flows that run in both worlds, and trials that only one of them supports.
//!
//! `cargo test -p relatch-tests --test worlds -- "in process"` runs one world. Any other words
//! select the trials whose names contain them.
#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "an unexpected value fails the test with a panic"
)]

use std::sync::{Arc, OnceLock};

use libtest_mimic::Trial;
use relatch_tests::trials::{Flow, run, trial};
use relatch_tests::workerd::{Workerd, remove_tables};
use relatch_tests::world::{World, in_memory};

mod applications;
mod bad_input;
mod bindings;
mod brake;
mod breaches;
mod captcha;
mod cloudcms;
mod directories;
mod durability;
mod events;
mod flask;
mod fos;
mod guarantees;
mod hashes;
mod hooks;
mod languages;
mod mail_apis;
mod mail_format;
mod mail_providers;
mod mail_reports;
mod mails;
mod notices;
mod objects;
mod own_ports;
mod pages;
mod password_change;
mod raw;
mod reset;
mod rest;
mod sdk;
mod server_calls;
mod service;
mod start_up;
mod support;
mod switches;
mod threats;
mod typo3;
mod verified;
mod visitors;
mod webhooks;
mod wire_format;

/// The Worker that most trials share. The first of them starts it, and `main` stops it.
static SHARED: OnceLock<Arc<Workerd>> = OnceLock::new();

fn shared() -> World {
    World::Workerd(Arc::clone(SHARED.get_or_init(|| Arc::new(Workerd::start(&[])))))
}

/// Creates the trials of a flow, one in each world.
fn in_both_worlds((name, flow): (&'static str, Flow)) -> [Trial; 2] {
    let in_process =
        trial(format!("in process: {name}"), move || async move { flow(&in_memory(&[]).0).await });
    [in_process, on_workerd(name, flow)]
}

/// Creates the trial of a flow on the shared Worker.
fn on_workerd(name: &'static str, flow: Flow) -> Trial {
    trial(format!("workerd: {name}"), move || async move { flow(&shared()).await })
}

fn main() {
    let flows = [
        bad_input::flows(),
        cloudcms::flows(),
        events::flows(),
        flask::flows(),
        fos::flows(),
        guarantees::flows(),
        languages::flows(),
        mails::flows(),
        pages::flows(),
        password_change::flows(),
        reset::flows(),
        rest::flows(),
        server_calls::flows(),
        service::flows(),
        threats::flows(),
        typo3::flows(),
        visitors::flows(),
    ];
    let trials = [
        applications::trials(),
        bad_input::trials(),
        bindings::trials(),
        brake::trials(),
        breaches::trials(),
        captcha::trials(),
        cloudcms::trials(),
        directories::trials(),
        durability::trials(),
        events::trials(),
        flask::trials(),
        guarantees::trials(),
        hashes::trials(),
        hooks::trials(),
        languages::trials(),
        mail_apis::trials(),
        mail_format::trials(),
        mails::trials(),
        notices::trials(),
        objects::trials(),
        mail_providers::trials(),
        mail_reports::trials(),
        own_ports::trials(),
        pages::trials(),
        password_change::trials(),
        reset::trials(),
        sdk::trials(),
        server_calls::trials(),
        start_up::trials(),
        switches::trials(),
        threats::trials(),
        typo3::trials(),
        verified::trials(),
        visitors::trials(),
        webhooks::trials(),
        wire_format::trials(),
    ];
    let mut all: Vec<Trial> = flows.into_iter().flatten().flat_map(in_both_worlds).collect();
    all.extend(trials.into_iter().flatten());
    let conclusion = run(all);
    if let Some(workerd) = SHARED.get() {
        workerd.shut_down();
    }
    remove_tables();
    conclusion.exit();
}
