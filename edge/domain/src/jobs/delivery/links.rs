//! Attempts at mails with links: for one account, or for several that share the mailbox.

use super::link_mail::{Failure, LinkMail, LinksOfMail, OneLink, Text};
use super::link_message::{LinkMessage, Prepared};
use super::{Attempt, Current, MAX_ATTEMPTS};
use crate::claims::retention_end;
use crate::events::{Detail, Event, Reason};
use crate::jobs::ObjectService;
use crate::mail::MailWriter;
use crate::mail::failure::MailFailure;
use crate::mailbox::{Candidate, Job, MIN_REMAINING_LIFETIME, Mailbox};
use crate::ports::{Directory as _, LinkRecords as _, Platform, StateStore};
use crate::values::account::Account;
use crate::values::link::{Link, LinkId, LinkRecord};
use crate::values::object_id::MailboxId;

impl<P: Platform, S: StateStore<State = Mailbox>> ObjectService<'_, P, S> {
    /// Attempts a mail with links, and gives up after [`MAX_ATTEMPTS`] or when the links would have
    /// less than [`MIN_REMAINING_LIFETIME`] left at the next attempt. They may have less left at
    /// this one, after a long outage: then no mail is sent.
    pub(super) async fn attempt_links(
        &self,
        mailbox: &MailboxId,
        current: &Current<Job>,
        mail: LinkMail<'_>,
    ) -> Attempt {
        let is_late = |at| mail.expires_at.since(at) < MIN_REMAINING_LIFETIME;
        let (links, sent) = if is_late(self.now()) {
            let reason = current.final_reason(Reason::TooLate.into());
            (mail.unprepared(), Err(Failure { reason, is_transient: false }))
        } else {
            self.mail_links(mailbox, current, &mail).await
        };
        // The id of an event ends with the link, if there is one.
        let event = |(link, id): &(&OneLink<'_>, Option<LinkId>), action, reason| {
            let event = self.event(&mail.event_source(current.request(), link), action, reason);
            match id {
                Some(id) => {
                    let id =
                        format!("{}/{}/{}", current.request(), event.action.as_str(), id.as_str());
                    Event { id, ..event }
                }
                None => event,
            }
        };
        let ended = |action, reason: Option<Detail>| {
            let events = links.iter().map(|link| event(link, action, reason.clone()));
            Attempt::Finished(events.collect())
        };
        let [success, failure] = mail.actions();
        let Err(Failure { reason, is_transient }) = sent else {
            return ended(success, None);
        };
        if !is_transient {
            return ended(failure, Some(reason));
        }
        if current.entry.attempts >= MAX_ATTEMPTS || is_late(current.next_attempt(self.now())) {
            ended(failure, Some(current.final_reason(reason)))
        } else {
            let deferred = |(link, _): &(&OneLink<'_>, _)| {
                self.deferred(current, &mail.event_source(current.request(), link), reason.clone())
            };
            let events = links.iter().map(deferred).collect();
            Attempt::Deferred(reason, events)
        }
    }

    /// Reads the accounts, stores the records of their links in one step and sends the mail. An
    /// account that cannot get its link is left out. Returns the links that the outcome is about.
    async fn mail_links<'a>(
        &self,
        mailbox: &MailboxId,
        current: &Current<Job>,
        mail: &'a LinkMail<'a>,
    ) -> (LinksOfMail<'a>, Result<(), Failure>) {
        let platform = self.service.platform;
        let outage = || {
            let failure = Failure { reason: Reason::Outage.into(), is_transient: true };
            (mail.unprepared(), Err(failure))
        };
        let (mut candidates, mut prepared) = (Vec::new(), Vec::new());
        let [_, failed] = mail.actions();
        for link in &mail.links {
            let account = platform.directory().account(link.account).await;
            let Ok(account) = account else { return outage() };
            // The hook may have changed its mind since the lookup. It is not asked about an
            // invitation.
            let refused = match (&account, &mail.text) {
                (Some(account), Text::One(_) | Text::Shared { .. }) => {
                    self.service.hook_refusal(account).await
                }
                (_, Text::Invitation) | (None, _) => Ok(None),
            };
            let Ok(refused) = refused else { return outage() };
            let prepared_link = match refused {
                Some(reason) => Err(reason.into()),
                None => self.prepare(mailbox, mail, link, account),
            };
            let (issued, reason) = match prepared_link {
                Ok(issued) => (Some(issued), Reason::AccountChanged.into()),
                Err(reason) => (None, reason),
            };
            candidates.push(Candidate {
                account: link.account.clone(),
                link: issued.as_ref().map(|issued| (issued.id.clone(), issued.record.clone())),
                failure: self.event(
                    &mail.event_source(current.request(), link),
                    failed,
                    Some(reason),
                ),
            });
            prepared.extend(issued.map(|issued| (link, issued)));
        }
        // An account that was revoked during this attempt must not get a link. Its event is in the
        // outbox already.
        let (job, now) = (&current.entry.id, self.now());
        let start = self.store.change(|state| state.start_mail(job, candidates, now)).await;
        let Ok(start) = start else { return outage() };
        prepared.retain(|(_, issued)| start.links.contains(&issued.id));
        let links =
            prepared.iter().map(|(link, issued)| (*link, Some(issued.id.clone()))).collect();
        for (_, Prepared { id, record, .. }) in &prepared {
            // Best effort: a reader that does not find the record here reads it from the mailbox.
            let _read_from_the_mailbox =
                platform.records().put(id, record, retention_end(record.expires_at)).await;
        }
        let sent = match prepared.first() {
            // The job is gone.
            None => Ok(()),
            // Two mails with one Message-ID must not differ.
            Some(_) if start.has_changed => Err(MailFailure::Unknown),
            Some((link, first)) => {
                let accounts = prepared.iter().map(|(_, prepared)| &prepared.account);
                let Ok(texts) = self.mail_texts(current, accounts).await else { return outage() };
                let message = LinkMessage {
                    writer: MailWriter { application: self.service.application, texts },
                    text: &mail.text,
                    times: mail.times(first.record.expires_at, start.next_link_at),
                    first,
                    links: &prepared,
                };
                let source = mail.event_source(current.request(), link);
                let describe = |placeholders: &[String]| message.describe(placeholders);
                let own = self.own_parts(current, &source, prepared.len(), describe).await;
                let Ok(own) = own else { return outage() };
                let stamp = self.stamp(mail.seed, mail.date);
                let message = stamp.and_then(|stamp| message.write(own.as_ref(), stamp));
                self.send(current, message).await
            }
        };
        (links, sent.map_err(Failure::from))
    }

    /// Issues the link of an account, or returns why the account gets none.
    fn prepare(
        &self,
        mailbox: &MailboxId,
        mail: &LinkMail<'_>,
        link: &OneLink<'_>,
        account: Option<Account>,
    ) -> Result<Prepared, Detail> {
        let application = self.service.application;
        let account = account.ok_or(Reason::AccountGone)?;
        let eligible = match mail.text {
            Text::Invitation => application.invitable(&account)?,
            Text::One(_) | Text::Shared { .. } => application.eligible(&account)?,
        };
        if !self.is_recipient(mailbox, &eligible.email) {
            return Err(Reason::MailboxLeft.into());
        }
        let issued = Link::issue(&application.keys, link.seed, mailbox, mail.expires_at);
        let (issued, token) = issued.ok_or(Reason::KeyDropped)?;
        let address = eligible.email.to_string();
        if let Some((spelling, _)) = link.shared
            && !spelling.belongs_to(&application.keys, &address)
        {
            return Err(Reason::MailboxLeft.into());
        }
        let record = LinkRecord {
            account: account.id.clone(),
            fingerprint: eligible.fingerprint,
            expires_at: issued.expires_at,
        };
        Ok(Prepared { account, address, id: issued.id, token, record })
    }
}
