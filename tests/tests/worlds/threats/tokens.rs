//! Tokens: what they authorise, and attempts to forge, alter or guess one.

use std::collections::BTreeSet;

use libtest_mimic::Trial;
use relatch::LinkToken;
use relatch::token::{SIGNED_BYTES, TOKEN_BYTES};
use relatch::wire::path;
use relatch_domain::values::application_id::ApplicationId;
use relatch_domain::values::keys::{Keyring, Purpose};
use relatch_memory::Staleness;
use relatch_tests::flow;
use relatch_tests::in_process::KEYS;
use relatch_tests::trials::{Flow, trial};
use relatch_tests::world::{World, in_memory, request};
use serde_json::{Value, json};

use super::confirm_with_field;
use crate::support::{MINUTE, NEW, OTHER, assert_code};

pub fn flows() -> Vec<(&'static str, Flow)> {
    vec![
        ("b10 a token that is not a string is invalid, and a huge one is not read", flow!(b10)),
        ("b11 a query operator in the place of a string is rejected", flow!(b11)),
        ("b14 a token of one account has no effect on another", flow!(b14)),
        (
            "b15 a MAC of another purpose, application or key is invalid, and a token is no bearer token",
            flow!(b15),
        ),
        ("b26 there are no short codes to guess", flow!(b26)),
        ("b41 only the holder of a genuine link learns that it has expired", flow!(b41)),
        ("b43 every token has the same length and alphabet, and all are different", flow!(b43)),
        ("b44 a token in another case is invalid", flow!(b44)),
    ]
}

pub fn trials() -> Vec<Trial> {
    vec![
        trial(
            "in process: b13 no input is part of a store's key, and lost records do not revive a used link",
            b13,
        ),
        trial(
            "in process: b41 an expired link is recognised without any record of it",
            b41_without_records,
        ),
    ]
}

