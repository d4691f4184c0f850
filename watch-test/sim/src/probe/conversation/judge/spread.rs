//! Each request of a watch subtracts a random part, up to a quarter, from `timeoutSeconds`
//! ([`Timing::watch`](watch_core::Timing::watch)), so that watches that began together don't end together.

use core::time::Duration;

use crate::probe::conversation::asked::Asked;
use crate::probe::conversation::setup::Setup;
use crate::violation::{Oracle, Violation, broken};

/// The most a chance may be for the judge to call it none.
const CHANCE: f64 = 1e-12;

#[derive(Clone, Copy, Debug)]
pub(super) struct Spread {
    /// The chance that all watches so far have the longest time.
    chance: f64,
}

impl Spread {
    pub(super) const fn new() -> Self {
        Self { chance: 1.0 }
    }

    /// Checks the time of a watch. `left`: the time to the deadline.
    pub(super) fn sent(&mut self, asked: &Asked, setup: &Setup, left: Option<Duration>) -> Result<(), Violation> {
        let most = setup.timing.watch;
        let spread = (most / 4).as_secs_f64();
        if !asked.class.is_watch() || spread < 2.0 || left.is_some_and(|left| left < most) {
            return Ok(());
        }
        let is_longest = asked.seconds.is_some_and(|seconds| seconds >= most.as_secs_f64().ceil() as u64);
        self.chance = if is_longest { self.chance / spread } else { 1.0 };
        if self.chance < CHANCE {
            return broken(Oracle::Requests, format!("each watch lasts for {most:?}, without a random part"));
        }
        Ok(())
    }
}
