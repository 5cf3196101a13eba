//! The new password: which ones are accepted, and that they are stored unaltered.

use relatch_domain::values::account::PasswordHash;
use relatch_tests::flow;
use relatch_tests::person::Person;
use relatch_tests::trials::Flow;
use relatch_tests::world::World;
use serde_json::json;

use crate::support::assert_code;

pub fn flows() -> Vec<(&'static str, Flow)> {
    vec![
        ("b35 every character of a long password counts", flow!(b35)),
        ("f15 a password is stored as a slow hash with a unique salt", flow!(f15)),
        ("v6.2.4 a common password is rejected with the reason, in any case", flow!(v6_2_4)),
        (
            "v6.2.11 a long password of common parts or the application's name is rejected",
            flow!(v6_2_11),
        ),
        ("a NUL is rejected, and the link stays valid", flow!(nul)),
        ("v6.2.5 no composition of characters is required", flow!(v6_2_5)),
        ("v6.2.8 a password is never trimmed, truncated or changed in case", flow!(v6_2_8)),
        ("v6.2.9 64 and 128 characters of every script are accepted", flow!(v6_2_9)),
        ("n9 two Unicode forms of the same text are the same password", flow!(n9)),
    ]
}

/// Adds a person, resets the password to this one, and returns the person.
async fn reset_to(world: &World, password: &str) -> Person {
    let person = world.new_person().await;
    let token = world.token_for(&person).await;
    let response = world.confirm(&token, password).await;
    assert_eq!(response.status, 200, "{password}: {response:?}");
    person
}

async fn b35(world: &World) {
    // bcrypt truncates at 72 bytes, other implementations at 56, 64 or 127.
    for length in [73, 100, 128] {
        let long: String = "abfgzt5 qlm".chars().cycle().take(length).collect();
        let person = reset_to(world, &long).await;
        assert!(world.has_password(&person, &long).await);
        for cut in [56, 64, 71, 72, length - 1] {
            assert!(!world.has_password(&person, &long[..cut]).await, "{cut} of {length}");
        }
        assert!(!world.has_password(&person, &format!("{}!", &long[..length - 1])).await);
        assert!(!world.has_password(&person, &format!("{long}!")).await);
    }
    let wide = "\u{5bc6}\u{7801}\u{5f88}\u{957f}".repeat(8) + "ende";
    let person = reset_to(world, &wide).await;
    assert!(
        !world.has_password(&person, &wide.replace("ende", "endf")).await,
        "36 characters of 100 bytes"
    );
}

async fn f15(world: &World) {
    let password = "the same for both of them";
    let (one, two) = (reset_to(world, password).await, reset_to(world, password).await);
    let hashes = [world.hash_of(&one).await, world.hash_of(&two).await];
    let hashes = hashes.map(|hash| hash.expect("the account has a password"));
    let fields =
        |hash: &PasswordHash| hash.expose().split('$').map(str::to_owned).collect::<Vec<_>>();
    let (first, second) = (fields(&hashes[0]), fields(&hashes[1]));
    assert_eq!(
        (first[1].as_str(), first[2].as_str(), first.len()),
        ("argon2id", "v=19", 6),
        "{first:?}"
    );
    assert_eq!(first[3], second[3], "the same cost");
    assert_ne!(first[4], second[4], "another salt");
    assert_ne!(first[5], second[5]);
    assert!(first[4].len() >= 22, "16 bytes of salt: {}", first[4]);
    if let World::Workerd(_) = world {
        assert_eq!(first[3], "m=19456,t=2,p=1", "the default cost");
    }
}

async fn v6_2_4(world: &World) {
    let peter = world.new_person().await;
    let token = world.token_for(&peter).await;
    for common in ["password", "PassWord", "123456789", "qwertyuiop", "iloveyou", "password1"] {
        for common in [common.to_owned(), common.repeat(2)] {
            let response = world.confirm(&token, &common).await;
            assert_code(&response, 422, "password_rejected");
            let reasons = response.json()["reasons"].clone();
            assert!(
                reasons.as_array().is_some_and(|reasons| reasons.contains(&json!("common"))),
                "{common}: {reasons}"
            );
        }
    }
    assert_eq!(world.check(&token).await.status, 200);
}

