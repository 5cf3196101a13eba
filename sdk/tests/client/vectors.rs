//! Test vectors: how the client handles responses, links, passwords, and base URLs.
//!
//! The npm package is tested with the same file in each of its runtimes, so native code and
//! WebAssembly agree. With `RELATCH_WRITE_VECTORS=1` this test writes the file from the results of
//! the native client; review the difference.

use relatch::{
    BuildError, Client, Code, Error, LinkToken, MAX_RESPONSE_BYTES, ParseLinkError, Password,
    PasswordRules, RefusalCode, SessionToken,
    token::{TOKEN_BYTES, VERSION},
    without_token,
};
use serde_json::{Value, json};

use crate::support::{IDENTIFIER, PASSWORD, SERVICE, Script, answer, token};

/// Returns the result or the error of a call in the form of the npm package.
fn outcome(result: Result<Value, Error>, attempts: usize) -> Value {
    let error = match result {
        Ok(result) => return json!({ "result": result, "attempts": attempts }),
        Err(error) => error,
    };
    let mut outcome = json!({
        "code": "unreachable", "status": null, "reasons": [], "retryAfter": null, "serverCode": null,
        "message": error.to_string(), "attempts": attempts,
    });
    match error {
        Error::Refused(refusal) => {
            outcome["code"] = json!(match &refusal.code {
                RefusalCode::Known(code) => code.as_str(),
                RefusalCode::Unknown(_) => "code_unknown",
            });
            if refusal.code.known().is_none() {
                outcome["serverCode"] = json!(refusal.code.as_str());
            }
            outcome["status"] = json!(refusal.status);
            outcome["reasons"] =
                json!(refusal.reasons.iter().map(|reason| reason.as_str()).collect::<Vec<_>>());
            outcome["retryAfter"] = json!(refusal.retry_after.map(|wait| wait.as_secs()));
        }
        Error::Protocol(error) => {
            outcome["code"] = json!("answer_invalid");
            outcome["status"] = json!(error.status);
        }
        _ => {}
    }
    outcome
}

async fn answered(call: &str, status: u16, retry_after: Option<&str>, body: &str) -> Value {
    let answers = (0..3).map(|_| {
        let mut response = answer(status, body)?;
        if let Some(seconds) = retry_after {
            response.headers_mut().insert("retry-after", seconds.parse().unwrap());
        }
        Ok(response)
    });
    let script = Script::of(answers);
    let client = Client::builder(SERVICE).transport(&script).build().unwrap();
    let password = Password::from(PASSWORD);
    let result = match call {
        "request" => {
            client.request(IDENTIFIER).await.map(|done| json!({ "message": done.message }))
        }
        "check" => {
            client.check(&token()).await.map(|state| json!({ "expires_at": state.expires_at }))
        }
        "confirm" => {
            client.confirm(&token(), &password).await.map(|done| json!({ "message": done.message }))
        }
        "change" => {
            let session = SessionToken::from("a-session-token");
            let old = Password::from("the old one");
            client
                .change(&session, &old, &password)
                .await
                .map(|done| json!({ "message": done.message }))
        }
        _ => client.rules().await.map(|rules| serde_json::to_value(rules).unwrap()),
    };
    let outcome = outcome(result, script.requests.borrow().len());
    json!({ "call": call, "status": status, "retryAfter": retry_after, "body": body, "outcome": outcome })
}

