//! The mails: template and MIME together. The floor is to copy the finished bytes.

use std::hint::black_box;
use std::time::Duration;

use criterion::Criterion;
use relatch_domain::mail::notice::{ChangeMethod, ChangeOutcome, NoticeContent, NoticedChange};
use relatch_domain::mail::{LinkContent, LinkTimes, MailWriter, Recipient, Stamp};
use relatch_languages::Texts;

use super::setup::{NOW, account, application, link, wrong_setup};

pub fn measure(criterion: &mut Criterion) {
    let application = application();
    let account = account();
    let (_, token) = link(&application, 5);
    let stamp = Stamp { id: [5; 16], date: NOW };
    let to = "peter@example.com";
    let recipient = Recipient { account: &account, address: to };
    let lifetime = Duration::from_secs(7200);
    let times = LinkTimes { lifetime, expires_at: NOW, next_link_at: None };
    let content = LinkContent { token: &token, times, template: None };
    let writer = MailWriter { application: &application, texts: Texts::ENGLISH };
    let Ok(finished) = writer.reset(recipient, content, stamp) else {
        wrong_setup("there is no mail")
    };

    let mut group = criterion.benchmark_group("mail");
    group.bench_function("floor: a copy", |bencher| {
        bencher.iter(|| black_box(&finished).mime.clone());
    });
    group.bench_function("reset", |bencher| {
        bencher.iter(|| writer.reset(black_box(recipient), content, stamp));
    });
    group.bench_function("ambiguous", |bencher| {
        bencher.iter(|| writer.ambiguous(black_box(to), stamp));
    });
    group.bench_function("notice", |bencher| {
        let changes = [NoticedChange { at: NOW, outcome: ChangeOutcome::Written, address: None }];
        let content = NoticeContent {
            to,
            name: Some("Peter"),
            method: ChangeMethod::Link,
            changes: &changes,
            ends_sessions: true,
            ends_other_sessions: true,
        };
        bencher.iter(|| writer.notice(black_box(&content), stamp));
    });
    group.finish();
}
