//! The target of a link and the sender of a mail come from the configuration and never from a
//! request.

use relatch::wire::path;
use relatch_tests::flow;
use relatch_tests::mail::Mail;
use relatch_tests::person::Person;
use relatch_tests::trials::Flow;
use relatch_tests::world::World;
use serde_json::json;

use crate::raw::RawRequest;

pub fn flows() -> Vec<(&'static str, Flow)> {
    vec![
        ("b1 no header and no form of the request target changes where a link points", flow!(b1)),
        ("b2 no header changes the sender of a mail or where replies go", flow!(b2)),
        ("b37 a request without a host gets the same link", flow!(b37)),
    ]
}

fn reset_request(person: &Person) -> RawRequest<'static> {
    RawRequest::post(path::REQUEST, json!({ "username": person.username }).to_string())
}

/// Asserts that link, sender and headers of a mail are those of the configuration.
fn assert_as_configured(world: &World, mail: &Mail) {
    let link = mail.link();
    let token = link.strip_prefix(&format!("{}/password/reset?token=", world.base_url()));
    assert!(token.is_some_and(|token| token.len() == 95), "{link}");
    assert!(!mail.source.to_lowercase().contains("evil"), "{}", mail.source);
    assert_eq!(
        (mail.from.as_str(), mail.sender.as_str()),
        ("noreply@example.com", "noreply@example.com")
    );
    for header in ["Return-Path", "Reply-To", "Sender", "Cc", "Bcc"] {
        assert_eq!(mail.header(header), None, "{header}");
    }
    assert!(mail.source.contains("@example.com>"), "the Message-ID ends with the sender's domain");
}

/// Sends these requests. Asserts that an accepted one sends one mail as configured and a rejected
/// one none. Returns the number of accepted requests.
async fn send_all(world: &World, requests: Vec<(Person, RawRequest<'_>)>) -> usize {
    let mut accepted = Vec::new();
    let mut refused = Vec::new();
    for (person, request) in requests {
        let response = request.send(world).await;
        if response.is_some_and(|response| response.status == 200) {
            accepted.push(person);
        } else {
            refused.push(person);
        }
    }
    for person in &accepted {
        assert_as_configured(world, &world.wait_for_mail(person.address(), 1).await);
    }
    if !refused.is_empty() {
        world.drain().await;
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
        let person = world.new_person().await;
        forwarded.push((person.clone(), reset_request(&person).header(name, value)));
    }
    let sent = forwarded.len();
    assert_eq!(send_all(world, forwarded).await, sent, "every request is accepted");

    let mut hosts = Vec::new();
    for host in [
        "evil.example",
        "evil.example:443",
        "localhost@evil.example",
        "www.x:foo@evil.example",
        "localhost.evil.example",
    ] {
        let person = world.new_person().await;
        hosts.push((person.clone(), reset_request(&person).header("Host", host)));
    }
    for target in [
        "http://evil.example/password/reset/request",
        "https://localhost@evil.example/password/reset/request",
    ] {
        let person = world.new_person().await;
        hosts.push((person.clone(), RawRequest { target, ..reset_request(&person) }));
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
        let person = world.new_person().await;
        requests.push((person.clone(), reset_request(&person).header(name, value)));
    }
    let sent = requests.len();
    assert_eq!(send_all(world, requests).await, sent);
}

async fn b37(world: &World) {
    let (one, two, three) =
        (world.new_person().await, world.new_person().await, world.new_person().await);
    let requests = vec![
        (
            one.clone(),
            reset_request(&one).without("Host").header("X-Forwarded-Host", "evil.example"),
        ),
        (two.clone(), reset_request(&two).without("Host").header("Forwarded", "host=evil.example")),
        (
            three.clone(),
            reset_request(&three).header("Host", "").header("X-Forwarded-Host", "evil.example"),
        ),
    ];
    // The HTTP server may reject a request without a host. If it does not, the link is the
    // configured one.
    send_all(world, requests).await;
}
