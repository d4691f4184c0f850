//! Waits before the next attempt.

use super::{State, Step};
use crate::io::output::{Output, Wait, Waiting};
use crate::io::time::Instant;

#[derive(Clone, Debug)]
pub(crate) struct BackingOff {
    until: Instant,
}

impl BackingOff {
    pub(super) const fn new(until: Instant) -> Self {
        Self { until }
    }

    pub(super) fn step(self, now: Instant) -> Step {
        if self.until <= now {
            return Step::Go(State::START);
        }
        let wait = Wait { until: Some(self.until), on: Waiting::Backoff };
        Step::Emit(Output::Wait(wait), State::BackingOff(self))
    }
}
