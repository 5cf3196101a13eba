//! The token of a reset link, as far as it can be read without its key.
//!
//! 71 bytes: version 1, key id 1, expiry 5, mailbox 16, nonce 16, HMAC-SHA256 32. They are encoded
//! as base64url without padding (RFC 4648 section 5): exactly 95 characters. Without the key a
//! client can detect a malformed or expired token, but not a forged one.

use base64ct::{Base64UrlUnpadded, Encoding as _};
use secrecy::{ExposeSecret, SecretString};

/// The version of the layout.
pub const VERSION: u8 = 1;
/// The number of bytes before the MAC, which covers all of them.
pub const SIGNED_BYTES: usize = 39;
/// The number of bytes in a token.
pub const TOKEN_BYTES: usize = SIGNED_BYTES + 32;
/// The number of characters in a token.
pub const TOKEN_CHARACTERS: usize = 95;

/// The text is not a token: wrong length, alphabet, or version, or not the canonical encoding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParseTokenError;

impl core::fmt::Display for ParseTokenError {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.write_str("this is not a password reset token")
    }
}

impl core::error::Error for ParseTokenError {}

/// The token of a reset link. It is well-formed, but may be forged or expired.
///
/// A token suffices to set the password, so it is not printed, and its memory is wiped when it
/// is dropped.
///
/// ```
/// use relatch::LinkToken;
///
/// # fn token(link: &str) -> Result<(), relatch::ParseLinkError> {
/// // From a link that was opened:
/// let token = LinkToken::from_url(link)?;
/// // From an input field, where the visitor pastes a link or a token:
/// let token = LinkToken::from_pasted(link)?;
/// println!("expires at {} seconds since 1970", token.expires_at());
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct LinkToken {
    text: SecretString,
    bytes: [u8; TOKEN_BYTES],
}

/// The parts of a token.
#[derive(Clone, Copy)]
pub struct TokenParts {
    /// The id of the server's key that signed the token.
    pub key_id: u8,
    /// When the link expires, in seconds since 1970; at most 40 bits.
    pub expires_at: u64,
    /// The id of the mailbox that issued the link.
    pub mailbox: [u8; 16],
    /// The random value that makes the link unique.
    pub nonce: [u8; 16],
    /// HMAC-SHA256 over all other parts and the version.
    pub mac: [u8; 32],
}

impl LinkToken {
    /// Parses a token. The length is checked first.
    ///
    /// To accept a whole link or a pasted token, use [`from_url`](Self::from_url) or
    /// [`from_pasted`](Self::from_pasted).
    ///
    /// # Errors
    ///
    /// [`ParseTokenError`] if the text is not the canonical encoding of a token of this version.
    pub fn parse(text: &str) -> Result<Self, ParseTokenError> {
        if text.len() != TOKEN_CHARACTERS {
            return Err(ParseTokenError);
        }
        let mut bytes = [0; TOKEN_BYTES];
        let decoded = Base64UrlUnpadded::decode(text, &mut bytes).map_err(|_| ParseTokenError)?;
        if decoded.len() != TOKEN_BYTES || bytes.first() != Some(&VERSION) {
            return Err(ParseTokenError);
        }
        Ok(Self { text: SecretString::from(text), bytes })
    }

    /// Encodes a token from its bytes.
    #[must_use]
    pub fn from_bytes(bytes: [u8; TOKEN_BYTES]) -> Self {
        Self { text: SecretString::from(Base64UrlUnpadded::encode_string(&bytes)), bytes }
    }

    /// Returns the text of the token. The name makes each use visible in review: the text suffices
    /// to set the password.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.text.expose_secret()
    }

    /// Returns the bytes that the MAC covers.
    #[must_use]
    pub fn signed_bytes(&self) -> &[u8] {
        self.bytes.get(..SIGNED_BYTES).unwrap_or_default()
    }

    /// Returns the parts of the token.
    #[must_use]
    pub fn parts(&self) -> TokenParts {
        let [_version, key_id, e0, e1, e2, e3, e4, rest @ ..] = self.bytes;
        let mut parts = TokenParts {
            key_id,
            expires_at: u64::from_be_bytes([0, 0, 0, e0, e1, e2, e3, e4]),
            mailbox: [0; 16],
            nonce: [0; 16],
            mac: [0; 32],
        };
        let places = parts.mailbox.iter_mut().chain(&mut parts.nonce).chain(&mut parts.mac);
        for (place, byte) in places.zip(rest) {
            *place = byte;
        }
        parts
    }

    /// Returns when the link expires, in seconds since 1970, as the token states it.
    #[must_use]
    pub fn expires_at(&self) -> u64 {
        self.parts().expires_at
    }
}

impl core::str::FromStr for LinkToken {
    type Err = ParseTokenError;

    fn from_str(text: &str) -> Result<Self, ParseTokenError> {
        Self::parse(text)
    }
}

impl core::fmt::Debug for LinkToken {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter
            .debug_struct("LinkToken")
            .field("expires_at", &self.expires_at())
            .finish_non_exhaustive()
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
    fn a_token_has_95_characters_and_round_trips() {
        let token = token();
        assert_eq!(token.expose().len(), TOKEN_CHARACTERS);
        let again = LinkToken::parse(token.expose()).unwrap();
        assert_eq!(again.bytes, token.bytes);
    }

    #[test]
    fn the_parts_are_at_the_offsets_of_the_layout() {
        let parts = token().parts();
        assert_eq!(parts.key_id, 1);
        assert_eq!(parts.expires_at, 0x02_03_04_05_06);
        assert_eq!(parts.mailbox, std::array::from_fn(|i| u8::try_from(i + 7).unwrap()));
        assert_eq!(parts.nonce, std::array::from_fn(|i| u8::try_from(i + 23).unwrap()));
        assert_eq!(parts.mac, std::array::from_fn(|i| u8::try_from(i + 39).unwrap()));
    }

    #[test]
    fn any_other_length_is_rejected() {
        let token = token();
        for length in (0..TOKEN_CHARACTERS).chain([96, 97, 1000]) {
            let text: String = token.expose().chars().cycle().take(length).collect();
            assert!(LinkToken::parse(&text).is_err(), "{length} characters");
        }
    }

    #[test]
    fn a_non_canonical_last_character_is_rejected() {
        // 95 characters encode 570 bits, two more than 71 bytes have: only zero bits are canonical.
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
    fn other_alphabets_padding_and_versions_are_rejected() {
        let text = token().expose().to_owned();
        for (place, character) in
            [(10, "+"), (10, "/"), (10, "="), (94, "="), (10, " "), (10, "\n"), (10, "é")]
        {
            let mut changed = text.clone();
            changed.replace_range(place..=place, character);
            assert!(LinkToken::parse(&changed).is_err(), "{changed}");
        }
        let mut other_version = token().bytes;
        other_version[0] = 2;
        assert!(LinkToken::parse(LinkToken::from_bytes(other_version).expose()).is_err());
    }

    #[test]
    fn debug_output_of_a_token_is_redacted() {
        let token = token();
        assert!(!format!("{token:?}").contains(&token.expose()[..20]));
    }
}
