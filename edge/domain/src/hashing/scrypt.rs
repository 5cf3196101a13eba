//! scrypt: as PHC strings, and as better-auth stores it.

use ::scrypt::{Params, scrypt};
use argon2::password_hash::phc::{Output, PasswordHash as Phc};
use base64ct::{Base64Unpadded, Encoding as _};

use super::{MAX_MEMORY, same};
use crate::values::keys::hex;

/// The block size, which every library uses.
const BLOCK_SIZE: u32 = 8;

/// The parameters of better-auth: N = 2^14, r = 16, p = 1, a key of 64 bytes; 32 MiB.
const BETTER_AUTH: (u32, u32, u32) = (14, 16, 1);
const BETTER_AUTH_KEY: usize = 64;

/// The cost limit: passes over the largest memory.
const MAX_PASSES: u64 = 4;

pub(super) fn hash(
    password: &str,
    log_n: u32,
    parallelism: u32,
    salt: &[u8; 16],
) -> Option<String> {
    let mut key = [0; 32];
    derive(password, salt, (log_n, BLOCK_SIZE, parallelism), &mut key)?;
    let [salt, key] = [&salt[..], &key].map(Base64Unpadded::encode_string);
    Some(format!("$scrypt$ln={log_n},r={BLOCK_SIZE},p={parallelism}${salt}${key}"))
}

pub(super) fn verify(password: &str, stored: &Phc) -> Option<bool> {
    let cost = |name| stored.params.get_decimal(name);
    let (salt, stored_key) = (stored.salt.as_ref()?, stored.hash.as_ref()?);
    let mut key = vec![0; stored_key.len()];
    derive(password, salt, (cost("ln")?, cost("r")?, cost("p")?), &mut key)?;
    same(&key, stored_key)
}

/// better-auth uses the hexadecimal text of the salt, not its bytes.
pub(super) fn hash_for_better_auth(password: &str, salt: &[u8; 16]) -> Option<String> {
    let salt = hex(salt);
    let mut key = [0; BETTER_AUTH_KEY];
    derive(password, salt.as_bytes(), BETTER_AUTH, &mut key)?;
    Some(format!("{salt}:{}", hex(&key)))
}

pub(super) fn verify_for_better_auth(password: &str, stored: &str) -> Option<bool> {
    let (salt, stored_key) = stored.split_once(':')?;
    let stored_key = bytes(stored_key).filter(|key| key.len() == BETTER_AUTH_KEY)?;
    let mut key = [0; BETTER_AUTH_KEY];
    derive(password, salt.as_bytes(), BETTER_AUTH, &mut key)?;
    same(&key, &Output::new(&stored_key).ok()?)
}

fn derive(
    password: &str,
    salt: &[u8],
    (log_n, r, p): (u32, u32, u32),
    key: &mut [u8],
) -> Option<()> {
    let block = u64::from(r).checked_mul(128)?;
    let memory = 1_u64.checked_shl(log_n)?.checked_add(p.into())?.checked_mul(block)?;
    let work = memory.checked_mul(p.into())?;
    if memory > MAX_MEMORY || work > MAX_MEMORY.checked_mul(MAX_PASSES)? {
        return None;
    }
    let params = Params::new(log_n.try_into().ok()?, r, p).ok()?;
    scrypt(password.as_bytes(), salt, &params, key).ok()
}

fn bytes(hex: &str) -> Option<Vec<u8>> {
    let pairs = hex.as_bytes().chunks(2);
    pairs.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect()
}
