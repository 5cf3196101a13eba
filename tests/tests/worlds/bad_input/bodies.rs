//! Bodies: wrong types, missing, unknown and repeated fields, and malformed JSON.

use relatch::wire::path;
use relatch_tests::flow;
use relatch_tests::trials::Flow;
use relatch_tests::world::World;
use serde_json::{Value, json};

use super::{confirm_body, post};
use crate::support::{NEW, StoreSnapshot, assert_link_works, assert_mentions, assert_problem};

pub fn flows() -> Vec<(&'static str, Flow)> {
    vec![
        ("a request needs exactly one identifier, which must be a string", flow!(identifiers)),
        (
            "an invalid identifier is rejected, and the problem names the field",
            flow!(invalid_identifiers),
        ),
        (
            "an unknown or repeated field of a request is rejected, and the problem names it",
            flow!(unknown_fields),
        ),
        ("an invalid locale is rejected, and the problem names the field", flow!(locales)),
        ("a body that is not a JSON object is rejected by every call", flow!(not_json)),
        (
            "a malformed confirm is rejected, the problem names the field and repeats no secret, the link stays usable",
            flow!(confirms),
        ),
        ("a malformed check is rejected, and the problem names the field", flow!(checks)),
    ]
}

/// JSON values that are not strings. `~` is replaced by a user name.
pub const NOT_STRINGS: &[&str] = &[
    "null",
    "true",
    "0",
    "-1",
    "1.5",
    "1e300",
    "[]",
    "{}",
    r#"["~"]"#,
    r#"["~", "other"]"#,
    r#"{"0": "~"}"#,
    r#"{"$gt": ""}"#,
    r#"[["~"]]"#,
];

/// Asserts that a request with each of these bodies is rejected with a detail that mentions these
/// words, and that nothing is stored and no mail is sent. `~` in a body is replaced by the user
/// name of an account.
async fn assert_all_rejected(world: &World, bodies: Vec<(String, Vec<String>)>) {
    let peter = world.new_person().await;
    let snapshot = StoreSnapshot::take(world);
    for (body, words) in bodies {
        let body = body.replace('~', &peter.username);
        let response = post(world, path::REQUEST, body.clone()).await;
        let detail = assert_problem(&response, 400, "request_invalid", &body);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        assert_mentions(&detail, &words, &body);
        snapshot.assert_unchanged(&body);
    }
    world.drain().await;
    assert!(world.mails_to(peter.address()).await.is_empty());
    assert!(world.events(&peter).await.is_empty());
}

