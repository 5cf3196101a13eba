//! Changing a password with the old one, while signed in.
//!
//! An attempt is counted durably before the old password is verified, so a stolen session cannot be
//! used to guess it. The limit applies to this call only: it locks neither sign-in nor reset.

use std::time::Duration;

use relatch::internal::nfc;
use relatch::{Code, Password, Reason, SessionToken};

use crate::claims::{Commit, CommitOutcome};
use crate::events::CHANGE_PREFIX;
use crate::password_change::{Attempt, AttemptOutcome, CommitChange};
use crate::ports::{
    Clock as _, Directory as _, Entropy as _, PasswordChanges as _, Passwords as _, Platform,
};
use crate::service::Service;
use crate::use_cases::breaches::BreachQuery;
use crate::use_cases::confirm::ConfirmError;
use crate::values::account::AccountId;
use crate::values::client::ClientInfo;
use crate::values::link::ChangeId;
use crate::values::object_id::PasswordChangeId;
use crate::values::sealed_address::SealedAddress;
use crate::values::session::Session;

/// The passwords of a change.
pub struct PasswordPair<'a> {
    /// The password in force.
    pub old: &'a Password,
    /// The new password.
    pub new: &'a Password,
}

/// Why a change did not set the password, and of which account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeError {
    /// The reason.
    pub error: ConfirmError,
    /// The account, if the caller is signed in.
    pub account: Option<AccountId>,
    /// The time until the limit of attempts ends, if it is reached.
    pub retry_after: Option<Duration>,
}

impl<E: Into<ConfirmError>> From<E> for ChangeError {
    fn from(error: E) -> Self {
        Self { error: error.into(), account: None, retry_after: None }
    }
}

impl<P: Platform> Service<'_, P> {
    /// Changes the password of a session's account. This session stays; all others of the account
    /// end.
    ///
    /// # Errors
    ///
    /// [`ConfirmError::Password`] with every rule that the new password violates, or with
    /// `unchanged` if it is the old one, or with `breached` alone. Otherwise the code of the call:
    /// `not_found` where the directory has no sessions, `not_signed_in`, `too_many_requests`,
    /// `old_password_wrong`, `change_busy` while another change is in progress or the outcome is
    /// unknown, `unavailable`.
    pub async fn change_password(
        &self,
        session: Option<&SessionToken>,
        passwords: PasswordPair<'_>,
        client: &ClientInfo,
    ) -> Result<(), ChangeError> {
        let Self { platform, .. } = self;
        if !platform.directory().capabilities().sessions {
            return Err(Code::NotFound.into());
        }
        let session = session.ok_or(Code::NotSignedIn)?;
        self.check_limit(client).await?;
        let session = platform.directory().authenticate(session).await?.ok_or(Code::NotSignedIn)?;
        let account = session.account.id.clone();
        self.change_password_of(session, passwords, client)
            .await
            .map_err(|error| ChangeError { account: Some(account), ..error })
    }

    async fn change_password_of(
        &self,
        Session { account, id }: Session,
        passwords: PasswordPair<'_>,
        client: &ClientInfo,
    ) -> Result<(), ChangeError> {
        let Self { application, platform } = self;
        let mut reasons = application
            .passwords
            .reasons_against(passwords.new.expose(), &account.personal_terms());
        // Both passwords are the caller's, so this reveals nothing about the stored one.
        if nfc(passwords.old.expose()) == nfc(passwords.new.expose()) {
            reasons.push(Reason::Unchanged);
        }
        if !reasons.is_empty() {
            return Err(ConfirmError::Password(reasons.into()).into());
        }
        self.check_own_rules(passwords.new, &account).await?;
        let change = ChangeId::new(&platform.entropy().random_bytes()?);
        let permit = [CHANGE_PREFIX, change.as_str()].concat();
        let query = BreachQuery { subject: &id.0, permit: &permit, client };
        let unchecked = self.check_breaches(passwords.new, &account.id, query).await?;
        let object = PasswordChangeId::new(&application.keys, &account.id);
        let attempt = Attempt {
            change: change.clone(),
            account: account.id.clone(),
            address: client.address_text(),
        };
        let counted = platform.password_changes().count_attempt(&object, &attempt).await?;
        if let AttemptOutcome::RateLimited { until } = counted {
            let retry_after = Some(until.since(platform.clock().now()));
            return Err(ChangeError { retry_after, ..Code::TooManyRequests.into() });
        }
        if !self.verify_password(&account, passwords.old).await? {
            return Err(Code::OldPasswordWrong.into());
        }
        let seed = platform.entropy().random_bytes()?;
        let hash = platform.passwords().hash(passwords.new, application.hashing, &seed).await?;
        let expected = account.fingerprint(&application.id);
        let random = platform.entropy().random_bytes()?;
        let recipient = account
            .recipient()
            .ok()
            .and_then(|email| SealedAddress::seal(&application.keys, &random, &email.to_string()));
        let address = client.address_text();
        let is_first = false;
        let commit =
            Commit { permit: change, expected, hash, address, recipient, unchecked, is_first };
        let change = CommitChange { commit, account: account.id, keep: id };
        // Without a response the commit may be in progress. A repeated change then finds another
        // password than the old one.
        match platform.password_changes().commit(&object, change).await {
            Ok(CommitOutcome::Set) => Ok(()),
            Ok(CommitOutcome::Unclaimed) => Err(Code::Unavailable.into()),
            _ => Err(Code::ChangeBusy.into()),
        }
    }
}
