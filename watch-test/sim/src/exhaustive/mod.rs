//! Everything small: all bugs have a small witness, so all small plans are tried.

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

/// What came of it.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Tried {
    /// How many plans were carried out.
    pub plans: u64,
    /// What they came through.
    pub counts: Counts,
    /// The first that failed.
    pub failure: Option<(Plan, Violation)>,
}

impl Tried {
    /// Carries out a plan. Whether it held.
    fn holds(&mut self, plan: Plan) -> bool {
        let outcome = run(&plan);
        self.plans += 1;
        self.counts.merge(&outcome.counts);
        self.failure = outcome.violation.map(|violation| (plan, violation));
        self.failure.is_none()
    }
}
