//! The laws that hold at the end about links: when all faults have ceased, every confirm has the
//! correct outcome, every claim is settled, and every notice and event is delivered.

use std::collections::BTreeMap;
use std::time::Duration;

use relatch_domain::claims::{LEASE, MAX_REPLAY_CHECKS, REPLAY_WINDOW};
use relatch_domain::events::{Action, Event};
use relatch_domain::mail::failure::MailFailure;

use crate::laws::{Violation, holds, is_current, may_reset};
use crate::process::{ConfirmOutcome, run_to_end};
use crate::setup::is_settled;
use crate::world::{End, World, Write};

pub const REPEATED_SUCCESS: &str =
    "a repeated confirm with the current password has the same success";
pub const USED: &str = "a used link is rejected for every other password";
pub const NOT_BURNED: &str = "a link that set no password works after a lease";
pub const DEAD: &str =
    "a link whose account has changed is used, and a link past its expiry has expired";
pub const SETTLED: &str = "every claim is settled";
pub const NOTIFIED: &str =
    "a password that a link set ends as one event and one notice, or one that may have been sent";
pub const TRUE_EVENTS: &str = "a link that set no password has neither event nor notice";
pub const FORGOTTEN: &str = "an object that has nothing left to do stores nothing";

/// The time after which every claim is settled, including back-off.
const SOON: Duration = Duration::from_secs(300);
/// The time after which every link, window and job has ended.
const LONG: Duration = Duration::from_secs(26 * 3600);

const OTHER_PASSWORD: &str = "neither of the passwords";

/// Checks the laws at the end.
pub fn end(world: &mut World, end: End) -> Result<(), Violation> {
    let memory = &world.environment.memory;
    match end {
        End::Confirmed => memory.set_clock(memory.time().after(LEASE)),
        End::Alarms => {
            run_to_end(memory.advance(SOON));
            all_settled(world)?;
        }
    }
    for link in 0..world.setup.links.len() {
        check_confirms(world, link)?;
    }
    let current: Vec<bool> =
        world.writes.iter().map(|write| is_current(world, &write.hash)).collect();
    run_to_end(world.environment.memory.advance(LONG));
    all_settled(world)?;
    check_notices(world, &current)?;
    let objects = world.environment.memory.objects_in_use();
    holds(FORGOTTEN, objects == 0, || format!("{objects} objects store something after a day"))
}

/// Sends a confirm and records its write.
fn confirm(
    world: &mut World,
    link: usize,
    password: &'static str,
) -> Result<ConfirmOutcome, Violation> {
    let outcome = world.setup.confirm(&world.environment.memory, link, password);
    world.note_writes(|_, _| (link, password))?;
    Ok(outcome)
}

/// Checks the outcomes of confirms with one link: with the password that it set, and with another
/// one.
fn check_confirms(world: &mut World, link: usize) -> Result<(), Violation> {
    let owed = |write: &&Write| {
        write.link == link
            && may_reset(world)
            && is_current(world, &write.hash)
            && world.now().since(write.at) < REPLAY_WINDOW
            && world.environment.log.replay_checks.borrow()[link] < MAX_REPLAY_CHECKS
    };
    if let Some(winner) = world.writes.iter().find(owed).map(|write| write.password) {
        let outcome = confirm(world, link, winner)?;
        holds(REPEATED_SUCCESS, outcome == ConfirmOutcome::Success, || {
            format!("`{winner}`: {outcome:?}")
        })?;
    }
    let record = &world.setup.links[link].record;
    let matches =
        world.account().fingerprint(&world.environment.application.id) == record.fingerprint;
    let (unused, lives) = (world.writes.is_empty(), world.now() < record.expires_at);
    let outcome = confirm(world, link, OTHER_PASSWORD)?;
    if !unused {
        return holds(
            USED,
            matches!(outcome, ConfirmOutcome::Used | ConfirmOutcome::Expired),
            || format!("link {link}: {outcome:?}"),
        );
    }
    match (matches, lives) {
        (true, true) => holds(NOT_BURNED, outcome == ConfirmOutcome::Success, || {
            format!("link {link}: {outcome:?}")
        }),
        (true, false) => holds(DEAD, outcome == ConfirmOutcome::Expired, || {
            format!("link {link}, expired: {outcome:?}")
        }),
        (false, _) => {
            holds(DEAD, matches!(outcome, ConfirmOutcome::Used | ConfirmOutcome::Expired), || {
                format!("link {link}, changed: {outcome:?}")
            })
        }
    }
}

fn all_settled(world: &World) -> Result<(), Violation> {
    let left = world
        .setup
        .links
        .iter()
        .position(|link| !is_settled(&world.environment.memory, &link.link));
    holds(SETTLED, left.is_none(), || format!("a claim of link {left:?} is still pending"))
}

fn check_notices(world: &World, current: &[bool]) -> Result<(), Violation> {
    let memory = &world.environment.memory;
    let events = memory.events();
    let changed = world.changed.contains(&true);
    let mut ended = 0;
    for (place, link) in world.setup.links.iter().enumerate() {
        let kept = |action: Action| {
            let id = format!("{}/{}", link.link.id.as_str(), action.as_str());
            usize::from(events.iter().any(|event| event.id == id))
        };
        let (reset, unknown) = (kept(Action::PasswordReset), kept(Action::ResetOutcomeUnknown));
        ended += reset + unknown;
        let kept = || {
            format!("link {place}: {reset} events of a reset and {unknown} of an unknown outcome")
        };
        if let Some(write) = world.writes.iter().position(|write| write.link == place) {
            holds(NOTIFIED, reset + unknown == 1 && (reset == 1 || !current[write]), kept)?;
        } else {
            // Where a link of another mailbox, or the application, has changed the password, a
            // claim that did not write cannot be distinguished from one that did.
            let elsewhere = world
                .writes
                .iter()
                .any(|write| world.setup.links[write.link].link.mailbox != link.link.mailbox);
            holds(TRUE_EVENTS, reset == 0 && (unknown == 0 || changed || elsewhere), kept)?;
        }
    }
    let count = |action: Action| events.iter().filter(|event| event.action == action).count();
    let (sent, failed) = (count(Action::NoticeSent), count(Action::NoticeFailed));
    let is_unknown =
        |event: &&Event| event.detail.as_deref() == Some(MailFailure::Unknown.as_str());
    let maybe_sent = events.iter().filter(is_unknown).count();
    holds(NOTIFIED, (sent + maybe_sent, failed) == (ended, maybe_sent), || {
        format!("{ended} changes: {sent} notices, {failed} failed, {maybe_sent} of them unknown")
    })?;
    let mut notices: BTreeMap<Vec<u8>, Vec<Vec<u8>>> = BTreeMap::new();
    for mail in memory.mails() {
        let id =
            mail.mime.split(|byte| *byte == b'\n').find(|line| line.starts_with(b"Message-ID"));
        notices.entry(id.unwrap_or_default().to_vec()).or_default().push(mail.mime);
    }
    let alike =
        notices.values().all(|mails| changed || mails.windows(2).all(|pair| pair[0] == pair[1]));
    holds(NOTIFIED, (sent..=ended).contains(&notices.len()) && alike, || {
        format!("{ended} changes: {} different mails, attempts alike: {alike}", notices.len())
    })
}
