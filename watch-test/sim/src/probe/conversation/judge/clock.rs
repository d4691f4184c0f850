//! The time that a machine has waited: from each wait to the next poll, up to the time that the wait named.
//!
//! Inputs that change nothing don't end a wait. Its time may be over: then a late driver has a moment to hand in the
//! other inputs that are ready.

use core::time::Duration;

use watch_core::{Instant, Output, Wait};

use crate::violation::{Oracle, Violation, broken};

/// The time that a late driver has to hand in what is ready.
const MOMENT: Duration = Duration::from_secs(1);

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Clock {
    now: Duration,
    total: Duration,
    /// The beginning and the end of the present wait.
    waits: Option<(Duration, Duration)>,
    /// The end of the last wait.
    last: Option<Duration>,
    /// Whether the driver polled at or after the end of the wait, and whether it had handed in an input.
    is_late: bool,
    is_fed: bool,
    /// An input without an effect was handed in since the last poll.
    has_ignored: bool,
    /// The time of the first poll at or after the end of the wait, if the wait goes on.
    over_since: Option<Duration>,
    /// The wait goes on, so the next output is the same wait.
    goes_on: bool,
}

impl Clock {
    pub(super) const fn now(&self) -> Duration {
        self.now
    }

    pub(super) const fn total(&self) -> Duration {
        self.total
    }

    /// Returns whether the driver polled at or after the end of the wait.
    pub(super) const fn is_late(&self) -> bool {
        self.is_late
    }

    /// Returns whether the machine may postpone a timer that is due, because a late driver handed in an input.
    pub(super) const fn is_late_and_fed(&self) -> bool {
        self.is_late && self.is_fed
    }

    pub(super) fn polls(&mut self, now: Duration) {
        self.now = self.now.max(now);
        if let Some((began, until)) = self.waits.take() {
            self.total += self.now.min(until).saturating_sub(began);
            self.is_late = until <= self.now;
            let is_unchanged = core::mem::take(&mut self.has_ignored) && !self.is_fed;
            self.goes_on =
                is_unchanged && (!self.is_late || self.now <= *self.over_since.get_or_insert(self.now) + MOMENT);
        }
    }

    pub(super) const fn feed(&mut self) {
        self.is_fed = true;
    }

    /// Records an input that changes nothing.
    pub(super) const fn ignore(&mut self) {
        self.has_ignored = true;
    }

    /// Checks that an output is the same wait, if only inputs that change nothing were handed in. If the time of the
    /// wait is over, they may be the first of those that a late driver hands in.
    pub(super) fn output(&mut self, output: &Output) -> Result<(), Violation> {
        if !core::mem::take(&mut self.goes_on) {
            return Ok(());
        }
        match output {
            Output::Wait(wait) if wait.until.map(Instant::since_origin) == self.last => Ok(()),
            _ => broken(
                Oracle::Liveness,
                format!("at {:?} the wait until {:?} goes on, and not {output:?}", self.now, self.last),
            ),
        }
    }

    /// Returns whether the time of this wait is over.
    pub(super) fn is_over(&self, wait: &Wait) -> bool {
        wait.until.is_some_and(|until| until.since_origin() <= self.now)
    }

    /// Checks that the machine continues its previous wait, although the time of that wait may be over.
    pub(super) fn continues(&mut self, wait: &Wait) -> Result<(), Violation> {
        if self.last != wait.until.map(Instant::since_origin) {
            return broken(
                Oracle::Spin,
                format!("at {:?} it waits until {:?}, which isn't its previous wait", self.now, wait.until),
            );
        }
        let over_since = self.over_since;
        self.waits(wait);
        self.over_since = over_since;
        Ok(())
    }

    pub(super) fn waits(&mut self, wait: &Wait) {
        self.over_since = None;
        self.last = wait.until.map(Instant::since_origin);
        self.waits = Some((self.now, wait.until.map_or(Duration::MAX, Instant::since_origin)));
        self.is_late = false;
        self.is_fed = false;
    }
}
