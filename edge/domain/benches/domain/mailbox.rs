//! The mailbox: each step, with one link and with fifty, and storing and loading the state. The
//! floor is the copy of the state that every iteration needs.

use std::hint::black_box;
use std::time::Duration;

use criterion::{BatchSize, Criterion};
use relatch_domain::application::{Application, MailboxLimits};
use relatch_domain::claims::{ClaimOutcome, Commit, ObjectState as _, Step};
use relatch_domain::events::{Action, Event};
use relatch_domain::mailbox::{Addressee, Candidate, EnqueueMail, MailKind, Mailbox, Requester};
use relatch_domain::values::account::{AccountId, PasswordHash};
use relatch_domain::values::link::Seed;
use relatch_domain::values::object_id::{AccountName, AddressName};
use relatch_domain::values::time::RandomShare;

use super::setup::{NOW, application, link, record, wrong_setup};

const LIMITS: MailboxLimits = MailboxLimits {
    interval: Duration::ZERO,
    per_window: 100,
    window: Duration::from_secs(1800),
    per_day: 100,
};
const LIFETIME: Duration = Duration::from_secs(7200);

fn mail(application: &Application, number: u8) -> EnqueueMail {
    let account = AccountId("1".to_owned());
    EnqueueMail {
        request: format!("request {number}"),
        kind: MailKind::Link,
        requester: Requester::Visitor,
        account: Addressee {
            name: AccountName::new(&application.keys, &account),
            fingerprint: record(application).fingerprint,
            account,
            seed: Seed { key_id: 7, random: [number; 32] },
            address: AddressName::new(&application.keys, "peter@example.com"),
            label: None,
        },
        others: Vec::new(),
        address: Some("203.0.113.7".to_owned()),
        definition: None,
        lifetime: None,
        language: None,
        not_before: None,
    }
}

/// Returns a mailbox that has sent this many links.
fn mailbox_with(application: &Application, links: u8) -> Mailbox {
    let mut mailbox = Mailbox::default();
    for number in 0..links {
        let _queued = mailbox.enqueue(mail(application, number), &LIMITS, LIFETIME, NOW);
        let Some(job) = mailbox.claims_mut().begin(NOW, RandomShare::HALF) else {
            wrong_setup("there is no job")
        };
        let (link, record) = (link(application, number).0.id, record(application));
        let event = Event {
            id: String::new(),
            at: NOW,
            action: Action::LinkFailed,
            application: application.id.clone(),
            account: None,
            address: None,
            detail: None,
        };
        let account = record.account.clone();
        let candidate = Candidate { account, link: Some((link, record)), failure: event };
        if mailbox.start_mail(&job.id, vec![candidate], NOW).links.is_empty() {
            wrong_setup("the link has another record");
        }
        mailbox.finish(&job.id, Vec::new(), NOW);
    }
    mailbox
}

pub fn measure(criterion: &mut Criterion) {
    let application = application();
    let hash = PasswordHash::from(
        "$argon2id$v=19$m=19456,t=2,p=1$bmV3c2FsdG5ld3NhbHQ$bmV3aGFzaG5ld2hhc2g",
    );
    let version = hash.version(&application.id);
    for links in [1, 50] {
        let mailbox = mailbox_with(&application, links);
        let commit = Commit {
            permit: link(&application, links.saturating_sub(1)).0.id,
            expected: record(&application).fingerprint,
            hash: hash.clone(),
            address: None,
            recipient: None,
            unchecked: None,
            is_first: false,
        };
        let mut claimed = mailbox.clone();
        if !matches!(claimed.claims_mut().claim(&commit, &version, NOW), ClaimOutcome::Claimed(_)) {
            wrong_setup("the link cannot be claimed");
        }
        let Ok(stored) = postcard::to_allocvec(&mailbox) else {
            wrong_setup("the mailbox cannot be stored")
        };

        let mut group = criterion.benchmark_group(format!("mailbox, {links} mailed"));
        // The copy is returned, so that dropping it is not measured.
        let mut step = |name: &str, from: &Mailbox, step: &dyn Fn(&mut Mailbox)| {
            group.bench_function(name, |bencher| {
                let run = |mut mailbox: Mailbox| {
                    step(black_box(&mut mailbox));
                    mailbox
                };
                bencher.iter_batched(|| from.clone(), run, BatchSize::SmallInput);
            });
        };
        step("floor: no step", &mailbox, &|_| {});
        step("enqueue", &mailbox, &|mailbox| {
            let _queued = mailbox.enqueue(mail(&application, u8::MAX), &LIMITS, LIFETIME, NOW);
        });
        step("claim", &mailbox, &|mailbox| {
            let _claimed = mailbox.claims_mut().claim(&commit, &version, NOW);
        });
        let now = Step { application: &application.id, now: NOW };
        step("record_write", &claimed, &|mailbox| mailbox.claims_mut().record_write(&version, now));
        group.bench_function("store", |bencher| {
            bencher.iter(|| postcard::to_allocvec(black_box(&mailbox)));
        });
        group.bench_function("load", |bencher| {
            bencher.iter(|| postcard::from_bytes::<Mailbox>(black_box(&stored)));
        });
        group.finish();
    }
}
