//! The table of events: their names, the fields that each may have, and how they are kept.

use serde::{Deserialize, Serialize};

/// A part of an event beside its id, time, name and application.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// The account.
    Account,
    /// The address of the client, its block, and the server that reported it.
    Address,
    /// The id of the request that the event belongs to.
    Request,
    /// The id of the link that the event is about.
    Link,
    /// The keyed name of the identifier that a visitor entered.
    Identifier,
    /// The number of an attempt, and the time of the next one.
    Attempt,
    /// A code with more detail.
    Detail,
}

impl Field {
    /// Returns the names of the field's values, as receivers of events read them.
    #[must_use]
    pub const fn names(self) -> &'static [&'static str] {
        match self {
            Self::Account => &["account"],
            Self::Address => &["address", "block", "reported_by", "reported_from"],
            Self::Request => &["request"],
            Self::Link => &["link"],
            Self::Identifier => &["identifier"],
            Self::Attempt => &["attempt", "next_attempt"],
            Self::Detail => &["detail"],
        }
    }
}

/// How events of one kind are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Retention {
    /// Each has a row, for `EVENTS_DAYS`.
    Row,
    /// The first of a window has a row, for `EVENTS_DAYS`, and further ones are its count.
    Counted,
    /// They have no row, only a log line.
    Log,
}

