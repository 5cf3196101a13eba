//! The hosted pages, as a browser without scripts meets them: forms, a cookie, and what a page says.
//!
//! What only a real browser shows is in `tests/browser`.

use libtest_mimic::Trial;
use relatch_tests::trials::Flow;

mod forgot;
mod forms;
mod links;
mod story;
pub mod visitor;

/// A good password.
const NEW: &str = "a quite new passphrase";
/// Another one.
const OTHER: &str = "some other long passphrase";

pub fn flows() -> Vec<(&'static str, Flow)> {
    [forgot::flows(), forms::flows(), links::flows(), story::flows()].concat()
}

/// What only the world in memory can show.
pub fn in_process() -> Vec<Trial> {
    [forgot::in_process(), links::in_process(), story::in_process()].into_iter().flatten().collect()
}
