//! The work of an intake's alarm: looks up the accounts that a request matches, and enqueues a mail
//! at the recipient's mailbox.

use crate::events::{Action, Event, Reason};
use crate::intake::{MAX_ATTEMPTS, RequestJob};
use crate::jobs::plan::{Found, MailRequest, enqueue, plan};
use crate::join_all::join_all;
use crate::mailbox::{EnqueueOutcome, Requester};
use crate::outbox::Entry;
use crate::ports::{Clock as _, Directory as _, IntakeStore, Outage, Platform};
use crate::service::Service;
use crate::timeouts;
use crate::values::account::{Account, AccountId};
use crate::values::identifier::Identifier;
use crate::values::object_id::IdentifierName;
use crate::values::time::Moment;

/// The jobs that one alarm works on at a time.
const BATCH: usize = 16;

/// The number of matches of one request that are looked at.
const MAX_ROWS: usize = 20;

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
        if now.since(began) >= timeouts::INTAKE_START_BUDGET {
            break;
        }
        match store.begin(now, BATCH).await {
            Ok(entries) if !entries.is_empty() => {
                let waits = service.brake(&entries).await;
                let jobs = entries.into_iter().zip(waits);
                join_all(jobs.map(|(entry, until)| work(service, store, entry, until))).await;
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
    not_before: Option<Moment>,
) {
    let job = &entry.job;
    let outcome = if job.held {
        // It was not released in time.
        Ok(Vec::new())
    } else if entry.attempts > MAX_ATTEMPTS {
        Ok(vec![event(service, job, Action::RequestFailed)])
    } else {
        dispatch(service, job, not_before).await
    };
    // The job is deleted only after its outcome is recorded: an outage leaves it for a later
    // attempt.
    if let Ok(events) = outcome {
        let recorded = join_all(events.iter().map(|event| service.record_request(event))).await;
        if recorded.contains(&Err(Outage)) {
            return;
        }
        let _attempted_again = store.finish(&entry.id).await;
    }
}

/// Enqueues the mails of a request. Returns the events of what ends here.
async fn dispatch<P: Platform>(
    service: Service<'_, P>,
    job: &RequestJob,
    not_before: Option<Moment>,
) -> Result<Vec<Event>, Outage> {
    let by_id = job.or_by_id.then(|| AccountId(job.identifier.raw().to_owned()));
    let mut found = find(service, &job.identifier, by_id).await?;
    found.ask_hook(service).await?;
    let plan = plan(service, &found);
    let mut events = accepted(service, job, &found);
    for (place, (account, reason)) in found.refused.iter().enumerate() {
        let refused = refusal(service, job, account, reason.as_str());
        events.push(Event { id: of_several(refused.id, place), ..refused });
    }
    if plan.is_cut {
        events.push(event(service, job, Action::RequestOverflow));
    }
    if plan.recipients.is_empty() && found.refused.is_empty() {
        events.push(match &plan.refused {
            None => event(service, job, Action::RequestUnmatched),
            Some((account, reason)) => refusal(service, job, account, reason.as_str()),
        });
    }
    let outcomes = plan.recipients.iter().map(|recipient| {
        let request = MailRequest {
            id: job.id.clone(),
            address: job.address.clone(),
            requester: Requester::Visitor,
            texts: job.texts.clone(),
            lifetime: None,
            not_before,
        };
        enqueue(service, recipient, request)
    });
    let outcomes = join_all(outcomes).await;
    for (place, (recipient, outcome)) in plan.recipients.iter().zip(outcomes).enumerate() {
        if matches!(outcome?, EnqueueOutcome::RateLimited { .. }) {
            let limited = event(service, job, Action::RequestLimited);
            let (id, account) = (of_several(limited.id, place), &recipient.account().id);
            events.push(Event { id, account: Some(account.clone()), ..limited });
        }
    }
    Ok(events)
}

/// Finds the accounts that an identifier matches, and the account with this id. Every query runs
/// and none depends on what another one finds, so that a user name that is the address of another
/// account hides neither of them.
///
/// A query returns only who matches. Each account is then read by its id, because mail goes to the
/// address that this returns, and must still match: a link for a former address of an account is
/// not mailed to its new one.
pub(crate) async fn find<P: Platform>(
    service: Service<'_, P>,
    identifier: &Identifier,
    by_id: Option<AccountId>,
) -> Result<Found, Outage> {
    let Service { application, platform } = service;
    let (mut matches, mut is_cut) = (Vec::new(), false);
    let queries = identifier.queries();
    for query in &queries {
        let rows = platform.directory().find_accounts(query).await?;
        is_cut |= rows.len() >= MAX_ROWS;
        for account in rows.into_iter().filter(|account| query.matches(account)) {
            let rank = (application.eligible(&account).is_ok(), query.is_exact(&account));
            matches.push((rank, account.id));
        }
    }
    let mut ids: Vec<&AccountId> = by_id.iter().collect();
    // Accounts that can reset first, so that no others fill the limit, and then byte-equal ones.
    for rank in [(true, true), (true, false), (false, true), (false, false)] {
        for (_, id) in matches.iter().filter(|(of, _)| *of == rank) {
            if !ids.contains(&id) {
                ids.push(id);
            }
        }
    }
    // An id takes no place of a match.
    let limit = MAX_ROWS.saturating_add(usize::from(by_id.is_some()));
    is_cut |= ids.len() > limit;
    ids.truncate(limit);
    let mut found = Found { accounts: Vec::new(), missing: None, refused: Vec::new(), is_cut };
    for (id, account) in ids.iter().copied().zip(read(service, &ids).await?) {
        let is_by_id = by_id.as_ref() == Some(id);
        match account {
            Some(account) if is_by_id || queries.iter().any(|query| query.matches(&account)) => {
                found.accounts.push(account);
            }
            Some(_) => found.missing = Some((id.clone(), Reason::AccountChanged.into())),
            None if !is_by_id => found.missing = Some((id.clone(), Reason::AccountGone.into())),
            None => {}
        }
    }
    Ok(found)
}

/// Reads accounts by their ids. The first one is read alone, because a directory may check its
/// statements with it, and the others at once, so that the time does not depend on their number.
async fn read<P: Platform>(
    service: Service<'_, P>,
    ids: &[&AccountId],
) -> Result<Vec<Option<Account>>, Outage> {
    let directory = service.platform.directory();
    let (first, others) = ids.split_at(ids.len().min(1));
    let mut accounts = Vec::new();
    for ids in [first, others] {
        for account in join_all(ids.iter().map(|id| directory.account(id))).await {
            accounts.push(account?);
        }
    }
    Ok(accounts)
}

/// Returns the event of each account that a request matches. The identifier is in it under a keyed
/// name.
fn accepted<P: Platform>(service: Service<'_, P>, job: &RequestJob, found: &Found) -> Vec<Event> {
    let name = IdentifierName::new(&service.application.keys, &job.identifier);
    let refused = found.refused.iter().map(|(account, _)| account);
    let accounts = found.accounts.iter().map(|account| &account.id).chain(refused);
    let of_account = |account: &AccountId| Event {
        at: job.at,
        account: Some(account.clone()),
        detail: Some(format!("{name}/{}", job.id)),
        ..event(service, job, Action::RequestAccepted)
    };
    accounts.map(of_account).collect()
}

/// Returns the id of one of several events of a request with the same action: of several mailboxes
/// or accounts, each has its own.
fn of_several(id: String, place: usize) -> String {
    if place == 0 { id } else { format!("{id}/{place}") }
}

fn refusal<P: Platform>(
    service: Service<'_, P>,
    job: &RequestJob,
    account: &AccountId,
    reason: &str,
) -> Event {
    Event {
        account: Some(account.clone()),
        detail: Some(reason.to_owned()),
        ..event(service, job, Action::RequestRefused)
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
