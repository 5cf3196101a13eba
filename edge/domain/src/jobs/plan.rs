//! The plan of a request: which mailboxes get which mail, and the command that enqueues it.

use std::time::Duration;

use crate::application::SharedMailbox;
use crate::events::{Detail, RefusalReason};
use crate::intake::RequestedTexts;
use crate::join_all::join_all;
use crate::mail;
use crate::mailbox::{Addressee, EnqueueMail, EnqueueOutcome, MailKind, Requester};
use crate::ports::{
    Directory as _, Entropy as _, Hooks as _, Mailboxes as _, Outage, Platform, ResetDecision,
};
use crate::service::Service;
use crate::values::account::{Account, AccountId, Eligible};
use crate::values::link::Seed;
use crate::values::mail_address::{PlainAddress, canonical_address, mailbox};
use crate::values::name::canonical;
use crate::values::object_id::{AccountName, AddressName, MailboxId};
use crate::values::time::Moment;

/// The number of mailboxes that one request can send a mail to.
const MAX_MAILBOXES: usize = 3;

/// The accounts that an identifier matches, as the directory returns them by their ids.
pub(crate) struct Found {
    /// The accounts, those with a byte-equal name first.
    pub(crate) accounts: Vec<Account>,
    /// A match that the directory does not return by its id, or returns with other names.
    pub(super) missing: Option<(AccountId, Detail)>,
    /// The accounts that the hook `mayReset` refuses, which are not among [`Self::accounts`].
    pub(crate) refused: Vec<(AccountId, RefusalReason)>,
    /// Whether there may be more matches.
    pub(super) is_cut: bool,
}

impl From<Option<Account>> for Found {
    fn from(account: Option<Account>) -> Self {
        let accounts = account.into_iter().collect();
        Self { accounts, missing: None, refused: Vec::new(), is_cut: false }
    }
}

impl Found {
    /// Asks the hook `mayReset` about the accounts that can reset, all at once, and moves those that
    /// it refuses.
    ///
    /// # Errors
    ///
    /// [`Outage`] if the hook fails.
    pub(crate) async fn ask_hook<P: Platform>(
        &mut self,
        service: Service<'_, P>,
    ) -> Result<(), Outage> {
        if !service.platform.hooks().decides_resets() {
            return Ok(());
        }
        let accounts = std::mem::take(&mut self.accounts);
        let refusals = join_all(accounts.into_iter().map(|account| async move {
            let refusal = service.hook_refusal(&account).await;
            (account, refusal)
        }));
        for (account, refusal) in refusals.await {
            match refusal? {
                None => self.accounts.push(account),
                Some(reason) => self.refused.push((account.id, reason)),
            }
        }
        Ok(())
    }
}

impl<P: Platform> Service<'_, P> {
    /// Returns the reason for which the hook `mayReset` refuses an account. An account that cannot
    /// reset has another one, so the hook is not asked about it.
    ///
    /// # Errors
    ///
    /// [`Outage`] if the hook fails.
    pub(super) async fn hook_refusal(
        &self,
        account: &Account,
    ) -> Result<Option<RefusalReason>, Outage> {
        if self.application.eligible(account).is_err() {
            return Ok(None);
        }
        Ok(match self.platform.hooks().may_reset(account).await? {
            ResetDecision::Allowed => None,
            ResetDecision::Refused(reason) => Some(reason),
        })
    }
}

/// A mailbox that gets a mail, with its own accounts among those that a request matches.
pub(crate) struct Recipient<'a> {
    /// The first account.
    account: &'a Account,
    /// The accounts that share the mailbox with it.
    others: Vec<&'a Account>,
    /// The canonical address.
    email: String,
    /// The mail.
    kind: MailKind,
}

impl<'a> Recipient<'a> {
    /// Returns the recipient of an invitation.
    pub(crate) fn invited(account: &'a Account, email: &PlainAddress) -> Self {
        let (email, kind) = (email.canonical(), MailKind::Invitation);
        Self { account, others: Vec::new(), email, kind }
    }
}

impl Recipient<'_> {
    /// Returns the mail that the mailbox gets.
    pub(crate) const fn kind(&self) -> MailKind {
        self.kind
    }

    /// Returns whether mail can be sent to the address: there is no SMTPUTF8.
    pub(crate) fn is_supported(&self) -> bool {
        is_supported(self.account)
    }

    /// Returns the account that the mail is for, or one of those that share the mailbox.
    pub(crate) const fn account(&self) -> &Account {
        self.account
    }

    /// Leaves out the accounts whose address no mail can be sent to, unless there are no others.
    /// The spelling that another account registered must not stop the mail.
    fn leave_out_unsupported(&mut self) {
        if !self.is_supported() {
            let supported = self.others.iter().position(|account| is_supported(account));
            let Some(supported) = supported else { return };
            self.account = self.others.remove(supported);
        }
        self.others.retain(|account| is_supported(account));
    }

    /// Returns whether each account has a user name that finds it and no other account of the
    /// mailbox.
    fn is_told_apart(&self) -> bool {
        let accounts = std::iter::once(self.account).chain(self.others.iter().copied());
        let names: Vec<&str> = accounts.map(|account| account.username.as_str()).collect();
        names.iter().enumerate().all(|(place, name)| {
            let own = canonical(name);
            let others = names.iter().skip(place.saturating_add(1));
            let is_alone = others.map(|other| canonical(other)).all(|other| other != own);
            let is_findable = !own.is_empty() && !own.contains(char::is_control);
            is_alone && is_findable && canonical_address(name) != self.email
        })
    }
}