async fn identifiers(world: &World) {
    let mut bodies = vec![("{}".to_owned(), vec!["`identifier`".to_owned()])];
    for field in ["identifier", "username", "email"] {
        for value in NOT_STRINGS {
            bodies.push((format!(r#"{{"{field}": {value}}}"#), vec![format!("`{field}`")]));
        }
    }
    for body in [
        r#"{"locale": "en"}"#,
        r#"{"identifier": "~", "username": "~"}"#,
        r#"{"identifier": "~", "email": "~"}"#,
        r#"{"username": "~", "email": "other@mail.example"}"#,
        r#"{"identifier": "~", "username": "~", "email": "~"}"#,
        r#"{"username": "~", "email": ""}"#,
    ] {
        bodies.push((
            body.to_owned(),
            ["one of", "`identifier`", "`username`", "`email`"].map(str::to_owned).to_vec(),
        ));
    }
    bodies.push((r#"{"username": "~", "email": null}"#.to_owned(), vec!["`email`".to_owned()]));
    assert_all_rejected(world, bodies).await;
}

/// Invalid identifiers as JSON source, each with a word of the problem's detail. `~` is replaced by
/// a user name.
/// Only `email` must be an address.
pub fn invalid_texts(field: &str) -> Vec<(String, &'static str)> {
    let long = "x".repeat(255);
    let wide = "\u{fdfa}".repeat(255);
    let texts = [
        (r"", "empty"),
        (r"   ", "empty"),
        (r"\t", "empty"),
        (r"\u00a0\u2003", "empty"),
        (r"~\u0000", "control"),
        (r"\u0000~", "control"),
        (r"~\nBcc: other@mail.example", "control"),
        (r"~\r\n@mail.example", "control"),
        (r"~\u0007", "control"),
        (r"~\u007f", "control"),
        (r"~\u0085@mail.example", "control"),
        (&long, "254"),
        (&wide, "254"),
        (r"@", "address"),
        (r"~@", "address"),
        (r"@mail.example", "address"),
        (r"~@@mail.example", "address"),
        (r"~@mail.example@other.example", "address"),
        (r"~ @mail.example", "address"),
        (r"~@mail.example,other@mail.example", "address"),
        (r"<~@mail.example>", "address"),
        (r"~\uff20mail.example", "address"),
        (r"peter", "address"),
        (r"~@mail.example.", "domain"),
        (r"~@my_host.example", "domain"),
    ];
    let texts = texts.map(|(text, word): (&str, _)| (text.to_owned(), word));
    texts
        .into_iter()
        .filter(|(_, word)| field == "email" || !matches!(*word, "address" | "domain"))
        .collect()
}

async fn invalid_identifiers(world: &World) {
    let mut bodies = Vec::new();
    for field in ["identifier", "username", "email"] {
        for (text, word) in invalid_texts(field) {
            bodies.push((
                format!(r#"{{"{field}": "{text}"}}"#),
                vec![format!("`{field}`"), word.to_owned()],
            ));
        }
    }
    assert_all_rejected(world, bodies).await;
}

/// Names of fields that no call has.
pub const UNKNOWN_FIELDS: &[&str] = &[
    "body",
    "from",
    "to",
    "url",
    "template",
    "token",
    "password",
    "user",
    "email[]",
    "Username",
    "USERNAME",
    " username",
    "username ",
    "__proto__",
    "constructor",
    "",
];

async fn unknown_fields(world: &World) {
    let mut bodies = Vec::new();
    for &field in UNKNOWN_FIELDS {
        // The detail repeats only what looks like a field name.
        let name = if field.contains(' ') { String::new() } else { format!("`{field}`") };
        let words = vec!["unknown".to_owned(), name];
        bodies.push((format!(r#"{{"username": "~", "{field}": "x"}}"#), words.clone()));
        bodies.push((format!(r#"{{"{field}": null, "username": "~"}}"#), words));
    }
    for body in [
        r#"{"username": "~", "username": "~"}"#,
        r#"{"username": "~", "username": "other"}"#,
        r#"{"username": "~", "user\u006eame": "other"}"#,
        r#"{"username": ["other"], "username": "~"}"#,
        r#"{"username": "~", "locale": "en", "username": null}"#,
    ] {
        bodies.push((body.to_owned(), vec!["duplicate".to_owned(), "`username`".to_owned()]));
    }
    assert_all_rejected(world, bodies).await;
}

async fn locales(world: &World) {
    let mut bodies = Vec::new();
    let long = format!("en-{}", "abcdefg-".repeat(5));
    for locale in [
        "",
        "x",
        "-",
        "en_GB",
        "e n",
        "en-",
        "-en",
        "en--GB",
        "ünicode",
        "toolongtag",
        "../../en",
        "<en>",
        &long,
    ] {
        bodies.push((
            format!(r#"{{"username": "~", "locale": "{locale}"}}"#),
            vec!["`locale`".to_owned()],
        ));
    }
    for locale in
        [r#""en\u0000""#, r#""en\r\nBcc: x""#].into_iter().chain(NOT_STRINGS.iter().copied())
    {
        bodies.push((
            format!(r#"{{"username": "~", "locale": {locale}}}"#),
            vec!["`locale`".to_owned()],
        ));
    }
    assert_all_rejected(world, bodies).await;
}

/// Bodies that are not valid JSON.
pub fn malformed() -> Vec<Vec<u8>> {
    vec![
        b"".to_vec(),
        b"   ".to_vec(),
        b"{".to_vec(),
        b"}".to_vec(),
        b"{\"token\":".to_vec(),
        b"{\"token\": \"x\"".to_vec(),
        b"{\"token\": \"x\",}".to_vec(),
        b"{'token': 'x'}".to_vec(),
        b"{token: \"x\"}".to_vec(),
        b"{\"token\" \"x\"}".to_vec(),
        b"{\"token\": NaN}".to_vec(),
        b"{\"token\": 01}".to_vec(),
        b"{\"token\": 1e999999}".to_vec(),
        b"{\"token\": \"a\nb\"}".to_vec(),
        b"{\"token\": \"\\x41\"}".to_vec(),
        b"{\"token\": \"\\ud800\"}".to_vec(),
        b"{\"token\": \"\xff\xfe\"}".to_vec(),
        b"{\"\xc3\x28\": 1}".to_vec(),
        b"\xef\xbb\xbf".to_vec(),
        b"\xef\xbb\xbf\xef\xbb\xbf{\"token\": \"x\"}".to_vec(),
        b"\xff\xfe{\0}\0".to_vec(),
        b"{\"token\": \"x\"} // why".to_vec(),
        b"{\"token\": \"x\"}{\"token\": \"x\"}".to_vec(),
        b"{\"token\": \"x\"}\n{\"token\": \"x\"}".to_vec(),
        b"{\"token\": \"x\"}\0".to_vec(),
        b"token=x&password=y".to_vec(),
        b"<token>x</token>".to_vec(),
        "{\"token\": \"x\"}".encode_utf16().flat_map(u16::to_le_bytes).collect(),
        "[".repeat(10_000).into_bytes(),
        "{\"token\":".repeat(1_500).into_bytes(),
        format!("{{\"token\": {}1{}}}", "{\"a\":".repeat(1_000), "}".repeat(1_000)).into_bytes(),
    ]
}

async fn not_json(world: &World) {
    let malformed = malformed();
    let nested = format!("{}{}", "[".repeat(8_000), "]".repeat(8_000));
    let other: &[&str] =
        &["[]", "null", "true", "1", "\"x\"", "[{\"token\": \"x\"}]", " [1, 2] ", &nested];
    let snapshot = StoreSnapshot::take(world);
    for path in [path::REQUEST, path::CHECK, path::CONFIRM] {
        for body in &malformed {
            let context =
                format!("{path} {}", String::from_utf8_lossy(&body[..body.len().min(60)]));
            let response = post(world, path, body.clone()).await;
            let detail = assert_problem(&response, 400, "request_invalid", &context);
            assert_mentions(&detail, &["JSON", "line "], &context);
        }
        for body in other {
            let response = post(world, path, *body).await;
            let detail = assert_problem(&response, 400, "request_invalid", body);
            assert_mentions(&detail, &["object"], &format!("{path} {body}"));
        }
    }
    snapshot.assert_unchanged("bodies that are not a JSON object");
}

async fn confirms(world: &World) {
    let peter = world.new_person().await;
    let token = world.token_for(&peter).await;
    let with = |changes: Value| confirm_body(&token, &changes);
    let twice = |first: Value, second: Value| {
        json!({ "token": token, "plainPassword": { "first": first, "second": second } }).to_string()
    };
    let neither = json!({ "token": token }).to_string();
    let mut bodies = vec![
        (json!({ "password": NEW }).to_string(), vec!["missing", "`token`"]),
        (neither, vec!["one of", "`password`", "`plainPassword`"]),
        (with(json!({ "plainPassword": { "first": NEW, "second": NEW } })), vec!["`password`", "`plainPassword`"]),
        (twice(json!(NEW), Value::Null), vec!["`second`"]),
        (twice(json!([NEW]), json!(NEW)), vec!["`first`"]),
        (json!({ "token": token, "plainPassword": { "first": NEW } }).to_string(), vec!["missing", "`second`"]),
        (json!({ "token": token, "plainPassword": { "second": NEW } }).to_string(), vec!["missing", "`first`"]),
        (json!({ "token": token, "plainPassword": {} }).to_string(), vec!["missing", "`first`"]),
        (
            json!({ "token": token, "plainPassword": { "first": NEW, "second": NEW, "third": NEW } }).to_string(),
            vec!["unknown", "`third`"],
        ),
        (
            format!(r#"{{"token": "{token}", "password": "{NEW}", "password": "{NEW}"}}"#),
            vec!["duplicate", "`password`"],
        ),
        (format!(r#"{{"token": "{token}", "token": "{token}", "password": "{NEW}"}}"#), vec!["duplicate", "`token`"]),
        (format!(r#"{{"token": "x", "to\u006ben": "{token}", "password": "{NEW}"}}"#), vec!["duplicate", "`token`"]),
        (
            format!(r#"{{"token": "{token}", "plainPassword": {{"first": "{NEW}", "first": "{NEW}"}}}}"#),
            vec!["duplicate", "`first`"],
        ),
    ];
    for value in [json!(null), json!(1), json!(true), json!([NEW]), json!({ "first": NEW })] {
        bodies.push((with(json!({ "password": value })), vec!["`password`"]));
    }
    for value in [json!(null), json!(NEW), json!([NEW, NEW]), json!(1)] {
        let body = json!({ "token": token, "plainPassword": value }).to_string();
        bodies.push((body, vec!["`plainPassword`"]));
    }
    let extra = [
        "email",
        "identifier",
        "username",
        "id",
        "account",
        "user_id",
        "redirect",
        "Password",
        "plain_password",
    ];
    let quoted: Vec<String> = extra.iter().map(|field| format!("`{field}`")).collect();
    for (field, quoted) in extra.iter().zip(&quoted) {
        bodies.push((with(json!({ *field: peter.address() })), vec!["unknown", quoted]));
    }
    let snapshot = StoreSnapshot::take(world);
    for (body, words) in bodies {
        let response = post(world, path::CONFIRM, body.clone()).await;
        let detail = assert_problem(&response, 400, "request_invalid", &body);
        assert_mentions(&detail, &words, &body);
        for secret in [&token[..], &token[31..60], NEW, peter.address()] {
            assert!(!response.body.contains(secret), "{body}: {}", response.body);
        }
    }
    snapshot.assert_unchanged("malformed confirms");
    assert!(world.has_password(&peter, &peter.password).await);
    assert_link_works(world, &token).await;
}

async fn checks(world: &World) {
    let peter = world.new_person().await;
    let token = world.token_for(&peter).await;
    let snapshot = StoreSnapshot::take(world);
    for (body, words) in [
        ("{}".to_owned(), ["missing", "`token`"]),
        (format!(r#"{{"Token": "{token}"}}"#), ["unknown", "`Token`"]),
        (format!(r#"{{"token": "{token}", "password": "{NEW}"}}"#), ["unknown", "`password`"]),
        (
            format!(r#"{{"token": "{token}", "email": "{}"}}"#, peter.address()),
            ["unknown", "`email`"],
        ),
        (format!(r#"{{"token": "{token}", "token": "{token}"}}"#), ["duplicate", "`token`"]),
        (format!(r#"{{"token": "{token}", "token": null}}"#), ["duplicate", "`token`"]),
    ] {
        let response = post(world, path::CHECK, body.clone()).await;
        let detail = assert_problem(&response, 400, "request_invalid", &body);
        assert_mentions(&detail, &words, &body);
        assert!(
            !response.body.contains(&token[31..60]) && !response.body.contains(NEW),
            "{}",
            response.body
        );
    }
    snapshot.assert_unchanged("malformed checks");
    assert_link_works(world, &token).await;
}
