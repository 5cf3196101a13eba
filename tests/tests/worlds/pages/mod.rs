//! The hosted pages, as a browser without scripts uses them: forms, cookies and content.
//! `tests/browser` has the tests that need a real browser.

use libtest_mimic::Trial;
use relatch_tests::trials::Flow;

mod forgot;
mod forms;
mod gallery;
mod links;
mod looks;
mod operator;
mod own_texts;
mod reset;
pub mod visitor;
pub fn flows() -> Vec<(&'static str, Flow)> {
    [forgot::flows(), forms::flows(), links::flows(), reset::flows()].concat()
}

pub fn trials() -> Vec<Trial> {
    [
        forgot::trials(),
        gallery::trials(),
        links::trials(),
        looks::trials(),
        operator::trials(),
        own_texts::trials(),
        reset::trials(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
