//! Password hashes. New ones are written in the configured format; stored ones are verified by the
//! format that they name.
//!
//! | format | stored as | the password as bytes |
//! |---|---|---|
//! | Argon2 (RFC 9106) | `$argon2id$v=19$m=…,t=…,p=…$salt$key` (PHC) | NFC |
//! | bcrypt | `$2b$cost$salt and key`; `$2a$` and `$2y$` are read too | as typed |
//! | scrypt (RFC 7914) | `$scrypt$ln=…,r=…,p=…$salt$key` (PHC) | as typed |
//! | scrypt of better-auth | `salt:key`, both hexadecimal | NFKC |
//! | PBKDF2 (RFC 8018) | `$pbkdf2-sha256$i=…,l=…$salt$key` (PHC) | as typed |
//!
//! The normalization is that of the libraries that verify these hashes at sign-in.
//!
//! The cost of verifying a stored hash is limited, because an isolate has 128 MiB and few seconds.

use argon2::password_hash::phc::{Output, PasswordHash as Phc};
use relatch::Password;
use relatch::internal::{nfc, nfkc};

use crate::values::account::PasswordHash;

mod argon2id;
mod bcrypt;
mod format;
mod pbkdf2;
mod scrypt;

pub use format::{HashCost, HashFormat};

/// The most memory in bytes for verifying one hash: half of an isolate, and block buffers.
const MAX_MEMORY: u64 = (64 << 20) + (1 << 20);

/// Hashes a password with a salt from `seed`. Returns `None` for parameters or a password that the
/// format does not support; the configuration and the password rules exclude both.
#[must_use]
pub fn hash(password: &Password, format: HashFormat, seed: &[u8; 32]) -> Option<PasswordHash> {
    let salt = seed.first_chunk::<16>()?;
    let typed = password.expose();
    let hash = match format {
        HashFormat::Argon2id(cost) => argon2id::hash(&nfc(typed), cost, salt),
        HashFormat::Bcrypt { cost } => bcrypt::hash(typed, cost, salt),
        HashFormat::Scrypt { log_n, parallelism } => scrypt::hash(typed, log_n, parallelism, salt),
        HashFormat::BetterAuth => scrypt::hash_for_better_auth(&nfkc(typed), salt),
        HashFormat::Pbkdf2 { iterations } => pbkdf2::hash(typed, iterations, salt),
    };
    hash.map(PasswordHash::from)
}

/// Returns whether a password matches a hash, with the parameters of the hash. An unknown format
/// and a hash above the cost limit match no password.
#[must_use]
pub fn verify(password: &Password, hash: &PasswordHash) -> bool {
    let (typed, stored) = (password.expose(), hash.expose());
    let verified = match stored.strip_prefix('$').and_then(|rest| rest.split('$').next()) {
        Some("2a" | "2b" | "2y") => bcrypt::verify(typed, stored),
        Some("scrypt") => phc(stored).and_then(|stored| scrypt::verify(typed, &stored)),
        Some("pbkdf2-sha256") => phc(stored).and_then(|stored| pbkdf2::verify(typed, &stored)),
        Some(_) => phc(stored).and_then(|stored| argon2id::verify(&nfc(typed), &stored)),
        None => scrypt::verify_for_better_auth(&nfkc(typed), stored),
    };
    verified == Some(true)
}

fn phc(stored: &str) -> Option<Phc> {
    Phc::new(stored).ok()
}

/// Compares a key with a stored one in constant time. Returns `None` for a key of invalid length.
pub(super) fn same(key: &[u8], stored: &Output) -> Option<bool> {
    Output::new(key).ok().map(|key| key == *stored)
}

#[cfg(test)]
mod tests;
