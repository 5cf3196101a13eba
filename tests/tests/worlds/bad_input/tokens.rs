//! Invalid tokens: of another type, malformed, truncated, padded, re-cased or forged. All get the
//! same response.

use relatch::wire::path;
use relatch_tests::flow;
use relatch_tests::trials::Flow;
use relatch_tests::world::World;
use serde_json::{Value, json};

use super::post;
use crate::support::{NEW, StoreSnapshot, assert_link_works, assert_problem};

pub fn flows() -> Vec<(&'static str, Flow)> {
    vec![
        ("a token that is not a string is invalid, and every response is the same", flow!(types)),
        (
            "a token that is truncated, padded, re-cased or altered anywhere is invalid",
            flow!(malformed),
        ),
    ]
}

/// Asserts that these tokens are invalid, that every response is the same byte for byte, and that
/// no port is called.
async fn assert_all_invalid(world: &World, real: &str, tokens: Vec<Value>) {
    let snapshot = StoreSnapshot::take(world);
    let mut first = None;
    for token in tokens {
        for (path, body) in [
            (path::CHECK, json!({ "token": token })),
            (path::CONFIRM, json!({ "token": token, "password": NEW })),
            (
                path::CONFIRM,
                json!({ "token": token, "plainPassword": { "first": NEW, "second": NEW } }),
            ),
            // The token is checked before the password, so only the holder of a link learns about
            // the password.
            (path::CONFIRM, json!({ "token": token, "password": "short" })),
        ] {
            let response = post(world, path, body.to_string()).await;
            assert_problem(&response, 400, "link_invalid", &body.to_string());
            assert!(!response.body.contains(&real[31..60]) && !response.body.contains(NEW));
            assert_eq!(*first.get_or_insert_with(|| response.clone()), response, "{path} {body}");
        }
    }
    snapshot.assert_unchanged("invalid tokens");
    assert_link_works(world, real).await;
}

async fn types(world: &World) {
    let peter = world.new_person().await;
    let token = world.token_for(&peter).await;
    let tokens = vec![
        json!(null),
        json!(0),
        json!(-1),
        json!(1.5),
        json!(true),
        json!(false),
        json!([]),
        json!({}),
        json!([token]),
        json!([[token]]),
        json!({ "token": token }),
        json!({ "0": token }),
        json!({ "$gt": "" }),
        json!({ "$ne": null }),
        json!({ "$regex": "^A" }),
        json!({ "toString": token }),
        // The deepest nesting that the parser accepts.
        (0..100).fold(json!(token), |inner, _| json!([inner])),
    ];
    assert_all_invalid(world, &token, tokens).await;
}

/// Returns strings that are not tokens, each derived from a valid token.
pub fn invalid_tokens(token: &str) -> Vec<String> {
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let after = |character: char| {
        let next = alphabet.find(character).expect("a token holds only these characters") + 1;
        alphabet.chars().nth(next % alphabet.len()).expect("the index is in range")
    };
    let mut texts = vec![
        String::new(),
        " ".to_owned(),
        " ".repeat(95),
        "A".repeat(95),
        "=".repeat(95),
        "\0".repeat(95),
        "é".repeat(95),
        "x".repeat(10_000),
        token[..94].to_owned(),
        token[1..].to_owned(),
        token[..40].to_owned(),
        format!("{token}A"),
        format!("{token}="),
        format!("{token}=="),
        format!("{token}\n"),
        format!("{token}\0"),
        format!("{token} "),
        format!(" {token}"),
        format!("{token}{token}"),
        format!("{token},{token}"),
        format!("Bearer {token}"),
        format!("\"{token}\""),
        format!("https://localhost/password/reset?token={token}"),
        format!("{}%2D{}", &token[..46], &token[47..]),
        format!("{}+{}", &token[..46], &token[47..]),
        format!("{}/{}", &token[..46], &token[47..]),
        format!("{}\n{}", &token[..46], &token[47..]),
        format!("{}\u{feff}{}", &token[..46], &token[49..]),
        token.to_lowercase(),
        token.to_uppercase(),
        token.chars().rev().collect(),
        token.chars().map(other_case).collect(),
    ];
    // One character is replaced, in every part of the token. The lowest bits of the last character
    // are unused: its replacement is a non-canonical encoding of the same bytes.
    for place in (0..95).step_by(6).chain([94]) {
        let changed: Vec<char> = token
            .chars()
            .enumerate()
            .map(|(at, character)| if at == place { after(character) } else { character })
            .collect();
        texts.push(changed.into_iter().collect());
    }
    texts
}

async fn malformed(world: &World) {
    let peter = world.new_person().await;
    let token = world.token_for(&peter).await;
    assert_all_invalid(
        world,
        &token,
        invalid_tokens(&token).into_iter().map(Value::from).collect(),
    )
    .await;
}

fn other_case(character: char) -> char {
    if character.is_lowercase() {
        character.to_ascii_uppercase()
    } else {
        character.to_ascii_lowercase()
    }
}
