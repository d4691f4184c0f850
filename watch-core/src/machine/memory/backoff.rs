//! How long to wait after a failure.

use core::mem;
use core::time::Duration;

use super::rng::Rng;
use crate::config::Timing;
use crate::io::time::Instant;

/// The factor between two delays.
const FACTOR: u32 = 2;

/// A watch that lasted this long proves the server healthy, even without an event: the backoff starts small again. It
/// equals the default of `Timing::longest_backoff`, so the requests stay as rare as during a backoff.
pub(crate) const LASTING: Duration = Duration::from_secs(30);

/// A backoff that grows with each failure. Only progress resets it.
///
/// client-go resets its own backoff two minutes after the last *reset*, so an unbroken run of failures becomes dense
/// again every two minutes. Here, only progress resets it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Backoff {
    attempts: u32,
    /// How much sooner than by the backoff the retries since the last progress came.
    saved: Duration,
}

impl Backoff {
    /// The number of failures since the last progress.
    pub(crate) const fn attempts(&self) -> u32 {
        self.attempts
    }

    /// Counts one more failure and returns how long to wait: 0.8 s, 1.6 s … 30 s by default, plus a random part of up to
    /// the same length, so that clients that failed together don't return together.
    pub(crate) fn next(&mut self, timing: &Timing, rng: &mut Rng) -> Duration {
        let factor = FACTOR.saturating_pow(self.attempts);
        let delay = timing.shortest_backoff.saturating_mul(factor).min(timing.longest_backoff);
        self.attempts = self.attempts.saturating_add(1);
        delay + rng.below(delay)
    }

    /// Counts one more failure, after which the retry comes after this time instead of the backoff.
    pub(crate) fn shorten(&mut self, after: Duration, timing: &Timing, rng: &mut Rng) {
        let saved = self.next(timing, rng).saturating_sub(after);
        self.saved = self.saved.saturating_add(saved);
    }

    /// Takes the time that retries saved. The next wait is longer by this time, so no later attempt is brought forward.
    pub(crate) const fn take_saved(&mut self) -> Duration {
        mem::replace(&mut self.saved, Duration::ZERO)
    }

    /// Counts one more failure without a wait, for what may be retried immediately once.
    pub(crate) const fn count(&mut self) {
        self.attempts = self.attempts.saturating_add(1);
    }

    pub(crate) const fn reset(&mut self) {
        self.attempts = 0;
        self.saved = Duration::ZERO;
    }

    /// The next attempt is of another kind: the last failure counts as the first.
    pub(crate) const fn begin_again(&mut self) {
        self.attempts = 1;
    }
}

/// After this time without a relist, the next one is immediate. It equals client-go's `backoffResetDuration`.
const CALM: Duration = Duration::from_secs(120);

/// The smallest ratio of that time to the longest delay. A wait with its jitter takes up to twice the longest delay,
/// unless it makes up for earlier retries. It must not count as calm.
const CALM_DELAYS: u32 = 4;

/// The backoff of relists. A relist costs the server a complete list. A server that repeatedly sends one event and then
/// reports that the version expired makes progress each time, but must not get an immediate relist each time.
#[derive(Clone, Debug, Default)]
pub(crate) struct Restarts {
    backoff: Backoff,
    last: Option<Instant>,
}

impl Restarts {
    /// Returns how long to wait before the next relist: zero if the last one was long ago.
    pub(crate) fn next(&mut self, timing: &Timing, rng: &mut Rng, now: Instant) -> Duration {
        let calm = CALM.max(timing.longest_backoff.saturating_mul(CALM_DELAYS));
        let is_first = self.last.is_none_or(|last| now.since(last) >= calm);
        self.last = Some(now);
        if is_first {
            self.backoff.reset();
            return Duration::ZERO;
        }
        self.backoff.next(timing, rng)
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
    pub(crate) fn next(&mut self, timing: &Timing, rng: &mut Rng) -> Duration {
        let doubled = self.asked.saturating_sub(PROMPT.saturating_sub(1));
        let delay = CONFIRM.saturating_mul(FACTOR.saturating_pow(doubled)).min(timing.longest_backoff);
        self.asked = self.asked.saturating_add(1);
        delay + rng.below(delay / 2)
    }
}
