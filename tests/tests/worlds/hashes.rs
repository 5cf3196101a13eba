//! The formats that passwords are hashed in: each one written and verified by the whole service. What others made of
//! them is compared in the core's own tests.

use libtest_mimic::Trial;
use relatch::{Password, PasswordRules};
use relatch_domain::hashing;
use relatch_domain::values::account::{Account, PasswordHash};
use relatch_tests::in_process::{InProcess, configured};
use relatch_tests::person::Person;
use relatch_tests::trials::trial;
use relatch_tests::world::{World, request};
use serde_json::json;

const NEW: &str = "a quite new passphrase";
const OTHER: &str = "some other long passphrase";

/// Every format at the least that configuration accepts, and how its hashes begin.
const FORMATS: [(&[(&str, &str)], &str); 5] = [
    (&[("PASSWORD_HASH", "argon2id")], "$argon2id$v=19$m=7168,t=1,p=1$"),
    (&[("PASSWORD_HASH", "bcrypt"), ("BCRYPT_COST", "10")], "$2b$10$"),
    (&[("PASSWORD_HASH", "scrypt"), ("SCRYPT_LOG_N", "13")], "$scrypt$ln=13,r=8,p=10$"),
    (&[("PASSWORD_HASH", "better-auth")], ""),
    (&[("PASSWORD_HASH", "pbkdf2"), ("PBKDF2_ITERATIONS", "100000")], "$pbkdf2-sha256$i=100000,l=32$"),
];

pub fn trials() -> Vec<Trial> {
    vec![
        trial("in process: a password is hashed in the format that is configured, and verified in each", every_format),
        trial("in process: an account's hash may be in any format, also none that is known", any_before),
        trial("in process: b35 bcrypt refuses what it would not look at, and the rules say so", bcrypt_limit),
    ]
}

fn world(changes: &[(&str, &str)]) -> World {
    World::InProcess(InProcess::new(changes))
}

async fn every_format() {
    for (changes, begin) in FORMATS {
        let world = world(changes);
        let peter = world.somebody().await;
        let token = world.token_for(&peter).await;
        assert_eq!(world.confirm(&token, NEW).await.status, 200, "{changes:?}");
        let hash = world.hash_of(&peter).await.unwrap();
        assert!(hash.expose().starts_with(begin), "{}", hash.expose());
        assert!(world.has_password(&peter, NEW).await && !world.has_password(&peter, OTHER).await, "{changes:?}");
        // Asked again, the service verifies what it stored.
        assert_eq!(world.confirm(&token, NEW).await.status, 200, "{changes:?}");
        assert_eq!(world.confirm(&token, OTHER).await.code(), "link_used", "{changes:?}");
    }
}

async fn any_before() {
    let hash = |changes: &[(&str, &str)]| {
        hashing::hash(&Password::from(OTHER), configured(changes).hashing, &[3; 32]).expect("it is hashed")
    };
    let before = FORMATS.map(|(changes, _)| hash(changes));
    let unknown = ["5f4dcc3b5aa765d61d8327deb882cf99", "$6$rounds=5000$salt$key"].map(PasswordHash::from);
    for before in before.into_iter().chain(unknown) {
        let memory = InProcess::new(&[]);
        let world = World::InProcess(memory.clone());
        let peter = Person::new();
        memory.memory.put_account(Account { password_hash: Some(before.clone()), ..peter.account() });
        let token = world.token_for(&peter).await;
        assert_eq!(world.confirm(&token, NEW).await.status, 200, "{}", before.expose());
        assert!(world.hash_of(&peter).await.unwrap().expose().starts_with("$argon2id$"));
    }
}

async fn bcrypt_limit() {
    let world = world(FORMATS[1].0);
    let rules = world.send(request("GET", "/password/rules", "")).await;
    assert_eq!(rules.json(), json!({ "min_length": 15, "max_length": 128, "max_bytes": 72 }));
    let rules: PasswordRules = world.client().rules().await.unwrap();
    assert_eq!(rules.max_bytes, Some(72));
    let peter = world.somebody().await;
    let token = world.token_for(&peter).await;
    let longest: String = "abfgzt5 qlm".chars().cycle().take(72).collect();
    let wide = "\u{5bc6}\u{7801}\u{5f88}\u{957f} \u{7684}".repeat(5);
    for refused in [format!("{longest}x"), wide, "a NUL ends\0it for others".to_owned()] {
        let answer = world.confirm(&token, &refused).await;
        assert_eq!((answer.status, &answer.json()["reasons"]), (422, &json!(["too_long"])), "{refused:?}");
    }
    assert_eq!(world.confirm(&token, &longest).await.status, 200);
    assert!(world.has_password(&peter, &longest).await);
    assert!(!world.has_password(&peter, &longest[..71]).await);
    assert!(!world.has_password(&peter, &format!("{longest}x")).await);
}
