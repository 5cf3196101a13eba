//! Setting a new password by a link. Nothing is claimed before the password has passed the rules,
//! so a rejected password does not use the link up.

use relatch::token::LinkToken;
use relatch::{Code, Password, Reason};

use crate::claims::{Commit, CommitOutcome, ReplayVerdict, retention_end};
use crate::mailbox::{ConfirmRefusal, ReplayCheck};
use crate::ports::{
    Clock as _, Directory as _, Entropy as _, Mailboxes as _, Outage, Passwords as _, Platform,
};
use crate::service::Service;
use crate::use_cases::breaches::{BreachQuery, Breached};
use crate::use_cases::check::{VerifiedLink, authenticate, record};
use crate::values::account::{Account, AccountId};
use crate::values::client::ClientInfo;
use crate::values::link::{Link, LinkRecord};
use crate::values::sealed_address::SealedAddress;

/// The rules that a password violates.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rejection {
    /// The reasons.
    pub reasons: Vec<Reason>,
    /// The text of [`Reason::Custom`].
    pub custom: Option<String>,
}

impl From<Vec<Reason>> for Rejection {
    fn from(reasons: Vec<Reason>) -> Self {
        Self { reasons, custom: None }
    }
}

/// A password that a link has set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Confirmed {
    /// Whether it is the first password of its account.
    pub is_first: bool,
}

/// Why a confirm or a change did not set the password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConfirmError {
    /// The password violates these rules.
    Password(Rejection),
    /// Any other reason.
    Call(Code),
}

impl From<Code> for ConfirmError {
    fn from(code: Code) -> Self {
        Self::Call(code)
    }
}

impl From<Breached> for ConfirmError {
    fn from(_: Breached) -> Self {
        Self::Password(vec![Reason::Breached].into())
    }
}

impl From<Outage> for ConfirmError {
    fn from(_: Outage) -> Self {
        Self::Call(Code::Unavailable)
    }
}

