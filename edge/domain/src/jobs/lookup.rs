//! The work of an intake's alarm: looks up the accounts that a request matches, and enqueues a mail
//! at the recipient's mailbox.

use std::time::Duration;

use crate::application::Application;
use crate::events::{Action, Event};
use crate::intake::{MAX_ATTEMPTS, RequestJob};
use crate::join_all::join_all;
use crate::mail::custom_template::CustomTemplate;
use crate::mailbox::{EnqueueMail, EnqueueOutcome, MailKind, Requester};
use crate::outbox::Entry;
use crate::ports::{
    Clock as _, Directory as _, Entropy as _, Events as _, IntakeStore, Mailboxes as _, Outage,
    Platform,
};
use crate::service::Service;
use crate::values::account::{Account, AccountId, Eligible, Ineligible};
use crate::values::identifier::{Identifier, Kind, canonical};
use crate::values::link::Seed;
use crate::values::object_id::{AccountName, MailboxId};

/// The jobs that one alarm works on at a time.
const BATCH: usize = 16;

/// The time after which a run begins no further job. The jobs that are due then get another run, so
/// that a steady stream of requests does not lead to one endless run.
const RUN_BUDGET: Duration = Duration::from_secs(2);

/// Works on the jobs that are due, and sets the next alarm. A failed job is due again later.
///
/// # Errors
///
/// [`Outage`] if not even the alarm could be set: the alarm must fire again.
pub async fn run<P: Platform>(
    service: Service<'_, P>,
    store: &impl IntakeStore,
) -> Result<(), Outage> {
    let platform = service.platform;
    let began = platform.clock().now();
    loop {
        let now = platform.clock().now();
        if now.since(began) >= RUN_BUDGET {
            break;
        }
        match store.begin(now, BATCH).await {
            Ok(entries) if !entries.is_empty() => {
                join_all(entries.into_iter().map(|entry| work(service, store, entry))).await;
            }
            _ => break,
        }
    }
    store.rearm().await
}

async fn work<P: Platform>(
    service: Service<'_, P>,
    store: &impl IntakeStore,
    entry: Entry<RequestJob>,
) {
    let job = &entry.job;
    let outcome = if job.held {
        // It was not released in time.
        Ok(None)
    } else if entry.attempts > MAX_ATTEMPTS {
        Ok(Some(event(service, job, Action::RequestFailed)))
    } else {
        dispatch(service, job).await
    };
    // The job is deleted only after its outcome is recorded: an outage leaves it for a later
    // attempt.
    let recorded = match outcome {
        Ok(Some(event)) => service.platform.events().record(&event).await,
        Ok(None) => Ok(()),
        Err(Outage) => Err(Outage),
    };
    if recorded.is_ok() {
        let _attempted_again = store.finish(&entry.id).await;
    }
}

/// A recipient and the kind of its mail.
pub(crate) struct Recipient<'a> {
    pub(crate) kind: MailKind,
    /// The account, or one of those that share the mailbox.
    pub(crate) account: &'a Account,
    /// The canonical address.
    email: String,
}

/// Enqueues the mail of a request. Returns the event that the request ends with, if it ends here.
async fn dispatch<P: Platform>(
    service: Service<'_, P>,
    job: &RequestJob,
) -> Result<Option<Event>, Outage> {
    let Service { application, platform } = service;
    let mut accounts = find(platform, &job.identifier).await?;
    if accounts.is_empty() && job.or_by_id {
        let id = AccountId(job.identifier.raw().to_owned());
        accounts.extend(platform.directory().account(&id).await?);
    }
    let recipient = match choose(application, &accounts) {
        Ok(recipient) => recipient,
        Err(NoRecipient { action, account, detail }) => {
            let detail = detail.map(|reason| reason.as_str().to_owned());
            return Ok(Some(Event { account, detail, ..event(service, job, action) }));
        }
    };
    let request = MailRequest {
        id: job.id.clone(),
        address: job.address.clone(),
        requester: Requester::Visitor,
        template: job.definition.clone(),
    };
    match enqueue(service, &recipient, request).await? {
        EnqueueOutcome::Queued => Ok(None),
        EnqueueOutcome::RateLimited { .. } => {
            let account = Some(recipient.account.id.clone());
            Ok(Some(Event { account, ..event(service, job, Action::RequestLimited) }))
        }
    }
}

