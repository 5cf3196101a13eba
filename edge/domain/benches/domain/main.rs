//! Measures the domain natively: links, mailboxes and mails. `make bench` runs it. tests/bench
//! measures the whole Worker on its runtime.
use std::time::Duration;

use criterion::{Criterion, criterion_group, criterion_main};

mod link;
mod mail;
mod mailbox;
mod setup;

criterion_group! {
    name = core;
    // Enough to detect a change of 10 percent, in half a minute.
    config = Criterion::default()
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(1))
        .sample_size(30)
        .without_plots();
    targets = link::measure, mailbox::measure, mail::measure
}
criterion_main!(core);
