//! What must hold in the end about links that were used, or not: once nothing goes wrong any more, everybody is told
//! what is true, every claim is settled, and everything that was to be sent is sent.

use std::collections::BTreeMap;
use std::time::Duration;

use relatch_domain::claims::{LEASE, MAX_REPLAY_CHECKS, REPLAY_WINDOW};
use relatch_domain::events::Action;

use crate::laws::{Violation, holds, is_in_force, may_reset};
use crate::process::{ConfirmOutcome, at_once};
use crate::stage::is_settled;
use crate::world::{End, World, Write};

pub const TOLD_AGAIN: &str = "the one whose password is in force asks again and is told the same success";
pub const TOLD_USED: &str = "for every other password a used link is used, for good";
pub const NOT_BURNED: &str = "a link that set nothing works once a lease has passed";
pub const DEAD: &str = "a link whose account has changed is used, and one past its time has expired, for good";
pub const SETTLED: &str = "no claim stays for ever";
pub const TOLD_OWNER: &str = "a password set by a link ends as one event and one notice, sent as often as it takes";
pub const TRUE_EVENTS: &str = "nothing is told of a link that set nothing";
pub const FORGOTTEN: &str = "an object that has nothing left to do stores nothing";

/// Back-off and all, every claim is settled by then.
const SOON: Duration = Duration::from_secs(300);
/// By then everything is over: links, windows, jobs.
const LONG: Duration = Duration::from_secs(26 * 3600);

const SOMETHING_ELSE: &str = "neither of the passwords";

/// The end.
pub fn end(world: &mut World, end: End) -> Result<(), Violation> {
    let memory = &world.stage.memory;
    match end {
        End::Asked => memory.set_clock(memory.time().after(LEASE)),
        End::Silent => {
            at_once(memory.advance(SOON));
            all_settled(world)?;
        }
    }
    for link in 0..world.props.links.len() {
        asked(world, link)?;
    }
    let in_force: Vec<bool> = world.writes.iter().map(|write| is_in_force(world, &write.hash)).collect();
    at_once(world.stage.memory.advance(LONG));
    all_settled(world)?;
    owner_told(world, &in_force)?;
    let objects = world.stage.memory.objects_in_use();
    holds(FORGOTTEN, objects == 0, || format!("{objects} objects hold something after a day"))
}

fn ask(world: &mut World, link: usize, password: &'static str) -> Result<ConfirmOutcome, Violation> {
    let told = world.props.ask(&world.stage.memory, link, password);
    world.note_writes(|_, _| (link, password))?;
    Ok(told)
}

/// What asking by one link is told now.
fn asked(world: &mut World, link: usize) -> Result<(), Violation> {
    let owed = |write: &&Write| {
        write.link == link
            && may_reset(world)
            && is_in_force(world, &write.hash)
            && world.now().since(write.at) < REPLAY_WINDOW
            && world.stage.notebook.replay_checks.borrow()[link] < MAX_REPLAY_CHECKS
    };
    if let Some(winner) = world.writes.iter().find(owed).map(|write| write.password) {
        let told = ask(world, link, winner)?;
        holds(TOLD_AGAIN, told == ConfirmOutcome::Success, || format!("`{winner}` was told {told:?}"))?;
    }
    let record = &world.props.links[link].record;
    let fits = world.account().fingerprint(&world.stage.application.id) == record.fingerprint;
    let (unused, lives) = (world.writes.is_empty(), world.now() < record.expires_at);
    let told = ask(world, link, SOMETHING_ELSE)?;
    if !unused {
        return holds(TOLD_USED, matches!(told, ConfirmOutcome::Used | ConfirmOutcome::Expired), || {
            format!("link {link} told {told:?}")
        });
    }
    match (fits, lives) {
        (true, true) => holds(NOT_BURNED, told == ConfirmOutcome::Success, || format!("link {link} told {told:?}")),
        (true, false) => {
            holds(DEAD, told == ConfirmOutcome::Expired, || format!("link {link}, expired, told {told:?}"))
        }
        (false, _) => holds(DEAD, matches!(told, ConfirmOutcome::Used | ConfirmOutcome::Expired), || {
            format!("link {link}, changed, told {told:?}")
        }),
    }
}

fn all_settled(world: &World) -> Result<(), Violation> {
    let left = world.props.links.iter().position(|link| !is_settled(&world.stage.memory, &link.link));
    holds(SETTLED, left.is_none(), || format!("a claim of link {left:?} is still pending"))
}

fn owner_told(world: &World, in_force: &[bool]) -> Result<(), Violation> {
    let memory = &world.stage.memory;
    let events = memory.events();
    let changed = world.changed.contains(&true);
    let mut told = 0;
    for (place, link) in world.props.links.iter().enumerate() {
        let kept = |action: Action| {
            let id = format!("{}/{}", link.link.id.as_str(), action.as_str());
            usize::from(events.iter().any(|event| event.id == id))
        };
        let (reset, unknown) = (kept(Action::PasswordReset), kept(Action::ResetOutcomeUnknown));
        told += reset + unknown;
        let kept = || format!("link {place}: {reset} resets and {unknown} unknown outcomes were told");
        if let Some(write) = world.writes.iter().position(|write| write.link == place) {
            holds(TOLD_OWNER, reset + unknown == 1 && (reset == 1 || !in_force[write]), kept)?;
        } else {
            // Where a link of another mailbox, or the application, has changed the password, a claim that did not write
            // cannot be told from one that did.
            let elsewhere =
                world.writes.iter().any(|write| world.props.links[write.link].link.mailbox != link.link.mailbox);
            holds(TRUE_EVENTS, reset == 0 && (unknown == 0 || changed || elsewhere), kept)?;
        }
    }
    let count = |action: Action| events.iter().filter(|event| event.action == action).count();
    let (sent, failed) = (count(Action::NoticeSent), count(Action::NoticeFailed));
    holds(TOLD_OWNER, (sent, failed) == (told, 0), || format!("{told} changes: {sent} notices, {failed} failed"))?;
    let mut notices: BTreeMap<Vec<u8>, Vec<Vec<u8>>> = BTreeMap::new();
    for mail in memory.mails() {
        let id = mail.mime.split(|byte| *byte == b'\n').find(|line| line.starts_with(b"Message-ID"));
        notices.entry(id.unwrap_or_default().to_vec()).or_default().push(mail.mime);
    }
    let alike = notices.values().all(|mails| changed || mails.windows(2).all(|pair| pair[0] == pair[1]));
    holds(TOLD_OWNER, notices.len() == told && alike, || {
        format!("{told} changes: {} different mails, attempts alike: {alike}", notices.len())
    })
}
