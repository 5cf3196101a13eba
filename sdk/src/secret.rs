//! Secrets that do not print, are wiped when dropped, and can only be compared by someone who means it.

use alloc::string::String;

use secrecy::{ExposeSecret, SecretString};
use serde::{Serialize, Serializer};

/// A password as it was typed: never trimmed, cut or changed in case (OWASP ASVS 6.2.8).
#[derive(Clone, Debug)]
pub struct Password(SecretString);

impl Password {
    /// The password itself. Named so that a reader of the calling code sees it happen.
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

impl Serialize for Password {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.expose())
    }
}

/// The token of a session of the application's own: whoever holds it is signed in.
#[derive(Clone, Debug)]
pub struct SessionToken(SecretString);

impl SessionToken {
    /// The token itself.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_does_not_print() {
        let printed = format!("{:?}", Password::from("correct horse"));
        assert!(!printed.contains("correct"), "{printed}");
    }

    #[test]
    fn a_session_does_not_print() {
        let printed = format!("{:?}", SessionToken::from("a-session"));
        assert!(!printed.contains("a-session"), "{printed}");
    }
}
