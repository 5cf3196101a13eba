//! Every mail with sample data, as the application sends it: by the same templates, in its own words,
//! and by the hook `render`. It reads no account, stores nothing, and its links do not work.

use relatch::LinkToken;
use relatch::token::TOKEN_BYTES;
use relatch_languages::Texts;

use crate::events::Reason;
use crate::mail::failure::MailFailure;
use crate::mail::mail_name::MailName;
use crate::mail::notice::{ChangeMethod, ChangeOutcome, NoticeContent, NoticedChange};
use crate::mail::rendering::{HookTexts, MailToRender, RenderedNotice};
use crate::mail::{
    AccountLink, LinkContent, LinkTimes, MailWriter, Message, Recipient, SharedContent, Stamp,
    with_parts,
};
use crate::ports::{
    Capabilities, Clock as _, Directory as _, Hooks as _, Outage, Platform, Templates as _,
};
use crate::service::Service;
use crate::values::account::{Account, AccountId, PasswordHash, Role};
use crate::values::time::Moment;

const USERNAME: &str = "ada";
const NAME: &str = "Ada Lovelace";
const ADDRESS: &str = "ada@example.com";
/// The user names of the mail to a shared mailbox.
const USERNAMES: [&str; 2] = [USERNAME, "charles"];
/// An address that is reserved for documentation (RFC 5737).
const NETWORK: &str = "192.0.2.77";

/// A mail, as one situation needs it.
#[derive(Clone, Copy, Debug)]
pub enum SampleMail {
    /// The mail with the link of one account.
    Link {
        /// Whether requests may send no other link for some time.
        is_limited: bool,
    },
    /// The invitation to choose a first password.
    Invitation,
    /// The mail with a link for each account that shares a mailbox.
    Links,
    /// The mail that asks for the user name.
    Ambiguous,
    /// The notice about these changes.
    Notice(ChangeMethod, &'static [ChangeOutcome]),
}

/// Every mail, by its name.
pub const SAMPLE_MAILS: [(&str, SampleMail); 12] = [
    ("link", SampleMail::Link { is_limited: false }),
    ("link-limited", SampleMail::Link { is_limited: true }),
    ("invitation", SampleMail::Invitation),
    ("links", SampleMail::Links),
    ("ambiguous", SampleMail::Ambiguous),
    ("notice-reset", SampleMail::Notice(ChangeMethod::Link, &[ChangeOutcome::Written])),
    ("notice-reset-unknown", SampleMail::Notice(ChangeMethod::Link, &[ChangeOutcome::Unknown])),
    ("notice-invitation", SampleMail::Notice(ChangeMethod::Link, &[ChangeOutcome::FirstWritten])),
    (
        "notice-invitation-unknown",
        SampleMail::Notice(ChangeMethod::Link, &[ChangeOutcome::FirstUnknown]),
    ),
    ("notice-change", SampleMail::Notice(ChangeMethod::SignedIn, &[ChangeOutcome::Written])),
    (
        "notice-change-unknown",
        SampleMail::Notice(ChangeMethod::SignedIn, &[ChangeOutcome::Unknown]),
    ),
    (
        "notice-several",
        SampleMail::Notice(
            ChangeMethod::SignedIn,
            &[ChangeOutcome::Written, ChangeOutcome::Unknown],
        ),
    ),
];

impl<P: Platform> Service<'_, P> {
    /// Renders a mail with sample data, and returns it with the reason why the texts of the hook
    /// `render` were refused, if they were.
    ///
    /// # Errors
    ///
    /// [`MailFailure`] as for a mail to an account.
    pub async fn sample_mail(
        &self,
        mail: SampleMail,
        texts: Texts,
    ) -> Result<(Message, Option<Reason>), MailFailure> {
        let Service { application, platform } = *self;
        let capabilities = platform.directory().capabilities();
        let writer = MailWriter { application, texts };
        let sample = Sample { writer, mail, capabilities, now: platform.clock().now() };
        let (hook_texts, refusal) = match self.sample_texts(&sample).await {
            Ok(hook_texts) => (hook_texts, None),
            Err(reason) => (None, Some(reason)),
        };
        sample.message(hook_texts.as_ref()).map(|message| (message, refusal))
    }

    /// Returns the texts of the hook `render` or of the application's template, or `None` if there is
    /// neither.
    ///
    /// # Errors
    ///
    /// The reason for which they are refused.
    async fn sample_texts(&self, sample: &Sample<'_>) -> Result<Option<HookTexts>, Reason> {
        if !self.platform.hooks().renders_mails() && !self.platform.templates().has_any() {
            return Ok(None);
        }
        let placeholders = self.placeholders(sample.count()).map_err(|Outage| Reason::Outage)?;
        let mail = sample.describe(&placeholders).ok_or(Reason::RenderInvalid)?;
        self.render_own(&mail).await
    }
}

/// The data of a mail.
struct Sample<'a> {
    writer: MailWriter<'a>,
    mail: SampleMail,
    capabilities: Capabilities,
    now: Moment,
}

