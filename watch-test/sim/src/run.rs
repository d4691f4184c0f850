//! One run of a plan, from the first step to the verdict.

use core::time::Duration;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::counts::Counts;
use super::mistake::Mistake;
use super::oracle::compared;
use super::plan::{Action, Pieces, Plan};
use super::violation::{Oracle, Violation};
use super::world::{Manner, World};
use watch_test::check::{Line, Who, draw};

/// What came of a run.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Outcome {
    /// A number that is the same if all that the machines said is the same.
    pub hash: u64,
    /// The promise that was broken, if one was.
    pub violation: Option<Violation>,
    /// What it came through.
    pub counts: Counts,
    /// How long it took, by the clock in it.
    pub simulated: Duration,
    /// Steps that did something.
    pub applied: Vec<bool>,
    /// What happened, if that was asked for.
    pub lines: Vec<Line>,
    /// What passed the doors of the first client's first machine, if that was asked for.
    pub recorded: Vec<String>,
}

/// Which comparisons are made beside the run itself; each costs another run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Comparisons {
    /// With itself.
    pub again: bool,
    /// With bodies cut in other ways.
    pub cuts: bool,
    /// With clones instead of the machine.
    pub clones: bool,
}

impl Comparisons {
    /// All there are.
    pub const fn all() -> Self {
        Self { again: true, cuts: true, clones: true }
    }

    /// Those whose turn it is: each costs a run.
    pub const fn by_turns(seed: u64) -> Self {
        Self { again: seed.is_multiple_of(16), cuts: seed % 8 == 1, clones: seed % 16 == 3 }
    }
}

impl Outcome {
    /// A picture of the run of that plan, as SVG, if it has a timeline.
    pub fn draw(&self, plan: &Plan) -> String {
        let verdict = self.violation.as_ref().map_or_else(|| "all promises held".into(), ToString::to_string);
        draw(&format!("{}: {verdict}", plan.about), plan.setup.clients.len(), &self.lines, self.simulated)
    }
}

/// Carries out a plan.
pub fn run(plan: &Plan) -> Outcome {
    with(plan, Manner::default())
}

/// Carries out a plan with a mistake put in: whoever judges must find out.
#[cfg_attr(not(feature = "cli"), expect(dead_code, reason = "the canaries are a part of the program"))]
pub(crate) fn run_with_mistake(plan: &Plan, mistake: Mistake) -> Outcome {
    let manner = Manner { mistake: Some(mistake), ..Manner::default() };
    if mistake != Mistake::Drifts {
        return with(plan, manner);
    }
    compare(plan, run(plan), [(Oracle::Determinism, "the same plan".into(), manner)])
}

/// Carries out a plan and keeps its timeline.
pub fn run_with_timeline(plan: &Plan) -> Outcome {
    with(plan, Manner { with_lines: true, ..Manner::default() })
}

/// Carries out a plan and writes down what passes the doors of the first client's first machine: lines that
/// [`trace::read`](watch_core::trace::read) reads.
pub fn record(plan: &Plan) -> Vec<String> {
    with(plan, Manner { records: true, ..Manner::default() }).recorded
}

/// Carries out a plan, and again in other manners that must come to the same.
pub fn run_and_compare(plan: &Plan, comparisons: Comparisons) -> Outcome {
    let outcome = run(plan);
    if outcome.violation.is_some() {
        return outcome;
    }
    let mut others: Vec<(Oracle, String, Manner)> = Vec::new();
    if comparisons.again {
        others.push((Oracle::Determinism, "the same plan".into(), Manner::default()));
    }
    // Which poll it is that is told the wrong time, and which timer is late, depends on how often there is one.
    let is_wrong = |action: &Action| matches!(action, Action::ClockBack { .. } | Action::LateTimers { .. });
    let has_wrong_time = plan.steps.iter().any(|step| is_wrong(&step.action));
    // Nor can pieces come twice that aren't there.
    if comparisons.cuts && !has_wrong_time && plan.setup.net.twice == 0 {
        for pieces in [Pieces::Whole, Pieces::Joined, Pieces::Bytes, Pieces::UpTo(40)] {
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
        let judged = compared::judge(oracle, &what, outcome.hash, (other.hash, other.violation));
        if let Err(violation) = judged {
            outcome.violation = Some(violation);
            return outcome;
        }
    }
    outcome
}

fn with(plan: &Plan, manner: Manner) -> Outcome {
    // A panic in the machine is a finding like any other; nothing is used afterwards that it might have left halfway.
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
        world.transcript.line(now, Who::Phase, || format!("FAIL {violation}"));
    }
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

/// No step lets more time pass: a watch that does nothing all the while takes some work, too.
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
    world.heal()
}
