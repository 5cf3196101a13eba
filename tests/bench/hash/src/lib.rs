//! Hashes one password with Argon2id, as the minimum time of a confirm. The library, the profile
//! and the optimiser are those of the Worker, so that the ratio of both times shows the cost of
//! everything else.

use argon2::password_hash::PasswordHasher as _;
use argon2::{Algorithm, Argon2, Params, Version};
use wasm_bindgen::prelude::*;

/// Hashes a password. Returns `None` for invalid parameters.
#[wasm_bindgen]
#[must_use]
pub fn hash(
    password: &str,
    salt: &[u8],
    memory_kib: u32,
    iterations: u32,
    parallelism: u32,
) -> Option<String> {
    let params = Params::new(memory_kib, iterations, parallelism, None).ok()?;
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    argon2.hash_password_with_salt(password.as_bytes(), salt).ok().map(|hash| hash.to_string())
}
