//! Events: one row and one log line each, without token, password or full address (OWASP ASVS
//! 16.2).

use serde::{Deserialize, Serialize};

use crate::mail::failure::MailFailure;
use crate::values::account::{AccountId, Ineligible};
use crate::values::application_id::ApplicationId;
use crate::values::client::RecordedAddress;
use crate::values::link::LinkId;
use crate::values::time::Moment;

/// The longest reason of a hook, in characters.
const MAX_REASON: usize = 100;

codes! {
/// The kind of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// A request matched no account. One row for each minute and address block, with a count.
    RequestUnmatched = "request_unmatched",
    /// A request matched an account that may not reset by mail. The detail is the reason: a code, or
    /// the text of the hook `mayReset`.
    RequestRefused = "request_refused",
    /// A request exceeded the rate limit of its mailbox. One row for each account and window of
    /// `REQUEST_WINDOW_MINUTES`, with a count.
    RequestLimited = "request_limited",
    /// A request matched accounts with different addresses. No mail was sent. Recorded by earlier
    /// versions only.
    RequestAmbiguous = "request_ambiguous",
    /// A request failed after all attempts, or its job could not be read: then the detail is the
    /// reason.
    RequestFailed = "request_failed",
    /// A link was mailed.
    LinkSent = "link_sent",
    /// A link could not be mailed. The detail is the reason: a code, or the text of the hook
    /// `mayReset`.
    LinkFailed = "link_failed",
    /// The mail to a shared mailbox was sent.
    AmbiguousSent = "ambiguous_sent",
    /// The mail to a shared mailbox could not be sent. The detail is the reason.
    AmbiguousFailed = "ambiguous_failed",
    /// A password was set by a link.
    PasswordReset = "password_reset",
    /// The outcome of a confirm is unknown. The link was ended as used.
    ResetOutcomeUnknown = "reset_outcome_unknown",
    /// The notice was sent to the account owner.
    NoticeSent = "notice_sent",
    /// The notice could not be sent. The detail is the reason.
    NoticeFailed = "notice_failed",
    /// A server caller started a reset. The detail of each `server_…` event is the label of the
    /// server key and, after a colon, why the call failed.
    ServerReset = "server_reset",
    /// A server caller queried whether an account can reset.
    ServerStatus = "server_status",
    /// A server caller revoked the links of an account.
    ServerRevoke = "server_revoke",
    /// A server caller read the events of an account, or of all accounts: then the event names none.
    ServerEvents = "server_events",
    /// A server caller erased stored data. The event does not name the account.
    ServerErase = "server_erase",
    /// A call was rejected. The detail is the problem code. Logged only, not stored: ten lines in a
    /// second, and one line with the number of all further ones.
    CallRefused = "call_refused",
    // Stored by position: add new events at the end.
    /// A password was changed by the signed-in account owner.
    PasswordChanged = "password_changed",
    /// The outcome of a change is unknown.
    ChangeOutcomeUnknown = "change_outcome_unknown",
    /// A server caller defined the template of a mail.
    ServerMail = "server_mail",
    /// A request may match more accounts than were looked at: 20, in 3 mailboxes. The others got no
    /// mail.
    RequestOverflow = "request_overflow",
    /// An attempt to change a password was counted, and no change followed: the current password
    /// was wrong, or the call ended early. At most five for an account in 15 minutes.
    ChangeRefused = "change_refused",
    /// An account had five attempts to change its password in 15 minutes, so that a further one was
    /// refused. Once in 15 minutes.
    ChangeLimited = "change_limited",
    /// A link that was issued did not set a password, because it is used, or expired in the last ten
    /// minutes. The detail is the problem code. At most five for a link, whose id begins the id of
    /// the event.
    ConfirmRefused = "confirm_refused",
    /// An object could not work for two days and was deleted with its requests, mails, links and
    /// counts. The detail is the reason.
    ObjectEnded = "object_ended",
    /// More than 32 events of one object waited for the database, and further ones were dropped; or,
    /// in what the hook `onEvent` gets, more than 100 waited for the hook. The detail is their
    /// number.
    EventsDropped = "events_dropped",
    /// The texts of the hook `render` were refused, and the mail has the built-in ones. The detail
    /// is the reason.
    RenderRefused = "render_refused",
    /// A server caller counted events.
    ServerStats = "server_stats",
    /// A server caller read the mails that wait for an account or a mailbox.
    ServerOutbox = "server_outbox",
    /// A server caller had the waiting mails of an account or a mailbox attempted at once.
    ServerRetry = "server_retry",
    /// A server key was typed into the operator's page, which opened it for 15 minutes.
    ServerSignIn = "server_sign_in",
}
}

impl Action {
    /// Returns whether further events with the same id are counted in the row of the first one.
    #[must_use]
    pub const fn is_counted(self) -> bool {
        matches!(self, Self::RequestUnmatched | Self::RequestLimited)
    }
}