impl Sample<'_> {
    /// Returns the number of links.
    const fn count(&self) -> usize {
        match self.mail {
            SampleMail::Link { .. } | SampleMail::Invitation => 1,
            SampleMail::Links => USERNAMES.len(),
            SampleMail::Ambiguous | SampleMail::Notice(..) => 0,
        }
    }

    fn times(&self) -> LinkTimes {
        let lifetime = self.writer.application.links.lifetime;
        let expires_at = self.now.after(lifetime);
        let is_limited = matches!(self.mail, SampleMail::Link { is_limited: true });
        LinkTimes { lifetime, expires_at, next_link_at: is_limited.then_some(expires_at) }
    }

    fn changes(&self) -> Vec<NoticedChange> {
        let SampleMail::Notice(_, outcomes) = self.mail else { return Vec::new() };
        let address = || Some(NETWORK.to_owned());
        let change = |outcome: &ChangeOutcome| NoticedChange {
            at: self.now,
            outcome: *outcome,
            address: address(),
        };
        outcomes.iter().map(change).collect()
    }

    fn notice<'a>(&self, method: ChangeMethod, changes: &'a [NoticedChange]) -> NoticeContent<'a> {
        NoticeContent {
            to: ADDRESS,
            name: Some(NAME),
            method,
            changes,
            ends_sessions: self.capabilities.ends_sessions,
            ends_other_sessions: self.capabilities.ends_other_sessions,
        }
    }

    /// Returns the mail, with the texts of the hook `render` if it has any.
    fn message(&self, hook_texts: Option<&HookTexts>) -> Result<Message, MailFailure> {
        let Self { writer, .. } = *self;
        let stamp = Stamp { id: [0; 16], date: self.now };
        let token = LinkToken::from_bytes([0; TOKEN_BYTES]);
        let links = vec![writer.application.links.address(token.expose()); self.count()];
        if let Some(parts) = hook_texts.and_then(|texts| texts.with_links(&links)) {
            return with_parts(writer.application, ADDRESS, &parts, stamp);
        }
        match self.mail {
            SampleMail::Link { .. } => {
                let account = sample_account();
                let recipient = Recipient { account: &account, address: ADDRESS };
                let content = LinkContent { token: &token, times: self.times(), template: None };
                writer.reset(recipient, content, stamp)
            }
            SampleMail::Invitation | SampleMail::Links | SampleMail::Ambiguous => {
                let mail = self.describe(&links).ok_or(MailFailure::Template)?;
                with_parts(writer.application, ADDRESS, &mail.built_in, stamp)
            }
            SampleMail::Notice(method, _) => {
                let changes = self.changes();
                writer.notice(&self.notice(method, &changes), stamp)
            }
        }
    }

    /// Returns the mail as the hook `render` gets it, with these placeholders.
    fn describe(&self, placeholders: &[String]) -> Option<MailToRender> {
        let Self { writer, .. } = *self;
        let (times, changes) = (self.times(), self.changes());
        let links = labelled(placeholders);
        let (name, greeting, (built_in, values)) = match self.mail {
            SampleMail::Link { .. } => {
                let (account, link) = (sample_account(), placeholders.first()?);
                let parts = writer.reset_parts(&account, link, times)?;
                (MailName::Link, Some(NAME), parts)
            }
            SampleMail::Invitation => {
                let (account, link) = (sample_account(), placeholders.first()?);
                let parts = writer.invitation_parts(&account, link, times)?;
                (MailName::Invitation, Some(NAME), parts)
            }
            SampleMail::Links => {
                let content = SharedContent { links: &links, times, is_partial: false };
                (MailName::Links, None, writer.shared_parts(content)?)
            }
            SampleMail::Ambiguous => (MailName::Ambiguous, None, writer.ambiguous_parts()?),
            SampleMail::Notice(method, _) => {
                let content = self.notice(method, &changes);
                (MailName::Notice, Some(NAME), writer.notice_parts(&content)?)
            }
        };
        let is_shared = name == MailName::Links;
        let label = |link: &AccountLink<'_>| link.label.filter(|_| is_shared).map(str::to_owned);
        let capabilities = self.capabilities;
        let notice = match self.mail {
            SampleMail::Notice(method, _) => Some(RenderedNotice {
                method,
                changes,
                ends_sessions: match method {
                    ChangeMethod::Link => capabilities.ends_sessions,
                    ChangeMethod::SignedIn => capabilities.ends_other_sessions,
                },
            }),
            _ => None,
        };
        Some(MailToRender {
            name,
            language: writer.texts.language(),
            to: ADDRESS.to_owned(),
            greeting: greeting.map(str::to_owned),
            links: links.iter().map(|link| (label(link), link.link.to_owned())).collect(),
            times: (!links.is_empty()).then_some(times),
            notice,
            built_in,
            values,
        })
    }
}

/// Returns the account of the sample data.
#[must_use]
pub fn sample_account() -> Account {
    Account {
        id: AccountId("1".to_owned()),
        username: USERNAME.to_owned(),
        email: Some(ADDRESS.to_owned()),
        name: Some(NAME.to_owned()),
        password_hash: Some(PasswordHash::from("sample")),
        role: Role::User,
        disabled: false,
        verified: true,
        locale: None,
    }
}

/// Returns links with the user names of their accounts.
fn labelled(links: &[String]) -> Vec<AccountLink<'_>> {
    let accounts = USERNAMES.into_iter().zip(links);
    accounts.map(|(name, link)| AccountLink { label: Some(name), link }).collect()
}
