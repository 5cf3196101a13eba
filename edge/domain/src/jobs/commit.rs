//! What a desk does to set a password: claim, write, settle; and how it answers whoever comes late.
//!
//! The desk's state is never held across a wait: every step loads it, changes it and stores it. Between two steps
//! anything may happen: a crash, another confirm, the settle job.

use crate::application::Application;
use crate::desk::{
    Change, ClaimOutcome, Claimed, CommitLink, Committed, RepeatAnswer, RepeatQuestion, Revoke, Revoked, Seen,
};
use crate::ports::{CasOutcome, Clock as _, DeskStore, Directory as _, Outage, Platform};
use crate::values::account::AccountId;
use crate::values::application_id::ApplicationId;
use crate::values::link::LinkId;

/// Sets a password by a link, at most once; or, for a change, by a link that is made here and now.
pub async fn commit<P: Platform>(
    application: &Application,
    platform: &P,
    store: &impl DeskStore,
    commit: CommitLink,
    change: Option<Change>,
) -> Committed {
    // An outage of the desk's own storage or of the directory releases nothing: what has become of the claim is found
    // out by the settle job, and until then the link is busy.
    attempt(application, platform, store, &commit, change).await.unwrap_or(Committed::Busy)
}

async fn attempt<P: Platform>(
    application: &Application,
    platform: &P,
    store: &impl DeskStore,
    commit: &CommitLink,
    change: Option<Change>,
) -> Result<Committed, Outage> {
    let may_go_on = match &change {
        Some(change) => store.change(|desk| desk.open(commit, &change.account, platform.clock().now())).await?,
        None => !commit.link.is_of_change(),
    };
    if !may_go_on {
        return Ok(Committed::Busy);
    }
    let keep = change.map(|change| change.keep);
    let version = commit.hash.version(&application.id);
    let claim = || store.change(|desk| desk.claim(commit, &version, platform.clock().now()));
    let outcome = match claim().await? {
        ClaimOutcome::SettleFirst(account) => {
            settle(application, platform, store, &commit.link, &account).await?;
            claim().await?
        }
        outcome => outcome,
    };
    let Claimed { account, deadline } = match outcome {
        ClaimOutcome::Claimed(claimed) => claimed,
        ClaimOutcome::SettleFirst(_) => return Ok(Committed::Busy),
        ClaimOutcome::Refused(refused) => return Ok(refused),
    };
    let (expected, hash) = (&commit.expected, &commit.hash);
    match platform.directory().set_password(&account, expected, hash, deadline, keep.as_ref()).await? {
        CasOutcome::Applied => {
            store.change(|desk| desk.wrote(&version, &application.id, platform.clock().now())).await?;
            Ok(Committed::Set)
        }
        CasOutcome::Conflict => {
            let seen = look(&application.id, platform, &account).await?;
            let now = platform.clock().now();
            store.change(|desk| desk.wrote_nothing(&commit.link, &version, &seen, &application.id, now)).await
        }
    }
}

/// Finds out what became of a link's claims whose lease has ended.
pub async fn settle<P: Platform>(
    application: &Application,
    platform: &P,
    store: &impl DeskStore,
    link: &LinkId,
    account: &AccountId,
) -> Result<(), Outage> {
    let seen = look(&application.id, platform, account).await?;
    store.change(|desk| desk.observe(link, &seen, &application.id, platform.clock().now())).await
}

/// Answers the repeat question, with a fresh look at the account. A try is counted before anything is verified.
pub async fn repeat<P: Platform>(
    application: &Application,
    platform: &P,
    store: &impl DeskStore,
    question: RepeatQuestion,
) -> Result<RepeatAnswer, Outage> {
    let seen = look(&application.id, platform, &question.account).await?;
    let now = platform.clock().now();
    store
        .change(|desk| {
            desk.observe(&question.link, &seen, &application.id, now);
            desk.repeat(&question.link, &seen, now)
        })
        .await
}

/// Ends links by the application's word. A claim that nobody came back for is settled first; one under lease goes on.
pub async fn revoke<P: Platform>(
    application: &Application,
    platform: &P,
    store: &impl DeskStore,
    revoke: &Revoke,
) -> Result<Revoked, Outage> {
    let step = || store.change(|desk| desk.revoke(revoke, &application.id, platform.clock().now()));
    let (mut revoked, unsettled) = step().await?;
    if let Some((link, account)) = unsettled {
        settle(application, platform, store, &link, &account).await?;
        let (more, unsettled) = step().await?;
        revoked.links.extend(more.links);
        revoked.busy = more.busy || unsettled.is_some();
    }
    Ok(revoked)
}

async fn look<P: Platform>(application: &ApplicationId, platform: &P, account: &AccountId) -> Result<Seen, Outage> {
    let began = platform.clock().now();
    let account = platform.directory().account(account).await?;
    Ok(Seen {
        began,
        version: account.as_ref().and_then(|account| account.version(application)),
        fingerprint: account.as_ref().map(|account| account.fingerprint(application)),
    })
}
