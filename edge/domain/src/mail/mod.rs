//! Mails: rendered from templates, built as MIME, each to exactly one recipient.
//!
//! The content comes from configuration and from the account, never from a request, except for a
//! template of a server caller. All attempts at one mail are the same bytes: date, Message-ID and
//! boundary are stored or derived.

use mail_builder::MessageBuilder;
use mail_builder::headers::address::Address;
use mail_builder::headers::content_type::ContentType;
use mail_builder::headers::raw::Raw;
use mail_builder::mime::MimePart;
use relatch::LinkToken;

use crate::application::Application;
use crate::mail::custom_template::CustomTemplate;
use crate::mail::failure::MailFailure;
use crate::values::account::Account;
use crate::values::keys::base64url;
use crate::values::mail_address::MailAddress;
use crate::values::time::{Moment, span_for_people};

pub mod custom_template;
pub mod failure;
pub mod notice;
mod template;
pub mod template_input;

use template::{Ambiguous, Common, Rendered, Reset};

/// A mail that is ready to send.
#[derive(Clone)]
pub struct Message {
    /// The sender in the envelope.
    pub from: String,
    /// The only recipient in the envelope: the address of the account.
    pub to: String,
    /// Headers and body (RFC 5322).
    pub mime: Vec<u8>,
}

/// Does not print its content: it contains an address and may contain a link.
impl std::fmt::Debug for Message {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Message").field("bytes", &self.mime.len()).finish_non_exhaustive()
    }
}

/// The identity of a mail, which all attempts at it share.
#[derive(Clone, Copy, Debug)]
pub struct Stamp {
    /// The source of the Message-ID and the boundary.
    pub id: [u8; 16],
    /// The Date.
    pub date: Moment,
}

/// The recipient of a mail.
#[derive(Clone, Copy)]
pub struct Recipient<'a> {
    /// The account that the mail is about.
    pub account: &'a Account,
    /// The address that the mail goes to.
    pub address: &'a str,
}

/// The content of a mail with a link.
#[derive(Clone, Copy)]
pub struct LinkContent<'a> {
    /// The link's token.
    pub token: &'a LinkToken,
    /// The template of this mail, instead of the application's.
    pub template: Option<&'a CustomTemplate>,
    /// The time before which requests mail no other link while this one is usable, if a limit is
    /// reached.
    pub next_link_at: Option<Moment>,
}

/// Renders the mail with the link.
///
/// # Errors
///
/// [`MailFailure::Template`] if a template fails.
pub fn reset(
    application: &Application,
    recipient: Recipient<'_>,
    content: LinkContent<'_>,
    stamp: Stamp,
) -> Result<Message, MailFailure> {
    let (account, token) = (recipient.account, content.token);
    let link = application.links.address(token.expose());
    let mail = Reset {
        common: common(application),
        name: greeting(account),
        link: &link,
        lifetime: &span_for_people(application.links.lifetime),
        next_link_at: content.next_link_at.map(Moment::for_people),
    };
    let mut rendered = mail.render().ok_or(MailFailure::Template)?;
    let mut from = &application.mail.from;
    if let Some(custom) = content.template.or(application.mail.reset.as_ref()) {
        let html = custom.html(account, token.expose(), &link);
        rendered.html = html.ok_or(MailFailure::Template)?;
        rendered.subject = custom
            .subject(account)
            .map_or(rendered.subject, |subject| template::one_line(&subject));
        from = custom.from().unwrap_or(from);
    }
    build(from, recipient.address, rendered, stamp)
}

/// Renders the mail to a mailbox that several accounts share.
///
/// # Errors
///
/// [`MailFailure::Template`] if a template fails.
pub fn ambiguous(
    application: &Application,
    to: &str,
    stamp: Stamp,
) -> Result<Message, MailFailure> {
    let mail = Ambiguous { common: common(application) };
    let rendered = mail.render().ok_or(MailFailure::Template)?;
    build(&application.mail.from, to, rendered, stamp)
}

fn common(application: &Application) -> Common<'_> {
    Common { application: &application.name, contact: &application.mail.contact }
}

/// Returns the name for the greeting of a mail to this account.
pub(crate) fn greeting(account: &Account) -> Option<&str> {
    account.name.as_deref().or(Some(&account.username)).filter(|name| may_greet(name))
}

/// Returns whether a name may appear in the greeting. An attacker can choose a name that is an
/// advertisement or a link.
fn may_greet(name: &str) -> bool {
    let is_rejected = |c: char| c.is_control() || matches!(c, '/' | '\\' | '@' | ':');
    !name.trim().is_empty()
        && name.chars().count() <= 64
        && !name.chars().any(is_rejected)
        && !name.contains("www.")
}

fn build(
    from: &MailAddress,
    to: &str,
    rendered: Rendered,
    stamp: Stamp,
) -> Result<Message, MailFailure> {
    let stamp_text = base64url(&stamp.id);
    let boundary = format!("relatch-{stamp_text}");
    let parts = vec![
        MimePart::new(ContentType::new("text/plain").attribute("charset", "utf-8"), rendered.text),
        MimePart::new(ContentType::new("text/html").attribute("charset", "utf-8"), rendered.html),
    ];
    let body = MimePart::new(
        ContentType::new("multipart/alternative").attribute("boundary", boundary),
        parts,
    );
    let mime = MessageBuilder::new()
        .date(i64::try_from(stamp.date.seconds()).map_err(|_| MailFailure::Template)?)
        .message_id(format!("{stamp_text}@{}", from.domain()))
        .from(sender(from))
        .to(Address::new_address(None::<&str>, to))
        .subject(rendered.subject)
        // Automatic replies and mailing lists must ignore this mail (RFC 3834).
        .header("Auto-Submitted", Raw::new("auto-generated"))
        .header("X-Auto-Response-Suppress", Raw::new("All"))
        .body(body)
        .write_to_vec()
        .map_err(|_| MailFailure::Template)?;
    Ok(Message { from: from.address.clone(), to: to.to_owned(), mime })
}

fn sender(from: &MailAddress) -> Address<'_> {
    Address::new_address(
        (!from.name.is_empty()).then_some(from.name.as_str()),
        from.address.as_str(),
    )
}
