//! A name and an address, as mail headers have them.

use serde::{Deserialize, Serialize};

use crate::mail::address::mailbox;

/// A display name and one address (RFC 5322 section 3.4, `mailbox`).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct MailAddress {
    /// The display name, or an empty text.
    pub name: String,
    /// Exactly one plain ASCII address.
    pub address: String,
}

impl MailAddress {
    /// Parses `Name <address>` or `address`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (name, address) =
            match text.trim().strip_suffix('>').and_then(|rest| rest.rsplit_once('<')) {
                Some((name, address)) => (name.trim().trim_matches('"'), address.trim()),
                None => ("", text.trim()),
            };
        let well_formed = mailbox(address).is_some() && !name.chars().any(char::is_control);
        well_formed.then(|| Self { name: name.to_owned(), address: address.to_owned() })
    }

    /// Returns the part after the `@`.
    #[must_use]
    pub fn domain(&self) -> &str {
        self.address.rsplit_once('@').map_or("", |(_, domain)| domain)
    }
}
