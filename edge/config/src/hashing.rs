//! The format and cost of new password hashes. The defaults are those of the OWASP Password Storage
//! Cheat Sheet, as far as the 128 MiB of an isolate allow.

use relatch_domain::hashing::{HashCost, HashFormat};

use crate::reader::Reader;

impl Reader<'_> {
    /// Reads the format. The variables of the other formats must be valid too.
    pub(crate) fn hash_format(&mut self) -> HashFormat {
        // A hash may take half of an isolate's 128 MiB.
        let argon2id = HashFormat::Argon2id(HashCost {
            memory_kib: self.number("ARGON2_MEMORY_KIB", 19_456, 7_168..=65_536),
            iterations: self.number("ARGON2_ITERATIONS", 2, 1..=10),
            parallelism: self.number("ARGON2_PARALLELISM", 1, 1..=4),
        });
        let bcrypt = HashFormat::Bcrypt { cost: self.number("BCRYPT_COST", 12, 10..=14) };
        let log_n = self.number("SCRYPT_LOG_N", 15, 13..=16);
        // OWASP's table: less memory needs more parallelism.
        let parallelism = match log_n {
            13 => 10,
            14 => 5,
            15 => 3,
            _ => 2,
        };
        let iterations = self.number("PBKDF2_ITERATIONS", 600_000, 100_000..=2_000_000);
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
