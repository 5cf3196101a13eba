//! What happened: one row and one log line an event, without token, password or full address (OWASP ASVS 16.2).

use serde::{Deserialize, Serialize};

use crate::values::account::AccountId;
use crate::values::application_id::ApplicationId;
use crate::values::time::Moment;

macro_rules! actions {
    ($($(#[$doc:meta])* $name:ident = $text:literal;)*) => {
        /// What happened.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Action {
            $($(#[$doc])* $name,)*
        }

        impl Action {
            /// The name in the events table.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }
        }
    };
}

actions! {
    /// Somebody asked for an account that does not exist.
    RequestUnmatched = "request_unmatched";
    /// Somebody asked for an account that may not reset by mail; the detail says why.
    RequestRefused = "request_refused";
    /// Somebody asked for a mailbox that has had its mails for now.
    RequestLimited = "request_limited";
    /// Several accounts of different addresses answer to what was typed: nobody was mailed.
    RequestAmbiguous = "request_ambiguous";
    /// A request could not be worked on, and trying again has ended.
    RequestFailed = "request_failed";
    /// A link was mailed.
    LinkSent = "link_sent";
    /// A link could not be mailed, and trying again has ended; the detail says why.
    LinkFailed = "link_failed";
    /// A mail to an address that several accounts share went out.
    AmbiguousSent = "ambiguous_sent";
    /// A mail to an address that several accounts share could not be sent.
    AmbiguousFailed = "ambiguous_failed";
    /// A password was set by a link.
    PasswordReset = "password_reset";
    /// Whether a link set a password can no longer be told; it was ended as used.
    ResetOutcomeUnknown = "reset_outcome_unknown";
    /// The account's owner was told.
    NoticeSent = "notice_sent";
    /// The account's owner could not be told.
    NoticeFailed = "notice_failed";
    /// One of the application's servers started a reset; this and all that follow have the key's label as detail, and
    /// after a colon why nothing came of it.
    ServerReset = "server_reset";
    /// One of the application's servers asked whether resets are possible.
    ServerStatus = "server_status";
    /// One of the application's servers ended an account's links.
    ServerRevoke = "server_revoke";
    /// One of the application's servers read an account's events.
    ServerEvents = "server_events";
    /// One of the application's servers had erased what was kept about somebody; nothing says about whom.
    ServerErase = "server_erase";
    /// A call was refused; the detail is the problem's code. Log line only.
    CallRefused = "call_refused";
    // Stored by their place in this list: what is new comes last.
    /// A password was changed by somebody who was signed in.
    PasswordChanged = "password_changed";
    /// Whether a change set a password can no longer be told.
    ChangeOutcomeUnknown = "change_outcome_unknown";
    /// One of the application's servers said what a mail says.
    ServerMail = "server_mail";
}

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Event {
    /// The same for every attempt to keep it.
    pub id: String,
    /// When.
    pub at: Moment,
    /// What.
    pub action: Action,
    /// Where.
    pub application: ApplicationId,
    /// Whose.
    pub account: Option<AccountId>,
    /// From which address it was asked for.
    pub address: Option<String>,
    /// A code that says more.
    pub detail: Option<String>,
}

/// An event as it is told to the application's servers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct EventView {
    /// When (RFC 3339, UTC).
    pub at: String,
    /// What, by its name in the events table.
    pub event: String,
    /// From which address it was asked for.
    pub address: Option<String>,
    /// A code that says more.
    pub detail: Option<String>,
}

impl Event {
    /// The account as a log line may tell it. Where accounts are keyed by their e-mail, the id is a full address, which
    /// only the directory's own database holds.
    #[must_use]
    pub fn account_for_log(&self) -> Option<String> {
        let id = &self.account.as_ref()?.0;
        Some(match id.split_once('@') {
            Some((local, domain)) => format!("{}\u{2026}@{domain}", local.chars().take(1).collect::<String>()),
            None => id.clone(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_that_is_an_address_is_not_told_in_full() {
        let told = |id: &str| {
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
        assert_eq!(told("17"), "17");
        assert_eq!(told("ada@example.com"), "a\u{2026}@example.com");
        assert_eq!(told("@"), "\u{2026}@");
    }
}
