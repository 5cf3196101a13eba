//! The probe of the hook `passwords`: whether its hashes are salted and depend on the whole
//! password.

use relatch_domain::ports::Outage;
use relatch_domain::values::keys::hex;

/// A hasher.
#[expect(async_fn_in_trait, reason = "an isolate has one thread")]
pub trait Hasher {
    /// Returns the hash of a password.
    ///
    /// # Errors
    ///
    /// [`Outage`] if the hook fails.
    async fn hash(&self, password: &str) -> Result<String, Outage>;

    /// Returns whether a password has a hash.
    ///
    /// # Errors
    ///
    /// [`Outage`] if the hook fails.
    async fn verify(&self, password: &str, hash: &str) -> Result<bool, Outage>;
}

/// The reason why a hasher must not be used.
pub type Violation = &'static str;

const UNSALTED: Violation = "`hash` must use a random salt, but two hashes of a password are equal";
const REJECTS_OWN: Violation = "`verify` must accept a password with its own hash";
const ACCEPTS_ANY: Violation = "`verify` must reject another password";
const TRUNCATES: Violation = "`hash` must not ignore what follows the 72nd byte, as bcrypt does: \
    hash a digest of the password, or use the variable `PASSWORD_HASH`";
const STOPS_AT_NUL: Violation = "`hash` must not ignore what follows a NUL, unless it throws";

/// Probes a hasher with random passwords.
///
/// # Errors
///
/// [`Outage`] if the hook fails, except for a password with a NUL, which no account has.
pub async fn probe(
    hasher: &impl Hasher,
    random: &[u8; 32],
) -> Result<Result<(), Violation>, Outage> {
    let secret = hex(random);
    let (long, other) = (format!("{secret}{secret}a"), format!("{secret}{secret}b"));
    let hash = hasher.hash(&long).await?;
    if hash == hasher.hash(&long).await? {
        return Ok(Err(UNSALTED));
    }
    if !hasher.verify(&long, &hash).await? {
        return Ok(Err(REJECTS_OWN));
    }
    let another: String = long.chars().rev().collect();
    if hasher.verify(&another, &hash).await? {
        return Ok(Err(ACCEPTS_ANY));
    }
    if hasher.verify(&other, &hash).await? {
        return Ok(Err(TRUNCATES));
    }
    if let Ok(hash) = hasher.hash(&format!("{secret}\0a")).await
        && hasher.verify(&format!("{secret}\0b"), &hash).await == Ok(true)
    {
        return Ok(Err(STOPS_AT_NUL));
    }
    Ok(Ok(()))
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};

    use super::*;

    /// Something that a hasher does wrong, or may do.
    #[derive(Clone, Copy, PartialEq)]
    enum Trait {
        None,
        Unsalted,
        RejectsAll,
        AcceptsAll,
        TakesBytes(usize),
        StopsAtNul,
        ThrowsAtNul,
    }

    /// A hasher that stores what it hashes.
    struct Plain {
        of: Trait,
        hashed: Cell<u32>,
    }

    fn probed(of: Trait) -> Result<Result<(), Violation>, Outage> {
        let hasher = Plain { of, hashed: Cell::new(0) };
        match pin!(probe(&hasher, &[7; 32])).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(found) => found,
            Poll::Pending => panic!("the hasher is in memory"),
        }
    }

    impl Plain {
        fn read<'a>(&self, password: &'a str) -> &'a str {
            match self.of {
                Trait::TakesBytes(bytes) => password.get(..bytes).unwrap_or(password),
                Trait::StopsAtNul => password.split('\0').next().unwrap(),
                _ => password,
            }
        }
    }

    impl Hasher for Plain {
        async fn hash(&self, password: &str) -> Result<String, Outage> {
            if self.of == Trait::ThrowsAtNul && password.contains('\0') {
                return Err(Outage);
            }
            self.hashed.set(self.hashed.get().saturating_add(1));
            let salt = if self.of == Trait::Unsalted { 0 } else { self.hashed.get() };
            Ok(format!("{salt}${}", self.read(password)))
        }

        async fn verify(&self, password: &str, hash: &str) -> Result<bool, Outage> {
            let (_, stored) = hash.split_once('$').unwrap();
            Ok(match self.of {
                Trait::AcceptsAll => true,
                Trait::RejectsAll => false,
                _ => stored == self.read(password),
            })
        }
    }

    #[test]
    fn a_salted_hash_of_the_whole_password_is_accepted() {
        assert_eq!(probed(Trait::None), Ok(Ok(())));
        assert_eq!(probed(Trait::ThrowsAtNul), Ok(Ok(())));
    }

    #[test]
    fn a_hasher_that_is_unsalted_or_depends_on_a_part_of_the_password_is_found() {
        for (of, expected) in [
            (Trait::Unsalted, UNSALTED),
            (Trait::RejectsAll, REJECTS_OWN),
            (Trait::AcceptsAll, ACCEPTS_ANY),
            (Trait::TakesBytes(72), TRUNCATES),
            (Trait::StopsAtNul, STOPS_AT_NUL),
        ] {
            assert_eq!(probed(of), Ok(Err(expected)));
        }
    }
}
