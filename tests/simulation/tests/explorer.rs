//! Tries every run of a scenario, depth first. Each run starts from the beginning, because futures
//! cannot be copied. A run that reaches a state that was reached before ends there.

use std::collections::HashSet;
use std::fmt::Write as _;
use std::rc::Rc;

use relatch_tests::in_process::NOON;

use crate::laws::Violation;
use crate::process::ConfirmOutcome;
use crate::setup::{Scenario, Setup};
use crate::world::{Choice, Line, World};

/// The size of an exploration.
#[derive(Clone, Copy, Debug, Default)]
pub struct Explored {
    /// The number of different states.
    pub states: usize,
    /// The number of runs.
    pub runs: usize,
    /// The number of steps of the longest run.
    pub longest: usize,
}

/// A point of the current run: the choices there, and which of them is being tried.
struct Point {
    choices: Vec<Choice>,
    tried: usize,
}

impl Point {
    fn choice(&self) -> &Choice {
        &self.choices[self.tried]
    }
}

/// A run that violates a law.
struct Counterexample {
    choices: Vec<Choice>,
    violation: Violation,
}

/// Explores a scenario.
///
/// # Errors
///
/// A report of a run that violates a law, with as few faults as possible.
pub fn explore(scenario: Scenario) -> Result<Explored, String> {
    let setup = Setup::new(scenario);
    search(&setup).map_err(|found| report(&setup, &find_shorter(scenario).unwrap_or(found)))
}

/// Searches for a counterexample with fewer faults and waits, which is easier to read.
fn find_shorter(scenario: Scenario) -> Option<Counterexample> {
    let budgets = (0..=scenario.faults)
        .flat_map(|faults| (0..=scenario.max_waits).map(move |waits| (faults, waits)));
    budgets.filter(|&budget| budget != (scenario.faults, scenario.max_waits)).find_map(
        |(faults, max_waits)| search(&Setup::new(Scenario { faults, max_waits, ..scenario })).err(),
    )
}

fn search(setup: &Rc<Setup>) -> Result<Explored, Counterexample> {
    let (mut ends, mut visited) = (HashSet::new(), HashSet::new());
    let mut path: Vec<Point> = Vec::new();
    let mut explored = Explored::default();
    let mut world = World::new(setup);
    loop {
        while !world.has_ended {
            let (end, state) = world.hash();
            if !visited.insert(state) {
                break;
            }
            let mut choices = world.choices();
            if ends.insert(end) {
                choices.extend_from_slice(world.ends());
            }
            if choices.is_empty() {
                break;
            }
            path.push(Point { choices, tried: 0 });
            take(&mut world, &path, path.len() - 1)?;
        }
        explored.runs += 1;
        explored.longest = explored.longest.max(path.len());
        while path.pop_if(|point| point.tried + 1 == point.choices.len()).is_some() {}
        let Some(point) = path.last_mut() else {
            explored.states = visited.len();
            return Ok(explored);
        };
        point.tried += 1;
        world = World::new(setup);
        for place in 0..path.len() {
            take(&mut world, &path, place)?;
        }
    }
}

fn take(world: &mut World, path: &[Point], place: usize) -> Result<(), Counterexample> {
    world.take(path[place].choice()).map_err(|violation| {
        let choices = path[..=place].iter().map(|point| point.choice().clone()).collect();
        Counterexample { choices, violation }
    })
}

/// Returns the law that a run violates and its steps, as text.
fn report(setup: &Rc<Setup>, found: &Counterexample) -> String {
    let mut report =
        format!("broken: {}\n        ({})\n", found.violation.law, found.violation.how);
    let mut world = World::new(setup);
    for (choice, number) in found.choices.iter().zip(1..) {
        let since = world.now().since(NOON).as_secs();
        let _written = writeln!(report, "{number:4}. [{since:4} s] {}", Line(&world, choice));
        let before: Vec<_> = world.processes.iter().map(|process| process.outcome).collect();
        let _violation = world.take(choice);
        for (place, process) in world.processes.iter().enumerate() {
            if let (None, Some(outcome)) = (before.get(place).copied().flatten(), process.outcome)
                && outcome != ConfirmOutcome::Nothing
            {
                let _written =
                    writeln!(report, "               {} ends: {outcome:?}", process.name);
            }
        }
    }
    report
}
