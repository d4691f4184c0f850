//! The time that a machine has waited: from each wait to the next poll, up to the time that the wait named.

use core::time::Duration;

use watch_core::{Instant, Wait};

use crate::violation::{Oracle, Violation, broken};

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Clock {
    now: Duration,
    total: Duration,
    /// When the wait that the machine is in began, and until when it lasts.
    waits: Option<(Duration, Duration)>,
    /// The end of the last wait.
    last: Option<Duration>,
    /// The driver polled at or after the end of the wait, and had handed something in.
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

    /// A timer that is due now may be put off by a moment.
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

    /// A wait that is over goes on: it must be the one that the machine was in.
    pub(super) fn goes_on(&mut self, wait: &Wait) -> Result<(), Violation> {
        if self.last != wait.until.map(Instant::since_origin) {
            return broken(
                Oracle::Spin,
                format!("at {:?} it waits until {:?}, as it did not before", self.now, wait.until),
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
