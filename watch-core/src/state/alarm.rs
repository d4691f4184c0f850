//! A deadline that runs while the machine waits, and only then.

use core::time::Duration;

use crate::time::Instant;
use crate::trouble::{Cause, Silence};

/// Set by the first wait after it was cleared, so that time which the consumer spends on its events doesn't count.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Alarm(Option<Set>);

#[derive(Clone, Copy, Debug)]
struct Set {
    at: Instant,
    due: Instant,
    of: Silence,
}

impl Alarm {
    /// The wait begins or goes on: until when it may.
    ///
    /// # Errors
    /// If it went on for too long.
    pub(super) fn wait(&mut self, now: Instant, patience: Duration, of: Silence) -> Result<Instant, Cause> {
        let set = self.0.get_or_insert(Set { at: now, due: now + patience, of });
        if set.due > now { Ok(set.due) } else { Err(Cause::Silence { of: set.of, lasted: now.since(set.at) }) }
    }

    /// What was waited for came.
    pub(super) const fn clear(&mut self) {
        self.0 = None;
    }
}
