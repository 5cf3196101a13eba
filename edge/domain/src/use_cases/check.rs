//! Checking whether a link can be used.

use relatch::Code;
use relatch::token::LinkToken;

use crate::application::Application;
use crate::claims::retention_end;
use crate::mailbox::LinkCheck;
use crate::ports::{
    Clock as _, Directory as _, LinkRecords as _, Mailboxes as _, Outage, Platform,
};
use crate::service::Service;
use crate::values::account::Account;
use crate::values::client::ClientInfo;
use crate::values::link::{Link, LinkRecord};
use crate::values::time::Moment;

/// A verified link and its phase.
pub(crate) enum VerifiedLink {
    /// Before its expiry.
    Active(Link),
    /// Expired less than the replay window ago: a confirm whose response was lost may be repeated.
    Grace(Link),
}

/// Verifies a token without I/O.
///
/// # Errors
///
/// `link_invalid` for a token that was not issued, `link_expired` after the grace period.
pub(crate) fn authenticate(
    application: &Application,
    token: Option<&str>,
    now: Moment,
) -> Result<VerifiedLink, Code> {
    let token = token.and_then(|text| LinkToken::parse(text).ok()).ok_or(Code::LinkInvalid)?;
    let link = Link::verify(&application.keys, &token).ok_or(Code::LinkInvalid)?;
    if now < link.expires_at {
        Ok(VerifiedLink::Active(link))
    } else if now < retention_end(link.expires_at) {
        Ok(VerifiedLink::Grace(link))
    } else {
        Err(Code::LinkExpired)
    }
}

/// Reads the record of a link: from the link records, or from the mailbox if the link records do
/// not have it yet.
pub(crate) async fn record<P: Platform>(
    platform: &P,
    link: &Link,
) -> Result<Option<LinkRecord>, Outage> {
    if let Ok(Some(record)) = platform.records().read(&link.id).await {
        return Ok(Some(record));
    }
    platform.mailboxes().link_record(&link.mailbox, &link.id).await
}

/// Returns whether the account still matches the link's fingerprint.
fn matches_fingerprint(application: &Application, record: &LinkRecord, account: &Account) -> bool {
    let issued_for = &record.fingerprint;
    application
        .redeemable(account, issued_for)
        .is_ok_and(|eligible| eligible.fingerprint == *issued_for)
}

/// A link that can be used now.
pub struct ActiveLink {
    /// When it expires.
    pub expires_at: Moment,
    /// The account whose password it sets.
    pub account: Account,
}

impl<P: Platform> Service<'_, P> {
    /// Returns the link if it could be used now. A check never uses a link up. The first one of an
    /// address block has an event.
    ///
    /// # Errors
    ///
    /// `link_invalid` for a token that was not issued, `link_expired`, `link_used` for a link that
    /// was used or revoked or whose account has changed, `unavailable` if a store does not respond.
    pub async fn check_link(
        &self,
        token: Option<&str>,
        client: &ClientInfo,
    ) -> Result<ActiveLink, Code> {
        let Self { application, platform } = self;
        let VerifiedLink::Active(link) = authenticate(application, token, platform.clock().now())?
        else {
            return Err(Code::LinkExpired);
        };
        let record = record(*platform, &link)
            .await
            .map_err(|Outage| Code::Unavailable)?
            .ok_or(Code::LinkUsed)?;
        let account = platform
            .directory()
            .account(&record.account)
            .await
            .map_err(|Outage| Code::Unavailable)?;
        let account = account
            .filter(|account| matches_fingerprint(application, &record, account))
            .ok_or(Code::LinkUsed)?;
        // Neither a stale record nor the account shows a revocation; only the link's mailbox knows.
        // It is asked last: a link that does not match its account costs no call of an object.
        let check = LinkCheck { link: link.id, address: client.address_text() };
        match platform.mailboxes().check_link(&link.mailbox, &check).await {
            Ok(Some(_)) => Ok(ActiveLink { expires_at: link.expires_at, account }),
            Ok(None) => Err(Code::LinkUsed),
            Err(Outage) => Err(Code::Unavailable),
        }
    }
}
