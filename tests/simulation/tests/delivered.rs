//! What must hold in the end about a request: its link was mailed and works, or an event says why not.

use std::time::Duration;

use relatch::LinkToken;
use relatch_domain::events::Action;
use relatch_domain::values::link::Link;
use relatch_tests::mail::Mail;

use crate::laws::{Violation, holds};
use crate::process::{ConfirmOutcome, at_once};
use crate::stage::{MAILBOX, ask};
use crate::world::World;

pub const ONE_END: &str = "a request ends as exactly one event";
pub const MAILED: &str = "a request that nothing stands against ends as a mail with a link that works";
pub const SAME_MAIL: &str = "every attempt at a mail is byte for byte the same, and goes to one mailbox";
pub const RIGHT_ACCOUNT: &str = "a mailed link works if and only if the account is what it was made for";
pub const DIES: &str = "a link that was mailed works for nothing that the account became since";
pub const FORGOTTEN: &str = "objects that have nothing left to do hold nothing";

const SOON: Duration = Duration::from_secs(600);
const LONG: Duration = Duration::from_secs(26 * 3600);

/// The end.
pub fn end(world: &World) -> Result<(), Violation> {
    let memory = &world.stage.memory;
    at_once(memory.advance(SOON));
    let changed = world.changed.contains(&true);
    let mails = memory.mails();
    let alike = mails.iter().all(|mail| mail.to == MAILBOX && mail.mime == mails[0].mime);
    holds(SAME_MAIL, alike, || format!("{} mails", mails.len()))?;
    let events = memory.events();
    let count = |wanted: &[Action]| events.iter().filter(|event| wanted.contains(&event.action)).count();
    let (sent, failed) = (count(&[Action::LinkSent]), count(&[Action::LinkFailed]));
    let at_the_intake = count(&[
        Action::RequestFailed,
        Action::RequestRefused,
        Action::RequestUnmatched,
        Action::RequestLimited,
        Action::RequestAmbiguous,
    ]);
    let ends = || format!("sent {sent}, failed {failed}, ended at the intake {at_the_intake}: {} mails", mails.len());
    // An attempt at handing over that crashes after its event may find the account changed in the next one.
    let ended = sent + failed + at_the_intake;
    holds(ONE_END, sent + failed <= 1 && (ended == 1 || (ended > 1 && changed)), ends)?;
    holds(MAILED, (changed || sent == 1) && (sent == 0 || !mails.is_empty()), ends)?;
    if let Some(mail) = mails.first() {
        works_or_is_dead(world, &Mail::parse(&mail.from, vec![mail.to.clone()], &mail.mime).token())?;
    }
    at_once(memory.advance(LONG));
    let objects = memory.objects_in_use();
    holds(FORGOTTEN, objects == 0, || format!("{objects} objects hold something after a day"))
}

fn works_or_is_dead(world: &World, token: &str) -> Result<(), Violation> {
    let application = &world.stage.application;
    let link = LinkToken::parse(token).ok().and_then(|token| Link::verify(&application.keys, &token));
    let link = link.expect("the mail holds a genuine link");
    let record = world.stage.memory.with_mailbox(&link.mailbox, |mailbox| mailbox.link_record(&link.id)).flatten();
    let account = world.account();
    let fits = record.is_some_and(|record| record.fingerprint == account.fingerprint(&application.id));
    let told = at_once(ask(application.clone(), &world.stage.memory, token.to_owned(), "a password by mail"));
    let expected = match fits {
        _ if world.now() >= link.expires_at => ConfirmOutcome::Expired,
        true => ConfirmOutcome::Success,
        false => ConfirmOutcome::Used,
    };
    let may_reset = application.eligible(&account).is_ok();
    let lawful = told == expected || (!may_reset && told == ConfirmOutcome::Used);
    let became = world.first_mailed.as_ref().is_some_and(|then| *then != account.fingerprint(&application.id));
    holds(DIES, !became || told != ConfirmOutcome::Success, || "it set a password".to_owned())?;
    holds(RIGHT_ACCOUNT, lawful, || format!("the account fits: {fits}; told {told:?} instead of {expected:?}"))
}
