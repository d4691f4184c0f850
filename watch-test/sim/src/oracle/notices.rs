//! The notices of a machine agree with the facts, and its backoff has jitter.

use core::time::Duration;

use watch_core::{Cause, During, Next, Notice, TimedOut};
use watch_test::check::Position;

use crate::violation::{Oracle, Violation, broken};

/// Missing bookmarks are trouble after this (`Timing::idle_timeout`).
const IDLE: Duration = Duration::from_secs(150);

/// A longer `Retry-After` is capped (`Timing::longest_retry_after`).
const LONGEST: Duration = Duration::from_secs(300);

/// The shortest first backoff (`backoff.rs`).
const FIRST: Duration = Duration::from_millis(800);

/// Returns whether the machine discarded a version that it had delivered. It must have reported the reason.
pub(crate) fn gives_up(has_version: bool, delivered: Position, has_reason: bool) -> Result<bool, Violation> {
    let gives_up = !has_version && delivered != Position::Unknown;
    if gives_up && !has_reason {
        return broken(Oracle::Restarts, "it discarded its version without a reported reason");
    }
    Ok(gives_up)
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Notices {
    /// The jitter of the last backoff.
    chance: Option<u128>,
}

impl Notices {
    /// Checks a notice. `quiet`: the time since the last event.
    pub(crate) fn check(&mut self, notice: &Notice, quiet: Duration) -> Result<(), Violation> {
        let Notice::Retrying { trouble, after, next, .. } = notice else { return Ok(()) };
        if trouble.cause.http_status() == Some(410)
            && *next == Next::Resume
            && matches!(trouble.during, During::Watch { .. })
        {
            return broken(Oracle::Restarts, format!("{trouble}, but it resumes from that version"));
        }
        let asked = trouble.cause.status().map_or(0, |status| status.details.retry_after_seconds);
        let asked = Duration::from_secs(u64::try_from(asked).unwrap_or_default()).min(LONGEST);
        if *after < asked {
            return broken(Oracle::Patience, format!("{trouble}; Retry-After is {asked:?}, and it waits {after:?}"));
        }
        if let Cause::Timeout { of: TimedOut::Bookmarks, .. } = trouble.cause
            && quiet < IDLE
        {
            return broken(Oracle::Restarts, format!("{trouble}, but the last event was {quiet:?} ago"));
        }
        // The backoff is 0.8 s, 1.6 s … plus a random part, as documented. The random part is never the same twice.
        if trouble.retry_after.is_some() || after.is_zero() {
            return Ok(());
        }
        let mut chance = after.as_nanos();
        while chance >= 2 * FIRST.as_nanos() {
            chance /= 2;
        }
        if self.chance.replace(chance).is_some_and(|last| last.abs_diff(chance) <= 8) {
            return broken(Oracle::Rate, "clients that fail together retry together: the backoff has no jitter");
        }
        Ok(())
    }
}
