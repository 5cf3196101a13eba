//! The token: what it is good for, what it is not, and what nobody can make of it.

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
use relatch_tests::world::{World, request};
use serde_json::{Value, json};

use super::{MINUTE, NEW, OTHER, assert_code, confirm_and, in_memory};

pub fn flows() -> Vec<(&'static str, Flow)> {
    vec![
        ("b10 a token of another type is as good as none, and a huge one is not read", flow!(b10)),
        ("b11 an operator in the place of a text is no text", flow!(b11)),
        ("b14 a token of one account does nothing to another", flow!(b14)),
        ("b15 a code of another purpose, application or key is no link, and a link is no bearer token", flow!(b15)),
        ("b26 there are no short codes to guess", flow!(b26)),
        ("b41 only the holder of a genuine link hears that it has expired", flow!(b41)),
        ("b43 every token is of one length and one alphabet, and no two are alike", flow!(b43)),
        ("b44 a token in another case is another token", flow!(b44)),
    ]
}

pub fn in_process() -> Vec<Trial> {
    vec![
        trial("in process: b13 nothing that a caller chose reaches a store's key, and no loss revives a link", || {
            b13()
        }),
        trial("in process: b41 an expired link is told from an invalid one without any row", b41_without_rows),
    ]
}

async fn b10(world: &World) {
    let peter = world.somebody().await;
    let token = world.token_for(&peter).await;
    let malformed = world.check("malformed").await;
    assert_code(&malformed, 400, "link_invalid");
    for value in
        ["0", "1", "true", "false", "null", "[]", "{}", r#""""#, r#"" ""#, r#""\n""#, &format!("[\"{token}\"]")]
    {
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
    let peter = world.somebody().await;
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
        assert_code(&world.ask(json!({ "username": operator })).await, 400, "request_invalid");
    }
    // Text that is a query somewhere else is text here.
    for typed in ["' OR 1=1 --", "\" OR \"\"=\"", "*", "%", "_", "person%", "1; DROP TABLE users", "${jndi:ldap://x}"] {
        assert_eq!(world.ask(json!({ "username": typed })).await.status, 200, "{typed}");
    }
    world.settle().await;
    assert_eq!(world.mails_to(peter.address()).await.len(), 1);
    assert_eq!(world.confirm(&token, NEW).await.status, 200, "the table is still there");
}

async fn b14(world: &World) {
    let (ada, bob) = (world.somebody().await, world.somebody().await);
    let (of_ada, of_bob) = (world.token_for(&ada).await, world.token_for(&bob).await);
    for (field, value) in [
        ("email", bob.address()),
        ("username", bob.username.as_str()),
        ("identifier", bob.address()),
        ("account", "2"),
        ("user_id", "2"),
        ("state", &of_bob),
    ] {
        assert_code(&confirm_and(world, &of_ada, field, value).await, 400, "request_invalid");
    }
    // Parts of two tokens: header, desk and nonce end at whole characters or within one; both kinds of cut are tried.
    for cut in [9, 10, 30, 31, 32, 52, 53, 94] {
        for mixed in [format!("{}{}", &of_ada[..cut], &of_bob[cut..]), format!("{}{}", &of_bob[..cut], &of_ada[cut..])]
        {
            if mixed != of_ada && mixed != of_bob {
                assert_code(&world.confirm(&mixed, NEW).await, 400, "link_invalid");
            }
        }
    }
    assert_eq!(world.confirm(&of_ada, NEW).await.status, 200);
    assert!(world.has_password(&ada, NEW).await);
    assert!(world.has_password(&bob, &bob.password).await);
    assert_eq!(world.check(&of_bob).await.status, 200, "the other's link is untouched");
}

/// What a token says, under another authentication code.
fn with_code(signed: &[u8], code: [u8; 32]) -> String {
    let mut bytes = [0; TOKEN_BYTES];
    bytes[..SIGNED_BYTES].copy_from_slice(signed);
    bytes[SIGNED_BYTES..].copy_from_slice(&code);
    LinkToken::from_bytes(bytes).expose().to_owned()
}

fn keys(application: &str, keys: &str) -> Keyring {
    let id = ApplicationId::parse(application).expect("this is an id");
    Keyring::parse(&id, keys).expect("these are keys")
}

async fn b15(world: &World) {
    let peter = world.somebody().await;
    let token = world.token_for(&peter).await;
    let genuine = LinkToken::parse(&token).expect("the mail holds a token");
    let signed = genuine.signed_bytes();
    let ours = keys("default", KEYS);
    let of_link = |keys: &Keyring| with_code(signed, keys.sign(Purpose::Link, &[signed]));
    assert_eq!(of_link(&ours), token, "these are the service's keys: what follows differs in one thing each");
    let other_key = "7:ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=";
    for forged in [
        with_code(signed, ours.sign(Purpose::Names, &[signed])),
        with_code(signed, ours.sign(Purpose::Nonce, &[signed])),
        with_code(signed, ours.sign(Purpose::Cookie, &[signed])),
        with_code(signed, ours.sign(Purpose::Link, &[&signed[..20], &signed[20..]])),
        with_code(signed, [0; 32]),
        of_link(&keys("shop", KEYS)),
        of_link(&keys("default", other_key)),
    ] {
        assert_code(&world.check(&forged).await, 400, "link_invalid");
        assert_code(&world.confirm(&forged, NEW).await, 400, "link_invalid");
    }
    // A key id that is not on the ring, under the code of one that is.
    let mut other_id = signed.to_vec();
    other_id[1] ^= 1;
    let forged = with_code(&other_id, ours.sign(Purpose::Link, &[&other_id]));
    assert_code(&world.check(&forged).await, 400, "link_invalid");
    // No header stands in for the token, and no token for being signed in.
    let mut bearer = request("POST", path::CONFIRM, &json!({ "password": NEW }).to_string());
    bearer.headers_mut().insert("authorization", format!("Bearer {token}").parse().unwrap());
    assert_code(&world.send(bearer).await, 400, "request_invalid");
    assert_eq!(world.confirm(&token, NEW).await.status, 200);
}

/// A short code needs a limit of tries, and the limit has been forgotten, reset and locked people out. Links of 256
/// authenticated bits need none; there is no other way in.
async fn b26(world: &World) {
    let peter = world.somebody().await;
    world.ask(json!({ "username": peter.username })).await;
    let mail = world.mail(peter.address(), 1).await;
    let words = mail.text.split(|character: char| !character.is_ascii_alphanumeric());
    let codes: Vec<&str> =
        words.filter(|word| (4..=10).contains(&word.len()) && word.chars().all(|c| c.is_ascii_digit())).collect();
    // The address of the test's own service has a port.
    let port = match world {
        World::Workerd(workerd) => workerd.port.to_string(),
        World::InProcess(_) => String::new(),
    };
    let codes: Vec<&str> = codes.into_iter().filter(|code| *code != port).collect();
    assert!(codes.is_empty(), "{codes:?}: {}", mail.text);
    for field in ["code", "otp", "pin", "challenge", "answer", "hint"] {
        assert_code(&confirm_and(world, &mail.token(), field, "123456").await, 400, "request_invalid");
    }
    for code in ["123456", "000000", "12345678"] {
        assert_code(&world.confirm(code, NEW).await, 400, "link_invalid");
    }
    for path in ["/password/reset/code", "/password/reset/verify", "/password/reset/resend", "/password/reset/question"]
    {
        assert_code(&world.post(path, "{}").await, 404, "not_found");
    }
}

async fn b41(world: &World) {
    let ours = keys("default", KEYS);
    let peter = world.somebody().await;
    let token = world.token_for(&peter).await;
    let genuine = LinkToken::parse(&token).expect("the mail holds a token");
    let mut expired = genuine.signed_bytes().to_vec();
    // November 2023, in five bytes.
    expired[2..7].copy_from_slice(&1_700_000_000_u64.to_be_bytes()[3..]);
    let code = ours.sign(Purpose::Link, &[&expired]);
    for (token, status, told) in [
        (with_code(&expired, code), 410, "link_expired"),
        (with_code(&expired, [7; 32]), 400, "link_invalid"),
        (with_code(&expired, genuine.parts().mac), 400, "link_invalid"),
    ] {
        assert_code(&world.check(&token).await, status, told);
        assert_code(&world.confirm(&token, NEW).await, status, told);
    }
    // A time to come does not help a link whose code is of another.
    let mut prolonged = genuine.signed_bytes().to_vec();
    prolonged[2..7].copy_from_slice(&4_000_000_000_u64.to_be_bytes()[3..]);
    assert_code(&world.confirm(&with_code(&prolonged, genuine.parts().mac), NEW).await, 400, "link_invalid");
    assert_eq!(world.confirm(&token, NEW).await.status, 200);
}

async fn b41_without_rows() {
    let (world, memory) = in_memory(&[]);
    let peter = world.somebody().await;
    let token = world.token_for(&peter).await;
    memory.advance(48 * 60 * MINUTE).await;
    memory.memory.set_staleness(Staleness::NeverThere);
    assert_eq!(memory.memory.objects_in_use(), 0, "nothing is left of the link");
    let _before = memory.memory.take_trace();
    assert_code(&world.confirm(&token, NEW).await, 410, "link_expired");
    assert_code(&world.confirm(&token.to_lowercase(), NEW).await, 400, "link_invalid");
    assert_eq!(memory.memory.take_trace(), []);
}

async fn b13() {
    let (world, memory) = in_memory(&[]);
    let peter = world.somebody().await;
    let token = world.token_for(&peter).await;
    assert_eq!(world.check(&token).await.status, 200);
    assert_eq!(world.confirm(&token, NEW).await.status, 200);
    memory.advance(MINUTE).await;
    let trace = memory.memory.take_trace();
    let records: Vec<&str> =
        trace.iter().filter(|call| call.verb.starts_with("records.")).map(|call| call.subject.as_str()).collect();
    assert!(records.len() >= 3, "written once, read twice: {records:?}");
    assert!(records.iter().all(|key| key.len() == 43 && *key == records[0]), "a digest: {records:?}");
    let desk = LinkToken::parse(&token).expect("the mail holds a token").parts().mailbox;
    let desk = relatch_domain::values::keys::base64url(&desk);
    for call in &trace {
        for typed in [&token[..20], &token[31..52], &peter.username, peter.address(), NEW] {
            assert!(!call.subject.contains(typed), "{call:?}");
        }
        assert!(!call.verb.starts_with("desk.") || call.subject == desk, "{call:?}");
    }
    // Whatever else is lost or cleaned up, a used link stays used.
    for staleness in [Staleness::NeverThere, Staleness::NeverGone, Staleness::Fresh] {
        memory.memory.set_staleness(staleness);
        assert_code(&world.confirm(&token, OTHER).await, 410, "link_used");
        assert_code(&world.check(&token).await, 410, "link_used");
    }
    assert!(world.has_password(&peter, NEW).await);
}

async fn b43(world: &World) {
    let mut tokens = BTreeSet::new();
    let mut nonces = BTreeSet::new();
    for _ in 0..6 {
        let person = world.somebody().await;
        let token = world.token_for(&person).await;
        assert_eq!(token.len(), 95);
        assert!(token.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')), "{token}");
        let link = LinkToken::parse(&token).expect("the mail holds a token");
        assert_eq!(LinkToken::from_bytes(bytes(&link)).expose(), token, "one text for one link");
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
    let peter = world.somebody().await;
    let token = world.token_for(&peter).await;
    let letter = token.rfind(|character: char| character.is_ascii_alphabetic()).expect("a token has letters");
    let mut flipped = token.clone();
    flipped.replace_range(letter..=letter, &other_case(&token[letter..=letter]));
    assert_ne!(flipped, token);
    for folded in [token.to_lowercase(), token.to_uppercase(), flipped, format!(" {token}"), format!("{token}\n")] {
        assert_code(&world.check(&folded).await, 400, "link_invalid");
        assert_code(&world.confirm(&folded, NEW).await, 400, "link_invalid");
    }
    assert_eq!(world.confirm(&token, NEW).await.status, 200);
}

fn other_case(letter: &str) -> String {
    if letter == letter.to_lowercase() { letter.to_uppercase() } else { letter.to_lowercase() }
}
