//! The desk: each step by itself, on a mailbox with one link and with fifty, and the loading and storing around it. The
//! floor is the copy of the desk that every turn of the bench needs.

use std::hint::black_box;
use std::time::Duration;

use criterion::{BatchSize, Criterion};
use relatch_domain::application::{Application, MailboxLimits};
use relatch_domain::desk::{ClaimOutcome, CommitLink, Desk, Take, TakeMail};
use relatch_domain::values::account::{AccountId, PasswordHash};
use relatch_domain::values::link::Seed;

use super::setup::{NOW, application, link, record, wrong_setup};

const LIMITS: MailboxLimits =
    MailboxLimits { interval: Duration::ZERO, per_window: 100, window: Duration::from_secs(1800), per_day: 100 };
const LIFETIME: Duration = Duration::from_secs(7200);

fn take(number: u8) -> Take {
    Take {
        request: format!("request {number}"),
        mail: TakeMail::Link,
        account: AccountId("1".to_owned()),
        seed: Seed { key_id: 7, random: [number; 32] },
        address: Some("203.0.113.7".to_owned()),
        definition: None,
    }
}

/// A desk that has mailed so many links.
fn desk_with(application: &Application, links: u8) -> Desk {
    let mut desk = Desk::default();
    for number in 0..links {
        let _taken = desk.take(take(number), &LIMITS, LIFETIME, NOW);
        let Some(job) = desk.begin(NOW) else { wrong_setup("there is no job") };
        if !desk.fix(&link(application, number).0.id, &record(application)) {
            wrong_setup("the link does not fit");
        }
        desk.finish(&job.id, [], NOW);
    }
    desk
}

pub fn measure(criterion: &mut Criterion) {
    let application = application();
    let hash = PasswordHash::from("$argon2id$v=19$m=19456,t=2,p=1$bmV3c2FsdG5ld3NhbHQ$bmV3aGFzaG5ld2hhc2g");
    let version = hash.version(&application.id);
    for links in [1, 50] {
        let desk = desk_with(&application, links);
        let commit = CommitLink {
            link: link(&application, links.saturating_sub(1)).0.id,
            expected: record(&application).fingerprint,
            hash: hash.clone(),
            address: None,
        };
        let mut claimed = desk.clone();
        if !matches!(claimed.claim(&commit, &version, NOW), ClaimOutcome::Claimed(_)) {
            wrong_setup("the link cannot be claimed");
        }
        let Ok(stored) = postcard::to_allocvec(&desk) else { wrong_setup("the desk cannot be stored") };

        let mut group = criterion.benchmark_group(format!("desk, {links} mailed"));
        // The copy's end is not measured: it is handed back.
        let mut step = |name: &str, from: &Desk, step: &dyn Fn(&mut Desk)| {
            group.bench_function(name, |bencher| {
                let run = |mut desk: Desk| {
                    step(black_box(&mut desk));
                    desk
                };
                bencher.iter_batched(|| from.clone(), run, BatchSize::SmallInput);
            });
        };
        step("floor: no step", &desk, &|_| {});
        step("take", &desk, &|desk| {
            let _taken = desk.take(take(u8::MAX), &LIMITS, LIFETIME, NOW);
        });
        step("claim", &desk, &|desk| {
            let _claimed = desk.claim(&commit, &version, NOW);
        });
        step("settle", &claimed, &|desk| desk.wrote(&version, &application.id, NOW));
        group.bench_function("store", |bencher| bencher.iter(|| postcard::to_allocvec(black_box(&desk))));
        group.bench_function("load", |bencher| bencher.iter(|| postcard::from_bytes::<Desk>(black_box(&stored))));
        group.finish();
    }
}
