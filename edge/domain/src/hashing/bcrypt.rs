//! bcrypt, for accounts that already have such hashes. It reads 72 bytes and stops at NUL, so a
//! password that is longer or contains NUL is neither hashed nor verified.

use argon2::password_hash::phc::Output;
use base64ct::{Base64Unpadded, Encoding as _};

use crate::hashing::same;

/// The most bytes that bcrypt reads.
pub(super) const MAX_BYTES: usize = 72;

/// The largest cost: 2^cost rounds of key setup, about one and a half seconds.
const MAX_COST: u32 = 14;

/// The standard Base64 alphabet and that of bcrypt.
const BASE64: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const ITS_OWN: &str = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// The length of an encoded salt of 16 bytes.
const SALT: usize = 22;

pub(super) fn hash(password: &str, cost: u32, salt: &[u8; 16]) -> Option<String> {
    let key = derive(password, cost, salt)?;
    let [salt, key] = [&salt[..], &key]
        .map(|bytes| respelled(&Base64Unpadded::encode_string(bytes), BASE64, ITS_OWN));
    Some(format!("$2b${cost:02}${}{}", salt?, key?))
}

pub(super) fn verify(password: &str, stored: &str) -> Option<bool> {
    let (cost, encoded) = stored.get(4..)?.split_once('$')?;
    let (encoded_salt, encoded_key) = encoded.split_at_checked(SALT)?;
    let (mut salt, mut stored_key) = ([0; 16], [0; 23]);
    Base64Unpadded::decode(respelled(encoded_salt, ITS_OWN, BASE64)?.as_str(), &mut salt).ok()?;
    let stored_key =
        Base64Unpadded::decode(respelled(encoded_key, ITS_OWN, BASE64)?.as_str(), &mut stored_key)
            .ok()?;
    let key = derive(password, cost.parse().ok()?, &salt)?;
    same(&key, &Output::new(stored_key).ok()?)
}

/// Translates a text from one alphabet into the other.
fn respelled(text: &str, from: &str, to: &str) -> Option<String> {
    text.chars().map(|letter| to.chars().nth(from.find(letter)?)).collect()
}

/// The key without its last byte, which no implementation stores.
fn derive(password: &str, cost: u32, salt: &[u8; 16]) -> Option<[u8; 23]> {
    if password.len() > MAX_BYTES || password.contains('\0') || !(4..=MAX_COST).contains(&cost) {
        return None;
    }
    let mut bytes = [password.as_bytes(), b"\0"].concat();
    bytes.truncate(MAX_BYTES);
    ::bcrypt::bcrypt(cost, *salt, &bytes).first_chunk().copied()
}
