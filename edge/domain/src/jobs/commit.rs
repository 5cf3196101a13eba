//! Commits: how an object sets a password, and what it replies to repeated and late callers.
//!
//! The order of the calls is described in [`claims`](crate::claims).

use crate::claims::{
    ClaimOutcome, Claimed, Commit, CommitOutcome, ObjectState as _, ReplayVerdict,
};
use crate::jobs::{ObjectService, PermitIdOf};
use crate::mailbox::{Mailbox, ReplayCheck, Revoke, Revoked};
use crate::password_change::{CommitChange, PasswordChange};
use crate::ports::{CasOutcome, Directory as _, Outage, PasswordWrite, Platform, StateStore};
use crate::values::account::AccountId;
use crate::values::session::SessionId;

impl<P: Platform, S: StateStore> ObjectService<'_, P, S> {
    /// Sets a password by a permit, at most once. All sessions of the account end, except `keep`.
    ///
    /// If the storage fails before anything is claimed, or if the directory refuses the write, the
    /// outcome is [`CommitOutcome::Unclaimed`]. If the storage or the directory fails later, it is
    /// [`CommitOutcome::Busy`], and a claim that was made keeps its permit reserved until the settle
    /// job has determined its outcome.
    pub async fn commit(
        &self,
        commit: &Commit<PermitIdOf<S>>,
        keep: Option<&SessionId>,
    ) -> CommitOutcome {
        self.try_commit(commit, keep).await.unwrap_or(CommitOutcome::Busy)
    }

    async fn try_commit(
        &self,
        commit: &Commit<PermitIdOf<S>>,
        keep: Option<&SessionId>,
    ) -> Result<CommitOutcome, Outage> {
        let version = commit.hash.version(&self.service.application.id);
        let claim =
            || self.store.change(|state| state.claims_mut().claim(commit, &version, self.now()));
        let Ok(claimed) = claim().await else { return Ok(CommitOutcome::Unclaimed) };
        let outcome = match claimed {
            ClaimOutcome::SettleFirst(account) => {
                self.settle(&commit.permit, &account).await?;
                claim().await?
            }
            outcome => outcome,
        };
        let Claimed { account, deadline } = match outcome {
            ClaimOutcome::Claimed(claimed) => claimed,
            ClaimOutcome::SettleFirst(_) => return Ok(CommitOutcome::Busy),
            ClaimOutcome::Rejected(outcome) => return Ok(outcome),
        };
        let directory = self.service.platform.directory();
        let Commit { expected, hash, .. } = commit;
        let write = PasswordWrite { account: &account, expected, hash, deadline, keep };
        match directory.set_password(write).await? {
            CasOutcome::Applied => {
                self.store
                    .change(|state| state.claims_mut().record_write(&version, self.step()))
                    .await?;
                Ok(CommitOutcome::Set)
            }
            outcome @ (CasOutcome::Conflict | CasOutcome::Refused) => {
                let snapshot = self.snapshot(&account).await?;
                let step = self.step();
                let reconciled = self
                    .store
                    .change(|state| {
                        state.claims_mut().reconcile_no_write(
                            &commit.permit,
                            &version,
                            &snapshot,
                            step,
                        )
                    })
                    .await?;
                Ok(match (outcome, reconciled) {
                    (CasOutcome::Refused, CommitOutcome::Busy) => CommitOutcome::Unclaimed,
                    (_, reconciled) => reconciled,
                })
            }
        }
    }

    /// Determines the outcome of a permit's claims whose lease has ended.
    ///
    /// # Errors
    ///
    /// [`Outage`] if the directory or the storage fails. The claims stay as they are.
    pub async fn settle(&self, permit: &PermitIdOf<S>, account: &AccountId) -> Result<(), Outage> {
        let snapshot = self.snapshot(account).await?;
        self.store
            .change(|state| state.claims_mut().reconcile(permit, &snapshot, self.step()))
            .await
    }
}

impl<P: Platform, S: StateStore<State = PasswordChange>> ObjectService<'_, P, S> {
    /// Begins a change and commits it, at most once. The outcome is [`CommitOutcome::Busy`] if it
    /// has begun before or the object stores its maximum of changes, and
    /// [`CommitOutcome::Unclaimed`] if the storage fails before it begins.
    pub async fn commit_change(&self, change: &CommitChange) -> CommitOutcome {
        match self.store.change(|state| state.begin_change(change, self.now())).await {
            Ok(true) => self.commit(&change.commit, Some(&change.keep)).await,
            Ok(false) => CommitOutcome::Busy,
            Err(Outage) => CommitOutcome::Unclaimed,
        }
    }
}

impl<P: Platform, S: StateStore<State = Mailbox>> ObjectService<'_, P, S> {
    /// Runs the replay check of a link with a fresh read of the account. A check that allows the
    /// caller to verify a password is counted before this returns.
    ///
    /// # Errors
    ///
    /// [`Outage`] if the directory or the storage fails. The check may have been counted.
    pub async fn check_replay(&self, check: &ReplayCheck) -> Result<ReplayVerdict, Outage> {
        let snapshot = self.snapshot(&check.account).await?;
        let step = self.step();
        self.store
            .change(|state| {
                state.claims_mut().reconcile(&check.link, &snapshot, step);
                state.claims_mut().check_replay(&check.link, &snapshot, step.now)
            })
            .await
    }

    /// Ends links at the request of the application's server. A claim whose lease has ended is
    /// settled first; a link with a claim under lease is reported as busy.
    ///
    /// # Errors
    ///
    /// [`Outage`] if the directory or the storage fails. Some links may have ended.
    pub async fn revoke(&self, revoke: &Revoke) -> Result<Revoked, Outage> {
        let end_links = || self.store.change(|state| state.revoke(revoke, self.step()));
        let (mut revoked, unsettled) = end_links().await?;
        if let Some((link, account)) = unsettled {
            self.settle(&link, &account).await?;
            let (more, unsettled) = end_links().await?;
            revoked.links.extend(more.links);
            revoked.busy = more.busy || unsettled.is_some();
        }
        Ok(revoked)
    }
}