/// Defines the kinds of events: the name, how they are kept, and the fields that they may have.
macro_rules! events {
    (
        $(#[$meta:meta])*
        pub enum $name:ident {
            $(
                $(#[doc = $doc:literal])+
                $variant:ident = $text:literal: $retention:ident [$($field:ident),*],
            )+
        }
    ) => {
        codes! {
            $(#[$meta])*
            pub enum $name { $($(#[doc = $doc])+ $variant = $text,)+ }
        }

        impl $name {
            /// Returns how events of this kind are kept.
            #[must_use]
            pub const fn retention(self) -> Retention {
                match self { $(Self::$variant => Retention::$retention,)+ }
            }

            /// Returns the fields that events of this kind may have.
            #[must_use]
            pub const fn fields(self) -> &'static [Field] {
                match self { $(Self::$variant => &[$(Field::$field),*],)+ }
            }
        }
    };
}

events! {
/// The kind of an event. `docs/events.md` is generated from this table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// A request matched no account. One row for each minute and address block, with a count.
    RequestUnmatched = "request_unmatched": Counted [Address],
    /// A request matched an account that may not reset by mail. The detail is the reason: a code,
    /// or the text of the hook `mayReset`.
    RequestRefused = "request_refused": Row [Account, Address, Request, Detail],
    /// A request exceeded the rate limit of its mailbox. One row for each account and window of
    /// `REQUEST_WINDOW_MINUTES`, with a count.
    RequestLimited = "request_limited": Counted [Account, Address, Detail],
    /// A request matched accounts with different addresses. No mail was sent. Recorded by earlier
    /// versions only.
    RequestAmbiguous = "request_ambiguous": Row [Address, Request],
    /// A request failed after all attempts, or its job could not be read: then the detail is the
    /// reason.
    RequestFailed = "request_failed": Row [Address, Request, Detail],
    /// A link was mailed.
    LinkSent = "link_sent": Row [Account, Address, Request, Link],
    /// A link could not be mailed. The detail is the reason: a code, or the text of the hook
    /// `mayReset`.
    LinkFailed = "link_failed": Row [Account, Address, Request, Link, Detail],
    /// The mail to a shared mailbox was sent.
    AmbiguousSent = "ambiguous_sent": Row [Account, Address, Request],
    /// The mail to a shared mailbox could not be sent. The detail is the reason.
    AmbiguousFailed = "ambiguous_failed": Row [Account, Address, Request, Detail],
    /// A password was set by a link.
    PasswordReset = "password_reset": Row [Account, Address, Link],
    /// The outcome of a confirm is unknown. The link was ended as used.
    ResetOutcomeUnknown = "reset_outcome_unknown": Row [Account, Address, Link],
    /// The notice was sent to the account owner.
    NoticeSent = "notice_sent": Row [Account, Link],
    /// The notice could not be sent. The detail is the reason.
    NoticeFailed = "notice_failed": Row [Account, Link, Detail],
    /// A server caller started a reset. The detail of each `server_…` event is the label of the
    /// server key and, after a colon, why the call failed.
    ServerReset = "server_reset": Row [Account, Address, Request, Detail],
    /// A server caller queried whether an account can reset.
    ServerStatus = "server_status": Row [Account, Address, Detail],
    /// A server caller revoked the links of an account.
    ServerRevoke = "server_revoke": Row [Account, Address, Detail],
    /// A server caller read the events of an account, or of all accounts: then the event names
    /// none.
    ServerEvents = "server_events": Row [Account, Address, Detail],
    /// A server caller erased stored data. The event does not name the account.
    ServerErase = "server_erase": Row [Address, Detail],
    /// A call was rejected. The detail is the problem code. Logged only, not stored: ten lines in a
    /// second, and one line with the number of all further ones.
    CallRefused = "call_refused": Log [Account, Address, Link, Detail],
    // Stored by position: add new events at the end.
    /// A password was changed by the signed-in account owner.
    PasswordChanged = "password_changed": Row [Account, Address],
    /// The outcome of a change is unknown.
    ChangeOutcomeUnknown = "change_outcome_unknown": Row [Account, Address],
    /// A server caller defined the template of a mail.
    ServerMail = "server_mail": Row [Address, Detail],
    /// A request may match more accounts than were looked at: 20, in 3 mailboxes. The others got no
    /// mail.
    RequestOverflow = "request_overflow": Row [Address, Request],
    /// An attempt to change a password was counted, and no change followed: the current password
    /// was wrong, or the call ended early. At most five for an account in 15 minutes.
    ChangeRefused = "change_refused": Row [Account, Address],
    /// An account had five attempts to change its password in 15 minutes, so that a further one was
    /// refused. Once in 15 minutes.
    ChangeLimited = "change_limited": Row [Account, Address],
    /// A link that was issued did not set a password, because it is used, or expired in the last
    /// ten minutes. The detail is the problem code. At most five for a link.
    ConfirmRefused = "confirm_refused": Row [Account, Address, Link, Detail],
    /// An object could not work for two days and was deleted with its requests, mails, links and
    /// counts. The detail is the reason.
    ObjectEnded = "object_ended": Row [Detail],
    /// More than 32 events of one object waited for the database, and further ones were dropped;
    /// or, in what a receiver gets, more than 100 waited for it in one object. The detail is their
    /// number.
    EventsDropped = "events_dropped": Row [Account, Detail],
    /// The texts of the hook `render`, or the template in `TEMPLATES`, were refused, and the mail has
    /// the built-in ones. The detail
    /// is the reason.
    RenderRefused = "render_refused": Row [Account, Address, Request, Link, Detail],
    /// A server caller counted events.
    ServerStats = "server_stats": Row [Address, Detail],
    /// A server caller read the mails that wait for an account or a mailbox.
    ServerOutbox = "server_outbox": Row [Account, Address, Detail],
    /// A server caller had the waiting mails of an account or a mailbox attempted at once.
    ServerRetry = "server_retry": Row [Account, Address, Detail],
    /// A server key was typed into the operator's page, which opened it for 15 minutes.
    ServerSignIn = "server_sign_in": Row [Address, Detail],
    /// A request matched this account. The identifier is a keyed name, so that requests for one
    /// name can be counted. One row for each account, identifier and window of
    /// `REQUEST_WINDOW_MINUTES`, with a count and the id of the first request. If the database does
    /// not respond, it is only logged.
    RequestAccepted = "request_accepted": Counted [Account, Address, Request, Identifier],
    /// A mail was not sent and is tried again. The detail is the reason.
    MailDeferred = "mail_deferred": Row [Account, Address, Request, Link, Attempt, Detail],
    /// A link was checked and can be used: by a page that was opened, or by a call. Once for each
    /// link and address block, of ten blocks at most.
    LinkChecked = "link_checked": Row [Account, Address, Link],
    /// The sessions of the account ended with its new password; after `password_changed`, all
    /// except that of the caller. Not where the directory keeps them.
    SessionsRevoked = "sessions_revoked": Row [Account, Address, Link],
    /// An endpoint of webhooks did not get an event within 24 hours. One row for each endpoint and
    /// hour, with a count. The detail is the name of the endpoint and, after a colon, the reason.
    /// It is not sent to endpoints.
    WebhookFailed = "webhook_failed": Counted [Detail],
    /// The mail provider reports that a mail bounced, or that its recipient complained. The detail
    /// is the kind (`permanent`, `transient`, `complaint`) and, after a colon, the provider's code.
    MailBounced = "mail_bounced": Row [Account, Detail],
    /// A new password could not be compared with those of known breaches, and was accepted. The
    /// detail is the reason.
    BreachCheckFailed = "breach_check_failed": Row [Account, Address, Link, Detail],
    /// More requests than `BRAKE_REQUESTS_PER_MINUTE` were accepted, so that mails wait. Once in a
    /// minute. The detail is the number of minutes that the last of them waits.
    MailsDelayed = "mails_delayed": Row [Detail],
    /// A server caller invited the owner of an account to choose a first password.
    ServerInvite = "server_invite": Row [Account, Address, Request, Detail],
    /// An invitation was mailed.
    InviteSent = "invite_sent": Row [Account, Address, Request, Link],
    /// An invitation could not be mailed. The detail is the reason.
    InviteFailed = "invite_failed": Row [Account, Address, Request, Link, Detail],
    /// The first password of an account was set by the link of an invitation.
    PasswordCreated = "password_created": Row [Account, Address, Link],
    /// The count of `BRAKE_REQUESTS_PER_MINUTE` did not respond, so that the mails of some requests
    /// did not wait. One row for each minute. Its count is the number of batches, each of one or
    /// more requests. The detail is the reason.
    BrakeFailed = "brake_failed": Counted [Detail],
    /// The texts of pages in `TEMPLATES` have a mistake, and the pages have the built-in ones. One
    /// row for each language and hour, with a count. The detail is the language and, after a colon,
    /// the mistake.
    PageTextsRefused = "page_texts_refused": Counted [Detail],
}
}

impl Action {
    /// Returns whether further events with the same id are counted in the row of the first one.
    #[must_use]
    pub const fn is_counted(self) -> bool {
        matches!(self.retention(), Retention::Counted)
    }

    /// Returns the action with this name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|action| action.as_str() == name)
    }

    /// Returns whether events of this kind may have the field.
    pub(super) fn has(self, field: Field) -> bool {
        self.fields().contains(&field)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_parsed_and_only_rejected_calls_have_no_row() {
        for action in Action::ALL {
            assert_eq!(Action::parse(action.as_str()), Some(*action));
            let is_logged = *action == Action::CallRefused;
            assert_eq!(action.retention() == Retention::Log, is_logged, "{action:?}");
        }
    }
}
