//! The formats of new password hashes and what they cost.

/// The format of new password hashes. Hashes of every format are verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum HashFormat {
    /// Argon2id as a PHC string: the default.
    Argon2id(HashCost),
    /// bcrypt.
    Bcrypt {
        /// The binary logarithm of the number of rounds.
        cost: u32,
    },
    /// scrypt as a PHC string, with blocks of 8.
    Scrypt {
        /// The binary logarithm of N.
        log_n: u32,
        /// The parallelism.
        parallelism: u32,
    },
    /// scrypt as better-auth stores it, with its fixed parameters.
    BetterAuth,
    /// PBKDF2 with HMAC-SHA-256 as a PHC string.
    Pbkdf2 {
        /// Iterations.
        iterations: u32,
    },
}

/// The parameters of Argon2id (OWASP Password Storage Cheat Sheet: 19 MiB, 2, 1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct HashCost {
    /// The memory in KiB.
    pub memory_kib: u32,
    /// The number of passes.
    pub iterations: u32,
    /// The number of lanes.
    pub parallelism: u32,
}

impl HashFormat {
    /// Returns how many bytes of a password the format reads, if it does not read all.
    #[must_use]
    pub const fn most_bytes(self) -> Option<u32> {
        match self {
            Self::Bcrypt { .. } => Some(72),
            Self::Argon2id(_) | Self::Scrypt { .. } | Self::BetterAuth | Self::Pbkdf2 { .. } => {
                None
            }
        }
    }
}
