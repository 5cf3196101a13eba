//! The format and cost of new password hashes. The defaults are those of the OWASP Password Storage
//! Cheat Sheet, as far as the 128 MiB of an isolate allow.

use relatch_domain::hashing::{HashCost, HashFormat};

/// The least passes of Argon2id with at least so many KiB: the configurations that OWASP holds to
/// be equally strong.
const ARGON2_PAIRS: [(u32, u32); 5] =
    [(47_104, 1), (19_456, 2), (12_288, 3), (9_216, 4), (7_168, 5)];

use crate::reader::Reader;

impl Reader<'_> {
    /// Reads the format. The variables of the other formats must be valid too.
    pub(crate) fn hash_format(&mut self) -> HashFormat {
        // A hash may take half of an isolate's 128 MiB.
        let cost = HashCost {
            memory_kib: self.number("ARGON2_MEMORY_KIB", 19_456, 7_168..=65_536),
            iterations: self.number("ARGON2_ITERATIONS", 2, 1..=10),
            parallelism: self.number("ARGON2_PARALLELISM", 1, 1..=4),
        };
        let least = ARGON2_PAIRS.iter().find(|(memory, _)| cost.memory_kib >= *memory);
        if let Some((memory, passes)) = least.filter(|(_, passes)| cost.iterations < *passes)
            && self.is_public
        {
            let reason = format!(
                "must be at least {passes} while `ARGON2_MEMORY_KIB` is {}: OWASP asks for {passes} \
                 passes over {memory} KiB. Raise either",
                cost.memory_kib
            );
            self.collect::<()>("ARGON2_ITERATIONS", Err(reason));
        }
        let argon2id = HashFormat::Argon2id(cost);
        let bcrypt = HashFormat::Bcrypt { cost: self.number("BCRYPT_COST", 12, 10..=14) };
        let log_n = self.number("SCRYPT_LOG_N", 15, 13..=16);
        // OWASP's table: less memory needs more parallelism.
        let parallelism = match log_n {
            13 => 10,
            14 => 5,
            15 => 3,
            _ => 2,
        };
        let least = self.bound(600_000, 100_000);
        let iterations = self.number("PBKDF2_ITERATIONS", 600_000, least..=2_000_000);
        let named =
            |name: &str| match name {
                "argon2id" => Ok(argon2id),
                "bcrypt" => Ok(bcrypt),
                "scrypt" => Ok(HashFormat::Scrypt { log_n, parallelism }),
                "better-auth" => Ok(HashFormat::BetterAuth),
                "pbkdf2" => Ok(HashFormat::Pbkdf2 { iterations }),
                _ => Err("must be one of `argon2id`, `bcrypt`, `scrypt`, `better-auth`, `pbkdf2`"
                    .to_owned()),
            };
        self.optional("PASSWORD_HASH", named, argon2id)
    }
}
