//! Tokens that are none: of another type, malformed, cut off, padded, folded, forged. All get the same answer.

use relatch::wire::path;
use relatch_tests::flow;
use relatch_tests::trials::Flow;
use relatch_tests::world::World;
use serde_json::{Value, json};

use super::{NEW, Untouched, assert_not_burned, assert_refused, post};

pub fn flows() -> Vec<(&'static str, Flow)> {
    vec![
        ("a token of any other type is no link, and all answers to it are one", flow!(types)),
        ("a token that is cut, padded, re-cased or changed anywhere is no link", flow!(malformed)),
    ]
}

/// Tries these as tokens. Every answer of a call is the same, byte for byte, and no port is asked.
async fn refuse_all(world: &World, real: &str, tokens: Vec<Value>) {
    let untouched = Untouched::since(world);
    let mut first = None;
    for token in tokens {
        for (path, body) in [
            (path::CHECK, json!({ "token": token })),
            (path::CONFIRM, json!({ "token": token, "password": NEW })),
            (path::CONFIRM, json!({ "token": token, "plainPassword": { "first": NEW, "second": NEW } })),
            // The link is looked at before the password: whether that would do is for holders of links to hear.
            (path::CONFIRM, json!({ "token": token, "password": "short" })),
        ] {
            let answer = post(world, path, body.to_string()).await;
            assert_refused(&answer, 400, "link_invalid", &body.to_string());
            assert!(!answer.body.contains(&real[31..60]) && !answer.body.contains(NEW));
            assert_eq!(*first.get_or_insert_with(|| answer.clone()), answer, "{path} {body}");
        }
    }
    untouched.assert("tokens that are none");
    assert_not_burned(world, real).await;
}

async fn types(world: &World) {
    let peter = world.somebody().await;
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
        // As deep as it can be: more is not well-formed.
        (0..100).fold(json!(token), |inner, _| json!([inner])),
    ];
    refuse_all(world, &token, tokens).await;
}

/// Texts that are no token, each made of one that is.
pub fn wrong_texts(token: &str) -> Vec<String> {
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let after = |character: char| {
        let next = alphabet.find(character).expect("tokens are of this alphabet") + 1;
        alphabet.chars().nth(next % alphabet.len()).expect("the alphabet has it")
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
    // One character changed, in every part of the token; of the last one, whose lowest bits carry nothing, to one that
    // stands for the same bytes.
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
    let peter = world.somebody().await;
    let token = world.token_for(&peter).await;
    refuse_all(world, &token, wrong_texts(&token).into_iter().map(Value::from).collect()).await;
}

fn other_case(character: char) -> char {
    if character.is_lowercase() { character.to_ascii_uppercase() } else { character.to_ascii_lowercase() }
}
