//! A deadline that runs while the machine waits, and only then.

use core::time::Duration;

use crate::time::Instant;

/// Set by the first wait after it was cleared, so that time which the consumer spends on its events doesn't count.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Alarm(Option<Set>);

#[derive(Clone, Copy, Debug)]
struct Set {
    at: Instant,
    due: Instant,
}

impl Alarm {
    /// The wait begins (or goes on): when it is due.
    pub(super) fn wait(&mut self, now: Instant, patience: Duration) -> Instant {
        self.0.get_or_insert(Set { at: now, due: now + patience }).due
    }

    /// What was waited for came.
    pub(super) const fn clear(&mut self) {
        self.0 = None;
    }

    /// How long it has waited, if that was too long.
    pub(super) fn ran_out(self, now: Instant) -> Option<Duration> {
        self.0.filter(|set| set.due <= now).map(|set| now.since(set.at))
    }
}
