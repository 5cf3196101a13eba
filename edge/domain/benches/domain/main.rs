//! How long the pure core takes, natively: the link, the desk, the mail. `make bench` runs it; what the whole Worker takes
//! on its runtime is measured in tests/bench.
use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};

mod desk;
mod link;
mod mail;
mod setup;

criterion_group! {
    name = core;
    // Short: enough to see a change of a tenth, and the whole of it takes half a minute.
    config = Criterion::default()
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(1))
        .sample_size(30)
        .without_plots();
    targets = link::measure, desk::measure, mail::measure
}
criterion_main!(core);
