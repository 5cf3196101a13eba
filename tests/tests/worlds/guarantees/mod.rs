//! The guarantees that the documentation makes, each tested as directly as possible.

use libtest_mimic::Trial;
use relatch_tests::trials::Flow;

mod delivery;
mod enumeration;
mod secrets;
mod single_use;

pub fn flows() -> Vec<(&'static str, Flow)> {
    [enumeration::flows(), single_use::flows()].concat()
}

pub fn trials() -> Vec<Trial> {
    [delivery::trials(), enumeration::trials(), secrets::trials(), single_use::trials()]
        .into_iter()
        .flatten()
        .collect()
}
