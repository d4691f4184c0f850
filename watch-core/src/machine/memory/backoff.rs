//! How long to wait after trouble.

use core::time::Duration;

use super::rng::Rng;
use crate::io::time::Instant;

/// First delay, factor, and longest delay before the jitter: those of client-go's reflector
/// (`tools/cache/reflector.go`: `wait.NewExponentialBackoffManager(800ms, 30s, 2min, 2.0, 1.0)`).
const FIRST: Duration = Duration::from_millis(800);
const FACTOR: u32 = 2;
const LONGEST: Duration = Duration::from_secs(30);

/// A watch that stood so long proves the server healthy, even if nothing happened on it: the wait before the next
/// attempt starts small again. As long as the longest delay, so that the requests stay as rare as while waiting.
pub(crate) const LASTING: Duration = LONGEST;

/// Grows with each trouble; only progress makes it small again.
///
/// client-go resets its own two minutes after the last *reset*, so that an unbroken run of failures becomes dense again
/// every two minutes. This one is reset by whoever saw progress, and by nothing else.
#[derive(Clone, Debug, Default)]
pub(crate) struct Backoff {
    attempts: u32,
}

impl Backoff {
    /// How often there was trouble since the last progress.
    pub(crate) const fn attempts(&self) -> u32 {
        self.attempts
    }

    /// Counts one more trouble and says how long to wait: 0.8 s, 1.6 s … 30 s, and up to as much again by chance, so
    /// that those who failed together don't come back together.
    pub(crate) fn next(&mut self, rng: &mut Rng) -> Duration {
        let delay = FIRST.saturating_mul(FACTOR.saturating_pow(self.attempts)).min(LONGEST);
        self.attempts = self.attempts.saturating_add(1);
        delay + rng.below(delay)
    }

    /// Counts one more trouble without a wait: for what may be tried again at once, once.
    pub(crate) const fn count(&mut self) {
        self.attempts = self.attempts.saturating_add(1);
    }

    pub(crate) const fn reset(&mut self) {
        self.attempts = 0;
    }

    /// What is tried now is another thing: the last trouble counts as the first.
    pub(crate) const fn begin_again(&mut self) {
        self.attempts = 1;
    }
}

/// How long without a restart makes the next one free again. More than the longest wait with its jitter, so that
/// restarts which are waited for don't look like calm: client-go's `backoffResetDuration`.
const CALM: Duration = Duration::from_secs(120);

/// Restarts cost the server a whole list, so they have a backoff of their own: a server that sends one event and then
/// says that the version expired, for ever, makes progress each time, and must not be asked each time at once.
#[derive(Clone, Debug, Default)]
pub(crate) struct Restarts {
    backoff: Backoff,
    last: Option<Instant>,
}

impl Restarts {
    /// How long to wait before the next: not at all, if there was none for a while.
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

/// From one version check to the next that is to confirm it, and up to half as much again by chance. Three answers that
/// agree (`policy::ENOUGH`) take 4 to 6 s: longer than kube-apiserver lets a request wait for a cache that lags (3 s, `blockTimeout` in
/// `cacher/watch_cache.go`), and short enough for a rollback to be believed within 10 s.
const CONFIRM: Duration = Duration::from_secs(2);

/// So many confirmations between one progress and the next don't wait longer: two for a rollback, and as many that failed.
const PROMPT: u32 = 4;

/// When a version check is repeated because the one before showed an older version than was seen. It isn't the backoff
/// of failures: that of a long outage has grown by the time at which the server shows that its backup was restored.
/// It grows only with a server that doesn't make up its mind.
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
