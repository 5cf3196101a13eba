//! The laws that hold at the end of a request: its link was mailed and works, or an event says why
//! not.

use std::time::Duration;

use relatch::LinkToken;
use relatch_domain::events::{Action, Event};
use relatch_domain::jobs::delivery::MAX_UNANSWERED;
use relatch_domain::mail::failure::MailFailure;
use relatch_domain::values::link::Link;
use relatch_tests::mail::Mail;

use crate::laws::{Violation, holds};
use crate::process::{ConfirmOutcome, run_to_end};
use crate::setup::{MAILBOX, confirm, other_account};
use crate::world::World;

pub const ONE_END: &str = "a request ends as exactly one event";
pub const MAILED: &str =
    "a request for an unchanged account ends as a mail with a link that works, or may have done so";
pub const COPIES: &str = "a mail is sent at most twice, whatever answers and processes are lost";
pub const SAME_MAIL: &str = "every attempt at a mail sends the same bytes to one mailbox";
pub const RIGHT_ACCOUNT: &str =
    "a mailed link works if and only if the account has the fingerprint that it was issued for";
pub const OWN_PASSWORD: &str = "a mailed link sets the password of its own account only";
pub const DIES: &str = "a mailed link does not work after the account has changed";
pub const FORGOTTEN: &str = "an object that has nothing left to do stores nothing";

const SOON: Duration = Duration::from_secs(600);
const LONG: Duration = Duration::from_secs(26 * 3600);

/// Checks the laws at the end.
pub fn end(world: &World) -> Result<(), Violation> {
    let memory = &world.environment.memory;
    run_to_end(memory.advance(SOON));
    let changed = world.changed.contains(&true);
    let mails = memory.mails();
    let alike = mails.iter().all(|mail| mail.to == MAILBOX && mail.mime == mails[0].mime);
    holds(SAME_MAIL, alike, || format!("{} mails", mails.len()))?;
    holds(COPIES, mails.len() <= MAX_UNANSWERED, || format!("{} mails", mails.len()))?;
    let events = memory.events();
    let count =
        |wanted: &[Action]| events.iter().filter(|event| wanted.contains(&event.action)).count();
    let ended_at_intake = count(&[
        Action::RequestFailed,
        Action::RequestRefused,
        Action::RequestUnmatched,
        Action::RequestLimited,
        Action::RequestAmbiguous,
    ]);
    let mut accounts = vec![(world.setup.account.id.clone(), changed)];
    if world.setup.scenario.is_shared {
        accounts.push((other_account(), false));
    }
    for (account, changed) in accounts {
        let of_account = |action: Action| {
            let is_of = |event: &&Event| event.account.as_ref() == Some(&account);
            events.iter().filter(is_of).filter(move |event| event.action == action)
        };
        let is_unknown =
            |event: &&Event| event.detail.as_deref() == Some(MailFailure::Unknown.as_str());
        let (sent, failed) =
            (of_account(Action::LinkSent).count(), of_account(Action::LinkFailed).count());
        let unknown = of_account(Action::LinkFailed).filter(is_unknown).count();
        let ends = || {
            format!(
                "account {}: sent {sent}, failed {failed}, ended at the intake {ended_at_intake}: \
                 {} mails",
                account.0,
                mails.len()
            )
        };
        // An attempt at a request may crash after it has recorded its event, and the next attempt
        // may find the account changed. A changed account is not found where another one shares
        // the mailbox.
        let ended = sent + failed + ended_at_intake;
        let is_absent = ended == 0 && world.setup.scenario.is_shared;
        let is_lawful = ended == 1 || (changed && (ended > 1 || is_absent));
        holds(ONE_END, sent + failed <= 1 && is_lawful, ends)?;
        let accounted = changed || sent + unknown == 1;
        holds(MAILED, accounted && (sent == 0 || !mails.is_empty()), ends)?;
    }
    if let Some(mail) = mails.first() {
        for token in Mail::parse(&mail.from, vec![mail.to.clone()], &mail.mime).tokens() {
            check_link(world, &token)?;
        }
    }
    run_to_end(memory.advance(LONG));
    let objects = memory.objects_in_use();
    holds(FORGOTTEN, objects == 0, || format!("{objects} objects store something after a day"))
}

/// Checks whether the link of a mail works exactly if the account has not changed.
fn check_link(world: &World, token: &str) -> Result<(), Violation> {
    let application = &world.environment.application;
    let link =
        LinkToken::parse(token).ok().and_then(|token| Link::verify(&application.keys, &token));
    let link = link.expect("the mail contains an issued link");
    let record = world
        .environment
        .memory
        .with_mailbox(&link.mailbox, |mailbox| mailbox.link_record(&link.id))
        .flatten();
    let memory = &world.environment.memory;
    let of_record = record.as_ref().and_then(|record| memory.account_now(&record.account));
    let account = of_record.unwrap_or_else(|| world.account());
    let written = memory.passwords_set().len();
    let matches =
        record.is_some_and(|record| record.fingerprint == account.fingerprint(&application.id));
    let outcome = run_to_end(confirm(
        application.clone(),
        &world.environment.memory,
        token.to_owned(),
        "a password by mail",
    ));
    let written: Vec<_> = memory.passwords_set().split_off(written);
    let own = written.iter().all(|(of, _)| *of == account.id);
    holds(OWN_PASSWORD, own, || format!("account {}: {written:?}", account.id.0))?;
    let expected = match matches {
        _ if world.now() >= link.expires_at => ConfirmOutcome::Expired,
        true => ConfirmOutcome::Success,
        false => ConfirmOutcome::Used,
    };
    let may_reset = application.eligible(&account).is_ok();
    let lawful = outcome == expected || (!may_reset && outcome == ConfirmOutcome::Used);
    let became = account.id == world.setup.account.id
        && world
            .first_mailed
            .as_ref()
            .is_some_and(|then| *then != account.fingerprint(&application.id));
    holds(DIES, !became || outcome != ConfirmOutcome::Success, || "it set a password".to_owned())?;
    holds(RIGHT_ACCOUNT, lawful, || {
        format!("the account matches: {matches}; {outcome:?} instead of {expected:?}")
    })
}
