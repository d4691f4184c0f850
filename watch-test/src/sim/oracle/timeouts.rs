//! Nothing that has an overall limit outlasts it, however much keeps coming, and no timeout comes before it is due.

use core::time::Duration;

use watch_core::{Phase, Silence};

use super::sequence::broken;
use crate::sim::violation::{Oracle, Violation};

/// `Timing::grace`
const GRACE: u64 = 15;

/// See the module.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Timeouts {
    /// The phase of the open exchange, and when the machine first waited in it: deadlines run only while it waits.
    waiting: Option<(Phase, Duration)>,
    /// For how many seconds the open watch was asked for.
    asked: u64,
    /// When it was asked for.
    sent: Duration,
}

impl Timeouts {
    /// A request was sent; `asked`: for how many seconds, if it is a watch.
    pub(crate) const fn sent(&mut self, now: Duration, asked: u64) {
        *self = Self { waiting: None, asked, sent: now };
    }

    /// Judges a wait.
    pub(crate) fn wait(&mut self, now: Duration, phase: Phase) -> Result<(), Violation> {
        let since = match self.waiting {
            Some((same, since)) if same == phase => since,
            _ => {
                self.waiting = Some((phase, now));
                return Ok(());
            }
        };
        let most = match phase {
            Phase::Opening => 65,
            Phase::Refused => 10,
            Phase::Listing => 600,
            Phase::StreamingList => self.asked + GRACE,
            _ => return Ok(()),
        };
        let lasted = now.saturating_sub(since);
        if lasted >= Duration::from_secs(most) {
            return broken(
                Oracle::Liveness,
                format!("{phase} for {lasted:?}, and it still waits; the limit is {most} s"),
            );
        }
        Ok(())
    }

    /// Judges a timeout: it lasted at least as long as configured.
    pub(crate) fn judge(&self, now: Duration, of: Silence, lasted: Duration) -> Result<(), Violation> {
        // The server may end a streaming list when the time is over that it was asked for; a late head is part of that.
        let lasted = if of == Silence::InitialEnd { now.saturating_sub(self.sent) } else { lasted };
        let least = match of {
            Silence::Head => 65,
            Silence::List | Silence::Object => 60,
            Silence::ListEnd => 600,
            Silence::InitialEnd => 30.min(self.asked.saturating_sub(1)),
            Silence::Bookmarks => 150,
            Silence::Watch => GRACE,
            _ => 0,
        };
        if lasted < Duration::from_secs(least) {
            return broken(Oracle::Liveness, format!("a timeout ({of:?}) after {lasted:?}; {least} s are allowed"));
        }
        Ok(())
    }
}
