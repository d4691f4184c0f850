//! What a machine says of its reasons agrees with what is known, and there is chance in its backoff.

use core::time::Duration;

use watch_core::{Cause, During, Next, Notice, TimedOut};
use watch_test::check::Position;

use crate::violation::{Oracle, Violation, broken};

/// Bookmarks that don't come are trouble after this (`Timing::idle_timeout`).
const IDLE: Duration = Duration::from_secs(150);

/// A longer `Retry-After` isn't believed (`Timing::longest_retry_after`).
const LONGEST: Duration = Duration::from_secs(300);

/// The first backoff is at least so long (`backoff.rs`).
const FIRST: Duration = Duration::from_millis(800);

/// Whether the machine gave up a version that it had told; for that it must have said a reason.
pub(crate) fn gives_up(has_version: bool, told: Position, has_reason: bool) -> Result<bool, Violation> {
    let gives_up = !has_version && told != Position::Unknown;
    if gives_up && !has_reason {
        return broken(Oracle::Restarts, "it gave up its version, and didn't say why");
    }
    Ok(gives_up)
}

/// See the module.
#[derive(Clone, Debug, Default)]
pub(crate) struct Notices {
    /// How much longer than it must be the last backoff was, by chance.
    chance: Option<u128>,
}

impl Notices {
    /// Checks a notice; `quiet`: for how long nothing was told.
    pub(crate) fn check(&mut self, notice: &Notice, quiet: Duration) -> Result<(), Violation> {
        let Notice::Retrying { trouble, after, next, .. } = notice else { return Ok(()) };
        if trouble.cause.http_status() == Some(410)
            && *next == Next::Resume
            && matches!(trouble.during, During::Watch { .. })
        {
            return broken(Oracle::Restarts, format!("{trouble}, and it resumes from there all the same"));
        }
        let asked = trouble.cause.status().map_or(0, |status| status.details.retry_after_seconds);
        let asked = Duration::from_secs(u64::try_from(asked).unwrap_or_default()).min(LONGEST);
        if *after < asked {
            return broken(Oracle::Patience, format!("{trouble}; {asked:?} were asked for, and it waits {after:?}"));
        }
        if let Cause::Timeout { of: TimedOut::Bookmarks, .. } = trouble.cause
            && quiet < IDLE
        {
            return broken(Oracle::Restarts, format!("{trouble}, but something was told {quiet:?} ago"));
        }
        // It is a random part more than 0.8 s, 1.6 s … as it is documented: never the same part twice.
        if trouble.retry_after.is_some() || after.is_zero() {
            return Ok(());
        }
        let mut chance = after.as_nanos();
        while chance >= 2 * FIRST.as_nanos() {
            chance /= 2;
        }
        if self.chance.replace(chance).is_some_and(|last| last.abs_diff(chance) <= 8) {
            return broken(
                Oracle::Rate,
                "those who fail together come back together: there is no chance in the backoff",
            );
        }
        Ok(())
    }
}
