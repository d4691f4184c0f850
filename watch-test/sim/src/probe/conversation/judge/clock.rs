//! The time that a machine has waited: from each wait to the next poll, up to the time that the wait named.

use core::time::Duration;

use watch_core::{Instant, Wait};

use crate::violation::{Oracle, Violation, broken};

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
        }
    }

    pub(super) const fn feed(&mut self) {
        self.is_fed = true;
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
        self.waits(wait);
        Ok(())
    }

    pub(super) fn waits(&mut self, wait: &Wait) {
        self.last = wait.until.map(Instant::since_origin);
        self.waits = Some((self.now, wait.until.map_or(Duration::MAX, Instant::since_origin)));
        self.is_late = false;
        self.is_fed = false;
    }
}
