//! Shrinks a failing plan to the shortest one that still fails in the same way.

use watch_test::check::{shorten, simpler as numbers};

use super::plan::{Action, ClientSetup, NetSetup, Pieces, Plan, PlanStep, Setup};
use super::run::{Comparisons, run, run_and_compare};
use super::violation::Oracle;

/// The most runs.
const MOST_RUNS: usize = 2_000;

/// The most runs that only try smaller numbers. Fewer steps and a simpler world make a plan easier to read than smaller
/// numbers do, so smaller numbers must not use up the runs for fewer steps.
const MOST_RUNS_FOR_NUMBERS: usize = 500;

#[derive(Debug)]
struct Minimiser {
    oracle: Oracle,
    plan: Plan,
    runs: usize,
    /// The runs so far that tried smaller numbers.
    runs_for_numbers: usize,
}

/// Shortens a plan as long as the same oracle fails. Also returns the number of runs.
pub fn minimise(plan: &Plan, oracle: Oracle) -> (Plan, usize) {
    let mut minimiser = Minimiser { oracle, plan: plan.clone(), runs: 0, runs_for_numbers: 0 };
    loop {
        let before = minimiser.plan.clone();
        minimiser.drop_steps();
        minimiser.simplify_setup();
        // Numbers come last, because each step has several.
        if minimiser.plan == before {
            minimiser.simplify_steps();
        }
        if minimiser.plan == before || minimiser.runs >= MOST_RUNS {
            return (minimiser.plan, minimiser.runs);
        }
    }
}

impl Minimiser {
    /// Replaces the plan by this one, if it fails in the same way.
    fn try_plan(&mut self, plan: Plan) -> bool {
        if plan == self.plan || self.runs >= MOST_RUNS {
            return false;
        }
        self.runs += 1;
        let outcome = match self.oracle {
            Oracle::Determinism | Oracle::Cuts | Oracle::Clones => run_and_compare(&plan, Comparisons::all()),
            _ => run(&plan),
        };
        let fails = outcome.violation.is_some_and(|violation| violation.oracle == self.oracle);
        if fails {
            self.plan = plan;
        }
        fails
    }

    fn drop_steps(&mut self) {
        shorten(self.plan.steps.len(), |part| {
            let mut plan = self.plan.clone();
            let at = part.start;
            // The time of the removed steps is kept at first.
            let time: u64 = plan.steps[part.clone()].iter().map(|step| step.after).sum();
            plan.steps.drain(part);
            let mut patient = plan.clone();
            if let Some(next) = patient.steps.get_mut(at) {
                next.after += time;
            }
            self.try_plan(plan) || (time > 0 && self.try_plan(patient))
        });
    }

    fn simplify_setup(&mut self) {
        let plain = Setup::default();
        self.with_setup(|setup| setup.clients.truncate(1));
        self.with_setup(|setup| setup.net = NetSetup::default());
        self.with_setup(|setup| setup.net.pieces = Pieces::Uncut);
        self.with_setup(|setup| setup.net.late = false);
        self.with_setup(|setup| setup.net.batch = false);
        self.with_setup(|setup| setup.net.latency = 0);
        self.with_setup(|setup| setup.net.twice = 0);
        self.with_setup(|setup| setup.net.dates = false);
        self.with_setup(|setup| setup.versions = plain.versions);
        self.with_setup(|setup| setup.repeats_objects = false);
        self.with_setup(|setup| setup.old_deletions = false);
        self.with_setup(|setup| setup.silent_departures = false);
        self.with_setup(|setup| setup.content_types = plain.content_types);
        self.with_setup(|setup| setup.ignores_limit = false);
        self.with_setup(|setup| setup.answers_future = false);
        self.with_setup(|setup| setup.resource = plain.resource);
        self.with_setup(|setup| setup.first_revision = plain.first_revision);
        self.with_setup(|setup| setup.window = plain.window);
        self.with_setup(|setup| setup.streaming_lists = plain.streaming_lists);
        self.with_setup(|setup| setup.bookmarks = plain.bookmarks);
        self.with_setup(|setup| setup.progress = plain.progress);
        self.with_setup(|setup| setup.backlog = plain.backlog);
        self.with_setup(|setup| setup.server_seed = 0);
        self.with_setup(|setup| setup.net.seed = 0);
        for client in 0..self.plan.setup.clients.len() {
            let plain = ClientSetup::default();
            self.with_setup(|setup| setup.clients[client] = plain.clone());
            self.with_setup(|setup| setup.clients[client].seed = 0);
            self.with_setup(|setup| setup.clients[client].namespace = None);
            self.with_setup(|setup| setup.clients[client].label = None);
            self.with_setup(|setup| setup.clients[client].start = plain.start);
            self.with_setup(|setup| setup.clients[client].any = false);
            self.with_setup(|setup| setup.clients[client].page = plain.page);
            self.with_setup(|setup| setup.clients[client].stop_on_expired = false);
            self.with_setup(|setup| setup.clients[client].bookmarks = true);
            self.with_setup(|setup| setup.clients[client].watch = plain.watch);
            self.with_setup(|setup| setup.clients[client].largest = plain.largest);
            self.with_setup(|setup| setup.clients[client].nesting = None);
            self.with_setup(|setup| setup.clients[client].error_body = None);
            self.with_setup(|setup| setup.clients[client].metadata = false);
            self.with_setup(|setup| setup.clients[client].deadline = None);
            self.with_setup(|setup| setup.clients[client].patience = None);
            self.with_setup(|setup| setup.clients[client].check = None);
        }
    }

    fn with_setup(&mut self, change: impl FnOnce(&mut Setup)) {
        let mut plan = self.plan.clone();
        change(&mut plan.setup);
        self.try_plan(plan);
    }

    /// Tries smaller numbers, one step at a time.
    fn simplify_steps(&mut self) {
        for at in 0..self.plan.steps.len() {
            for simpler in simpler(&self.plan.steps[at]) {
                if self.runs_for_numbers >= MOST_RUNS_FOR_NUMBERS {
                    return;
                }
                self.runs_for_numbers += 1;
                let mut plan = self.plan.clone();
                plan.steps[at] = simpler;
                self.try_plan(plan);
            }
        }
    }
}

/// Returns the same step with smaller numbers: each number set to 0, halved, or rounded.
fn simpler(step: &PlanStep) -> Vec<PlanStep> {
    let mut simpler = Vec::new();
    for after in numbers(step.after) {
        simpler.push(PlanStep { after, action: step.action.clone() });
    }
    let Ok(serde_json::Value::Object(action)) = serde_json::to_value(&step.action) else { return simpler };
    for (name, fields) in &action {
        let Some(fields) = fields.as_object() else { continue };
        for (field, value) in fields {
            let Some(number) = value.as_u64() else { continue };
            for smaller in numbers(number) {
                let mut changed = action.clone();
                changed[name][field] = smaller.into();
                let read: Result<Action, _> = serde_json::from_value(serde_json::Value::Object(changed));
                simpler.extend(read.ok().map(|action| PlanStep { after: step.after, action }));
            }
        }
    }
    simpler.retain(|other| other != step);
    simpler
}
