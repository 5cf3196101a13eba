//! Argon2id, the default format. Argon2i and Argon2d are verified too.

use std::cell::RefCell;

use argon2::password_hash::phc::{Ident, Output, ParamsString, PasswordHash as Phc, Salt};
use argon2::{Algorithm, Argon2, Block, Params, Version};

use super::{MAX_MEMORY, same};
use crate::hashing::HashCost;

/// The cost limit: passes over the largest memory.
const MAX_PASSES: u64 = 10;

thread_local! {
    /// The memory for hashing, reused by every hash. Freeing it would fragment the heap, and the
    /// memory of a WebAssembly module never shrinks.
    static BLOCKS: RefCell<Vec<Block>> = const { RefCell::new(Vec::new()) };
}

pub(super) fn hash(password: &str, cost: HashCost, salt: &[u8; 16]) -> Option<String> {
    let params = Params::new(cost.memory_kib, cost.iterations, cost.parallelism, None).ok()?;
    let mut key = [0; Params::DEFAULT_OUTPUT_LEN];
    let written = ParamsString::try_from(&params).ok()?;
    derive(&Argon2::new(Algorithm::Argon2id, Version::V0x13, params), password, salt, &mut key)?;
    let hash = Phc {
        algorithm: Ident::new("argon2id").ok()?,
        version: Some(Version::V0x13.into()),
        params: written,
        salt: Some(Salt::new(salt).ok()?),
        hash: Some(Output::new(&key).ok()?),
    };
    Some(hash.to_string())
}

pub(super) fn verify(password: &str, stored: &Phc) -> Option<bool> {
    let params = Params::try_from(stored).ok()?;
    let memory = u64::from(params.m_cost()).checked_mul(1024)?;
    let work = memory.checked_mul(params.t_cost().into())?;
    if memory > MAX_MEMORY || work > MAX_MEMORY.checked_mul(MAX_PASSES)? {
        return None;
    }
    let algorithm = Algorithm::try_from(stored.algorithm.as_str()).ok()?;
    let version = stored.version.map_or(Some(Version::V0x13), |version| version.try_into().ok())?;
    let (salt, stored_key) = (stored.salt.as_ref()?, stored.hash.as_ref()?);
    let mut key = vec![0; stored_key.len()];
    derive(&Argon2::new(algorithm, version, params), password, salt, &mut key)?;
    same(&key, stored_key)
}

fn derive(argon2: &Argon2<'_>, password: &str, salt: &[u8], key: &mut [u8]) -> Option<()> {
    BLOCKS.with_borrow_mut(|blocks| {
        let wanted = argon2.params().block_count();
        if blocks.len() < wanted {
            // Freed before a larger block is allocated.
            *blocks = Vec::new();
            blocks.resize(wanted, Block::default());
        }
        argon2
            .hash_password_into_with_memory(
                password.as_bytes(),
                salt,
                key,
                blocks.get_mut(..wanted)?,
            )
            .ok()
    })
}
