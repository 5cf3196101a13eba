use super::*;
use crate::hashing::HashCost;

const PASSWORD: &str = "correct horse battery";
const SEED: [u8; 32] = [7; 32];

/// One hash of every format at its lowest cost.
const FORMATS: [(HashFormat, &str); 5] = [
    (
        HashFormat::Argon2id(HashCost { memory_kib: 64, iterations: 1, parallelism: 1 }),
        "$argon2id$v=19$m=64,t=1,p=1$",
    ),
    (HashFormat::Bcrypt { cost: 4 }, "$2b$04$"),
    (HashFormat::Scrypt { log_n: 4, parallelism: 2 }, "$scrypt$ln=4,r=8,p=2$"),
    (HashFormat::BetterAuth, "07070707070707070707070707070707:"),
    (HashFormat::Pbkdf2 { iterations: 10 }, "$pbkdf2-sha256$i=10,l=32$"),
];

fn verifies(password: &str, hash: &str) -> bool {
    verify(&Password::from(password), &PasswordHash::from(hash))
}

fn hashed(password: &str, format: HashFormat) -> String {
    hash(&Password::from(password), format, &SEED).unwrap().expose().to_owned()
}

#[test]
fn a_hash_is_verified_by_the_format_and_cost_that_it_names() {
    for (format, begin) in FORMATS {
        let hash = hashed(PASSWORD, format);
        assert!(hash.starts_with(begin), "{hash}");
        assert!(verifies(PASSWORD, &hash), "{hash}");
        assert!(!verifies("correct horse batterz", &hash), "{hash}");
        assert!(!verifies("", &hash), "{hash}");
    }
}

/// Created by Python's `hashlib`, libxcrypt, Node's `crypto.scryptSync` and better-auth.
#[test]
fn hashes_of_other_libraries_are_verified() {
    for (password, hash) in [
        (
            PASSWORD,
            "$scrypt$ln=14,r=8,p=1$AAECAwQFBgcICQoLDA0ODw$6W7GuoxjojaYIg83x/wEKSXUMMf+reyc6wSvA8q7ny8",
        ),
        (
            PASSWORD,
            "$scrypt$ln=10,r=16,p=2$AAECAwQFBgcICQoLDA0ODw$ZgZB7UIRmSY94aLGMkm8oSqfQTP3hpa046CwHJe1KlOuW76ydwix3rdyVK+xP7lO\
             W6i14aGvt5VnpbtP6zWq9g",
        ),
        (
            PASSWORD,
            "$pbkdf2-sha256$i=1000,l=32$AAECAwQFBgcICQoLDA0ODw$AhaeZ02AwPxykuhhDI8XvhQN8GKvmqM+qF6qvs/98I0",
        ),
        (PASSWORD, "$pbkdf2-sha256$i=1000$AAECAwQFBgcICQoLDA0ODw$AhaeZ02AwPxykuhhDI8XvhQN8GI"),
        (PASSWORD, "$2b$05$CCCCCCCCCCCCCCCCCCCCC.4c/Vz//sBM9XkyFmwsCP9HkrjK1U32S"),
        (PASSWORD, "$2a$06$XXXXXXXXXXXXXXXXXXXXXOC9gr5lNShKs3Y8FgJK1TnGgU9bO800W"),
        (&"x".repeat(72), "$2y$04$abcdefghijklmnopqrstuubzadhGtS2zEF.gu0yd0opP6cVzb.e0i"),
        (
            "p\u{e4}ssw\u{f6}rd \u{2603}",
            "$2b$04$abcdefghijklmnopqrstuu4SmA3hVMbWKmJVGcHRDZ6Y7bUU/SMZe",
        ),
        (
            PASSWORD,
            "000102030405060708090a0b0c0d0e0f:70cc7d605f9fd0bfd324b3978bd79ee81076d98810046ed91604c3cb8aa69577\
             61a2b0b97abf1e7c417ec4a9baa7bd1ce53449880d90dc1117c88d69b4f0b72e",
        ),
        (
            "correct horse ba\u{301}ttery \u{fb01}ne",
            "6eb30aed429d2825f78fe8a1e4afa767:eefafaf22a14478f8b0b4fd707aaf79c3f5a39fe1cb29ef30f2ce5d07896ea38\
             28429a09c1e3b8e59fb50a69f5fb04e8e19a8f5eb922ad2c330a5b87d12cc8d4",
        ),
    ] {
        assert!(verifies(password, hash), "{hash}");
        assert!(!verifies(&password.replacen(['c', 'x', 'p'], "C", 1), hash), "{hash}");
    }
}

#[test]
fn b35_every_character_of_a_long_password_counts_or_it_is_not_hashed() {
    let long = "x".repeat(127);
    for (format, _) in FORMATS {
        let longer = Password::from(format!("{long}a"));
        let Some(hash) = hash(&longer, format, &SEED) else {
            assert!(matches!(format, HashFormat::Bcrypt { .. }));
            continue;
        };
        assert!(verify(&longer, &hash));
        assert!(!verify(&Password::from(format!("{long}b")), &hash), "{}", hash.expose());
    }
}

