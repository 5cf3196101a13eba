//! Accounts and sessions as rows of the database.

use relatch_domain::values::account::{Account, AccountId, PasswordHash, Role};
use relatch_domain::values::keys::hex;

/// The value of a column.
#[derive(Clone, Debug, PartialEq)]
pub enum Column {
    /// Text.
    Text(String),
    /// A number, which JavaScript represents as a double.
    Number(f64),
    /// Bytes. Libraries that return hashes as bytes store them so, also in a column for text.
    Blob(Vec<u8>),
    /// `NULL`, or a column that does not exist.
    Null,
    /// Any other type.
    Other,
}

impl Column {
    /// Returns a text, number or blob as text, or `None` for `NULL` and any other type. Bytes that
    /// are not UTF-8 become an SQL literal, so that the column does not look empty.
    #[must_use]
    pub fn into_text(self) -> Option<String> {
        match self {
            Self::Text(text) => Some(text),
            Self::Blob(bytes) => Some(
                String::from_utf8(bytes)
                    .unwrap_or_else(|error| format!("x'{}'", hex(error.as_bytes()))),
            ),
            number @ Self::Number(_) => number.into_id(),
            Self::Null | Self::Other => None,
        }
    }

    /// Returns whether the value is 0, in any storage class.
    #[must_use]
    pub fn is_zero(self) -> bool {
        self.into_text().is_some_and(|text| text == "0")
    }

    /// Returns whether the value is 1, in any storage class.
    #[must_use]
    pub fn is_one(self) -> bool {
        self.into_text().is_some_and(|text| text == "1")
    }

    /// Returns an id: a text, or a whole number that a double represents exactly.
    #[must_use]
    pub fn into_id(self) -> Option<String> {
        match self {
            Self::Text(text) => Some(text),
            #[expect(
                clippy::cast_possible_truncation,
                reason = "a whole number in the range of an i64"
            )]
            Self::Number(number) if number.fract() == 0.0 && number.abs() < 9e15 => {
                Some((number as i64).to_string())
            }
            _ => None,
        }
    }

    /// Returns the password version of a session, or `None` if the session has none. A value that
    /// cannot be read becomes an empty version, which matches no password.
    #[must_use]
    pub fn into_password_version(self) -> Option<String> {
        match self {
            Self::Null => None,
            column => Some(column.into_text().unwrap_or_default()),
        }
    }
}

/// Returns the account of a row, or `None` if its id is neither text nor a whole number.
#[must_use]
pub fn account(column: impl Fn(&str) -> Column) -> Option<Account> {
    let text = |name| column(name).into_text();
    Some(Account {
        id: AccountId(column("id").into_id()?),
        username: text("username").unwrap_or_default(),
        email: text("email"),
        name: text("name"),
        password_hash: text("password_hash").map(PasswordHash::from),
        role: match text("role").as_deref() {
            Some("user") => Role::User,
            Some("admin") => Role::Admin,
            // An unknown role may have any privilege, so it never resets by mail.
            _ => Role::Machine,
        },
        // Only 0 means that the account is enabled.
        disabled: !column("disabled").is_zero(),
        // Only 1 means that it is verified.
        verified: column("verified").is_one(),
        locale: text("locale"),
    })
}

#[cfg(test)]
mod tests {
    use relatch_domain::values::application_id::ApplicationId;

    use super::*;

    fn text(text: &str) -> Column {
        Column::Text(text.to_owned())
    }

    fn blob(text: &str) -> Column {
        Column::Blob(text.as_bytes().to_vec())
    }

    fn account_with(changed: &str, value: &Column) -> Option<Account> {
        account(|name| match name {
            _ if name == changed => value.clone(),
            "id" => text("17"),
            "username" => text("ada"),
            "email" => text("Ada@Example.com"),
            "name" => text("Ada"),
            "password_hash" => text("$argon2id$"),
            "role" => text("user"),
            "disabled" => Column::Number(0.0),
            _ => Column::Null,
        })
    }

