//! The message of a mail with links, by the built-in texts or by those of the hook `render`.

use relatch::LinkToken;

use super::link_mail::{OneLink, Text};
use crate::mail::failure::MailFailure;
use crate::mail::mail_name::MailName;
use crate::mail::rendering::{HookTexts, MailToRender};
use crate::mail::{
    self, AccountLink, LinkContent, LinkTimes, MailWriter, Message, Recipient, SharedContent,
    Stamp, with_parts,
};
use crate::values::account::Account;
use crate::values::link::{LinkId, LinkRecord};

/// A link that is ready to be mailed.
pub(super) struct Prepared {
    pub(super) account: Account,
    /// The stored address of the account.
    pub(super) address: String,
    pub(super) id: LinkId,
    pub(super) token: LinkToken,
    pub(super) record: LinkRecord,
}

/// The message of a mail with links that are ready.
pub(super) struct LinkMessage<'a> {
    pub(super) writer: MailWriter<'a>,
    pub(super) text: &'a Text<'a>,
    pub(super) times: LinkTimes,
    /// The first of the links. All of them go to its address.
    pub(super) first: &'a Prepared,
    pub(super) links: &'a [(&'a OneLink<'a>, Prepared)],
}

impl LinkMessage<'_> {
    /// Returns the mail for the hook `render`, with these placeholders, or `None` for the template
    /// of a request, which takes precedence.
    pub(super) fn describe(&self, placeholders: &[String]) -> Option<MailToRender> {
        match self.text {
            Text::One(Some(_)) => None,
            Text::One(None) | Text::Shared { .. } | Text::Invitation => self.built_in(placeholders),
        }
    }

    /// Returns the mail with its built-in texts and with these links.
    fn built_in(&self, links: &[String]) -> Option<MailToRender> {
        let Self { writer, text, times, first, .. } = *self;
        let Prepared { account, address, .. } = first;
        let labels = self.links.iter().map(|(link, _)| link.shared.and_then(|(_, label)| label));
        let links: Vec<_> =
            labels.zip(links).map(|(label, link)| AccountLink { label, link }).collect();
        let link = links.first()?.link;
        let greeting = mail::greeting(account).map(str::to_owned);
        let (name, (built_in, values), greeting) = match *text {
            Text::One(_) => (MailName::Link, writer.reset_parts(account, link, times)?, greeting),
            Text::Invitation => {
                (MailName::Invitation, writer.invitation_parts(account, link, times)?, greeting)
            }
            Text::Shared { is_partial } => {
                let content = SharedContent { links: &links, times, is_partial };
                (MailName::Links, writer.shared_parts(content)?, None)
            }
        };
        let owned = |AccountLink { label, link }| (label.map(str::to_owned), link.to_owned());
        Some(MailToRender {
            name,
            language: writer.texts.language(),
            to: address.clone(),
            greeting,
            links: links.iter().copied().map(owned).collect(),
            times: Some(times),
            notice: None,
            built_in,
            values,
        })
    }

    /// Writes the message, with the texts of the hook if it has any.
    pub(super) fn write(
        &self,
        own: Option<&HookTexts>,
        stamp: Stamp,
    ) -> Result<Message, MailFailure> {
        let Self { writer, text, times, first, links } = *self;
        let Prepared { account, address, token, .. } = first;
        if let (None, Text::One(template)) = (own, text) {
            let recipient = Recipient { account, address };
            let content = LinkContent { token, times, template: *template };
            return writer.reset(recipient, content, stamp);
        }
        let url = |token: &LinkToken| writer.application.links.address(token.expose());
        let urls: Vec<String> = links.iter().map(|(_, prepared)| url(&prepared.token)).collect();
        let parts = match own {
            Some(own) => own.with_links(&urls),
            None => self.built_in(&urls).map(|mail| mail.built_in),
        };
        with_parts(writer.application, address, &parts.ok_or(MailFailure::Template)?, stamp)
    }
}
