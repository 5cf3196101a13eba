//! Argon2id: what is written unless configuration says otherwise. Its two sisters are verified too.

use argon2::password_hash::phc::PasswordHash as Phc;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use argon2::{Algorithm, Argon2, Params, Version};

use super::MOST_MEMORY;
use crate::core::config::HashCost;

/// Passes over the most memory: what one hash may cost altogether.
const MOST_PASSES: u64 = 10;

pub(super) fn hash(password: &str, cost: HashCost, salt: &[u8; 16]) -> Option<String> {
    let params = Params::new(cost.memory_kib, cost.iterations, cost.parallelism, None).ok()?;
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    Some(argon2.hash_password_with_salt(password.as_bytes(), salt).ok()?.to_string())
}

pub(super) fn verify(password: &str, stored: &Phc) -> Option<bool> {
    let params = Params::try_from(stored).ok()?;
    let memory = u64::from(params.m_cost()).checked_mul(1024)?;
    let work = memory.checked_mul(params.t_cost().into())?;
    let affordable = memory <= MOST_MEMORY && work <= MOST_MEMORY.checked_mul(MOST_PASSES)?;
    affordable.then(|| Argon2::default().verify_password(password.as_bytes(), stored).is_ok())
}
