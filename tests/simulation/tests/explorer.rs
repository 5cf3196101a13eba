//! Tries every story: depth first, each from the beginning, since futures cannot be copied. A story that comes to a
//! point where another one has been goes no further.

use std::collections::HashSet;
use std::fmt::Write as _;
use std::rc::Rc;

use relatch_tests::in_process::NOON;

use crate::laws::Violation;
use crate::process::ConfirmOutcome;
use crate::stage::{Props, Scenario};
use crate::world::{Choice, Line, World};

/// How much was explored.
#[derive(Clone, Copy, Debug, Default)]
pub struct Explored {
    /// Different states.
    pub states: usize,
    /// Runs.
    pub runs: usize,
    /// Steps of the longest one.
    pub longest: usize,
}

/// One point of the story that is being tried: what may happen there, and which of it is being tried.
struct Point {
    choices: Vec<Choice>,
    tried: usize,
}

impl Point {
    fn choice(&self) -> &Choice {
        &self.choices[self.tried]
    }
}

/// A story that breaks a law.
struct Broken {
    story: Vec<Choice>,
    violation: Violation,
}

/// Explores a scenario. A broken law comes with its story.
pub fn explore(scenario: Scenario) -> Result<Explored, String> {
    let props = Props::new(scenario);
    search(&props).map_err(|broken| tell(&props, &simpler(scenario).unwrap_or(broken)))
}

/// The same with as little going wrong as possible: a story that somebody has to read.
fn simpler(scenario: Scenario) -> Option<Broken> {
    let budgets = (0..=scenario.faults).flat_map(|faults| (0..=scenario.most_waits).map(move |waits| (faults, waits)));
    budgets
        .filter(|&budget| budget != (scenario.faults, scenario.most_waits))
        .find_map(|(faults, most_waits)| search(&Props::new(Scenario { faults, most_waits, ..scenario })).err())
}

fn search(props: &Rc<Props>) -> Result<Explored, Broken> {
    let (mut ends, mut visited) = (HashSet::new(), HashSet::new());
    let mut path: Vec<Point> = Vec::new();
    let mut explored = Explored::default();
    let mut world = World::new(props);
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
            go_on(&mut world, &path, path.len() - 1)?;
        }
        explored.runs += 1;
        explored.longest = explored.longest.max(path.len());
        while path.pop_if(|point| point.tried + 1 == point.choices.len()).is_some() {}
        let Some(point) = path.last_mut() else {
            explored.states = visited.len();
            return Ok(explored);
        };
        point.tried += 1;
        world = World::new(props);
        for place in 0..path.len() {
            go_on(&mut world, &path, place)?;
        }
    }
}

fn go_on(world: &mut World, path: &[Point], place: usize) -> Result<(), Broken> {
    world.take(path[place].choice()).map_err(|violation| {
        let story = path[..=place].iter().map(|point| point.choice().clone()).collect();
        Broken { story, violation }
    })
}

fn tell(props: &Rc<Props>, broken: &Broken) -> String {
    let mut story = format!("broken: {}\n        ({})\n", broken.violation.law, broken.violation.how);
    let mut world = World::new(props);
    for (choice, number) in broken.story.iter().zip(1..) {
        let since = world.now().since(NOON).as_secs();
        let _written = writeln!(story, "{number:4}. [{since:4} s] {}", Line(&world, choice));
        let before: Vec<_> = world.processes.iter().map(|process| process.told).collect();
        let _broken = world.take(choice);
        for (place, process) in world.processes.iter().enumerate() {
            if let (None, Some(told)) = (before.get(place).copied().flatten(), process.told)
                && told != ConfirmOutcome::Nothing
            {
                let _written = writeln!(story, "               {} is told: {told:?}", process.name);
            }
        }
    }
    story
}
