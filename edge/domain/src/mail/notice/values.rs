//! The values of the placeholders in an application's own notice.

use super::Notice;
use crate::mail::placeholders::{PlaceholderValues, escaped};

impl Notice<'_> {
    /// Returns the values for a template of the application. Each sentence is one of the built-in
    /// notice, so that it is true of what happened.
    pub(in crate::mail) fn values(&self) -> PlaceholderValues {
        let common = &self.common;
        let mut values = common.values(self.name);
        // Another subject may say that the password was changed.
        values.keeps_subject = !self.is_certain() || self.has_first;
        let (mut what, mut network) = (vec![self.intro()], None);
        match self.changes.as_slice() {
            [change] => network = self.network(change),
            changes => {
                what.extend(changes.iter().map(|change| ["- ", &self.line(change)].concat()));
            }
        }
        values.lines("what", &what.iter().map(String::as_str).collect::<Vec<_>>());
        let times: Vec<&str> = self.changes.iter().map(|change| change.time.as_str()).collect();
        values.lines("when", &times);
        values.lines("network", &[network.as_deref().unwrap_or_default()]);
        values.lines("sessions", &[self.sessions().unwrap_or_default()]);
        self.add_advice(&mut values);
        values
    }

    /// Adds what to do if it was not the account owner.
    fn add_advice(&self, values: &mut PlaceholderValues) {
        let (texts, owner) = (self.texts(), self.common.contact);
        let url = self.url.as_deref().filter(|_| !self.by_link);
        let (then, contact) = match (self.by_link, url) {
            (true, _) => (self.secure().to_owned(), ""),
            (false, Some(_)) => (self.known(), texts.mail_notice_contact()),
            (false, None) => (self.known(), texts.mail_notice_contact_now()),
        };
        let lines = |url: String, shown: &dyn Fn(&str) -> String, end: &str| {
            let [fine, then] = [self.fine(), &then].map(shown);
            let [contact, owner] = [contact, owner].map(shown);
            let lines = [fine, then, url, contact, owner].into_iter();
            lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join(end)
        };
        let link = url.map(|url| format!("<a href=\"{0}\" dir=\"ltr\">{0}</a>", escaped(url)));
        let text = lines(url.unwrap_or_default().to_owned(), &str::to_owned, "\n");
        values.push("advice", text, lines(link.unwrap_or_default(), &escaped, "<br>"));
    }
}
