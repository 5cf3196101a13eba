//! Password hashes: Argon2id (RFC 9106) as PHC strings, which any Argon2 library verifies.

use argon2::password_hash::phc::PasswordHash as Phc;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use argon2::{Algorithm, Argon2, Params, Version};
use relatch::Password;
use relatch::text::nfc;

use super::account::PasswordHash;
use super::config::HashCost;

/// Hashes a password, composed by NFC, with a salt from this seed. Nothing if the parameters are none: configuration
/// has checked them.
#[must_use]
pub fn hash(password: &Password, cost: HashCost, seed: &[u8; 32]) -> Option<PasswordHash> {
    let params = Params::new(cost.memory_kib, cost.iterations, cost.parallelism, None).ok()?;
    let salt = seed.first_chunk::<16>()?;
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let hash = argon2.hash_password_with_salt(nfc(password.expose()).as_bytes(), salt).ok()?;
    Some(PasswordHash::from(hash.to_string()))
}

/// Whether this is the password of this hash. The hash's own parameters are used.
#[must_use]
pub fn verify(password: &Password, hash: &PasswordHash) -> bool {
    Phc::new(hash.expose())
        .is_ok_and(|hash| Argon2::default().verify_password(nfc(password.expose()).as_bytes(), &hash).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHEAP: HashCost = HashCost { memory_kib: 64, iterations: 1, parallelism: 1 };

    #[test]
    fn a_hash_is_a_phc_string_that_says_its_own_cost() {
        let hash = hash(&Password::from("correct horse battery"), CHEAP, &[7; 32]).unwrap();
        assert!(hash.expose().starts_with("$argon2id$v=19$m=64,t=1,p=1$"), "{}", hash.expose());
        assert!(verify(&Password::from("correct horse battery"), &hash));
        assert!(!verify(&Password::from("correct horse batterz"), &hash));
    }

    #[test]
    fn b35_every_character_of_a_long_password_counts() {
        let long = "x".repeat(127);
        let hash = hash(&Password::from(format!("{long}a")), CHEAP, &[7; 32]).unwrap();
        assert!(!verify(&Password::from(format!("{long}b")), &hash));
    }

    #[test]
    fn composed_and_decomposed_spellings_are_one_password() {
        let hash = hash(&Password::from("caf\u{e9} au lait, bitte"), CHEAP, &[7; 32]).unwrap();
        assert!(verify(&Password::from("cafe\u{301} au lait, bitte"), &hash));
    }

    #[test]
    fn a_password_is_never_trimmed_or_changed_in_case() {
        let hash = hash(&Password::from(" Correct Horse "), CHEAP, &[7; 32]).unwrap();
        assert!(!verify(&Password::from("Correct Horse"), &hash));
        assert!(!verify(&Password::from(" correct horse "), &hash));
    }

    #[test]
    fn something_that_is_no_hash_verifies_nothing() {
        for hash in ["", "plain", "$argon2id$v=19$m=64", "$2b$10$abcdefghijklmnopqrstuv"] {
            assert!(!verify(&Password::from("plain"), &PasswordHash::from(hash)));
        }
    }
}
