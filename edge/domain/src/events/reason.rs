//! Why an event occurred: the reason in its detail.

use crate::mail::failure::MailFailure;
use crate::values::account::Ineligible;

/// The longest reason of a hook, in characters.
const MAX_REASON: usize = 100;

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
    /// The database, or an object, did not respond.
    Outage = "outage",
    /// The Worker did not run until the link had less than 15 minutes left.
    TooLate = "too_late",
    /// The stored state, or a job in it, could not be read by this version.
    StateUnreadable = "state_unreadable",
    /// The application is not in `APPLICATIONS`.
    ApplicationRemoved = "application_removed",
    /// The template in `TEMPLATES` has a mistake: `npx relatch-worker templates check` names it.
    TemplateInvalid = "template_invalid",
    /// The result of the hook `render` lacks a part, has more than 48 KiB, or has HTML that is
    /// malformed or that no mail needs.
    RenderInvalid = "render_invalid",
    /// In the result of the hook `render`, a link is missing in the text or in the HTML, or is
    /// in another place than the text or a whole `href` of an `a`.
    RenderLinkMisplaced = "render_link_misplaced",
    /// The result of the hook `render` has a URL, an address or a telephone number that does not
    /// lead to the application.
    RenderUrlForeign = "render_url_foreign",
    /// The service of `BREACHED_PASSWORDS` did not answer in time, or with an error.
    BreachesUnavailable = "breaches_unavailable",
    /// The service of `BREACHED_PASSWORDS` answered something that is not a range of hashes.
    BreachesInvalid = "breaches_invalid",
    /// The link, or the session within 24 hours, has had its 20 queries to the service of
    /// `BREACHED_PASSWORDS`.
    BreachesLimited = "breaches_limited",
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_one_line_of_at_most_100_characters() {
        let reason = |text: &str| RefusalReason::new(text).map(|reason| reason.as_str().to_owned());
        assert_eq!(reason(" on hold\r\n").as_deref(), Some("on hold"));
        assert_eq!(reason(&"ü".repeat(300)).unwrap().chars().count(), 100);
        assert_eq!((reason(""), reason(" \n")), (None, None));
    }
}
