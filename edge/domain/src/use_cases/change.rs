//! A change: whoever is signed in sets a new password, and knows the old one. A try is counted, durably, before the old
//! password is verified: a session that somebody else got hold of is no way to guess it. What is limited is this call
//! alone; nobody's sign-in and no reset is ever locked by it.
//!
//! The write is that of a confirm: by a link of the account's own desk that nobody was mailed and that ends at once.

use relatch::{Code, Password, SessionToken};

use crate::application::Application;
use crate::desk::{Change, CommitLink, Committed, Taken};
use crate::hashing;
use crate::ports::{Desks as _, Directory as _, Entropy as _, Limiter as _, Platform};
use crate::use_cases::confirm::{ConfirmError, check_password};
use crate::values::client::ClientInfo;
use crate::values::link::{DeskId, LinkId};
use crate::values::session::Session;

/// Changes the password of the session's owner, or says why not. The session stays, all others of the account end.
pub async fn change<P: Platform>(
    application: &Application,
    platform: &P,
    session: Option<&SessionToken>,
    old: &Password,
    new: &Password,
    caller: &ClientInfo,
) -> Result<(), ConfirmError> {
    if !platform.directory().capabilities().sessions {
        return Err(Code::NotFound.into());
    }
    let session = session.ok_or(Code::NotSignedIn)?;
    if !platform.limiter().check(&caller.block()).await? {
        return Err(Code::TooManyRequests.into());
    }
    let Session { account, id } = platform.directory().authenticate(session).await?.ok_or(Code::NotSignedIn)?;
    check_password(application, new, &account.personal_terms())?;
    let link = LinkId::for_change(&platform.entropy().random_bytes()?);
    let desk = DeskId::for_account(&application.keys, &account.id);
    if platform.desks().count(&desk, &link).await? == Taken::Limited {
        return Err(Code::TooManyRequests.into());
    }
    if !account.password_hash.as_ref().is_some_and(|hash| hashing::verify(old, hash)) {
        return Err(Code::OldPasswordWrong.into());
    }
    let hash = hashing::hash(new, application.hashing, &platform.entropy().random_bytes()?).ok_or(Code::Unavailable)?;
    let expected = account.fingerprint(&application.id);
    let commit = CommitLink { link, expected, hash, address: caller.address_text() };
    // No answer is not a failure: the commit may be under way. Who comes second finds another password than the old one.
    match platform.desks().commit(&desk, commit, Some(Change { account: account.id, keep: id })).await {
        Ok(Committed::Set) => Ok(()),
        _ => Err(Code::ChangeBusy.into()),
    }
}
