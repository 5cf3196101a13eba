//! A confirm: sets the new password by a link. The order of the steps is what keeps the promises: nothing is claimed
//! before the password is known to be good, so a refused one never burns the link.

use relatch::{Code, Password, Reason};

use crate::application::Application;
use crate::desk::{CommitLink, Committed, RepeatAnswer, RepeatQuestion};
use crate::hashing;
use crate::ports::{Clock as _, Desks as _, Directory as _, Entropy as _, Outage, Platform};
use crate::use_cases::check::{VerifiedLink, authenticate, record};
use crate::values::client::ClientInfo;
use crate::values::link::{Link, LinkRecord};

/// Why a confirm or a change did not set the password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConfirmError {
    /// The password does not meet the rules.
    Password(Vec<Reason>),
    /// Everything else.
    Call(Code),
}

impl From<Code> for ConfirmError {
    fn from(code: Code) -> Self {
        Self::Call(code)
    }
}

impl From<Outage> for ConfirmError {
    fn from(_: Outage) -> Self {
        Self::Call(Code::Unavailable)
    }
}

/// Sets the password, or says why not.
pub async fn confirm<P: Platform>(
    application: &Application,
    platform: &P,
    token: Option<&str>,
    password: &Password,
    caller: &ClientInfo,
) -> Result<(), ConfirmError> {
    let genuine = authenticate(application, token, platform.clock().now())?;
    check_password(application, password, &[])?;
    let (VerifiedLink::Active(link) | VerifiedLink::Grace(link)) = &genuine;
    let record = record(platform, link).await?.ok_or(match genuine {
        VerifiedLink::Active(_) => Code::LinkUsed,
        VerifiedLink::Grace(_) => Code::LinkExpired,
    })?;
    let account = platform.directory().account(&record.account).await?.ok_or(Code::LinkUsed)?;
    // Whoever may not reset any more has no use of a link, not even by an earlier success.
    let eligible = application.eligible(&account).map_err(|_| Code::LinkUsed)?;
    if matches!(genuine, VerifiedLink::Grace(_)) || eligible.fingerprint != record.fingerprint {
        return repeat(platform, link, &record, password).await;
    }
    check_password(application, password, &account.personal_terms())?;
    let hash =
        hashing::hash(password, application.hashing, &platform.entropy().random_bytes()?).ok_or(Code::Unavailable)?;
    let commit = CommitLink {
        link: link.id.clone(),
        expected: record.fingerprint.clone(),
        hash,
        address: caller.address_text(),
    };
    // No answer from the desk is not a failure: the commit may be under way. Asked again, the desk knows.
    match platform.desks().commit(&link.desk, commit, None).await.unwrap_or(Committed::Busy) {
        Committed::Set => Ok(()),
        Committed::Busy => Err(Code::LinkBusy.into()),
        Committed::Expired => Err(Code::LinkExpired.into()),
        Committed::Used => Err(Code::LinkUsed.into()),
        Committed::Repeat => repeat(platform, link, &record, password).await,
    }
}

/// Holds a password to the rules.
pub(crate) fn check_password(
    application: &Application,
    password: &Password,
    personal_terms: &[&str],
) -> Result<(), ConfirmError> {
    let reasons = application.passwords.reasons_against(password.expose(), personal_terms);
    if reasons.is_empty() { Ok(()) } else { Err(ConfirmError::Password(reasons)) }
}

/// The link does not fit its account any more. If it was this very link that changed it, just now, and this is the
/// password it set, then somebody did not hear of the success, or pressed twice: it is told again. For every other
/// password the link is used. Tries are few and counted, so a used link is no way to guess passwords.
async fn repeat<P: Platform>(
    platform: &P,
    link: &Link,
    record: &LinkRecord,
    password: &Password,
) -> Result<(), ConfirmError> {
    let question = RepeatQuestion { link: link.id.clone(), account: record.account.clone() };
    match platform.desks().repeat(&link.desk, question).await.unwrap_or(RepeatAnswer::Busy) {
        RepeatAnswer::Verify => match platform.directory().verify(&record.account, password).await {
            Ok(true) => Ok(()),
            Ok(false) => Err(Code::LinkUsed.into()),
            Err(Outage) => Err(Code::LinkBusy.into()),
        },
        RepeatAnswer::Busy => Err(Code::LinkBusy.into()),
        RepeatAnswer::Expired => Err(Code::LinkExpired.into()),
        RepeatAnswer::Used => Err(Code::LinkUsed.into()),
    }
}
