//! The values of the placeholders in an application's own templates of these mails.

use super::{Ambiguous, Common, Invitation, Reset, Shared};
use crate::mail::placeholders::PlaceholderValues;
use crate::values::account::Account;

impl Common<'_> {
    /// Returns the values that every template has.
    pub(in crate::mail) fn values(&self, name: Option<&str>) -> PlaceholderValues {
        let mut values = PlaceholderValues::default();
        values.lines("application", &[self.application]);
        values.lines("contact", &[self.contact]);
        values.named("greeting", &self.hello(&name), self.texts.mail_hello());
        values
    }
}

/// Adds the values about the links of a mail, and the advice.
fn add_links(values: &mut PlaceholderValues, lifetime: &str, expires_at: &str, closing: [&str; 2]) {
    let [note, advice] = closing;
    values.lines("lifetime", &[lifetime]);
    values.lines("expires", &[expires_at]);
    values.lines("note", &[note]);
    values.lines("advice", &[advice]);
}

impl Reset<'_> {
    /// Returns the values for a template of the application.
    pub(in crate::mail) fn values(&self, account: &Account) -> PlaceholderValues {
        let mut values = self.common.values(self.name);
        values.account(account);
        values.lines("what", &[&self.intro()]);
        values.lines("link", &[self.link]);
        let closing = [&self.note(), self.texts().mail_reset_ignore()];
        add_links(&mut values, self.lifetime, self.expires_at, closing);
        values
    }
}

impl Invitation<'_> {
    /// Returns the values for a template of the application.
    pub(in crate::mail) fn values(&self, account: &Account) -> PlaceholderValues {
        let mut values = self.common.values(self.name);
        values.account(account);
        values.lines("what", &[&self.intro()]);
        values.lines("link", &[self.link]);
        let closing = [&self.note(), self.texts().mail_invitation_ignore()];
        add_links(&mut values, self.lifetime, self.expires_at, closing);
        values
    }
}

impl Shared<'_> {
    /// Returns the values for a template of the application.
    pub(in crate::mail) fn values(&self) -> PlaceholderValues {
        let mut values = self.common.values(None);
        values.lines("what", &[&self.intro()]);
        let links = self.links.iter().enumerate();
        values.links(
            links.map(|(place, account)| {
                (self.label(&place.saturating_add(1), account), account.link)
            }),
        );
        let closing = [&self.note(), self.texts().mail_shared_ignore()];
        add_links(&mut values, self.lifetime, self.expires_at, closing);
        values
    }
}

impl Ambiguous<'_> {
    /// Returns the values for a template of the application.
    pub(in crate::mail) fn values(&self) -> PlaceholderValues {
        let (texts, mut values) = (self.texts(), self.common.values(None));
        values.lines("what", &[&self.intro()]);
        let advice = [texts.mail_ambiguous_username(), texts.mail_ambiguous_ignore()];
        values.lines("advice", &advice);
        values
    }
}
