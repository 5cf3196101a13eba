//! Writes the mails of an application.

use relatch_languages::Texts;

use super::custom_template::LinkValues;
use super::envelope::{Envelope, write};
use super::failure::MailFailure;
use super::mime;
use super::notice::{Notice, NoticeContent};
use super::placeholders::PlaceholderValues;
use super::template::{Ambiguous, Common, Invitation, Reset, Shared};
use super::{
    LinkContent, LinkTimes, Message, Parts, Recipient, SharedContent, Stamp, greeting, with_parts,
};
use crate::application::Application;
use crate::values::account::Account;

/// Writes the mails of an application in one language.
///
/// A method fails with [`MailFailure::Template`] if a template fails, and with
/// [`MailFailure::AddressUnsupported`] if an address cannot be written in a mail.
#[derive(Clone, Copy)]
pub struct MailWriter<'a> {
    /// The application that sends the mails.
    pub application: &'a Application,
    /// The texts of the language.
    pub texts: Texts,
}

impl MailWriter<'_> {
    /// Writes the mail with the link.
    ///
    /// # Errors
    ///
    /// See [`MailWriter`].
    pub fn reset(
        self,
        recipient: Recipient<'_>,
        content: LinkContent<'_>,
        stamp: Stamp,
    ) -> Result<Message, MailFailure> {
        let Self { application, texts } = self;
        let (account, token) = (recipient.account, content.token);
        let link = application.links.address(token.expose());
        let built_in = self.reset_parts(account, &link, content.times);
        let (mut rendered, _) = built_in.ok_or(MailFailure::Template)?;
        let mut from = &application.mail.from;
        if let Some(custom) = content.template.or(application.mail.reset.as_ref()) {
            let values = LinkValues {
                account,
                token: token.expose(),
                link: &link,
                lifetime: &texts.span(content.times.lifetime),
                expires_at: &content.times.expires_at.soon_for_people(texts),
            };
            rendered.html = custom.html(&values).ok_or(MailFailure::Template)?;
            rendered.text = custom.text(&values).unwrap_or(rendered.text);
            rendered.subject = custom
                .subject(&values)
                .map_or(rendered.subject, |subject| mime::one_line(&subject));
            from = custom.from().unwrap_or(from);
        }
        write(application, Envelope { from, to: recipient.address }, &rendered, stamp)
    }

    /// Returns the built-in texts of the mail with a link, and the values for a template.
    pub(crate) fn reset_parts(
        self,
        account: &Account,
        link: &str,
        times: LinkTimes,
    ) -> Option<(Parts, PlaceholderValues)> {
        let mail = Reset {
            common: self.common(),
            name: greeting(account),
            link,
            lifetime: &self.texts.span(times.lifetime),
            expires_at: &times.expires_at.soon_for_people(self.texts),
            next_link_at: times.next_link_at.map(|next| next.for_people(self.texts)),
        };
        Some((mail.render()?, mail.values(account)))
    }

    /// Returns the built-in texts of an invitation, and the values for a template.
    pub(crate) fn invitation_parts(
        self,
        account: &Account,
        link: &str,
        times: LinkTimes,
    ) -> Option<(Parts, PlaceholderValues)> {
        let mail = Invitation {
            common: self.common(),
            name: greeting(account),
            link,
            lifetime: &self.texts.span(times.lifetime),
            expires_at: &times.expires_at.soon_for_people(self.texts),
        };
        Some((mail.render()?, mail.values(account)))
    }

    /// Returns the built-in texts of the mail with a link for each account that shares a mailbox,
    /// and the values for a template.
    pub(crate) fn shared_parts(
        self,
        content: SharedContent<'_>,
    ) -> Option<(Parts, PlaceholderValues)> {
        let SharedContent { links, times, is_partial } = content;
        let mail = Shared {
            common: self.common(),
            links,
            lifetime: &self.texts.span(times.lifetime),
            expires_at: &times.expires_at.soon_for_people(self.texts),
            is_partial,
            next_link_at: times.next_link_at.map(|next| next.for_people(self.texts)),
        };
        Some((mail.render()?, mail.values()))
    }

    /// Writes the mail to a mailbox that several accounts share, which asks for the user name.
    ///
    /// # Errors
    ///
    /// See [`MailWriter`].
    pub fn ambiguous(self, to: &str, stamp: Stamp) -> Result<Message, MailFailure> {
        let (rendered, _) = self.ambiguous_parts().ok_or(MailFailure::Template)?;
        with_parts(self.application, to, &rendered, stamp)
    }

    /// Returns the built-in texts of the mail that asks for the user name, and the values for a
    /// template.
    pub(crate) fn ambiguous_parts(self) -> Option<(Parts, PlaceholderValues)> {
        let mail = Ambiguous { common: self.common() };
        Some((mail.render()?, mail.values()))
    }

    /// Writes the notice.
    ///
    /// # Errors
    ///
    /// See [`MailWriter`].
    pub fn notice(self, content: &NoticeContent<'_>, stamp: Stamp) -> Result<Message, MailFailure> {
        let (mut mail, values) = self.notice_parts(content).ok_or(MailFailure::Template)?;
        if let Some(own) = &self.application.mail.notice {
            mail = own.fill(&values, &mail).ok_or(MailFailure::Template)?;
        }
        with_parts(self.application, content.to, &mail, stamp)
    }

    /// Returns the built-in texts of the notice, and the values for a template.
    pub(crate) fn notice_parts(
        self,
        content: &NoticeContent<'_>,
    ) -> Option<(Parts, PlaceholderValues)> {
        let notice = Notice::new(self.application, self.common(), content);
        Some((notice.parts()?, notice.values()))
    }
}

impl<'a> MailWriter<'a> {
    /// Returns the values that every mail contains.
    pub(super) fn common(self) -> Common<'a> {
        let Application { name, brand, mail, .. } = self.application;
        Common { texts: self.texts, application: name, contact: &mail.contact, brand }
    }
}
