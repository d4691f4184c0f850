//! The time that a machine has waited: from each wait to the next poll, up to the time that the wait named.

use core::time::Duration;

use watch_core::{Instant, Wait};

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Clock {
    now: Duration,
    total: Duration,
    /// When the wait that the machine is in began, and until when it lasts.
    waits: Option<(Duration, Duration)>,
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

    pub(super) fn waits(&mut self, wait: &Wait) {
        self.waits = Some((self.now, wait.until.map_or(Duration::MAX, Instant::since_origin)));
        self.is_late = false;
        self.is_fed = false;
    }
}