async fn b10(world: &World) {
    let peter = world.new_person().await;
    let token = world.token_for(&peter).await;
    let malformed = world.check("malformed").await;
    assert_code(&malformed, 400, "link_invalid");
    for value in [
        "0",
        "1",
        "true",
        "false",
        "null",
        "[]",
        "{}",
        r#""""#,
        r#"" ""#,
        r#""\n""#,
        &format!("[\"{token}\"]"),
    ] {
        let body = format!(r#"{{"token": {value}}}"#);
        assert_eq!(world.post(path::CHECK, body).await, malformed, "{value}");
        let body = format!(r#"{{"token": {value}, "password": "{NEW}"}}"#);
        assert_eq!(world.post(path::CONFIRM, body).await, malformed, "{value}");
    }
    let huge = json!({ "token": "A".repeat(1_000_000), "password": NEW });
    assert_code(&world.post(path::CONFIRM, huge.to_string()).await, 413, "body_too_large");
    assert_eq!(world.confirm(&token, NEW).await.status, 200);
}

async fn b11(world: &World) {
    let peter = world.new_person().await;
    let token = world.token_for(&peter).await;
    let operators: [Value; 6] = [
        json!({ "$gt": "" }),
        json!({ "$ne": null }),
        json!({ "$regex": ".*" }),
        json!([{ "$gt": "" }]),
        json!({ "$where": "1" }),
        json!({ "__proto__": {} }),
    ];
    for operator in &operators {
        let body = json!({ "token": operator, "password": NEW });
        assert_code(&world.post(path::CONFIRM, body.to_string()).await, 400, "link_invalid");
        let body = json!({ "token": token, "password": operator });
        assert_code(&world.post(path::CONFIRM, body.to_string()).await, 400, "request_invalid");
        assert_code(
            &world.request_reset(json!({ "username": operator })).await,
            400,
            "request_invalid",
        );
    }
    // Strings that are queries in other languages have no special meaning.
    for typed in [
        "' OR 1=1 --",
        "\" OR \"\"=\"",
        "*",
        "%",
        "_",
        "person%",
        "1; DROP TABLE users",
        "${jndi:ldap://x}",
    ] {
        assert_eq!(world.request_reset(json!({ "username": typed })).await.status, 200, "{typed}");
    }
    world.drain().await;
    assert_eq!(world.mails_to(peter.address()).await.len(), 1);
    assert_eq!(world.confirm(&token, NEW).await.status, 200, "the accounts are unharmed");
}

async fn b14(world: &World) {
    let (ada, bob) = (world.new_person().await, world.new_person().await);
    let (of_ada, of_bob) = (world.token_for(&ada).await, world.token_for(&bob).await);
    for (field, value) in [
        ("email", bob.address()),
        ("username", bob.username.as_str()),
        ("identifier", bob.address()),
        ("account", "2"),
        ("user_id", "2"),
        ("state", &of_bob),
    ] {
        assert_code(
            &confirm_with_field(world, &of_ada, field, value).await,
            400,
            "request_invalid",
        );
    }
    // Parts of two tokens are combined. The fields end at or within a character: both kinds of cut
    // are tried.
    for cut in [9, 10, 30, 31, 32, 52, 53, 94] {
        for mixed in [
            format!("{}{}", &of_ada[..cut], &of_bob[cut..]),
            format!("{}{}", &of_bob[..cut], &of_ada[cut..]),
        ] {
            if mixed != of_ada && mixed != of_bob {
                assert_code(&world.confirm(&mixed, NEW).await, 400, "link_invalid");
            }
        }
    }
    assert_eq!(world.confirm(&of_ada, NEW).await.status, 200);
    assert!(world.has_password(&ada, NEW).await);
    assert!(world.has_password(&bob, &bob.password).await);
    assert_eq!(world.check(&of_bob).await.status, 200, "the other's link is snapshot");
}

/// Returns a token of these signed bytes and this MAC.
fn with_mac(signed: &[u8], mac: [u8; 32]) -> String {
    let mut bytes = [0; TOKEN_BYTES];
    bytes[..SIGNED_BYTES].copy_from_slice(signed);
    bytes[SIGNED_BYTES..].copy_from_slice(&mac);
    LinkToken::from_bytes(bytes).expose().to_owned()
}

fn keys(application: &str, keys: &str) -> Keyring {
    let id = ApplicationId::parse(application).expect("the application id is valid");
    Keyring::parse(&id, keys).expect("the keys are valid")
}

async fn b15(world: &World) {
    let peter = world.new_person().await;
    let token = world.token_for(&peter).await;
    let genuine = LinkToken::parse(&token).expect("the mail holds a token");
    let signed = genuine.signed_bytes();
    let keyring = keys("default", KEYS);
    let sign = |keys: &Keyring| with_mac(signed, keys.sign(Purpose::Link, &[signed]));
    assert_eq!(
        sign(&keyring),
        token,
        "the test signs with the service's keys; each forgery below differs in one respect"
    );
    let other_key = "7:ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=";
    for forged in [
        with_mac(signed, keyring.sign(Purpose::Names, &[signed])),
        with_mac(signed, keyring.sign(Purpose::Nonce, &[signed])),
        with_mac(signed, keyring.sign(Purpose::Cookie, &[signed])),
        with_mac(signed, keyring.sign(Purpose::Link, &[&signed[..20], &signed[20..]])),
        with_mac(signed, [0; 32]),
        sign(&keys("shop", KEYS)),
        sign(&keys("default", other_key)),
    ] {
        assert_code(&world.check(&forged).await, 400, "link_invalid");
        assert_code(&world.confirm(&forged, NEW).await, 400, "link_invalid");
    }
    // The id of a key that is not in the keyring, with the MAC of one that is.
    let mut other_id = signed.to_vec();
    other_id[1] ^= 1;
    let forged = with_mac(&other_id, keyring.sign(Purpose::Link, &[&other_id]));
    assert_code(&world.check(&forged).await, 400, "link_invalid");
    // A token in the Authorization header does not authenticate.
    let mut bearer = request("POST", path::CONFIRM, &json!({ "password": NEW }).to_string());
    bearer.headers_mut().insert("authorization", format!("Bearer {token}").parse().unwrap());
    assert_code(&world.send(bearer).await, 400, "request_invalid");
    assert_eq!(world.confirm(&token, NEW).await.status, 200);
}

/// A short code needs a limit on guesses. Other systems forgot the limit, reset it too early, or
/// locked account owners out by it. A link with a 256-bit MAC needs no limit, and there is no other
/// way to reset.
async fn b26(world: &World) {
    let peter = world.new_person().await;
    world.request_reset(json!({ "username": peter.username })).await;
    let mail = world.wait_for_mail(peter.address(), 1).await;
    let words = mail.text.split(|character: char| !character.is_ascii_alphanumeric());
    let codes: Vec<&str> = words
        .filter(|word| (4..=10).contains(&word.len()) && word.chars().all(|c| c.is_ascii_digit()))
        .collect();
    // The only number in the mail may be the port of the Worker in the link.
    let port = match world {
        World::Workerd(workerd) => workerd.port.to_string(),
        World::InProcess(_) => String::new(),
    };
    let codes: Vec<&str> = codes.into_iter().filter(|digits| *digits != port).collect();
    assert!(codes.is_empty(), "{codes:?}: {}", mail.text);
    for field in ["code", "otp", "pin", "challenge", "answer", "hint"] {
        assert_code(
            &confirm_with_field(world, &mail.token(), field, "123456").await,
            400,
            "request_invalid",
        );
    }
    for code in ["123456", "000000", "12345678"] {
        assert_code(&world.confirm(code, NEW).await, 400, "link_invalid");
    }
    for path in [
        "/password/reset/code",
        "/password/reset/verify",
        "/password/reset/resend",
        "/password/reset/question",
    ] {
        assert_code(&world.post(path, "{}").await, 404, "not_found");
    }
}

async fn b41(world: &World) {
    let keyring = keys("default", KEYS);
    let peter = world.new_person().await;
    let token = world.token_for(&peter).await;
    let genuine = LinkToken::parse(&token).expect("the mail holds a token");
    let mut expired = genuine.signed_bytes().to_vec();
    // November 2023, in five bytes.
    expired[2..7].copy_from_slice(&1_700_000_000_u64.to_be_bytes()[3..]);
    let mac = keyring.sign(Purpose::Link, &[&expired]);
    for (token, status, code) in [
        (with_mac(&expired, mac), 410, "link_expired"),
        (with_mac(&expired, [7; 32]), 400, "link_invalid"),
        (with_mac(&expired, genuine.parts().mac), 400, "link_invalid"),
    ] {
        assert_code(&world.check(&token).await, status, code);
        assert_code(&world.confirm(&token, NEW).await, status, code);
    }
    // A later expiry invalidates the MAC.
    let mut prolonged = genuine.signed_bytes().to_vec();
    prolonged[2..7].copy_from_slice(&4_000_000_000_u64.to_be_bytes()[3..]);
    assert_code(
        &world.confirm(&with_mac(&prolonged, genuine.parts().mac), NEW).await,
        400,
        "link_invalid",
    );
    assert_eq!(world.confirm(&token, NEW).await.status, 200);
}

async fn b41_without_records() {
    let (world, memory) = in_memory(&[]);
    let peter = world.new_person().await;
    let token = world.token_for(&peter).await;
    memory.advance(48 * 60 * MINUTE).await;
    memory.set_staleness(Staleness::NeverThere);
    assert_eq!(memory.objects_in_use(), 0, "no object stores anything about the link");
    let _before = memory.take_trace();
    assert_code(&world.confirm(&token, NEW).await, 410, "link_expired");
    assert_code(&world.confirm(&token.to_lowercase(), NEW).await, 400, "link_invalid");
    assert_eq!(memory.take_trace(), []);
}

async fn b13() {
    let (world, memory) = in_memory(&[]);
    let peter = world.new_person().await;
    let token = world.token_for(&peter).await;
    assert_eq!(world.check(&token).await.status, 200);
    assert_eq!(world.confirm(&token, NEW).await.status, 200);
    memory.advance(MINUTE).await;
    let trace = memory.take_trace();
    let records: Vec<&str> = trace
        .iter()
        .filter(|call| call.verb.starts_with("records."))
        .map(|call| call.subject.as_str())
        .collect();
    assert!(records.len() >= 3, "the record is written once and read twice: {records:?}");
    assert!(
        records.iter().all(|key| key.len() == 43 && *key == records[0]),
        "the key is a digest: {records:?}"
    );
    let mailbox = LinkToken::parse(&token).expect("the mail holds a token").parts().mailbox;
    let mailbox = relatch_domain::values::keys::base64url(&mailbox);
    for call in &trace {
        for typed in [&token[..20], &token[31..52], &peter.username, peter.address(), NEW] {
            assert!(!call.subject.contains(typed), "{call:?}");
        }
        assert!(!call.verb.starts_with("mailbox.") || call.subject == mailbox, "{call:?}");
    }
    // A used link stays used, whatever happens to its record.
    for staleness in [Staleness::NeverThere, Staleness::NeverGone, Staleness::Fresh] {
        memory.set_staleness(staleness);
        assert_code(&world.confirm(&token, OTHER).await, 410, "link_used");
        assert_code(&world.check(&token).await, 410, "link_used");
    }
    assert!(world.has_password(&peter, NEW).await);
}

async fn b43(world: &World) {
    let mut tokens = BTreeSet::new();
    let mut nonces = BTreeSet::new();
    for _ in 0..6 {
        let person = world.new_person().await;
        let token = world.token_for(&person).await;
        assert_eq!(token.len(), 95);
        assert!(
            token.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')),
            "{token}"
        );
        let link = LinkToken::parse(&token).expect("the mail holds a token");
        assert_eq!(LinkToken::from_bytes(bytes(&link)).expose(), token, "a link has one encoding");
        nonces.insert(link.parts().nonce);
        tokens.insert(token);
    }
    assert_eq!((tokens.len(), nonces.len()), (6, 6));
}

fn bytes(link: &LinkToken) -> [u8; TOKEN_BYTES] {
    let mut bytes = [0; TOKEN_BYTES];
    bytes[..SIGNED_BYTES].copy_from_slice(link.signed_bytes());
    bytes[SIGNED_BYTES..].copy_from_slice(&link.parts().mac);
    bytes
}

async fn b44(world: &World) {
    let peter = world.new_person().await;
    let token = world.token_for(&peter).await;
    let letter = token
        .rfind(|character: char| character.is_ascii_alphabetic())
        .expect("a token has letters");
    let mut flipped = token.clone();
    flipped.replace_range(letter..=letter, &other_case(&token[letter..=letter]));
    assert_ne!(flipped, token);
    for folded in [
        token.to_lowercase(),
        token.to_uppercase(),
        flipped,
        format!(" {token}"),
        format!("{token}\n"),
    ] {
        assert_code(&world.check(&folded).await, 400, "link_invalid");
        assert_code(&world.confirm(&folded, NEW).await, 400, "link_invalid");
    }
    assert_eq!(world.confirm(&token, NEW).await.status, 200);
}

fn other_case(letter: &str) -> String {
    if letter == letter.to_lowercase() { letter.to_uppercase() } else { letter.to_lowercase() }
}
