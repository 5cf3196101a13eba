//! PBKDF2 with HMAC-SHA-256, as PHC strings.

use ::pbkdf2::pbkdf2_hmac;
use argon2::password_hash::phc::PasswordHash as Phc;
use base64ct::{Base64Unpadded, Encoding as _};
use sha2::Sha256;

use crate::hashing::same;

/// The largest number of iterations: more than three times the OWASP minimum, one to two seconds.
const MAX_ITERATIONS: u32 = 2_000_000;

pub(super) fn hash(password: &str, iterations: u32, salt: &[u8; 16]) -> Option<String> {
    let mut key = [0; 32];
    derive(password, salt, iterations, &mut key)?;
    let length = key.len();
    let [salt, key] = [&salt[..], &key].map(Base64Unpadded::encode_string);
    Some(format!("$pbkdf2-sha256$i={iterations},l={length}${salt}${key}"))
}

pub(super) fn verify(password: &str, stored: &Phc) -> Option<bool> {
    let (salt, stored_key) = (stored.salt.as_ref()?, stored.hash.as_ref()?);
    let mut key = vec![0; stored_key.len()];
    derive(password, salt, stored.params.get_decimal("i")?, &mut key)?;
    same(&key, stored_key)
}

fn derive(password: &str, salt: &[u8], iterations: u32, key: &mut [u8]) -> Option<()> {
    let affordable = (1..=MAX_ITERATIONS).contains(&iterations);
    affordable.then(|| pbkdf2_hmac::<Sha256>(password.as_bytes(), salt, iterations, key))
}
