//! A watch resumes without a backoff only after an open connection broke, only after a random part of a short time, and
//! only rarely. Each other attempt waits at least as long as its backoff.

use core::time::Duration;

use watch_core::{Cause, During, Next, Notice, TimedOut, Timing, TransportErrorKind};

use crate::violation::{Oracle, Violation, broken};

/// At most this many reconnects without a backoff follow each other without progress, and as many are within a period
/// (`watch-core/src/machine/memory/reconnect.rs`).
const MOST: usize = 2;
const PERIOD: Duration = Duration::from_secs(30);

/// See the module.
#[derive(Clone, Debug, Default)]
pub(crate) struct Reconnects {
    /// When the last reconnects without a backoff were announced, the older one first.
    last: [Option<Duration>; MOST],
}

impl Reconnects {
    /// Checks a notice, at this time of the client's clock.
    pub(crate) fn check(&mut self, now: Duration, notice: &Notice, timing: &Timing) -> Result<(), Violation> {
        let Notice::Retrying { trouble, attempt, after, next: Next::Resume } = notice else { return Ok(()) };
        let is_watch = matches!(trouble.during, During::Watch { .. });
        if !is_watch || trouble.retry_after.is_some() || *after >= delay(timing, *attempt) {
            return Ok(());
        }
        let broken = |what: String| broken(Oracle::Rate, format!("attempt {attempt}, {trouble}: {what}"));
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
        Ok(())
    }
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