/// The request that a mail answers.
pub(crate) struct MailRequest {
    /// The id of the request.
    pub(crate) id: String,
    /// The address of the client that made it.
    pub(crate) address: Option<String>,
    /// Who made it.
    pub(crate) requester: Requester,
    /// The mail's template, where the request defines one.
    pub(crate) template: Option<CustomTemplate>,
}

/// Enqueues the mail of a request at the recipient's mailbox.
pub(crate) async fn enqueue<P: Platform>(
    service: Service<'_, P>,
    recipient: &Recipient<'_>,
    request: MailRequest,
) -> Result<EnqueueOutcome, Outage> {
    let Service { application, platform } = service;
    let mailbox = MailboxId::new(&application.keys, &recipient.email);
    let mail = EnqueueMail {
        request: request.id,
        kind: recipient.kind,
        requester: request.requester,
        account: recipient.account.id.clone(),
        name: AccountName::new(&application.keys, &recipient.account.id),
        fingerprint: recipient.account.fingerprint(&application.id),
        seed: Seed {
            key_id: application.keys.signing_key_id(),
            random: platform.entropy().random_bytes()?,
        },
        address: request.address,
        definition: request.template,
    };
    platform.mailboxes().enqueue(&mailbox, mail).await
}

/// Returns every account that an identifier matches.
pub(crate) async fn find<P: Platform>(
    platform: &P,
    identifier: &Identifier,
) -> Result<Vec<Account>, Outage> {
    let mut accounts = platform.directory().find_accounts(identifier).await?;
    accounts.retain(|account| matches(identifier, account));
    Ok(accounts)
}

/// Compares an account with an identifier again, because databases ignore accents, widths and more.
fn matches(identifier: &Identifier, account: &Account) -> bool {
    let name = match identifier.kind() {
        Kind::Email => account.email.as_deref(),
        Kind::Username => Some(account.username.as_str()),
    };
    name.is_some_and(|name| canonical(name) == identifier.canonical())
}

/// Why no mail is sent.
pub(crate) struct NoRecipient {
    pub(crate) action: Action,
    pub(crate) account: Option<AccountId>,
    pub(crate) detail: Option<Ineligible>,
}

/// Chooses the recipient among the matching accounts.
pub(crate) fn choose<'a>(
    application: &Application,
    accounts: &'a [Account],
) -> Result<Recipient<'a>, NoRecipient> {
    let mut eligible = Vec::new();
    let mut refused = None;
    for account in accounts {
        match application.eligible(account) {
            Ok(Eligible { email, .. }) => eligible.push((account, canonical(email))),
            Err(why) => refused = Some((account, why)),
        }
    }
    match (eligible.as_slice(), refused) {
        ([(account, email)], _) => {
            Ok(Recipient { kind: MailKind::Link, account, email: email.clone() })
        }
        ([(account, email), rest @ ..], _) if rest.iter().all(|(_, other)| other == email) => {
            Ok(Recipient { kind: MailKind::Ambiguous, account, email: email.clone() })
        }
        ([_, ..], _) => {
            Err(NoRecipient { action: Action::RequestAmbiguous, account: None, detail: None })
        }
        ([], Some((account, why))) => Err(NoRecipient {
            action: Action::RequestRefused,
            account: Some(account.id.clone()),
            detail: Some(why),
        }),
        ([], None) => {
            Err(NoRecipient { action: Action::RequestUnmatched, account: None, detail: None })
        }
    }
}

fn event<P: Platform>(service: Service<'_, P>, job: &RequestJob, action: Action) -> Event {
    let Service { application, platform } = service;
    Event {
        id: format!("{}/{}", job.id, action.as_str()),
        at: platform.clock().now(),
        action,
        application: application.id.clone(),
        account: None,
        address: job.address.clone(),
        detail: None,
    }
}
