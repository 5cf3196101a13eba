//! The formats of new password hashes and what they cost.

/// The format that a new password's hash is written in. Hashes of every format are verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HashFormat {
    /// Argon2id as a PHC string: the default.
    Argon2id(HashCost),
    /// bcrypt.
    Bcrypt {
        /// Two to the power of this, in rounds.
        cost: u32,
    },
    /// scrypt as a PHC string, with blocks of 8.
    Scrypt {
        /// N is two to the power of this.
        log_n: u32,
        /// How often it is done.
        parallelism: u32,
    },
    /// scrypt as better-auth stores it, with the parameters that better-auth always has.
    BetterAuth,
    /// PBKDF2 with HMAC-SHA-256 as a PHC string.
    Pbkdf2 {
        /// Rounds.
        iterations: u32,
    },
}

/// The parameters of Argon2id (OWASP Password Storage Cheat Sheet: 19 MiB, 2, 1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HashCost {
    /// KiB.
    pub memory_kib: u32,
    /// Passes.
    pub iterations: u32,
    /// Lanes.
    pub parallelism: u32,
}

impl HashFormat {
    /// The most bytes of a password that count, where not all do.
    #[must_use]
    pub const fn most_bytes(self) -> Option<u32> {
        match self {
            Self::Bcrypt { .. } => Some(72),
            Self::Argon2id(_) | Self::Scrypt { .. } | Self::BetterAuth | Self::Pbkdf2 { .. } => None,
        }
    }
}
