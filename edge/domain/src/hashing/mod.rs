//! Password hashes. A new one is written in the format that configuration names; one that is stored is verified by the
//! format it says it is in, whichever is written now.
//!
//! | format | stored as | the password as bytes |
//! |---|---|---|
//! | Argon2 (RFC 9106) | `$argon2id$v=19$m=…,t=…,p=…$salt$key` (PHC) | NFC |
//! | bcrypt | `$2b$cost$salt and key`; `$2a$` and `$2y$` are read too | as typed |
//! | scrypt (RFC 7914) | `$scrypt$ln=…,r=…,p=…$salt$key` (PHC) | as typed |
//! | scrypt of better-auth | `salt:key`, both hexadecimal | NFKC |
//! | PBKDF2 (RFC 8018) | `$pbkdf2-sha256$i=…,l=…$salt$key` (PHC) | as typed |
//!
//! A hash has to fit whoever else verifies it: a team's own sign-in. Libraries for bcrypt, scrypt and PBKDF2 take a
//! password as it comes, and better-auth normalises.
//!
//! What a stored hash may cost is limited, whoever stored it: an isolate has 128 MiB and seconds, not minutes.

use argon2::password_hash::phc::{Output, PasswordHash as Phc};
use relatch::Password;
use relatch::text::{nfc, nfkc};

use crate::values::account::PasswordHash;

mod argon2id;
mod bcrypt;
mod format;
mod pbkdf2;
mod scrypt;

pub use format::{HashCost, HashFormat};

/// The most memory that verifying one hash may take, in bytes: half of an isolate's, and a little for block buffers.
const MOST_MEMORY: u64 = (64 << 20) + (1 << 20);

/// Hashes a password, with a salt from this seed. Nothing if the parameters are none, or if the format cannot take
/// this password: configuration has checked the ones, and the password rules the other.
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

/// Whether this is the password of this hash. The hash's own parameters are used. What is in no known format, or costs
/// more than is allowed, verifies nothing.
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

/// Compares a key with a stored one, in a time that tells nothing about either.
pub(super) fn same(key: &[u8], stored: &Output) -> Option<bool> {
    Output::new(key).ok().map(|key| key == *stored)
}

#[cfg(test)]
mod tests;
