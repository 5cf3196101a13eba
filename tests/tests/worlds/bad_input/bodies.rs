//! Bodies: wrong types, missing and unknown fields, fields given twice, and what is no JSON at all.

use relatch::wire::path;
use relatch_tests::flow;
use relatch_tests::trials::Flow;
use relatch_tests::world::World;
use serde_json::{Value, json};

use super::{NEW, Untouched, assert_not_burned, assert_refused, confirm_with, post};

pub fn flows() -> Vec<(&'static str, Flow)> {
    vec![
        ("an identifier of the wrong type, or more or fewer than one, is refused by name", flow!(identifiers)),
        ("a text that cannot be an identifier is refused by the field's name", flow!(texts)),
        ("an unknown or repeated field of a request is refused by name", flow!(unknown_fields)),
        ("a locale that is no language tag is refused by name", flow!(locales)),
        ("what is not JSON, or not an object, is refused by every call", flow!(not_json)),
        ("a confirm that is not well-formed is refused by name, repeats no secret and burns no link", flow!(confirms)),
        ("a check that is not well-formed is refused by name", flow!(checks)),
    ]
}

/// Values that are no text.
pub const NO_TEXTS: &[&str] = &[
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

/// Asks with each of these bodies, in which `~` stands for somebody's user name. Each is refused with a detail that
/// says this, nothing is stored, and nobody gets a mail.
async fn refuse_all(world: &World, bodies: Vec<(String, String)>) {
    let peter = world.somebody().await;
    let untouched = Untouched::since(world);
    for (body, says) in bodies {
        let body = body.replace('~', &peter.username);
        let answer = post(world, path::REQUEST, body.clone()).await;
        let detail = assert_refused(&answer, 400, "request_invalid", &body);
        assert!(detail.contains(&says), "{body}: {detail}");
        untouched.assert(&body);
    }
    world.settle().await;
    assert!(world.mails_to(peter.address()).await.is_empty());
    assert!(world.events(&peter).await.is_empty());
}

async fn identifiers(world: &World) {
    let mut bodies = vec![("{}".to_owned(), "`identifier`".to_owned())];
    for field in ["identifier", "username", "email"] {
        for value in NO_TEXTS {
            bodies.push((format!(r#"{{"{field}": {value}}}"#), format!("`{field}`")));
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
        bodies.push((body.to_owned(), "exactly one of `identifier`, `username` and `email`".to_owned()));
    }
    bodies.push((r#"{"username": "~", "email": null}"#.to_owned(), "`email`".to_owned()));
    refuse_all(world, bodies).await;
}

/// Texts, as JSON spells them, that cannot be an identifier, and what a refusal says of each.
pub fn unusable() -> Vec<(String, &'static str)> {
    let long = "x".repeat(255);
    let wide = "\u{fdfa}".repeat(85);
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
        (&long, "254 bytes"),
        (&wide, "254 bytes"),
        (r"@", "one plain e-mail address"),
        (r"~@", "one plain e-mail address"),
        (r"@mail.example", "one plain e-mail address"),
        (r"~@@mail.example", "one plain e-mail address"),
        (r"~@mail.example@other.example", "one plain e-mail address"),
        (r"~ @mail.example", "one plain e-mail address"),
        (r"~@mail.example,other@mail.example", "one plain e-mail address"),
        (r"<~@mail.example>", "one plain e-mail address"),
        (r"~\uff20mail.example", "one plain e-mail address"),
    ];
    texts.map(|(text, says): (&str, _)| (text.to_owned(), says)).to_vec()
}

async fn texts(world: &World) {
    let mut bodies = Vec::new();
    for field in ["identifier", "username", "email"] {
        for (text, says) in unusable() {
            bodies.push((format!(r#"{{"{field}": "{text}"}}"#), format!("`{field}` cannot be used: it")));
            bodies.push((format!(r#"{{"{field}": "{text}"}}"#), says.to_owned()));
        }
    }
    refuse_all(world, bodies).await;
}

/// Names of fields that no call has where they stand.
pub const UNKNOWN: &[&str] = &[
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
    for &field in UNKNOWN {
        // What does not look like a field's name is not repeated.
        let says = if field.contains(' ') { "unknown field".to_owned() } else { format!("unknown field `{field}`") };
        bodies.push((format!(r#"{{"username": "~", "{field}": "x"}}"#), says.clone()));
        bodies.push((format!(r#"{{"{field}": null, "username": "~"}}"#), says));
    }
    for body in [
        r#"{"username": "~", "username": "~"}"#,
        r#"{"username": "~", "username": "other"}"#,
        r#"{"username": "~", "user\u006eame": "other"}"#,
        r#"{"username": ["other"], "username": "~"}"#,
        r#"{"username": "~", "locale": "en", "username": null}"#,
    ] {
        bodies.push((body.to_owned(), "duplicate field `username`".to_owned()));
    }
    refuse_all(world, bodies).await;
}

async fn locales(world: &World) {
    let mut bodies = Vec::new();
    let long = format!("en-{}", "abcdefg-".repeat(5));
    for locale in
        ["", "x", "-", "en_GB", "e n", "en-", "-en", "en--GB", "ünicode", "toolongtag", "../../en", "<en>", &long]
    {
        bodies.push((format!(r#"{{"username": "~", "locale": "{locale}"}}"#), "`locale`".to_owned()));
    }
    for locale in [r#""en\u0000""#, r#""en\r\nBcc: x""#].into_iter().chain(NO_TEXTS.iter().copied()) {
        bodies.push((format!(r#"{{"username": "~", "locale": {locale}}}"#), "`locale`".to_owned()));
    }
    refuse_all(world, bodies).await;
}

/// What is not JSON.
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
        b"\xef\xbb\xbf{\"token\": \"x\"}".to_vec(),
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
    let other: &[&str] = &["[]", "null", "true", "1", "\"x\"", "[{\"token\": \"x\"}]", " [1, 2] ", &nested];
    let untouched = Untouched::since(world);
    for path in [path::REQUEST, path::CHECK, path::CONFIRM] {
        for body in &malformed {
            let what = format!("{path} {}", String::from_utf8_lossy(&body[..body.len().min(60)]));
            let answer = post(world, path, body.clone()).await;
            let detail = assert_refused(&answer, 400, "request_invalid", &what);
            assert!(detail.contains("not well-formed JSON (line "), "{what}: {detail}");
        }
        for body in other {
            let answer = post(world, path, *body).await;
            let detail = assert_refused(&answer, 400, "request_invalid", body);
            assert!(detail.contains("expected an object"), "{path} {body}: {detail}");
        }
    }
    untouched.assert("what is not JSON");
}

async fn confirms(world: &World) {
    let peter = world.somebody().await;
    let token = world.token_for(&peter).await;
    let with = |changes: Value| confirm_with(&token, &changes);
    let twice = |first: Value, second: Value| {
        json!({ "token": token, "plainPassword": { "first": first, "second": second } }).to_string()
    };
    let neither = json!({ "token": token }).to_string();
    let mut bodies = vec![
        (json!({ "password": NEW }).to_string(), "missing field `token`"),
        (neither, "exactly one of `password` and `plainPassword`"),
        (with(json!({ "plainPassword": { "first": NEW, "second": NEW } })), "`password` and `plainPassword`"),
        (twice(json!(NEW), Value::Null), "`second`"),
        (twice(json!([NEW]), json!(NEW)), "`first`"),
        (json!({ "token": token, "plainPassword": { "first": NEW } }).to_string(), "missing field `second`"),
        (json!({ "token": token, "plainPassword": { "second": NEW } }).to_string(), "missing field `first`"),
        (json!({ "token": token, "plainPassword": {} }).to_string(), "missing field `first`"),
        (
            json!({ "token": token, "plainPassword": { "first": NEW, "second": NEW, "third": NEW } }).to_string(),
            "unknown field `third`",
        ),
        (format!(r#"{{"token": "{token}", "password": "{NEW}", "password": "{NEW}"}}"#), "duplicate field `password`"),
        (format!(r#"{{"token": "{token}", "token": "{token}", "password": "{NEW}"}}"#), "duplicate field `token`"),
        (format!(r#"{{"token": "x", "to\u006ben": "{token}", "password": "{NEW}"}}"#), "duplicate field `token`"),
        (
            format!(r#"{{"token": "{token}", "plainPassword": {{"first": "{NEW}", "first": "{NEW}"}}}}"#),
            "duplicate field `first`",
        ),
    ];
    for value in [json!(null), json!(1), json!(true), json!([NEW]), json!({ "first": NEW })] {
        bodies.push((with(json!({ "password": value })), "`password` has the wrong type"));
    }
    for value in [json!(null), json!(NEW), json!([NEW, NEW]), json!(1)] {
        let body = json!({ "token": token, "plainPassword": value }).to_string();
        bodies.push((body, "`plainPassword` has the wrong type"));
    }
    let extra =
        ["email", "identifier", "username", "id", "account", "user_id", "redirect", "Password", "plain_password"];
    let named: Vec<String> = extra.iter().map(|field| format!("unknown field `{field}`")).collect();
    for (field, says) in extra.iter().zip(&named) {
        bodies.push((with(json!({ *field: peter.address() })), says));
    }
    let untouched = Untouched::since(world);
    for (body, says) in bodies {
        let answer = post(world, path::CONFIRM, body.clone()).await;
        let detail = assert_refused(&answer, 400, "request_invalid", &body);
        assert!(detail.contains(says), "{body}: {detail}");
        for secret in [&token[..], &token[31..60], NEW, peter.address()] {
            assert!(!answer.body.contains(secret), "{body}: {}", answer.body);
        }
    }
    untouched.assert("confirms that are not well-formed");
    assert!(world.has_password(&peter, &peter.password).await);
    assert_not_burned(world, &token).await;
}

async fn checks(world: &World) {
    let peter = world.somebody().await;
    let token = world.token_for(&peter).await;
    let untouched = Untouched::since(world);
    for (body, says) in [
        ("{}".to_owned(), "missing field `token`"),
        (format!(r#"{{"Token": "{token}"}}"#), "unknown field `Token`"),
        (format!(r#"{{"token": "{token}", "password": "{NEW}"}}"#), "unknown field `password`"),
        (format!(r#"{{"token": "{token}", "email": "{}"}}"#, peter.address()), "unknown field `email`"),
        (format!(r#"{{"token": "{token}", "token": "{token}"}}"#), "duplicate field `token`"),
        (format!(r#"{{"token": "{token}", "token": null}}"#), "duplicate field `token`"),
    ] {
        let answer = post(world, path::CHECK, body.clone()).await;
        let detail = assert_refused(&answer, 400, "request_invalid", &body);
        assert!(detail.contains(says), "{body}: {detail}");
        assert!(!answer.body.contains(&token[31..60]) && !answer.body.contains(NEW), "{}", answer.body);
    }
    untouched.assert("checks that are not well-formed");
    assert_not_burned(world, &token).await;
}
