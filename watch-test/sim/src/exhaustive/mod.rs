//! Runs all small plans, because a small plan is enough to show most bugs.

mod cells;
mod cuts;
mod pages;
mod sequences;
mod splits;

pub use self::cells::cells;
pub use self::cuts::cuts;
pub use self::pages::pages;
pub use self::sequences::sequences;
pub use self::splits::splits;

use super::counts::Counts;
use super::plan::Plan;
use super::run::run;
use super::violation::Violation;

/// The result.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Tried {
    /// The number of plans that ran.
    pub plans: u64,
    /// The counters of the runs.
    pub counts: Counts,
    /// The first failure.
    pub failure: Option<(Plan, Violation)>,
}

impl Tried {
    /// Runs a plan. Returns whether it held.
    fn holds(&mut self, plan: Plan) -> bool {
        let outcome = run(&plan);
        self.plans += 1;
        self.counts.merge(&outcome.counts);
        self.failure = outcome.violation.map(|violation| (plan, violation));
        self.failure.is_none()
    }
}
