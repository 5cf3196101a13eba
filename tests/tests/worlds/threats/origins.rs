//! Where a mailed link points, and who a mail is from: configuration says so, and nothing of a request does.

use relatch::wire::path;
use relatch_tests::flow;
use relatch_tests::mail::Mail;
use relatch_tests::person::Person;
use relatch_tests::trials::Flow;
use relatch_tests::world::World;
use serde_json::json;

use crate::bad_input::raw::Raw;

pub fn flows() -> Vec<(&'static str, Flow)> {
    vec![
        ("b1 no header and no form of the address decides where a link points", flow!(b1)),
        ("b2 no header decides who a mail is from or whom an answer goes to", flow!(b2)),
        ("b37 a request without a host gets no other link", flow!(b37)),
    ]
}

fn asks(person: &Person) -> Raw<'static> {
    Raw::post(path::REQUEST, json!({ "username": person.username }).to_string())
}

/// The mail that somebody got is as it would have been for any other request.
fn assert_ours(world: &World, mail: &Mail) {
    let link = mail.link();
    let token = link.strip_prefix(&format!("{}/password/reset?token=", world.base()));
    assert!(token.is_some_and(|token| token.len() == 95), "{link}");
    assert!(!mail.source.to_lowercase().contains("evil"), "{}", mail.source);
    assert_eq!((mail.from.as_str(), mail.sender.as_str()), ("noreply@example.com", "noreply@example.com"));
    for header in ["Return-Path", "Reply-To", "Sender", "Cc", "Bcc"] {
        assert_eq!(mail.header(header), None, "{header}");
    }
    assert!(mail.source.contains("@example.com>"), "the Message-ID is of the sender's domain");
}

/// Sends these. What was accepted led to one mail of ours, what was refused to none.
async fn send_all(world: &World, requests: Vec<(Person, Raw<'_>)>) -> usize {
    let mut accepted = Vec::new();
    let mut refused = Vec::new();
    for (person, request) in requests {
        let answer = request.send(world).await;
        if answer.is_some_and(|answer| answer.status == 200) { accepted.push(person) } else { refused.push(person) }
    }
    for person in &accepted {
        assert_ours(world, &world.mail(person.address(), 1).await);
    }
    if !refused.is_empty() {
        world.settle().await;
    }
    for person in &refused {
        assert!(world.mails_to(person.address()).await.is_empty());
    }
    accepted.len()
}

async fn b1(world: &World) {
    let mut forwarded = Vec::new();
    for (name, value) in [
        ("X-Forwarded-Host", "evil.example"),
        ("X-Forwarded-Host", "localhost, evil.example"),
        ("X-Forwarded-Server", "evil.example"),
        ("X-Forwarded-Proto", "ftp"),
        ("X-Forwarded-Port", "666"),
        ("Forwarded", "for=192.0.2.1;host=evil.example;proto=https"),
        ("X-Host", "evil.example"),
        ("X-Original-Host", "evil.example"),
        ("X-HTTP-Host-Override", "evil.example"),
        ("X-Original-URL", "http://evil.example/password/reset/request"),
        ("X-Rewrite-URL", "http://evil.example/password/reset/request"),
        ("Referer", "https://evil.example/"),
        ("CF-Worker", "evil.example"),
    ] {
        let person = world.somebody().await;
        forwarded.push((person.clone(), asks(&person).header(name, value)));
    }
    let sent = forwarded.len();
    assert_eq!(send_all(world, forwarded).await, sent, "none of these is a reason to refuse");

    let mut hosts = Vec::new();
    for host in [
        "evil.example",
        "evil.example:443",
        "localhost@evil.example",
        "www.x:foo@evil.example",
        "localhost.evil.example",
    ] {
        let person = world.somebody().await;
        hosts.push((person.clone(), asks(&person).header("Host", host)));
    }
    for target in
        ["http://evil.example/password/reset/request", "https://localhost@evil.example/password/reset/request"]
    {
        let person = world.somebody().await;
        hosts.push((person.clone(), Raw { target, ..asks(&person) }));
    }
    send_all(world, hosts).await;
}

async fn b2(world: &World) {
    let mut requests = Vec::new();
    for (name, value) in [
        ("From", "evil@evil.example"),
        ("Return-Path", "<evil@evil.example>"),
        ("Reply-To", "evil@evil.example"),
        ("Sender", "evil@evil.example"),
        ("Cc", "evil@evil.example"),
        ("Bcc", "evil@evil.example"),
        ("Errors-To", "evil@evil.example"),
        ("User-Agent", "evil\tagent"),
        ("Accept-Language", "evil-EVIL"),
        ("Origin", "https://app.example.com"),
    ] {
        let person = world.somebody().await;
        requests.push((person.clone(), asks(&person).header(name, value)));
    }
    let sent = requests.len();
    assert_eq!(send_all(world, requests).await, sent);
}

async fn b37(world: &World) {
    let (one, two, three) = (world.somebody().await, world.somebody().await, world.somebody().await);
    let requests = vec![
        (one.clone(), asks(&one).without("Host").header("X-Forwarded-Host", "evil.example")),
        (two.clone(), asks(&two).without("Host").header("Forwarded", "host=evil.example")),
        (three.clone(), asks(&three).header("Host", "").header("X-Forwarded-Host", "evil.example")),
    ];
    // An HTTP server may refuse a request without a host; one that it lets through gets the usual link.
    send_all(world, requests).await;
}
