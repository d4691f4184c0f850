//! The backoff starts small again after progress, is never shorter than documented, and its jitter has its full width.
//!
//! The other direction (too many requests) is checked by [`rate`](super::rate), and waits that are shorter than the backoff
//! by [`reconnects`](super::reconnects).

use core::time::Duration;

use watch_core::{Cause, During, Next, Notice, Timing};

use super::reconnects::delay;
use crate::violation::{Oracle, Violation, broken};

/// The first delay before the jitter (`Timing::shortest_backoff`).
const FIRST: Duration = Duration::from_millis(800);

/// The number of delays after which all of them in one half of the jitter's range count as a violation. By chance, this
/// happens in 2 of 2^20 processes.
const SAMPLES: u32 = 20;

#[derive(Clone, Debug, Default)]
pub(crate) struct Backoff {
    /// Requests since the last progress.
    requests: u32,
    /// Delays whose jitter is known, and how many of them were in the lower half.
    samples: u32,
    low: u32,
    /// A reconnect without a backoff was announced, and the next delay makes up for it.
    is_ahead: bool,
}

impl Backoff {
    /// Records a request that isn't for a further page.
    pub(crate) const fn sent(&mut self) {
        self.requests += 1;
    }

    /// Records that the version increased, which resets the backoff.
    pub(crate) const fn progress(&mut self) {
        self.requests = 0;
    }

    /// Checks a notice.
    pub(crate) fn check(&mut self, notice: &Notice) -> Result<(), Violation> {
        let Notice::Retrying { trouble, attempt, after, next } = notice else { return Ok(()) };
        // Each failed attempt had a request of its own; one may have been sent before the progress.
        if *attempt > self.requests + 1 {
            let message = format!("attempt {attempt}, after {} requests since the last progress", self.requests);
            return broken(Oracle::Rate, message);
        }
        if *next != Next::Resume {
            return Ok(());
        }
        let asked = trouble.retry_after.unwrap_or_default();
        // A version check that is refused for good is followed by the watch without a backoff.
        let is_watch = matches!(trouble.during, During::Watch { .. });
        if is_watch
            && !asked.is_zero()
            && matches!(trouble.cause, Cause::Status(_))
            && *after < delay(&Timing::default(), *attempt)
        {
            let message = format!("Retry-After: {asked:?} made it wait {after:?}, less than its backoff");
            return broken(Oracle::Patience, message);
        }
        if is_watch && asked.is_zero() && *after < delay(&Timing::default(), *attempt) {
            self.is_ahead = true;
        }
        // Between 0.8 s and 25.6 s, each delay shows which share of its range the jitter took.
        if !asked.is_zero() || *after < FIRST || *after >= 32 * FIRST {
            return Ok(());
        }
        if core::mem::take(&mut self.is_ahead) && *attempt > 1 {
            return Ok(());
        }
        let mut delay = *after;
        while delay >= 2 * FIRST {
            delay /= 2;
        }
        self.samples += 1;
        self.low += u32::from(delay < FIRST * 3 / 2);
        if self.samples >= SAMPLES && (self.low == 0 || self.low == self.samples) {
            return broken(Oracle::Rate, format!("the jitter of {SAMPLES} delays fills only one half of its range"));
        }
        Ok(())
    }
}
