//! Waiting before the next attempt.

use super::{Start, State, Step};
use crate::output::{Output, Wait, Waiting};
use crate::time::Instant;

#[derive(Clone, Debug)]
pub(crate) struct Backoff {
    until: Instant,
}

impl Backoff {
    pub(super) const fn new(until: Instant) -> Self {
        Self { until }
    }

    pub(super) fn step(self, now: Instant) -> Step {
        if self.until <= now {
            return Step::Go(State::Start(Start));
        }
        let wait = Wait { until: Some(self.until), on: Waiting::Backoff };
        Step::Emit(Output::Wait(wait), State::Backoff(self))
    }
}
