//! Which format a new password is hashed in, and what that costs. Defaults are those of the OWASP Password Storage Cheat
//! Sheet, as far as an isolate of 128 MiB has room for them.

use relatch_domain::hashing::{HashCost, HashFormat};

use crate::reader::Reader;

impl Reader<'_> {
    /// The format that the variables name. Those of other formats have to hold as well.
    pub(crate) fn hash_format(&mut self) -> HashFormat {
        // An isolate has 128 MiB: a hash may take half of it.
        let argon2id = HashFormat::Argon2id(HashCost {
            memory_kib: self.number("ARGON2_MEMORY_KIB", 19_456, 7_168..=65_536),
            iterations: self.number("ARGON2_ITERATIONS", 2, 1..=10),
            parallelism: self.number("ARGON2_PARALLELISM", 1, 1..=4),
        });
        let bcrypt = HashFormat::Bcrypt { cost: self.number("BCRYPT_COST", 12, 10..=14) };
        let log_n = self.number("SCRYPT_LOG_N", 15, 13..=16);
        // Less memory is made up for by doing it more often, by OWASP's table.
        let parallelism = match log_n {
            13 => 10,
            14 => 5,
            15 => 3,
            _ => 2,
        };
        let iterations = self.number("PBKDF2_ITERATIONS", 600_000, 100_000..=2_000_000);
        let named = |name: &str| match name {
            "argon2id" => Ok(argon2id),
            "bcrypt" => Ok(bcrypt),
            "scrypt" => Ok(HashFormat::Scrypt { log_n, parallelism }),
            "better-auth" => Ok(HashFormat::BetterAuth),
            "pbkdf2" => Ok(HashFormat::Pbkdf2 { iterations }),
            _ => Err("is none of argon2id, bcrypt, scrypt, better-auth and pbkdf2".to_owned()),
        };
        self.optional("PASSWORD_HASH", named, argon2id)
    }
}
