//! Secrets: not printed, wiped from memory when dropped, and without `PartialEq`.

use alloc::string::String;

use secrecy::{ExposeSecret, SecretString};

/// A password as it was typed: never trimmed, truncated, or changed in case (OWASP ASVS 6.2.8).
///
/// ```
/// let password = relatch::Password::from("correct horse battery staple");
/// assert!(!format!("{password:?}").contains("horse"));
/// ```
#[derive(Clone, Debug)]
pub struct Password(SecretString);

impl Password {
    /// Returns the password. The name makes each use visible in review.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl<T: Into<String>> From<T> for Password {
    fn from(password: T) -> Self {
        Self(SecretString::from(password.into()))
    }
}

/// The token of a session of the application. It authenticates its holder as signed in.
///
/// ```
/// let session = relatch::SessionToken::from("a session token");
/// assert!(!format!("{session:?}").contains("a session"));
/// ```
#[derive(Clone, Debug)]
pub struct SessionToken(SecretString);

impl SessionToken {
    /// Returns the token. The name makes each use visible in review.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl<T: Into<String>> From<T> for SessionToken {
    fn from(token: T) -> Self {
        Self(SecretString::from(token.into()))
    }
}

/// A server key of the application. It authenticates the application's own servers.
///
/// ```
/// let key = relatch::ServerKey::from("a server key");
/// assert!(!format!("{key:?}").contains("a server"));
/// ```
#[derive(Clone, Debug)]
pub struct ServerKey(SecretString);

impl ServerKey {
    /// Returns the key. The name makes each use visible in review.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl<T: Into<String>> From<T> for ServerKey {
    fn from(key: T) -> Self {
        Self(SecretString::from(key.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_output_of_a_password_is_redacted() {
        let printed = format!("{:?}", Password::from("correct horse"));
        assert!(!printed.contains("correct"), "{printed}");
    }

    #[test]
    fn debug_output_of_a_session_token_is_redacted() {
        let printed = format!("{:?}", SessionToken::from("a-session"));
        assert!(!printed.contains("a-session"), "{printed}");
    }
}
