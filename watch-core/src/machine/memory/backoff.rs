//! How long to wait after a failure.

use core::time::Duration;

use super::rng::Rng;
use crate::io::time::Instant;

/// First delay, factor, and longest delay before the jitter: those of client-go's reflector
/// (`tools/cache/reflector.go`: `wait.NewExponentialBackoffManager(800ms, 30s, 2min, 2.0, 1.0)`).
const FIRST: Duration = Duration::from_millis(800);
const FACTOR: u32 = 2;
const LONGEST: Duration = Duration::from_secs(30);

/// A watch that lasted this long proves the server healthy, even without an event: the backoff starts small again. It
/// equals the longest delay, so the requests stay as rare as during a backoff.
pub(crate) const LASTING: Duration = LONGEST;

/// A backoff that grows with each failure. Only progress resets it.
///
/// client-go resets its own backoff two minutes after the last *reset*, so an unbroken run of failures becomes dense
/// again every two minutes. Here, only progress resets it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Backoff {
    attempts: u32,
}

impl Backoff {
    /// The number of failures since the last progress.
    pub(crate) const fn attempts(&self) -> u32 {
        self.attempts
    }

    /// Counts one more failure and returns how long to wait: 0.8 s, 1.6 s … 30 s, plus a random part of up to the same
    /// length, so that clients that failed together don't return together.
    pub(crate) fn next(&mut self, rng: &mut Rng) -> Duration {
        let delay = FIRST.saturating_mul(FACTOR.saturating_pow(self.attempts)).min(LONGEST);
        self.attempts = self.attempts.saturating_add(1);
        delay + rng.below(delay)
    }

    /// Counts one more failure without a wait, for what may be retried immediately once.
    pub(crate) const fn count(&mut self) {
        self.attempts = self.attempts.saturating_add(1);
    }

    pub(crate) const fn reset(&mut self) {
        self.attempts = 0;
    }

    /// The next attempt is of another kind: the last failure counts as the first.
    pub(crate) const fn begin_again(&mut self) {
        self.attempts = 1;
    }
}

/// After this time without a relist, the next one is immediate. The time is longer than the longest wait with its
/// jitter, so relists that are delayed don't count as calm. It equals client-go's `backoffResetDuration`.
const CALM: Duration = Duration::from_secs(120);

/// The backoff of relists. A relist costs the server a complete list. A server that repeatedly sends one event and then
/// reports that the version expired makes progress each time, but must not get an immediate relist each time.
#[derive(Clone, Debug, Default)]
pub(crate) struct Restarts {
    backoff: Backoff,
    last: Option<Instant>,
}

impl Restarts {
    /// Returns how long to wait before the next relist: zero if the last one was long ago.
    pub(crate) fn next(&mut self, now: Instant, rng: &mut Rng) -> Duration {
        let is_first = self.last.is_none_or(|last| now.since(last) >= CALM);
        self.last = Some(now);
        if is_first {
            self.backoff.reset();
            return Duration::ZERO;
        }
        self.backoff.next(rng)
    }
}

/// The wait before a version check that confirms another, plus a random part of up to half of it. Three answers that
/// agree (`policy::ENOUGH`) take 4 to 6 s. That is longer than kube-apiserver lets a request wait for a cache that lags
/// (3 s, `blockTimeout` in `cacher/watch_cache.go`), and short enough to accept a rollback within 10 s.
const CONFIRM: Duration = Duration::from_secs(2);

/// The first confirmations since the last progress, up to this number, have the same wait. They are enough for a
/// rollback (two) and for two that fail. Every later one waits longer.
const PROMPT: u32 = 4;

/// The waits before a version check that is repeated because the last answer was older than what was seen. It isn't the
/// backoff of failures: after a long outage, that one has grown by the time the server returns from its backup. This
/// one grows only if the answers keep disagreeing.
#[derive(Clone, Debug, Default)]
pub(crate) struct Confirmations {
    asked: u32,
}

impl Confirmations {
    pub(crate) fn next(&mut self, rng: &mut Rng) -> Duration {
        let doubled = self.asked.saturating_sub(PROMPT.saturating_sub(1));
        let delay = CONFIRM.saturating_mul(FACTOR.saturating_pow(doubled)).min(LONGEST);
        self.asked = self.asked.saturating_add(1);
        delay + rng.below(delay / 2)
    }
}