fn is_supported(account: &Account) -> bool {
    account.recipient().is_ok_and(|address| mailbox(&address.to_string()).is_some())
}

/// The plan of a request: whom it mails.
pub(crate) struct Plan<'a> {
    /// The mailboxes that get a mail, those with a byte-equal match first.
    pub(crate) recipients: Vec<Recipient<'a>>,
    /// A match that gets no mail, and the reason.
    pub(crate) refused: Option<(AccountId, Detail)>,
    /// Whether there may be more matches, or there are more mailboxes.
    pub(crate) is_cut: bool,
}

/// Plans the mails of a request: one for each mailbox, for those of its accounts that can reset.
pub(crate) fn plan<'a, P: Platform>(service: Service<'_, P>, found: &'a Found) -> Plan<'a> {
    let Service { application, platform } = service;
    let mut refused = found.missing.clone();
    if let Some((id, reason)) = found.refused.first() {
        refused = Some((id.clone(), reason.clone().into()));
    }
    let mut plan = Plan { recipients: Vec::new(), refused, is_cut: found.is_cut };
    for account in &found.accounts {
        let email = match application.eligible(account) {
            Ok(Eligible { email, .. }) => email.canonical(),
            Err(reason) => {
                plan.refused = Some((account.id.clone(), reason.into()));
                continue;
            }
        };
        let shared = plan.recipients.iter_mut().find(|recipient| recipient.email == email);
        if let Some(recipient) = shared {
            recipient.others.push(account);
        } else if plan.recipients.len() < MAX_MAILBOXES {
            let (others, kind) = (Vec::new(), MailKind::Link);
            plan.recipients.push(Recipient { account, others, email, kind });
        } else {
            plan.is_cut = true;
        }
    }
    // People who can be asked for their user name have one that a request finds.
    let asks = application.shared_mailbox == SharedMailbox::Ambiguous
        && platform.directory().capabilities().finds_by_username;
    for recipient in &mut plan.recipients {
        recipient.leave_out_unsupported();
        if asks && !recipient.others.is_empty() && recipient.is_told_apart() {
            recipient.kind = MailKind::Ambiguous;
        }
    }
    plan
}

/// The request that a mail answers.
pub(crate) struct MailRequest {
    /// The id of the request.
    pub(crate) id: String,
    /// The address of the client that made it.
    pub(crate) address: Option<String>,
    /// Who made it.
    pub(crate) requester: Requester,
    /// The texts or the language that the request asks for.
    pub(crate) texts: RequestedTexts,
    /// The lifetime of its links, instead of that of the configuration.
    pub(crate) lifetime: Option<Duration>,
    /// The time before which ordinary mails are not attempted.
    pub(crate) not_before: Option<Moment>,
}

/// Enqueues the mail of a request at the recipient's mailbox.
pub(crate) async fn enqueue<P: Platform>(
    service: Service<'_, P>,
    recipient: &Recipient<'_>,
    request: MailRequest,
) -> Result<EnqueueOutcome, Outage> {
    let Service { application, platform } = service;
    let id = MailboxId::new(&application.keys, &recipient.email);
    let others = match recipient.kind() {
        MailKind::Link => recipient.others.as_slice(),
        MailKind::Ambiguous | MailKind::Invitation => &[],
    };
    let others = others.iter().map(|account| addressee(service, account));
    let (definition, language) = match request.texts {
        RequestedTexts::Unset => (None, None),
        RequestedTexts::Template(template) => (Some(template), None),
        RequestedTexts::Language(language) => (None, Some(language)),
    };
    let mail = EnqueueMail {
        request: request.id,
        kind: recipient.kind(),
        requester: request.requester,
        account: addressee(service, recipient.account)?,
        others: others.collect::<Result<_, Outage>>()?,
        address: request.address,
        definition,
        lifetime: request.lifetime,
        language,
        not_before: request.not_before,
    };
    platform.mailboxes().enqueue(&id, mail).await
}

fn addressee<P: Platform>(service: Service<'_, P>, account: &Account) -> Result<Addressee, Outage> {
    let Service { application, platform } = service;
    let address = account.recipient().map(|address| address.to_string()).unwrap_or_default();
    Ok(Addressee {
        name: AccountName::new(&application.keys, &account.id),
        fingerprint: account.fingerprint(&application.id),
        seed: Seed {
            key_id: application.keys.signing_key_id(),
            random: platform.entropy().random_bytes()?,
        },
        address: AddressName::new(&application.keys, &address),
        label: mail::label(account).map(str::to_owned),
        account: account.id.clone(),
    })
}