impl<P: Platform> Service<'_, P> {
    /// Sets a new password by a link.
    ///
    /// # Errors
    ///
    /// [`ConfirmError::Password`] with every rule that the password violates, or with `breached`
    /// alone; the link stays usable. Otherwise the code of the call: as [`Service::check_link`], and
    /// `link_busy` while another confirm is in progress or the outcome is unknown.
    pub async fn confirm_reset(
        &self,
        token: Option<&str>,
        password: &Password,
        client: &ClientInfo,
    ) -> Result<Confirmed, ConfirmError> {
        let outcome = self.try_confirm(token, password, client).await;
        if let Err(ConfirmError::Call(code @ (Code::LinkUsed | Code::LinkExpired))) = &outcome
            && let Some(link) = self.issued_link(token)
            // A link that expired long ago costs no I/O.
            && self.platform.clock().now() < retention_end(link.expires_at)
        {
            let refusal = ConfirmRefusal {
                link: link.id,
                code: code.as_str().to_owned(),
                address: client.address_text(),
            };
            // The outcome does not depend on its event.
            let _best_effort =
                self.platform.mailboxes().note_refusal(&link.mailbox, &refusal).await;
        }
        outcome
    }

    /// Returns the link of a token, valid or not, or `None` if the token was not issued.
    #[must_use]
    pub fn issued_link(&self, token: Option<&str>) -> Option<Link> {
        Link::verify(&self.application.keys, &LinkToken::parse(token?).ok()?)
    }

    async fn try_confirm(
        &self,
        token: Option<&str>,
        password: &Password,
        client: &ClientInfo,
    ) -> Result<Confirmed, ConfirmError> {
        let Self { application, platform } = self;
        let verified = authenticate(application, token, platform.clock().now())?;
        self.check_password(password, &[])?;
        let (VerifiedLink::Active(link) | VerifiedLink::Grace(link)) = &verified;
        let record = record(*platform, link).await?.ok_or(match verified {
            VerifiedLink::Active(_) => Code::LinkUsed,
            VerifiedLink::Grace(_) => Code::LinkExpired,
        })?;
        let account = platform.directory().account(&record.account).await?.ok_or(Code::LinkUsed)?;
        // An account that has become ineligible gets no success, not even a replayed one.
        let eligible = application.redeemable(&account, &record.fingerprint);
        let eligible = eligible.map_err(|_| Code::LinkUsed)?;
        // The same for a repeated confirm.
        let is_first = account.had_no_password(&application.id, &record.fingerprint);
        let confirmed = |()| Confirmed { is_first };
        if matches!(verified, VerifiedLink::Grace(_)) || eligible.fingerprint != record.fingerprint
        {
            return self.check_replay(link, &record, password).await.map(confirmed);
        }
        self.check_password(password, &account.personal_terms())?;
        self.check_own_rules(password, &account).await?;
        let query = BreachQuery { subject: link.id.as_str(), permit: link.id.as_str(), client };
        let unchecked = self.check_breaches(password, &account.id, query).await?;
        let seed = platform.entropy().random_bytes()?;
        let hash = platform.passwords().hash(password, application.hashing, &seed).await?;
        let recipient = SealedAddress::seal(
            &application.keys,
            &platform.entropy().random_bytes()?,
            &eligible.email.to_string(),
        );
        let commit = Commit {
            permit: link.id.clone(),
            expected: record.fingerprint.clone(),
            hash,
            address: client.address_text(),
            recipient,
            unchecked,
            is_first,
        };
        // Without a response from the mailbox the commit may be in progress; a repeated confirm
        // finds out.
        match platform
            .mailboxes()
            .commit(&link.mailbox, commit)
            .await
            .unwrap_or(CommitOutcome::Busy)
        {
            CommitOutcome::Set => Ok(confirmed(())),
            CommitOutcome::Busy => Err(Code::LinkBusy.into()),
            CommitOutcome::Unclaimed => Err(Code::Unavailable.into()),
            CommitOutcome::Expired => Err(Code::LinkExpired.into()),
            CommitOutcome::Used => Err(Code::LinkUsed.into()),
            CommitOutcome::Replay => {
                self.check_replay(link, &record, password).await.map(confirmed)
            }
        }
    }

    /// Checks a password against the application's rules. `personal_terms` are what it must not be
    /// made of.
    pub(crate) fn check_password(
        &self,
        password: &Password,
        personal_terms: &[&str],
    ) -> Result<(), ConfirmError> {
        let reasons = self.application.passwords.reasons_against(password.expose(), personal_terms);
        if reasons.is_empty() { Ok(()) } else { Err(ConfirmError::Password(reasons.into())) }
    }

    /// Checks a password that the application's rules accept against those that it implements
    /// itself.
    pub(crate) async fn check_own_rules(
        &self,
        password: &Password,
        account: &Account,
    ) -> Result<(), ConfirmError> {
        match self.platform.passwords().check(password, account).await? {
            None => Ok(()),
            custom => {
                let reasons = vec![Reason::Custom];
                Err(ConfirmError::Password(Rejection { reasons, custom }))
            }
        }
    }

    /// Returns whether this is the current password of an account, by a fresh read: `false` if the
    /// account is gone or has no password.
    async fn verify_current(&self, id: &AccountId, password: &Password) -> Result<bool, Outage> {
        match self.platform.directory().account(id).await? {
            Some(account) => self.verify_password(&account, password).await,
            None => Ok(false),
        }
    }

    /// Returns whether this is the password of an account as it was read: `false` if the account has
    /// none.
    pub(crate) async fn verify_password(
        &self,
        account: &Account,
        password: &Password,
    ) -> Result<bool, Outage> {
        let Some(hash) = &account.password_hash else { return Ok(false) };
        match self.platform.directory().verify(account, password).await? {
            Some(verified) => Ok(verified),
            None => self.platform.passwords().verify(password, hash).await,
        }
    }

    /// Decides about a link that no longer matches its account. If this link set the password in
    /// force less than ten minutes ago, and `password` is that password, the response of the first
    /// confirm was lost: the success is returned again. For every other password the link is used.
    /// The mailbox counts each attempt before the password is verified, so a used link cannot be
    /// used to guess passwords.
    async fn check_replay(
        &self,
        link: &Link,
        record: &LinkRecord,
        password: &Password,
    ) -> Result<(), ConfirmError> {
        let check = ReplayCheck { link: link.id.clone(), account: record.account.clone() };
        match self
            .platform
            .mailboxes()
            .check_replay(&link.mailbox, check)
            .await
            .unwrap_or(ReplayVerdict::Busy)
        {
            ReplayVerdict::Verify => match self.verify_current(&record.account, password).await {
                Ok(true) => Ok(()),
                Ok(false) => Err(Code::LinkUsed.into()),
                Err(Outage) => Err(Code::LinkBusy.into()),
            },
            ReplayVerdict::Busy => Err(Code::LinkBusy.into()),
            ReplayVerdict::Expired => Err(Code::LinkExpired.into()),
            ReplayVerdict::Used => Err(Code::LinkUsed.into()),
        }
    }
}
