//! A watch resumes without a backoff only after an open connection broke, only after a random part of a short time, and
//! only rarely. Each other attempt waits at least as long as its backoff. The first of them also waits for the time that
//! the reconnects before it saved.

use core::time::Duration;

use watch_core::{Cause, During, Next, Notice, TimedOut, Timing, TransportErrorKind};

use crate::violation::{Oracle, Violation, broken};

/// At most this many reconnects without a backoff follow each other without progress, and as many are within a period
/// (`watch-core/src/machine/memory/reconnect.rs`).
const MOST: usize = 2;
const PERIOD: Duration = Duration::from_secs(30);

/// A watch that ends sooner without an event is a failure, which has a notice (`watch-core/src/machine/memory/tally.rs`).
const SHORT: Duration = Duration::from_secs(1);

/// See the module.
#[derive(Clone, Debug, Default)]
pub(crate) struct Reconnects {
    /// When the last reconnects without a backoff were announced, the older one first.
    last: [Option<Duration>; MOST],
    saved: Saved,
}

/// The time that reconnects saved, and that no wait has made up for.
#[derive(Clone, Copy, Debug, Default)]
struct Saved {
    /// The attempt that saved it last.
    attempt: u32,
    time: Duration,
    /// Whether no wait without a notice may have made up for it.
    is_certain: bool,
    /// Until when that holds. The next watch isn't open for [`SHORT`] before.
    until: Duration,
}

impl Reconnects {
    /// Returns the time by which the wait of an attempt may be longer than its backoff.
    pub(crate) const fn saved(&self, attempt: u32) -> Duration {
        if attempt == 1 { Duration::ZERO } else { self.saved.time }
    }

    /// Checks a notice, at this time of the client's clock.
    pub(crate) fn check(&mut self, now: Duration, notice: &Notice, timing: &Timing) -> Result<(), Violation> {
        let Notice::Retrying { trouble, attempt, after, next: Next::Resume } = notice else {
            self.saved.is_certain = false;
            return Ok(());
        };
        // The first attempt comes after progress, which ends all that was before.
        if *attempt == 1 {
            self.saved = Saved::default();
        }
        self.saved.is_certain &= *attempt == self.saved.attempt + 1 && now < self.saved.until;
        let is_watch = matches!(trouble.during, During::Watch { .. });
        let delay = delay(timing, *attempt);
        if trouble.retry_after.is_some() || (!is_watch && *after < delay) {
            self.saved.is_certain = false;
            return Ok(());
        }
        let broken = |what: String| broken(Oracle::Rate, format!("attempt {attempt}, {trouble}: {what}"));
        if *after >= delay {
            let Saved { time, is_certain, .. } = core::mem::take(&mut self.saved);
            if is_certain && *after < delay + time {
                return broken(format!("it waits {after:?}, but reconnects saved {time:?} of a backoff of {delay:?}"));
            }
            return Ok(());
        }
        if !is_break(&trouble.cause) {
            return broken(format!("it waits {after:?}, less than its backoff, although no connection broke"));
        }
        let [older, newer] = self.last;
        if *attempt as usize > MOST || older.is_some_and(|then| now < then + PERIOD) {
            return broken(format!("a reconnect after {after:?}; the last two were at {:?}", self.last));
        }
        if after.is_zero() || *after >= timing.shortest_backoff / 4 / *attempt {
            return broken(format!("a reconnect after {after:?}, which isn't the documented spread"));
        }
        self.last = [newer, Some(now)];
        let is_certain = self.saved.is_certain || self.saved.time.is_zero();
        let time = self.saved.time + replaced(*after, timing, *attempt).saturating_sub(*after);
        self.saved = Saved { attempt: *attempt, time, is_certain, until: now + *after + SHORT };
        Ok(())
    }
}

/// Returns the backoff that a reconnect replaces, rounded down to a microsecond. The same random number decides both.
fn replaced(after: Duration, timing: &Timing, attempt: u32) -> Duration {
    let delay = delay(timing, attempt);
    let spread = timing.shortest_backoff / 4 / attempt;
    let jitter = delay.as_nanos() * after.as_nanos() / spread.as_nanos().max(1);
    delay + Duration::from_micros((jitter / 1_000) as u64)
}

/// Returns whether an established connection broke or is dead.
pub(crate) fn is_break(cause: &Cause) -> bool {
    use TransportErrorKind::{Other, Protocol, Reset, Timeout, Truncated};
    match cause {
        Cause::Transport(error) => matches!(error.kind, Reset | Truncated | Timeout | Protocol | Other),
        Cause::Truncated { .. } => true,
        Cause::Timeout { of, .. } => !matches!(of, TimedOut::Head),
        _ => false,
    }
}

/// Returns the backoff of an attempt before its jitter. The first attempt is 1.
pub(crate) fn delay(timing: &Timing, attempt: u32) -> Duration {
    let factor = 2_u32.saturating_pow(attempt.saturating_sub(1));
    timing.shortest_backoff.saturating_mul(factor).min(timing.longest_backoff)
}
