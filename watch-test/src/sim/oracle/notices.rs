//! What a machine says of its reasons agrees with what is known, and there is chance in its backoff.

use core::time::Duration;

use watch_core::{Cause, During, Next, Notice, Silence};

use super::sequence::{Position, broken};
use crate::sim::violation::{Oracle, Violation};

/// Bookmarks that don't come are trouble after this (`Timing::idle`).
const IDLE: Duration = Duration::from_secs(150);

/// A longer `Retry-After` isn't believed (`Timing::longest_retry_after`).
const LONGEST: Duration = Duration::from_secs(300);

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
    /// Backoffs without chance in them, one after the other.
    plain_waits: u32,
}

impl Notices {
    /// Judges a notice; `quiet`: for how long nothing was told.
    pub(crate) fn judge(&mut self, notice: &Notice, quiet: Duration) -> Result<(), Violation> {
        let Notice::Retrying { trouble, after, next, .. } = notice else { return Ok(()) };
        let is_gone = matches!(&trouble.cause, Cause::Foreign { status: 410, .. })
            || trouble.cause.status().is_some_and(|status| status.code == 410);
        if is_gone && *next == Next::Resume && matches!(trouble.during, During::Watch { .. }) {
            return broken(Oracle::Restarts, format!("{trouble}, and it resumes from there all the same"));
        }
        let asked = trouble.cause.status().map_or(0, |status| status.details.retry_after_seconds);
        let asked = Duration::from_secs(u64::try_from(asked).unwrap_or_default()).min(LONGEST);
        if *after < asked {
            return broken(Oracle::Patience, format!("{trouble}; {asked:?} were asked for, and it waits {after:?}"));
        }
        if let Cause::Silence { of: Silence::Bookmarks, .. } = trouble.cause
            && quiet < IDLE
        {
            return broken(Oracle::Restarts, format!("{trouble}, but something was told {quiet:?} ago"));
        }
        // 0.8 s, 1.6 s … 30 s: a backoff without chance in it, twice.
        let millis = after.as_nanos() / 1_000_000;
        let is_plain = after.as_nanos() % 100_000_000 == 0
            && trouble.retry_after.is_none()
            && matches!(millis, 800 | 1600 | 3200 | 6400 | 12_800 | 25_600 | 30_000);
        self.plain_waits = if is_plain { self.plain_waits + 1 } else { 0 };
        if self.plain_waits >= 2 {
            return broken(
                Oracle::Rate,
                "those who fail together come back together: there is no chance in the backoff",
            );
        }
        Ok(())
    }
}
