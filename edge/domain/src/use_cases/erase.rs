//! The calls of an application's own servers that end links: revoke the links of accounts, and
//! erase what is stored about a subject.

use relatch::Code;

use super::server::{ServerApi, ServerError, ServerReply, Subject};
use crate::intake::IntakeId;
use crate::mailbox::Revoke;
use crate::ports::{
    Events as _, Hooks as _, Intakes as _, LinkRecords as _, Mailboxes as _, Outage,
    PasswordChanges as _, Platform,
};
use crate::values::account::{Account, AccountId};
use crate::values::identifier::Identifier;
use crate::values::mail_address::{PlainAddress, canonical_address};
use crate::values::object_id::{MailboxId, PasswordChangeId};

impl<P: Platform> ServerApi<'_, P> {
    /// Revokes the links of accounts. Earlier mailboxes of an account are not reached; their links no
    /// longer match its fingerprint.
    pub(super) async fn revoke(&self, accounts: &[Account]) -> Result<ServerReply, ServerError> {
        done_unless(self.end_links(mailboxes_of(accounts), false).await?)
    }

    /// Erases what is stored about a subject, in the order in which jobs travel, so that no job
    /// escapes.
    pub(super) async fn erase(
        &self,
        subject: &Subject,
        accounts: &[Account],
    ) -> Result<ServerReply, ServerError> {
        let (application, platform) = (self.service.application, self.service.platform);
        for name in &names_of(subject, accounts) {
            for intake in IntakeId::all_of(application, name) {
                platform.intakes().forget(&intake, name).await?;
            }
        }
        let mut mailboxes = mailboxes_of(accounts);
        let mut ids: Vec<&AccountId> = accounts.iter().map(|account| &account.id).collect();
        match subject {
            Subject::Account(id) if accounts.is_empty() => ids.push(id),
            Subject::Account(_) => {}
            Subject::Named(identifier) => {
                if PlainAddress::parse(identifier.raw()).is_ok() {
                    mailboxes.push((identifier.canonical().to_owned(), None));
                }
            }
        }
        let mut busy = self.end_links(mailboxes, true).await?;
        for id in ids {
            for object in PasswordChangeId::under_all_keys(&application.keys, id) {
                busy |= platform.password_changes().erase(&object).await?;
            }
            platform.events().erase(id).await?;
            let keys = &application.keys;
            let hook = platform.hooks().receives_events();
            let of_hook = hook.then(|| MailboxId::all_for_events(keys)).into_iter().flatten();
            let endpoints = application.webhooks.iter();
            let of_endpoints =
                endpoints.flat_map(|endpoint| MailboxId::all_for_webhook(keys, &endpoint.name));
            let revoke = Revoke { account: Some(id.clone()), forget: true };
            for object in of_hook.chain(of_endpoints) {
                let _no_links = platform.mailboxes().revoke(&object, &revoke).await?;
            }
        }
        done_unless(busy)
    }

    /// Ends links in mailboxes, all or those of one account, and with `erase` deletes what else is
    /// stored there. Returns whether a link is under a claim.
    async fn end_links(
        &self,
        mailboxes: Vec<(String, Option<AccountId>)>,
        erase: bool,
    ) -> Result<bool, Outage> {
        let (application, platform) = (self.service.application, self.service.platform);
        let mut busy = false;
        for (email, account) in mailboxes {
            let revoke = Revoke { account, forget: erase };
            for mailbox in MailboxId::under_all_keys(&application.keys, &email) {
                let revoked = platform.mailboxes().revoke(&mailbox, &revoke).await?;
                busy |= revoked.busy;
                for link in revoked.links {
                    // Best effort: the record expires by itself and is useless without the mailbox.
                    let _gone_later = platform.records().delete(&link).await;
                }
            }
        }
        Ok(busy)
    }
}

/// Returns the outcome of a call that ended links.
fn done_unless(busy: bool) -> Result<ServerReply, ServerError> {
    if busy { Err(Code::LinkBusy.into()) } else { Ok(ServerReply::Done) }
}

/// Returns the address of each account, whose mailbox may have its links.
fn mailboxes_of(accounts: &[Account]) -> Vec<(String, Option<AccountId>)> {
    let mailbox = |account: &Account| {
        Some((canonical_address(account.email.as_ref()?), Some(account.id.clone())))
    };
    accounts.iter().filter_map(mailbox).collect()
}

/// Returns the identifiers that a stored request for a subject may have: that of the call, and the
/// names and ids of the accounts that it matches.
fn names_of(subject: &Subject, accounts: &[Account]) -> Vec<Identifier> {
    let of_account = |account: &Account| {
        let names =
            [Some(account.username.as_str()), account.email.as_deref(), Some(&account.id.0)];
        names.map(|name| Identifier::parse(name?.trim()).ok())
    };
    let mut names: Vec<Identifier> = accounts.iter().flat_map(of_account).flatten().collect();
    if let Subject::Named(identifier) = subject
        // It is usually one of the account's own names.
        && names.iter().all(|name| name.canonical() != identifier.canonical())
    {
        names.push(identifier.clone());
    }
    names
}
