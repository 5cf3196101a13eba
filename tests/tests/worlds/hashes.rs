//! The password hash formats, each written and verified by the complete service. Compatibility with
//! other implementations is tested in the domain crate.

use libtest_mimic::Trial;
use relatch::{Password, PasswordRules};
use relatch_domain::hashing;
use relatch_domain::values::account::{Account, PasswordHash};
use relatch_tests::in_process::application_with;
use relatch_tests::person::Person;
use relatch_tests::trials::trial;
use relatch_tests::world::{in_memory, request};
use serde_json::json;

use crate::support::{NEW, OTHER};

/// Every format at the lowest cost that the configuration accepts, and the beginning of its hashes.
const FORMATS: [(&[(&str, &str)], &str); 5] = [
    (&[("PASSWORD_HASH", "argon2id")], "$argon2id$v=19$m=7168,t=1,p=1$"),
    (&[("PASSWORD_HASH", "bcrypt"), ("BCRYPT_COST", "10")], "$2b$10$"),
    (&[("PASSWORD_HASH", "scrypt"), ("SCRYPT_LOG_N", "13")], "$scrypt$ln=13,r=8,p=10$"),
    (&[("PASSWORD_HASH", "better-auth")], ""),
    (
        &[("PASSWORD_HASH", "pbkdf2"), ("PBKDF2_ITERATIONS", "100000")],
        "$pbkdf2-sha256$i=100000,l=32$",
    ),
];

pub fn trials() -> Vec<Trial> {
    vec![
        trial(
            "in process: a password is hashed in the configured format and verified in every format",
            every_format,
        ),
        trial(
            "in process: a reset replaces a hash of any format, even an unknown one",
            any_old_format,
        ),
        trial(
            "in process: b35 with bcrypt a password over 72 bytes is rejected, and the rules have that limit",
            bcrypt_limit,
        ),
    ]
}

async fn every_format() {
    for (changes, prefix) in FORMATS {
        let (world, _memory) = in_memory(changes);
        let peter = world.new_person().await;
        let token = world.token_for(&peter).await;
        assert_eq!(world.confirm(&token, NEW).await.status, 200, "{changes:?}");
        let hash = world.hash_of(&peter).await.unwrap();
        assert!(hash.expose().starts_with(prefix), "{}", hash.expose());
        assert!(
            world.has_password(&peter, NEW).await && !world.has_password(&peter, OTHER).await,
            "{changes:?}"
        );
        // For the replay check the service verifies the hash that it stored.
        assert_eq!(world.confirm(&token, NEW).await.status, 200, "{changes:?}");
        assert_eq!(world.confirm(&token, OTHER).await.code(), "link_used", "{changes:?}");
    }
}

async fn any_old_format() {
    let hash = |changes: &[(&str, &str)]| {
        hashing::hash(&Password::from(OTHER), application_with(changes).hashing, &[3; 32])
            .expect("the configuration is valid")
    };
    let before = FORMATS.map(|(changes, _)| hash(changes));
    let unknown =
        ["5f4dcc3b5aa765d61d8327deb882cf99", "$6$rounds=5000$salt$key"].map(PasswordHash::from);
    for before in before.into_iter().chain(unknown) {
        let (world, memory) = in_memory(&[]);
        let peter = Person::new();
        memory.put_account(Account { password_hash: Some(before.clone()), ..peter.account() });
        let token = world.token_for(&peter).await;
        assert_eq!(world.confirm(&token, NEW).await.status, 200, "{}", before.expose());
        assert!(world.hash_of(&peter).await.unwrap().expose().starts_with("$argon2id$"));
    }
}

async fn bcrypt_limit() {
    let (world, _memory) = in_memory(FORMATS[1].0);
    let rules = world.send(request("GET", "/password/rules", "")).await;
    assert_eq!(
        rules.json(),
        json!({ "min_length": 15, "max_length": 128, "max_bytes": 72, "application_name": "Example" })
    );
    let rules: PasswordRules = world.client().rules().await.unwrap();
    assert_eq!(rules.max_bytes, Some(72));
    let peter = world.new_person().await;
    let token = world.token_for(&peter).await;
    let longest: String = "abfgzt5 qlm".chars().cycle().take(72).collect();
    let wide = "\u{5bc6}\u{7801}\u{5f88}\u{957f} \u{7684}".repeat(5);
    for rejected in [format!("{longest}x"), wide] {
        let response = world.confirm(&token, &rejected).await;
        assert_eq!(
            (response.status, &response.json()["reasons"]),
            (422, &json!(["too_long"])),
            "{rejected:?}"
        );
    }
    let response = world.confirm(&token, "bcrypt stops at a NUL\0here").await;
    assert_eq!(
        (response.status, &response.json()["reasons"]),
        (422, &json!(["invalid_character"])),
    );
    assert_eq!(world.confirm(&token, &longest).await.status, 200);
    assert!(world.has_password(&peter, &longest).await);
    assert!(!world.has_password(&peter, &longest[..71]).await);
    assert!(!world.has_password(&peter, &format!("{longest}x")).await);
}