async fn v6_2_11(world: &World) {
    let person = world.new_person().await;
    let token = world.token_for(&person).await;
    let rules = world.client().rules().await.unwrap();
    let name = rules.application_name.unwrap();
    for weak in [
        "password12345678",
        "Password1234567!",
        "1q2w3e4r5t6y7u8i",
        "111111111111112",
        "iloveyou1234567",
        "qwertyuiopasdfgh",
        "P@ssw0rd!P@ssw0rd!",
        &format!("{name} {name} 2026"),
        &format!("{name}1234567890").to_uppercase(),
    ] {
        let response = world.confirm(&token, weak).await;
        assert_code(&response, 422, "password_rejected");
        let reasons = response.json()["reasons"].clone();
        assert!(reasons.as_array().unwrap().contains(&json!("common")), "{weak}: {reasons}");
    }
    assert_eq!(world.check(&token).await.status, 200);
    for strong in ["violet harbor mango tree", "Nine otters borrowed my kite", "kT7#vq2!Zw9@Lp4x"] {
        reset_to(world, strong).await;
    }
}

async fn nul(world: &World) {
    let person = world.new_person().await;
    let token = world.token_for(&person).await;
    for password in
        ["nothing is said\0after a NUL", "\0nothing is said after it", "it is the last one\0"]
    {
        let response = world.confirm(&token, password).await;
        assert_code(&response, 422, "password_rejected");
        assert_eq!(response.json()["reasons"], json!(["invalid_character"]), "{password:?}");
    }
    assert_eq!(world.confirm(&token, "nothing is said after a NUL").await.status, 200);
}

async fn v6_2_5(world: &World) {
    for plain in [
        "only lower case letters",
        "ONLY UPPER CASE LETTERS",
        "8305 6614 9027 3351 0",
        "...---...-.-.-..--.-",
    ] {
        reset_to(world, plain).await;
    }
}

async fn v6_2_8(world: &World) {
    let spaced = "  Blanks in front\tand After  ";
    let person = reset_to(world, spaced).await;
    assert!(world.has_password(&person, spaced).await);
    for other in [
        spaced.trim(),
        spaced.trim_start(),
        spaced.trim_end(),
        &spaced.to_lowercase(),
        &spaced.replace('\t', " "),
    ] {
        assert!(!world.has_password(&person, other).await, "{other:?}");
    }
    // Markup, quotes and the characters that JSON escapes have no special meaning.
    let odd = "<b>\"it's\" & \\ / \u{1} %41 \u{2028} fine";
    let person = reset_to(world, odd).await;
    assert!(world.has_password(&person, odd).await);
    assert!(!world.has_password(&person, &odd.replace("%41", "A")).await);
}

async fn v6_2_9(world: &World) {
    let cycle =
        |letters: &str, length: usize| letters.chars().cycle().take(length).collect::<String>();
    for password in [
        cycle("abfgzt5 qlmw", 64),
        cycle("abfgzt5 qlmw", 128),
        cycle("\u{5bc6}\u{7801}\u{5f88}\u{957f}\u{7684}", 64),
        cycle("\u{1f600}a\u{1f468}\u{1f3fd}b \u{1f34f}c\u{26be}d\u{1f980}e\u{1f697}!", 128),
        "明日の天気はとても良いでしょう".to_owned(),
        "15 code points!".to_owned(),
    ] {
        let person = reset_to(world, &password).await;
        assert!(world.has_password(&person, &password).await);
    }
    let person = world.new_person().await;
    let token = world.token_for(&person).await;
    for (length, reason) in [(14, "too_short"), (129, "too_long")] {
        let response = world.confirm(&token, &cycle("\u{e9}bfgzt5 qlmw", length)).await;
        assert_code(&response, 422, "password_rejected");
        assert_eq!(response.json()["reasons"], json!([reason]), "{length}");
    }
}

async fn n9(world: &World) {
    let decomposed = "cafe\u{301} au lait, s'il vous plai\u{302}t";
    let composed = "caf\u{e9} au lait, s'il vous pla\u{ee}t";
    let person = reset_to(world, decomposed).await;
    assert!(world.has_password(&person, composed).await);
    assert!(!world.has_password(&person, "cafe au lait, s'il vous plait").await);
    // A compatibility form is a different text.
    let wide = "\u{ff41} wide letter opens this";
    let person = reset_to(world, wide).await;
    assert!(!world.has_password(&person, &wide.replace('\u{ff41}', "a")).await);
}
