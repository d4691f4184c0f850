//! One run of a plan, from the first step to the verdict.

use core::time::Duration;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::counts::Counts;
use super::mutant::Mutant;
use super::oracle::compared;
use super::plan::{Action, Pieces, Plan};
use super::violation::{Oracle, Violation};
use super::world::{Manner, World};
use watch_test::check::{Line, Mark, Who, draw};

/// The result of a run.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Outcome {
    /// A hash of all outputs of the machines.
    pub hash: u64,
    /// The violation, if an oracle found one.
    pub violation: Option<Violation>,
    /// The counters of the run.
    pub counts: Counts,
    /// The simulated time.
    pub simulated: Duration,
    /// The number of steps that had an effect.
    pub applied: Vec<bool>,
    /// The timeline, if it was requested: what happened, in order, and then the requests as the server logged them.
    pub lines: Vec<Line>,
    /// The trace of the first client's first machine, if it was requested.
    pub recorded: Vec<String>,
}

/// The comparisons to make; each costs another run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Comparisons {
    /// With the same run.
    pub again: bool,
    /// With bodies cut in other ways.
    pub cuts: bool,
    /// With clones instead of the machine.
    pub clones: bool,
}

impl Comparisons {
    /// Returns all comparisons.
    pub const fn all() -> Self {
        Self { again: true, cuts: true, clones: true }
    }

    /// Returns the comparisons for this seed: each costs a run.
    pub const fn by_turns(seed: u64) -> Self {
        Self { again: seed.is_multiple_of(16), cuts: seed % 8 == 1, clones: seed % 16 == 3 }
    }
}

impl Outcome {
    /// Draws the run of the plan as SVG, if it has a timeline.
    pub fn draw(&self, plan: &Plan) -> String {
        let verdict = self.violation.as_ref().map_or_else(|| "no violation".into(), |it| format!("FAIL {it}"));
        draw(&format!("{}\n{verdict}", plan.about), plan.setup.clients.len(), &self.lines, self.simulated)
    }
}

/// Runs a plan.
pub fn run(plan: &Plan) -> Outcome {
    with(plan, Manner::default())
}

/// Runs a plan with a bug, which an oracle must find.
#[cfg_attr(not(feature = "cli"), expect(dead_code, reason = "the mutants are run by the program"))]
pub(crate) fn run_mutant(plan: &Plan, mutant: Mutant) -> Outcome {
    let manner = Manner { mutant: Some(mutant), ..Manner::default() };
    if mutant != Mutant::Drifts {
        return with(plan, manner);
    }
    compare(plan, run(plan), [(Oracle::Determinism, "the same plan".into(), manner)])
}

/// Runs a plan and keeps its timeline.
pub fn run_with_timeline(plan: &Plan) -> Outcome {
    with(plan, Manner { with_lines: true, ..Manner::default() })
}

/// Runs a plan and records the first client's first machine: lines that [`trace::read`](watch_core::trace::read) reads.
pub fn record(plan: &Plan) -> Vec<String> {
    with(plan, Manner { records: true, ..Manner::default() }).recorded
}

/// Runs a plan, and again in other manners that must have the same result.
pub fn run_and_compare(plan: &Plan, comparisons: Comparisons) -> Outcome {
    let outcome = run(plan);
    if outcome.violation.is_some() {
        return outcome;
    }
    let mut others: Vec<(Oracle, String, Manner)> = Vec::new();
    if comparisons.again {
        others.push((Oracle::Determinism, "the same plan".into(), Manner::default()));
    }
    // The poll with the wrong time, and the late timer, depend on the number of polls.
    let is_wrong = |action: &Action| matches!(action, Action::ClockBack { .. } | Action::LateTimers { .. });
    let has_wrong_time = plan.steps.iter().any(|step| is_wrong(&step.action));
    // A repeated piece depends on how the body is cut.
    if comparisons.cuts && !has_wrong_time && plan.setup.net.twice == 0 {
        for pieces in [Pieces::Uncut, Pieces::Joined, Pieces::Bytes, Pieces::UpTo(40)] {
            let manner = Manner { pieces: Some(pieces), ..Manner::default() };
            others.push((Oracle::Cuts, format!("the same plan, cut in pieces {pieces:?}"), manner));
        }
    }
    if comparisons.clones {
        let manner = Manner { clones: true, ..Manner::default() };
        others.push((Oracle::Clones, "the same plan with clones of the machine".into(), manner));
    }
    compare(plan, outcome, others)
}

fn compare(plan: &Plan, mut outcome: Outcome, others: impl IntoIterator<Item = (Oracle, String, Manner)>) -> Outcome {
    for (oracle, what, manner) in others {
        let other = with(plan, manner);
        outcome.counts.one("comparison", &format!("{oracle:?}"));
        let checked = compared::check(oracle, &what, outcome.hash, (other.hash, other.violation));
        if let Err(violation) = checked {
            outcome.violation = Some(violation);
            return outcome;
        }
    }
    outcome
}

fn with(plan: &Plan, manner: Manner) -> Outcome {
    // A panic in the machine is reported as a violation. The values that the run used are discarded, because a panic
    // may leave them inconsistent.
    let caught = catch_unwind(AssertUnwindSafe(|| carry_out(plan, manner)));
    caught.unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
        Outcome {
            hash: 0,
            violation: Some(Violation::new(Oracle::Panic, text.unwrap_or_else(|| "something panicked".into()))),
            counts: Counts::default(),
            simulated: Duration::ZERO,
            applied: Vec::new(),
            lines: Vec::new(),
            recorded: Vec::new(),
        }
    })
}

fn carry_out(plan: &Plan, manner: Manner) -> Outcome {
    let mut world = match World::new(plan, manner) {
        Ok(world) => world,
        Err(violation) => {
            return Outcome {
                hash: 0,
                violation: Some(violation),
                counts: Counts::default(),
                simulated: Duration::ZERO,
                applied: Vec::new(),
                lines: Vec::new(),
                recorded: Vec::new(),
            };
        }
    };
    let mut applied = Vec::with_capacity(plan.steps.len());
    let result = steps(plan, &mut world, &mut applied);
    let violation = result.err();
    let now = world.now;
    if let Some(violation) = &violation {
        world.transcript.lines(|| [Line::new(now, Who::Phase, format!("FAIL {violation}")).drawn(Mark::Violation, "")]);
    }
    let requests = world.server.requests();
    world
        .transcript
        .lines(|| requests.iter().enumerate().flat_map(|(number, request)| Line::of_request(number, request)));
    world.counts.add("requests", "in all", world.server.requests().len() as u64);
    Outcome {
        hash: world.transcript.hash(),
        violation,
        simulated: now,
        applied,
        counts: world.counts,
        recorded: world.clients.first_mut().and_then(|client| client.recorded.take()).unwrap_or_default(),
        lines: world.transcript.into_lines(),
    }
}

/// The longest time of a step. It is limited because an idle watch also needs some work.
const LONGEST_STEP: Duration = Duration::from_secs(24 * 3600);

fn steps(plan: &Plan, world: &mut World, applied: &mut Vec<bool>) -> Result<(), Violation> {
    world.settle()?;
    for step in &plan.steps {
        let at = world.now + Duration::from_millis(step.after).min(LONGEST_STEP);
        if step.after > 0 {
            world.run_until(at)?;
        }
        applied.push(world.act(&step.action)?);
    }
    world.quiesce()
}
