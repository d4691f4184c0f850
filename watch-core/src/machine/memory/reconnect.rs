//! Reconnects without a backoff.
//!
//! A load balancer that closes a connection, or a server that restarts, breaks a healthy watch. A backoff would only make
//! the consumer's state older. But the watches of all clients break together if a server is lost. So each client waits
//! for a random part of a short time. If a network breaks each connection, the backoff applies: at most two reconnects
//! without progress, and at most two in 30 s with progress, have no backoff. The time that they save is added to the next
//! backoff. So only the reconnects themselves come sooner, and no attempt after them.

use core::time::Duration;

use super::rng::Rng;
use crate::io::time::Instant;

/// The most reconnects without a backoff, in a row and in a [`PERIOD`].
const MOST: usize = 2;

/// Only the reconnects within this time count. It equals `backoff::LASTING`.
const PERIOD: Duration = super::backoff::LASTING;

/// The shortest backoff divided by this number is the time over which the reconnects spread. The second reconnect in a
/// row has half of it, because the first one already moved the clients apart.
const SPREAD: u32 = 4;

/// The times of the last reconnects without a backoff, the older one first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Reconnects {
    last: [Option<Instant>; MOST],
}

impl Reconnects {
    /// Returns how long to wait before the reconnect, after `attempts` failures since the last progress. Returns `None` if
    /// it needs a backoff.
    pub(crate) fn next(
        &mut self,
        attempts: u32,
        shortest_backoff: Duration,
        rng: &mut Rng,
        now: Instant,
    ) -> Option<Duration> {
        let [older, newer] = self.last;
        let is_rare = older.is_none_or(|then| now.since(then) >= PERIOD);
        if !is_rare || attempts as usize >= MOST {
            return None;
        }
        self.last = [newer, Some(now)];
        Some(spread(shortest_backoff / (attempts + 1), rng))
    }
}

/// Returns a random part of the time over which the clients of a lost server spread.
pub(crate) fn spread(shortest_backoff: Duration, rng: &mut Rng) -> Duration {
    rng.below(shortest_backoff / SPREAD)
}