    #[test]
    fn a_row_becomes_an_account() {
        let ada = account_with("", &Column::Null).unwrap();
        assert_eq!((ada.id.0.as_str(), ada.username.as_str()), ("17", "ada"));
        assert_eq!(
            (ada.email.as_deref(), ada.name.as_deref()),
            (Some("Ada@Example.com"), Some("Ada"))
        );
        assert_eq!(ada.password_hash.unwrap().expose(), "$argon2id$");
        assert!(ada.role == Role::User && !ada.disabled);
    }

    #[test]
    fn an_id_is_text_or_an_exact_whole_number() {
        let id = |value: Column| account_with("id", &value).map(|account| account.id.0);
        assert_eq!(id(text("01")).as_deref(), Some("01"));
        assert_eq!(id(Column::Number(17.0)).as_deref(), Some("17"));
        assert_eq!(id(Column::Number(-3.0)).as_deref(), Some("-3"));
        for value in [
            Column::Number(1.5),
            Column::Number(9e15),
            Column::Number(f64::NAN),
            blob("17"),
            Column::Null,
            Column::Other,
        ] {
            assert_eq!(id(value.clone()), None, "{value:?}");
        }
    }

    #[test]
    fn only_0_enables_an_account() {
        let is_disabled = |value| account_with("disabled", &value).unwrap().disabled;
        for value in [Column::Number(0.0), Column::Number(-0.0), text("0"), blob("0")] {
            assert!(!is_disabled(value.clone()), "{value:?}");
        }
        for value in [
            Column::Number(1.0),
            Column::Number(0.5),
            text("1"),
            text("false"),
            text(""),
            blob("00"),
            Column::Blob(vec![0]),
            Column::Null,
            Column::Other,
        ] {
            assert!(is_disabled(value.clone()), "{value:?}");
        }
    }

    #[test]
    fn only_1_verifies_an_account() {
        let is_verified = |value| account_with("verified", &value).unwrap().verified;
        for value in [Column::Number(1.0), text("1"), blob("1")] {
            assert!(is_verified(value.clone()), "{value:?}");
        }
        for value in [
            Column::Number(0.0),
            Column::Number(2.0),
            Column::Number(1.5),
            text("true"),
            text("2026-11-20"),
            text(""),
            Column::Blob(vec![1]),
            Column::Null,
            Column::Other,
        ] {
            assert!(!is_verified(value.clone()), "{value:?}");
        }
    }

    #[test]
    fn the_storage_class_of_a_column_does_not_change_the_account() {
        let expected = account_with("", &Column::Null).unwrap();
        for (column, value) in [
            ("username", "ada"),
            ("email", "Ada@Example.com"),
            ("name", "Ada"),
            ("password_hash", "$argon2id$"),
            ("role", "user"),
            ("disabled", "0"),
        ] {
            for value in [text(value), blob(value)] {
                let account = account_with(column, &value).unwrap();
                let application = ApplicationId::default();
                assert_eq!(
                    account.fingerprint(&application),
                    expected.fingerprint(&application),
                    "{column}"
                );
                assert_eq!(
                    (account.username, account.name, account.disabled),
                    (expected.username.clone(), expected.name.clone(), false),
                    "{column}"
                );
            }
        }
        let number = account_with("username", &Column::Number(4_917_012_345.0)).unwrap();
        assert_eq!(number.username, "4917012345");
    }

    #[test]
    fn a_hash_of_any_bytes_is_a_hash() {
        let hash = account_with("password_hash", &Column::Blob(vec![0xff, 0x10]));
        assert_eq!(hash.unwrap().password_hash.unwrap().expose(), "x'ff10'");
    }

    #[test]
    fn an_unknown_role_is_that_of_a_machine() {
        let role = |value| account_with("role", &value).unwrap().role;
        assert_eq!(role(text("admin")), Role::Admin);
        for value in [text("User"), text("owner"), text(""), Column::Number(0.0), Column::Null] {
            assert_eq!(role(value.clone()), Role::Machine, "{value:?}");
        }
    }

    #[test]
    fn a_password_version_that_is_not_text_matches_no_password() {
        assert_eq!(Column::Null.into_password_version(), None);
        for value in [text("v"), blob("v")] {
            assert_eq!(value.into_password_version().as_deref(), Some("v"));
        }
        assert_eq!(Column::Other.into_password_version().as_deref(), Some(""));
    }
}
