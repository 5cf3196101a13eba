//! The link: issued once for each mail, and verified in every check and confirm. The floor is one
//! HMAC-SHA256, which both need.

use std::hint::black_box;

use criterion::Criterion;
use relatch::LinkToken;
use relatch_domain::values::keys::Purpose;
use relatch_domain::values::link::{Link, Seed};

use super::setup::{EXPIRY, application, link, mailbox, wrong_setup};

pub fn measure(criterion: &mut Criterion) {
    let application = application();
    let mailbox = mailbox(&application);
    let seed = Seed { key_id: application.keys.signing_key_id(), random: [5; 32] };
    let (genuine, token) = link(&application, 5);
    let mut forged = token.expose().to_owned();
    forged.replace_range(94..95, if forged.ends_with('A') { "E" } else { "A" });
    let parse = |text: &str| {
        LinkToken::parse(text).unwrap_or_else(|_| wrong_setup("the token cannot be parsed"))
    };
    if Link::verify(&application.keys, &parse(token.expose())) != Some(genuine)
        || Link::verify(&application.keys, &parse(&forged)).is_some()
    {
        wrong_setup("a forged link is not rejected");
    }

    let mut group = criterion.benchmark_group("link");
    group.bench_function("floor: one HMAC", |bencher| {
        let signed = token.signed_bytes();
        bencher.iter(|| application.keys.sign(Purpose::Link, black_box(&[signed])));
    });
    group.bench_function("issue", |bencher| {
        bencher.iter(|| Link::issue(&application.keys, black_box(&seed), &mailbox, EXPIRY));
    });
    for (name, text) in
        [("parse and verify", token.expose()), ("parse and reject", forged.as_str())]
    {
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                LinkToken::parse(black_box(text))
                    .map(|token| Link::verify(&application.keys, &token))
            });
        });
    }
    group.finish();
}
