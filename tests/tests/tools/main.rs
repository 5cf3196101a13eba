//! Tests of the tools of the repository, and of its documents.
#![expect(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

use relatch_tests::trials::run;

mod deployment;
mod documents;
mod npm;
mod supply_chain;

fn main() {
    let conclusion =
        run([deployment::trials(), documents::trials(), npm::trials(), supply_chain::trials()]
            .into_iter()
            .flatten()
            .collect());
    deployment::shut_down();
    conclusion.exit();
}