codes! {
/// Why an event occurred. An event may instead have an [`Ineligible`] or a [`MailFailure`] as its
/// reason: see [`Detail`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The account no longer exists.
    AccountGone = "account_gone",
    /// The account changed after the request or an earlier attempt at the mail found it.
    AccountChanged = "account_changed",
    /// The account no longer has the address to which the mail was to be sent.
    MailboxLeft = "mailbox_left",
    /// The key that was to sign the link is no longer in `RELATCH_KEYS`.
    KeyDropped = "key_dropped",
    /// A server caller revoked the link before it was mailed.
    Revoked = "revoked",
    /// The identifier matches several accounts.
    Ambiguous = "ambiguous",
    /// The database did not respond.
    Outage = "outage",
    /// The Worker did not run until the link had less than 15 minutes left.
    TooLate = "too_late",
    /// The stored state, or a job in it, could not be read by this version.
    StateUnreadable = "state_unreadable",
    /// The application is not in `APPLICATIONS`.
    ApplicationRemoved = "application_removed",
    /// The result of the hook `render` lacks a part, has more than 48 KiB, or has HTML that is
    /// malformed or that no mail needs.
    RenderInvalid = "render_invalid",
    /// In the result of the hook `render`, a link is missing in the text or in the HTML, or is
    /// in another place than the text or a whole `href` of an `a`.
    RenderLinkMisplaced = "render_link_misplaced",
    /// The result of the hook `render` has a URL, an address or a telephone number that does not
    /// lead to the application.
    RenderUrlForeign = "render_url_foreign",
}
}

/// Why a hook refuses a reset: one line of text, at most 100 characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusalReason(String);

impl RefusalReason {
    /// Returns the reason, without control characters and cut to its longest length, or `None` if
    /// nothing is left.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let plain: String = text.chars().filter(|c| !c.is_control()).take(MAX_REASON).collect();
        let plain = plain.trim();
        (!plain.is_empty()).then(|| Self(plain.to_owned()))
    }

    /// Returns the text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The reason in the detail of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Detail {
    /// The account may not reset by mail.
    Ineligible(Ineligible),
    /// The mail was not sent.
    Mail(MailFailure),
    /// Any other reason.
    Reason(Reason),
    /// The reason that the hook `mayReset` gave.
    Hook(RefusalReason),
}

impl Detail {
    /// Returns the code, or the text of the hook.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Ineligible(reason) => reason.as_str(),
            Self::Mail(failure) => failure.as_str(),
            Self::Reason(reason) => reason.as_str(),
            Self::Hook(reason) => reason.as_str(),
        }
    }
}

impl From<RefusalReason> for Detail {
    fn from(reason: RefusalReason) -> Self {
        Self::Hook(reason)
    }
}

impl From<Ineligible> for Detail {
    fn from(reason: Ineligible) -> Self {
        Self::Ineligible(reason)
    }
}

impl From<MailFailure> for Detail {
    fn from(failure: MailFailure) -> Self {
        Self::Mail(failure)
    }
}

impl From<Reason> for Detail {
    fn from(reason: Reason) -> Self {
        Self::Reason(reason)
    }
}

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
    /// The address of the client: see [`RecordedAddress`].
    pub address: Option<String>,
    /// A code with more detail.
    pub detail: Option<String>,
}

/// An event as server callers receive it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schemas", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schemas", schemars(rename = "Event"))]
pub struct EventView {
    /// When it happened (RFC 3339, UTC).
    #[cfg_attr(feature = "schemas", schemars(extend("format" = "date-time")))]
    pub at: String,
    /// The name of what happened.
    pub event: String,
    /// The account, in a reading of all accounts, if it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
    /// The address of the client.
    pub address: Option<String>,
    /// The label of the server key, if a server called for the client and reported its address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reported_by: Option<String>,
    /// The address of that server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reported_from: Option<String>,
    /// A code with more detail.
    pub detail: Option<String>,
    /// How often it happened, if more than once: see [`Action::is_counted`].
    #[cfg_attr(
        feature = "schemas",
        schemars(description = "How often it happened, if more than once.")
    )]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count: Option<u32>,
}

impl EventView {
    /// Returns a view that has only the address of the client, from its stored form.
    #[must_use]
    pub fn of_address(stored: Option<&str>) -> Self {
        let recorded = stored.map(RecordedAddress::parse);
        let owned = |part: &str| part.to_owned();
        Self {
            address: recorded.map(|recorded| owned(recorded.address)),
            reported_by: recorded.and_then(|recorded| recorded.reported_by).map(owned),
            reported_from: recorded.and_then(|recorded| recorded.reported_from).map(owned),
            ..Self::default()
        }
    }
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
    /// The address of the client: see [`RecordedAddress`].
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
        Some(match id.split_once('@') {
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
    }

    #[test]
    fn a_reason_is_one_line_of_at_most_100_characters() {
        let reason = |text: &str| RefusalReason::new(text).map(|reason| reason.as_str().to_owned());
        assert_eq!(reason(" on hold\r\n").as_deref(), Some("on hold"));
        assert_eq!(reason(&"ü".repeat(300)).unwrap().chars().count(), 100);
        assert_eq!((reason(""), reason(" \n")), (None, None));
    }
}
