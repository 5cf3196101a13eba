//! What must always hold. Each law is a sentence; a story that breaks one fails its trial.

use relatch_domain::claims::{MAX_REPLAY_CHECKS, REPLAY_WINDOW};

use crate::process::ConfirmOutcome;
use crate::world::World;

/// A law that was broken.
#[derive(Clone, Debug)]
pub struct Violation {
    /// Which.
    pub law: &'static str,
    /// How.
    pub how: String,
}

pub const ONE_USE: &str = "a link sets one password, and all links of its account die with that";
pub const ONE_WINNER: &str = "two different passwords are never both told success";
pub const TRUE_SUCCESS: &str = "success is only told for a password that this link put in force";
pub const TRUE_FAILURE: &str = "a password that this link puts in force is never told a failure for good";
pub const NO_ORACLE: &str = "a used link verifies at most five passwords";
pub const SESSIONS: &str = "sessions end with the write that wins, and only with it";

/// Fails unless this holds.
pub fn holds(law: &'static str, holds: bool, how: impl FnOnce() -> String) -> Result<(), Violation> {
    if holds { Ok(()) } else { Err(Violation { law, how: how() }) }
}

/// After every step.
pub fn always(world: &World) -> Result<(), Violation> {
    let verified = world.stage.notebook.verified.borrow();
    holds(NO_ORACLE, verified.iter().all(|&count| count <= MAX_REPLAY_CHECKS), || format!("{verified:?}"))?;
    let signed_in = !world.stage.memory.sessions_of(&world.props.account.id).is_empty();
    holds(SESSIONS, signed_in == world.writes.is_empty(), || format!("signed in: {signed_in}"))
}

/// When a password has been put in force.
pub fn written(world: &World) -> Result<(), Violation> {
    let Some(last) = world.writes.last() else { return Ok(()) };
    holds(ONE_USE, world.writes.len() == 1, || format!("{:?}", world.writes))?;
    let refused = told_so_far(world).find(|&(link, password, told)| {
        (link, password) == (last.link, last.password) && matches!(told, ConfirmOutcome::Used | ConfirmOutcome::Expired)
    });
    holds(TRUE_FAILURE, refused.is_none(), || format!("{refused:?} was told before the password was set"))
}

/// When a confirm is answered.
pub fn told(world: &World, place: usize, told: ConfirmOutcome) -> Result<(), Violation> {
    let Some(&(_, link, password)) = world.props.scenario.confirms.get(place) else { return Ok(()) };
    let by_this = world.writes.iter().find(|write| (write.link, write.password) == (link, password));
    match told {
        ConfirmOutcome::Success => {
            holds(TRUE_SUCCESS, by_this.is_some(), || format!("`{password}`; set were {:?}", world.writes))?;
            let other = told_so_far(world)
                .find(|&(of, other, told)| of == link && other != password && told == ConfirmOutcome::Success);
            holds(ONE_WINNER, other.is_none(), || format!("`{password}` and {other:?}"))
        }
        ConfirmOutcome::Used | ConfirmOutcome::Expired => {
            let Some(write) = by_this else { return Ok(()) };
            let owed = may_reset(world)
                && is_in_force(world, &write.hash)
                && world.now().since(write.at) < REPLAY_WINDOW
                && world.stage.notebook.replay_checks.borrow()[link] < MAX_REPLAY_CHECKS;
            holds(TRUE_FAILURE, !owed, || format!("`{password}` was told {told:?}"))
        }
        ConfirmOutcome::Busy | ConfirmOutcome::Unavailable | ConfirmOutcome::Nothing => Ok(()),
    }
}

/// Whether this is the hash of the password in force.
pub fn is_in_force(world: &World, hash: &str) -> bool {
    world.account().password_hash.is_some_and(|in_force| in_force.expose() == hash)
}

/// Whether the account may reset at all: if not, no link is of any use to it, not even for what it did before.
pub fn may_reset(world: &World) -> bool {
    world.stage.application.eligible(&world.account()).is_ok()
}

fn told_so_far(world: &World) -> impl Iterator<Item = (usize, &'static str, ConfirmOutcome)> {
    let confirms = world.props.scenario.confirms.iter().zip(&world.processes);
    confirms.filter_map(|(&(_, link, password), process)| process.told.map(|told| (link, password, told)))
}
