//! A change: whoever is signed in sets a new password, and knows the old one. A try is counted, durably, before the old
//! password is verified: a session that somebody else got hold of is no way to guess it. What is limited is this call
//! alone; nobody's sign-in and no reset is ever locked by it.
//!
//! The write is that of a confirm: by a link of the account's own desk that nobody was mailed and that ends at once.

use relatch::{Code, Password, SessionToken};

use super::caller::Caller;
use super::config::Application;
use super::confirm::{Refused, accept};
use super::desk::{Change, CommitLink, Committed, Taken};
use super::hashing;
use super::link::{DeskId, LinkId};
use super::ports::{Desks as _, Directory as _, Entropy as _, Limiter as _, Platform};
use super::session::Session;

/// Changes the password of the session's owner, or says why not. The session stays, all others of the account end.
pub async fn change<P: Platform>(
    application: &Application,
    platform: &P,
    session: Option<&SessionToken>,
    old: &Password,
    new: &Password,
    caller: &Caller,
) -> Result<(), Refused> {
    if application.directory.session.is_none() {
        return Err(Code::NotFound.into());
    }
    let session = session.ok_or(Code::NotSignedIn)?;
    if !platform.limiter().may_ask(&caller.block()).await? {
        return Err(Code::TooManyRequests.into());
    }
    let Session { account, id } = platform.directory().authenticate(session).await?.ok_or(Code::NotSignedIn)?;
    accept(application, new, &account.own_words())?;
    let link = LinkId::of_change(&platform.entropy().seed()?);
    let desk = DeskId::of_account(&application.keys, &account.id);
    if platform.desks().count(&desk, &link).await? == Taken::Limited {
        return Err(Code::TooManyRequests.into());
    }
    if !account.password_hash.as_ref().is_some_and(|hash| hashing::verify(old, hash)) {
        return Err(Code::OldPasswordWrong.into());
    }
    let hash = hashing::hash(new, application.hashing, &platform.entropy().seed()?).ok_or(Code::Unavailable)?;
    let expected = account.fingerprint(&application.id);
    let commit = CommitLink { link, expected, hash, address: caller.address_text() };
    // No answer is not a failure: the commit may be under way. Who comes second finds another password than the old one.
    match platform.desks().commit(&desk, commit, Some(Change { account: account.id, keep: id })).await {
        Ok(Committed::Set) => Ok(()),
        _ => Err(Code::ChangeBusy.into()),
    }
}