async fn answers() -> Vec<Value> {
    let mut vectors = Vec::new();
    // Every code, of a call that may be retried and of one that may not.
    for code in Code::ALL {
        let body = json!({
            "type": format!("urn:relatch:problem:{code}"), "title": code.title(), "status": code.status(), "code": code.as_str(),
            "detail": "`field` is \u{201c}wrong\u{201d}.", "reasons": ["too_short", "mismatch"],
        });
        vectors.push(answered("confirm", code.status(), None, &body.to_string()).await);
        vectors.push(answered("change", code.status(), Some("1"), &body.to_string()).await);
    }
    for (status, retry_after, body) in [
        (200, None, r#"{"message":"d\u00f6ne"}"#),
        (200, None, r#"{"message":"done","new":[1]}"#),
        (200, None, r#"{"message":7}"#),
        (200, None, "{}"),
        (200, None, "[]"),
        (200, None, "null"),
        (200, None, "<!doctype html><title>Welcome</title>"),
        (200, None, r#"{"message":"cut of"#),
        (302, None, ""),
        (404, None, "<html>"),
        (500, None, r#"{"code":"Not A Code"}"#),
        (502, None, "<html>"),
        (503, None, r#"{"code":"resting","detail":"until tomorrow"}"#),
        (418, None, r#"{"code":"teapot","reasons":["short","stout"]}"#),
        (
            422,
            None,
            r#"{"code":"password_rejected","reasons":["common","not_yet_known",7,"personal"]}"#,
        ),
        (422, None, r#"{"code":"password_rejected","reasons":"common"}"#),
        (422, None, r#"{"code":"password_rejected","reasons":["common\ntoo_long","mismatch"]}"#),
        (429, None, r#"{"code":"too_many_requests"}"#),
        (429, Some("1"), r#"{"code":"too_many_requests"}"#),
        (429, None, r#"{"code":"too_many_requests","retry_after":1}"#),
        (429, Some(" 3600 "), r#"{"code":"too_many_requests"}"#),
        (429, Some("soon"), r#"{"code":"too_many_requests","retry_after":7200}"#),
        (429, Some("-1"), r#"{"code":"too_many_requests","retry_after":1.5}"#),
        (409, Some("99999999"), r#"{"code":"link_busy"}"#),
    ] {
        vectors.push(answered("confirm", status, retry_after, body).await);
    }
    // A detail does not repeat a value of the request, in any case. A long one is truncated, and
    // control characters become spaces.
    for detail in [token().expose().to_owned(), PASSWORD.to_uppercase(), "a\u{7}b\nc".repeat(200)] {
        let body =
            json!({ "code": "request_invalid", "detail": format!("about {detail}") }).to_string();
        vectors.push(answered("confirm", 400, None, &body).await);
    }
    vectors.push(
        answered(
            "request",
            400,
            None,
            r#"{"code":"request_invalid","detail":"no PETER@example.com"}"#,
        )
        .await,
    );
    vectors.push(answered("request", 200, None, r#"{"message":"sent"}"#).await);
    vectors.push(answered("check", 200, None, r#"{"expires_at":"2030-01-02T03:04:05Z"}"#).await);
    vectors.push(answered("check", 200, None, r#"{"message":"sent"}"#).await);
    vectors
        .push(answered("check", 200, None, r#"{"expires_at":"as soon as nobody needs it"}"#).await);
    vectors.push(answered("check", 200, None, r#"{"expires_at":"xxxxxxxxxxTxxxxxxxxx"}"#).await);
    // The longest response that is accepted, and one byte more.
    let done = r#"{"message":"done"}"#;
    let most = MAX_RESPONSE_BYTES.saturating_sub(done.len());
    for blanks in [most, most.saturating_add(1)] {
        let body = format!("{}{done}", " ".repeat(blanks));
        let mut vector = answered("confirm", 200, None, &body).await;
        vector["body"] = json!(done);
        vector["blanks"] = json!(blanks);
        vectors.push(vector);
    }
    vectors.push(answered("confirm", 200, None, "\u{feff}{\"message\":\"done\"}").await);
    for body in [
        r#"{"min_length":15,"max_length":128}"#,
        r#"{"min_length":8,"max_length":64,"max_bytes":72}"#,
        r#"{"min_length":8,"max_length":64,"application_name":"Shop"}"#,
        r#"{"min_length":8,"max_length":64,"application_name":5}"#,
        r#"{"min_length":15,"max_length":128,"max_bytes":"72"}"#,
        r#"{"min_length":15.5,"max_length":128}"#,
        r#"{"min_length":-1,"max_length":128}"#,
        r#"{"min_length":15,"max_length":4294967296}"#,
        r#"{"min_length":"15","max_length":128}"#,
    ] {
        vectors.push(answered("rules", 200, None, body).await);
    }
    vectors
}

fn passwords() -> Vec<Value> {
    let rules = &PasswordRules::default();
    let short = &PasswordRules { min_length: 8, ..PasswordRules::default() };
    let bcrypt = &PasswordRules { max_bytes: Some(72), ..short.clone() };
    let shop =
        &PasswordRules { application_name: Some("Relatch Demo".to_owned()), ..rules.clone() };
    let terms = [
        "ada",
        "ada@example.com",
        "Ada Lovelace",
        "\u{160}\u{e1}rka  O\u{2019}Neil-\u{5bc6}\u{7801}\u{5bc6}",
    ];
    let mut vectors = Vec::new();
    for (rules, password, personal_terms) in [
        (rules, "correct horse battery staple", &[][..]),
        (rules, "", &[]),
        (rules, "short", &[]),
        (short, "PassWord1", &[]),
        (short, "password1", &[]),
        (rules, "passwordpassword", &[]),
        (rules, "P@ssw0rd!P@ssw0rd!", &[]),
        (rules, "1q2w3e4r5t6y7u8i", &[]),
        (rules, "1qaz2wsx3edc4rfv", &[]),
        (rules, "111111111111112", &[]),
        (rules, "football01011990", &[]),
        (rules, "monkeydragonlove", &[]),
        (rules, "relatch demo 2026", &[]),
        (shop, "relatch demo 2026", &[]),
        (shop, "Relatch\u{2019}s demo \u{ff11}\u{ff12}\u{ff13}\u{ff14}", &["ada"]),
        (rules, "AdaLovelace12345678", &terms),
        (rules, "abcabcabcabcabcabc", &[]),
        (rules, "12345678901234567", &[]),
        (rules, "zyxwvutsrqponmlk", &[]),
        (rules, ";:98765432109876", &[]),
        (rules, "9876543210987654", &[]),
        (short, "43210/.-", &[]),
        (short, "789:;<=>", &[]),
        (
            rules,
            "\u{660e}\u{65e5}\u{306e}\u{5929}\u{6c17}\u{306f}\u{3068}\u{3066}\u{3082}\u{826f}\u{3044}\u{3067}\u{3057}\u{3087}\u{3046}",
            &[],
        ),
        (rules, "e\u{301}e\u{301}e\u{301}mn7&kd0q pz1", &[]),
        (rules, "e\u{301}e\u{301}mn7&kd0q pz1", &[]),
        (
            rules,
            "\u{ff50}\u{ff41}\u{ff53}\u{ff53}\u{ff57}\u{ff4f}\u{ff52}\u{ff44}\u{ff50}\u{ff41}\u{ff53}\u{ff53}\u{ff57}\u{ff4f}\u{ff52}\u{ff44}",
            &[],
        ),
        (rules, "AdaLovelaceExample1", &terms),
        (rules, "Ada Lovelace 1815", &terms),
        (rules, "lovelace walked her dog twice", &terms),
        (short, "\u{160}\u{c1}RKA \u{5bc6}\u{7801}\u{5bc6} 12", &terms),
        (short, "o\u{2019}neil o\u{2019}neil", &terms),
        (rules, "line\nbreaks and\ttabs, too", &terms),
        (rules, "nothing is said\0after a NUL", &[]),
        (bcrypt, "nothing is said\0after a NUL", &[]),
        (bcrypt, "a phrase that is by two characters longer than bcrypt can look at, or more", &[]),
        (short, "\u{1f469}\u{200d}\u{1f469}\u{200d}\u{1f467} family", &[]),
    ] {
        let reasons: Vec<_> = rules
            .reasons_against(password, personal_terms)
            .iter()
            .map(|reason| reason.as_str())
            .collect();
        vectors.push(json!({ "rules": rules, "password": password, "personalTerms": personal_terms, "reasons": reasons }));
    }
    for length in [128, 129, 512, 513, 100_000] {
        let password: String = "abfgzt5 ".chars().cycle().take(length).collect();
        let reasons: Vec<_> =
            rules.reasons_against(&password, &[]).iter().map(|reason| reason.as_str()).collect();
        vectors.push(
            json!({ "rules": rules, "repeated": "abfgzt5 ", "length": length, "reasons": reasons }),
        );
    }
    // A sample of the list of common words.
    for word in include_str!("../../src/password/words.txt").lines().step_by(97) {
        let common = &format!("{word}2026{word}!");
        let reasons: Vec<_> =
            short.reasons_against(common, &[]).iter().map(|reason| reason.as_str()).collect();
        vectors.push(
            json!({ "rules": short, "password": common, "personalTerms": [], "reasons": reasons }),
        );
    }
    vectors
}

fn links() -> Vec<Value> {
    let mut bytes = [0xfb; TOKEN_BYTES];
    bytes[..7].copy_from_slice(&[VERSION, 1, 0, 0x71, 0x5a, 0x3f, 0x10]);
    let token = LinkToken::from_bytes(bytes).expose().to_owned();
    let (start, end) = token.split_at(40);
    [
        format!("https://a.example/password/reset?token={token}"),
        format!("https://a.example/reset?from=mail&amp;hash={token}&x=1#top"),
        format!("https://a.example/reset#{token}"),
        format!("https://a.example/#/reset?token={token}&x=1"),
        format!("https://a.example/reset?token={start}%0D%0A%20{end}"),
        format!("https://a.example/reset?token={start}\r\n {end}"),
        format!("https://a.example/reset?token=old&token={token}"),
        format!("https://a.example/reset?token={}", token.replace('_', "%5f")),
        format!("https://a.example/reset?token={}", &token[1..]),
        format!("https://a.example/reset?token={token}%"),
        "https://a.example/reset?token=%zz".to_owned(),
        "https://a.example/reset?token=\u{e9}".to_owned(),
        format!("https://a.example/reset?a=1;token={token};b=2;c#{token}"),
        "https://a.example/?q=1;2&r=3&&#sec;a".to_owned(),
        "https://a.example/reset?tokens=1#top".to_owned(),
        String::new(),
    ]
    .into_iter()
    .map(|url| {
        let found = match LinkToken::from_url(&url) {
            Ok(found) => json!({ "token": found.expose(), "expires": found.expires_at() }),
            Err(error) => json!({
                "code": if error == ParseLinkError::Missing { "link_missing" } else { "link_invalid" },
                "message": error.to_string(),
            }),
        };
        json!({ "url": url, "found": found, "shown": without_token(&url) })
    })
    .collect()
}

/// Rejected base URLs. Accepted ones are tested by calls.
fn base_urls() -> Vec<Value> {
    let refused = [
        ("", None),
        ("accounts.example.com", None),
        ("ftp://accounts.example.com", None),
        ("https://", None),
        ("https://accounts.example.com:99999", None),
        ("https://accounts.example.com/a/../b", None),
        ("https://accounts.example.com/?x=1", None),
        ("https://peter:hunter2@accounts.example.com", None),
        ("http://accounts.example.com", None),
        ("https://k\u{f6}ln.example", None),
        ("https://accounts.example.com", Some("a/b")),
    ];
    let built = |(base_url, application): (&str, Option<&str>)| {
        let script = Script::default();
        let mut builder = Client::builder(base_url).transport(&script);
        if let Some(id) = application {
            builder = builder.application(id);
        }
        let error: BuildError = builder.build().unwrap_err();
        json!({ "baseUrl": base_url, "application": application, "message": error.to_string() })
    };
    refused.into_iter().map(built).collect()
}

#[tokio::test]
async fn the_vectors_match_the_native_client() {
    let vectors = json!({
        "token": token().expose(), "identifier": IDENTIFIER, "password": PASSWORD,
        "session": "a-session-token", "old": "the old one",
        "answers": answers().await, "passwords": passwords(), "links": links(), "baseUrls": base_urls(),
    });
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors.json");
    let text = serde_json::to_string_pretty(&vectors).unwrap() + "\n";
    if std::env::var_os("RELATCH_WRITE_VECTORS").is_some() {
        std::fs::write(path, &text).unwrap();
    }
    assert!(
        std::fs::read_to_string(path).unwrap() == text,
        "run this test with RELATCH_WRITE_VECTORS=1, and review the difference"
    );
}
