//! The id of an application.

use alloc::{borrow::ToOwned as _, string::String};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// The longest application id, in characters.
const MAX_LENGTH: usize = 64;

/// The id of an application: 1 to 64 ASCII letters, digits, `-`, and `_`. Case matters.
///
/// A GUID of 36 characters is valid. No character needs encoding in a path or a header.
///
/// ```
/// use relatch::ApplicationId;
///
/// let id: ApplicationId = "shop".parse()?;
/// assert_eq!(id.as_str(), "shop");
/// assert!("a/b".parse::<ApplicationId>().is_err());
/// # Ok::<(), relatch::ParseApplicationIdError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ApplicationId(String);

impl ApplicationId {
    /// The id of the default application.
    pub const DEFAULT: &'static str = "default";

    /// Parses an id.
    ///
    /// # Errors
    ///
    /// [`ParseApplicationIdError`] if the text is empty, too long, or has another character.
    pub fn parse(id: &str) -> Result<Self, ParseApplicationIdError> {
        let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        let is_valid = (1..=MAX_LENGTH).contains(&id.len()) && id.bytes().all(is_allowed);
        if is_valid { Ok(Self(id.to_owned())) } else { Err(ParseApplicationIdError) }
    }

    /// Returns the id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for ApplicationId {
    /// Returns the id of the default application.
    fn default() -> Self {
        Self(Self::DEFAULT.to_owned())
    }
}

impl core::str::FromStr for ApplicationId {
    type Err = ParseApplicationIdError;

    fn from_str(id: &str) -> Result<Self, ParseApplicationIdError> {
        Self::parse(id)
    }
}

impl core::fmt::Display for ApplicationId {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl Serialize for ApplicationId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for ApplicationId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

/// The text is not an [`ApplicationId`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParseApplicationIdError;

impl ParseApplicationIdError {
    /// Returns the rule for ids: the text that the error prints.
    #[must_use]
    pub const fn message(self) -> &'static str {
        "an application id must be 1 to 64 ASCII letters, digits, `-`, and `_`"
    }
}

impl core::fmt::Display for ParseApplicationIdError {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.write_str(self.message())
    }
}

impl core::error::Error for ParseApplicationIdError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_digits_hyphens_and_underscores_are_accepted() {
        for id in ["shop", "my-shop", "Shop_2", "0", &"a".repeat(64)] {
            assert_eq!(ApplicationId::parse(id).unwrap().as_str(), id);
        }
    }

    #[test]
    fn the_guid_of_a_cloud_cms_application_is_accepted() {
        for id in [
            "5c0a9a7f3d2e4b61",
            "2f1c9a44-6b0e-4f53-9d1e-7a54c0e8b312",
            "2F1C9A44-6B0E-4F53-9D1E-7A54C0E8B312",
        ] {
            assert_eq!(ApplicationId::parse(id).unwrap().as_str(), id);
        }
    }

    #[test]
    fn an_id_that_could_change_a_path_is_rejected() {
        for id in
            ["", "a/b", "..", "a.b", "a b", "a?b", "a#b", "%2e", "\u{e4}", "a\n", &"a".repeat(65)]
        {
            assert_eq!(ApplicationId::parse(id), Err(ParseApplicationIdError), "{id}");
        }
    }

    #[test]
    fn the_default_id_is_valid() {
        assert_eq!(ApplicationId::parse(ApplicationId::DEFAULT).unwrap(), ApplicationId::default());
    }

    #[test]
    fn an_id_is_serialized_as_its_text_and_validated_when_deserialized() {
        let id = ApplicationId::parse("shop").unwrap();
        assert_eq!(serde_json::to_string(&id).unwrap(), "\"shop\"");
        assert_eq!(serde_json::from_str::<ApplicationId>("\"shop\"").unwrap(), id);
        assert!(serde_json::from_str::<ApplicationId>("\"a/b\"").is_err());
    }
}