#[test]
fn bcrypt_rejects_a_password_that_it_would_truncate() {
    let format = HashFormat::Bcrypt { cost: 4 };
    let all = "x".repeat(72);
    let hash = hashed(&all, format);
    assert!(verifies(&all, &hash));
    assert!(!verifies(&format!("{all}x"), &hash), "73 bytes that begin with the right 72");
    assert!(!verifies(&all[1..], &hash));
    for refused in [format!("{all}x"), "before\0after".to_owned(), "\u{e9}".repeat(37)] {
        assert!(crate::hashing::hash(&Password::from(refused), format, &SEED).is_none());
    }
}

#[test]
fn a_password_is_normalized_as_other_libraries_do() {
    let (composed, decomposed, compatible) =
        ("caf\u{e9} \u{fb01}ne", "cafe\u{301} \u{fb01}ne", "caf\u{e9} fine");
    for (format, begin) in FORMATS {
        let hash = hashed(composed, format);
        let nfc = matches!(format, HashFormat::Argon2id(_) | HashFormat::BetterAuth);
        assert_eq!(verifies(decomposed, &hash), nfc, "{begin}");
        assert_eq!(
            verifies(compatible, &hash),
            matches!(format, HashFormat::BetterAuth),
            "{begin}"
        );
    }
}

#[test]
fn a_password_is_not_trimmed_and_keeps_its_case() {
    for (format, begin) in FORMATS {
        let hash = hashed(" Correct Horse ", format);
        assert!(!verifies("Correct Horse", &hash), "{begin}");
        assert!(!verifies(" correct horse ", &hash), "{begin}");
    }
}

#[test]
fn an_invalid_hash_matches_no_password() {
    let key = "0".repeat(128);
    for hash in [
        "",
        ":",
        "plain",
        "salt:00",
        &format!("salt:{key}00"),
        &format!("salt:{}", key.replace('0', "g")),
        &format!("salt:{}", key.replace('0', "\u{e9}")),
        "$",
        "$$$",
        "$argon2id$v=19$m=64",
        "$2b$10$abcdefghijklmnopqrstuv",
        "$2b$04$abcdefghijklmnopqrstuu4SmA3hVMbWKmJVGcHRDZ6Y7bUU/SMZ",
        "$2b$04$\u{e9}bcdefghijklmnopqrstu4SmA3hVMbWKmJVGcHRDZ6Y7bUU/SMZe",
        "$2x$04$abcdefghijklmnopqrstuu4SmA3hVMbWKmJVGcHRDZ6Y7bUU/SMZe",
        "$scrypt$ln=14,r=8$AAECAwQFBgcICQoLDA0ODw$6W7GuoxjojaYIg83x/wEKSXUMMf+reyc6wSvA8q7ny8",
        "$scrypt$ln=14,r=8,p=1$AAECAwQFBgcICQoLDA0ODw",
        "$pbkdf2-sha256$AAECAwQFBgcICQoLDA0ODw$AhaeZ02AwPxykuhhDI8XvhQN8GI",
        "$pbkdf2-sha256$i=0$AAECAwQFBgcICQoLDA0ODw$AhaeZ02AwPxykuhhDI8XvhQN8GI",
        "$pbkdf2-sha512$i=1000$AAECAwQFBgcICQoLDA0ODw$AhaeZ02AwPxykuhhDI8XvhQN8GI",
    ] {
        assert!(!verifies("plain", hash), "{hash}");
    }
}

/// Verifying these would take minutes or all memory of an isolate.
#[test]
fn a_stored_hash_above_the_cost_limit_is_not_computed() {
    let (salt, key) = ("AAECAwQFBgcICQoLDA0ODw", "6W7GuoxjojaYIg83x/wEKSXUMMf+reyc6wSvA8q7ny8");
    for cost in [
        "argon2id$v=19$m=4194304,t=1,p=1",
        "argon2id$v=19$m=65536,t=4000000000,p=1",
        "scrypt$ln=17,r=8,p=1",
        "scrypt$ln=63,r=8,p=1",
        "scrypt$ln=64,r=8,p=1",
        "scrypt$ln=255,r=8,p=1",
        "scrypt$ln=4294967295,r=8,p=1",
        "scrypt$ln=16,r=8,p=5",
        "scrypt$ln=1,r=1,p=1000000",
        "scrypt$ln=1,r=4294967295,p=4294967295",
        "scrypt$ln=1,r=0,p=0",
        "pbkdf2-sha256$i=2000001",
        "pbkdf2-sha256$i=4294967295",
    ] {
        assert!(!verifies(PASSWORD, &format!("${cost}${salt}${key}")), "{cost}");
    }
    for cost in ["15", "31", "32", "99", "00", "4294967295"] {
        let hash = format!("$2b${cost}$abcdefghijklmnopqrstuu4SmA3hVMbWKmJVGcHRDZ6Y7bUU/SMZe");
        assert!(!verifies(PASSWORD, &hash), "{cost}");
    }
}
