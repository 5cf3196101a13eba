//! The laws that hold after every step. Each law is a sentence. A run that violates one fails its
//! trial.

use relatch_domain::claims::{MAX_REPLAY_CHECKS, REPLAY_WINDOW};

use crate::process::ConfirmOutcome;
use crate::world::World;

/// The violation of a law.
#[derive(Clone, Debug)]
pub struct Violation {
    /// The law.
    pub law: &'static str,
    /// The values that violate it.
    pub how: String,
}

pub const ONE_USE: &str = "one link of an account sets one password, and then no other link does";
pub const ONE_WINNER: &str = "of two different passwords at most one is reported as a success";
pub const TRUE_SUCCESS: &str = "a success is reported only for a password that this link set";
pub const TRUE_FAILURE: &str = "no final failure is reported for a password that this link sets";
pub const NO_ORACLE: &str = "a used link verifies at most five passwords";
pub const SESSIONS: &str = "sessions end with the write that succeeds, and only with it";

/// Returns a violation of this law unless `holds` is `true`.
pub fn holds(
    law: &'static str,
    holds: bool,
    how: impl FnOnce() -> String,
) -> Result<(), Violation> {
    if holds { Ok(()) } else { Err(Violation { law, how: how() }) }
}

/// Checks the laws that hold after every step.
pub fn always(world: &World) -> Result<(), Violation> {
    let verified = world.environment.log.verified.borrow();
    holds(NO_ORACLE, verified.iter().all(|&count| count <= MAX_REPLAY_CHECKS), || {
        format!("{verified:?}")
    })?;
    let signed_in = !world.environment.memory.sessions_of(&world.setup.account.id).is_empty();
    holds(SESSIONS, signed_in == world.writes.is_empty(), || format!("signed in: {signed_in}"))
}

/// Checks the laws about a password that was just set.
pub fn written(world: &World) -> Result<(), Violation> {
    let Some(last) = world.writes.last() else { return Ok(()) };
    holds(ONE_USE, world.writes.len() == 1, || format!("{:?}", world.writes))?;
    let failed = outcomes(world).find(|&(link, password, outcome)| {
        (link, password) == (last.link, last.password)
            && matches!(outcome, ConfirmOutcome::Used | ConfirmOutcome::Expired)
    });
    holds(TRUE_FAILURE, failed.is_none(), || {
        format!("{failed:?} was reported before the password was set")
    })
}

/// Checks the laws about the outcome of a confirm.
pub fn confirmed(world: &World, place: usize, outcome: ConfirmOutcome) -> Result<(), Violation> {
    let Some(&(_, link, password)) = world.setup.scenario.confirms.get(place) else {
        return Ok(());
    };
    let by_this =
        world.writes.iter().find(|write| (write.link, write.password) == (link, password));
    match outcome {
        ConfirmOutcome::Success => {
            holds(TRUE_SUCCESS, by_this.is_some(), || {
                format!("`{password}`, but the writes are {:?}", world.writes)
            })?;
            let other = outcomes(world).find(|&(of, other, outcome)| {
                of == link && other != password && outcome == ConfirmOutcome::Success
            });
            holds(ONE_WINNER, other.is_none(), || format!("`{password}` and {other:?}"))
        }
        ConfirmOutcome::Used | ConfirmOutcome::Expired => {
            let Some(write) = by_this else { return Ok(()) };
            let owed = may_reset(world)
                && is_current(world, &write.hash)
                && world.now().since(write.at) < REPLAY_WINDOW
                && world.environment.log.replay_checks.borrow()[link] < MAX_REPLAY_CHECKS;
            holds(TRUE_FAILURE, !owed, || format!("`{password}`: {outcome:?}"))
        }
        ConfirmOutcome::Busy | ConfirmOutcome::Unavailable | ConfirmOutcome::Nothing => Ok(()),
    }
}

/// Returns whether this is the hash of the account's current password.
pub fn is_current(world: &World, hash: &str) -> bool {
    world.account().password_hash.is_some_and(|current| current.expose() == hash)
}

/// Returns whether the account is eligible. Otherwise no link of it works, and no success is
/// repeated.
pub fn may_reset(world: &World) -> bool {
    world.environment.application.eligible(&world.account()).is_ok()
}

/// Returns the outcomes of the confirms that have ended: their link, password and outcome.
fn outcomes(world: &World) -> impl Iterator<Item = (usize, &'static str, ConfirmOutcome)> {
    let confirms = world.setup.scenario.confirms.iter().zip(&world.processes);
    confirms.filter_map(|(&(_, link, password), process)| {
        process.outcome.map(|outcome| (link, password, outcome))
    })
}
