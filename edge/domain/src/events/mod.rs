//! Events: one row and one log line each, without token, password or full address (OWASP ASVS
//! 16.2).

use serde::{Deserialize, Serialize};

use crate::values::account::AccountId;
use crate::values::application_id::ApplicationId;
use crate::values::link::LinkId;
use crate::values::time::Moment;

mod reason;
mod table;
mod value;
mod view;

pub use reason::{Detail, Reason, RefusalReason};
pub use table::{Action, Field, Retention};
pub use value::EventValue;
pub use view::{EventTexts, EventView};

/// The sign of an e-mail address, also in the forms that people enter with East Asian keyboards.
const AT_SIGNS: [char; 3] = ['@', '\u{fe6b}', '\u{ff20}'];
/// The first part of the id of an event that is about a change of a signed-in account owner, whose
/// id is as long as that of a link.
pub(crate) const CHANGE_PREFIX: &str = "change/";
/// The separators in the detail of a deferred mail: see [`Event::with_attempt`].
const ATTEMPT: &str = " attempt ";
const NEXT: &str = " next ";

/// An event.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Event {
    /// The id, the same for every attempt to store the event.
    pub id: String,
    /// When it happened.
    pub at: Moment,
    /// The kind of the event.
    pub action: Action,
    /// The application.
    pub application: ApplicationId,
    /// The account.
    pub account: Option<AccountId>,
    /// The address of the client: see [`RecordedAddress`](crate::values::client::RecordedAddress).
    pub address: Option<String>,
    /// A code with more detail.
    pub detail: Option<String>,
}

/// A rejected call. It is logged and not stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// When it was rejected.
    pub at: Moment,
    /// The application.
    pub application: ApplicationId,
    /// The path of the call's route, without the values in it.
    pub call: &'static str,
    /// The problem code.
    pub code: &'static str,
    /// The account, if it is known.
    pub account: Option<AccountId>,
    /// The link, if it was issued.
    pub link: Option<LinkId>,
    /// The address of the client: see [`RecordedAddress`](crate::values::client::RecordedAddress).
    pub address: Option<String>,
}

impl Refusal {
    /// Returns the refusal as an event without an id.
    #[must_use]
    pub fn event(&self) -> Event {
        Event {
            id: String::new(),
            at: self.at,
            action: Action::CallRefused,
            application: self.application.clone(),
            account: self.account.clone(),
            address: self.address.clone(),
            detail: Some(self.code.to_owned()),
        }
    }
}

impl Event {
    /// Returns the event with the number of the attempt that failed, and the time of the next one,
    /// in its detail.
    pub(crate) fn with_attempt(self, attempt: u32, next: Moment) -> Self {
        let code = self.detail.unwrap_or_default();
        let detail = format!("{code}{ATTEMPT}{attempt}{NEXT}{}", next.rfc3339());
        Self { detail: Some(detail), ..self }
    }

    /// Returns the event that counts dropped ones, with this one as the first.
    pub(crate) fn dropped(&self, now: Moment) -> Self {
        let action = Action::EventsDropped;
        Self {
            id: format!("{}/{}", self.id, action.as_str()),
            at: now,
            action,
            address: None,
            detail: Some("1".to_owned()),
            ..self.clone()
        }
    }

    /// Counts one more event in one that counts dropped ones.
    pub(crate) fn add_dropped(&mut self) {
        let number = self.detail.as_deref().and_then(|number| number.parse::<u32>().ok());
        self.detail = Some(number.unwrap_or(0).saturating_add(1).to_string());
    }

    /// Returns the account for a log line. If accounts are keyed by e-mail, the id is a full
    /// address; then only its first letter and domain are logged.
    #[must_use]
    pub fn account_for_log(&self) -> Option<String> {
        let id = &self.account.as_ref()?.0;
        Some(match id.split_once(AT_SIGNS) {
            Some((local, domain)) => {
                format!("{}\u{2026}@{domain}", local.chars().take(1).collect::<String>())
            }
            None => id.clone(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_id_that_is_an_address_is_not_logged_in_full() {
        let logged = |id: &str| {
            let event = Event {
                id: String::new(),
                at: Moment::from_seconds(0),
                action: Action::LinkSent,
                application: ApplicationId::parse("default").unwrap(),
                account: Some(AccountId(id.to_owned())),
                address: None,
                detail: None,
            };
            event.account_for_log().unwrap()
        };
        assert_eq!(logged("17"), "17");
        assert_eq!(logged("ada@example.com"), "a\u{2026}@example.com");
        assert_eq!(logged("@"), "\u{2026}@");
        assert_eq!(logged("ada\u{ff20}example.com"), "a\u{2026}@example.com");
    }
}
