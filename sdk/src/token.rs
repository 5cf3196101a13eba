//! The token of a reset link, as far as it can be read without its key.
//!
//! 71 bytes: version 1 · key id 1 · expiry 5 · desk 16 · nonce 16 · HMAC-SHA256 32, in base64url without padding
//! (RFC 4648 section 5): exactly 95 characters. Whoever holds the text can tell that it is malformed or expired; only
//! the server can tell that it is genuine.

use base64ct::{Base64UrlUnpadded, Encoding as _};
use secrecy::{ExposeSecret, SecretString};

/// The only version there is.
pub const VERSION: u8 = 1;
/// Bytes in front of the authentication code, which covers all of them.
pub const SIGNED_BYTES: usize = 39;
/// Bytes of a whole link.
pub const TOKEN_BYTES: usize = SIGNED_BYTES + 32;
/// Characters of a whole link.
pub const TOKEN_CHARACTERS: usize = 95;

/// The text is not a reset link: wrong length, alphabet, version, or an encoding that is not the canonical one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed;

impl core::fmt::Display for Malformed {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.write_str("this is not a password reset token")
    }
}

impl core::error::Error for Malformed {}

/// A well-formed token. It may be forged or expired.
#[derive(Clone)]
pub struct LinkToken {
    text: SecretString,
    bytes: [u8; TOKEN_BYTES],
}

/// The parts of a token, each at its place.
#[derive(Clone, Copy)]
pub struct Parts {
    /// Which of the server's keys made it.
    pub key_id: u8,
    /// Seconds since 1970; at most 40 bits.
    pub expires_at: u64,
    /// The object that decides about it.
    pub desk: [u8; 16],
    /// What makes this link differ from every other.
    pub nonce: [u8; 16],
    /// HMAC-SHA256 over all of the above.
    pub code: [u8; 32],
}

impl LinkToken {
    /// Reads a token. Refuses by length before anything else is looked at.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        if text.len() != TOKEN_CHARACTERS {
            return Err(Malformed);
        }
        let mut bytes = [0; TOKEN_BYTES];
        let decoded = Base64UrlUnpadded::decode(text, &mut bytes).map_err(|_| Malformed)?;
        if decoded.len() != TOKEN_BYTES || bytes.first() != Some(&VERSION) {
            return Err(Malformed);
        }
        Ok(Self { text: SecretString::from(text), bytes })
    }

    /// Writes a token from its bytes.
    #[must_use]
    pub fn from_bytes(bytes: [u8; TOKEN_BYTES]) -> Self {
        Self { text: SecretString::from(Base64UrlUnpadded::encode_string(&bytes)), bytes }
    }

    /// The token's text: whoever has it can set the password.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.text.expose_secret()
    }

    /// The bytes that the authentication code covers.
    #[must_use]
    pub fn signed(&self) -> &[u8] {
        self.bytes.get(..SIGNED_BYTES).unwrap_or_default()
    }

    /// The token's parts.
    #[must_use]
    pub fn parts(&self) -> Parts {
        let [_version, key_id, e0, e1, e2, e3, e4, rest @ ..] = self.bytes;
        let mut parts = Parts {
            key_id,
            expires_at: u64::from_be_bytes([0, 0, 0, e0, e1, e2, e3, e4]),
            desk: [0; 16],
            nonce: [0; 16],
            code: [0; 32],
        };
        let places = parts.desk.iter_mut().chain(&mut parts.nonce).chain(&mut parts.code);
        for (place, byte) in places.zip(rest) {
            *place = byte;
        }
        parts
    }

    /// When the link ends, in seconds since 1970, as it says itself.
    #[must_use]
    pub fn expires_at(&self) -> u64 {
        self.parts().expires_at
    }
}

impl core::str::FromStr for LinkToken {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        Self::parse(text)
    }
}

impl core::fmt::Debug for LinkToken {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.debug_struct("LinkToken").field("expires_at", &self.expires_at()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token() -> LinkToken {
        let mut bytes = [0; TOKEN_BYTES];
        for (index, byte) in bytes.iter_mut().enumerate() {
            *byte = u8::try_from(index).unwrap();
        }
        bytes[0] = VERSION;
        LinkToken::from_bytes(bytes)
    }

    #[test]
    fn a_token_is_95_characters_and_reads_back() {
        let token = token();
        assert_eq!(token.expose().len(), TOKEN_CHARACTERS);
        let again = LinkToken::parse(token.expose()).unwrap();
        assert_eq!(again.bytes, token.bytes);
    }

    #[test]
    fn the_parts_lie_where_the_layout_says() {
        let parts = token().parts();
        assert_eq!(parts.key_id, 1);
        assert_eq!(parts.expires_at, 0x02_03_04_05_06);
        assert_eq!(parts.desk, std::array::from_fn(|i| u8::try_from(i + 7).unwrap()));
        assert_eq!(parts.nonce, std::array::from_fn(|i| u8::try_from(i + 23).unwrap()));
        assert_eq!(parts.code, std::array::from_fn(|i| u8::try_from(i + 39).unwrap()));
    }

    #[test]
    fn any_other_length_is_refused() {
        let token = token();
        for length in (0..TOKEN_CHARACTERS).chain([96, 97, 1000]) {
            let text: String = token.expose().chars().cycle().take(length).collect();
            assert!(LinkToken::parse(&text).is_err(), "{length} characters");
        }
    }

    #[test]
    fn the_encoding_is_injective_every_other_last_character_is_refused() {
        // 95 characters carry 570 bits, two more than 71 bytes: only one filling is canonical.
        let token = token();
        let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        let accepted = alphabet
            .chars()
            .filter(|last| {
                let text = format!("{}{last}", &token.expose()[..94]);
                LinkToken::parse(&text).is_ok()
            })
            .count();
        assert_eq!(accepted, 16);
    }

    #[test]
    fn other_alphabets_padding_and_versions_are_refused() {
        let text = token().expose().to_owned();
        for (place, character) in [(10, "+"), (10, "/"), (10, "="), (94, "="), (10, " "), (10, "\n"), (10, "é")] {
            let mut changed = text.clone();
            changed.replace_range(place..=place, character);
            assert!(LinkToken::parse(&changed).is_err(), "{changed}");
        }
        let mut other_version = token().bytes;
        other_version[0] = 2;
        assert!(LinkToken::parse(LinkToken::from_bytes(other_version).expose()).is_err());
    }

    #[test]
    fn a_token_does_not_print() {
        let token = token();
        assert!(!format!("{token:?}").contains(&token.expose()[..20]));
    }
}
