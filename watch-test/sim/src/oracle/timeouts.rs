//! No operation outlasts its overall limit, also if data keeps arriving, and no timeout comes before it is due.

use core::time::Duration;

use watch_core::{Phase, TimedOut};

use crate::violation::{Oracle, Violation, broken};

/// `Timing::grace`
const GRACE: u64 = 15;

/// A poll this soon after the end of a wait is punctual (`memory/waited.rs`).
const PUNCTUAL: Duration = Duration::from_millis(100);

#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Timeouts {
    /// The time that the machine has waited in the phase of the open exchange.
    waiting: Option<Waiting>,
    /// The requested seconds of the open watch.
    asked: u64,
    /// When it was requested.
    sent: Duration,
}

/// Timeouts run while the machine waits, up to the end of the wait, and not while its driver is busy.
#[derive(Clone, Copy, Debug)]
struct Waiting {
    phase: Phase,
    waited: Duration,
    /// The beginning and the planned end of the last wait.
    from: Duration,
    until: Duration,
    /// The number of inputs of a punctual driver that moved the end of the wait: at most two.
    punctual: u64,
    /// The number of inputs of a late driver that moved the end of the wait: each by a second.
    late: u64,
}

impl Timeouts {
    /// Records a request. `asked`: the requested seconds, if it is a watch.
    pub(crate) const fn sent(&mut self, now: Duration, asked: u64) {
        *self = Self { waiting: None, asked, sent: now };
    }

    /// Checks a wait that begins now.
    pub(crate) fn wait(&mut self, now: Duration, until: Duration, phase: Phase) -> Result<(), Violation> {
        let Some(waiting) = self.waiting.as_mut().filter(|waiting| waiting.phase == phase) else {
            self.waiting = Some(Waiting { phase, waited: Duration::ZERO, from: now, until, punctual: 0, late: 0 });
            return Ok(());
        };
        waiting.waited += now.min(waiting.until).saturating_sub(waiting.from);
        match now.checked_sub(waiting.until) {
            Some(late_by) if late_by > PUNCTUAL => waiting.late += 1,
            Some(_) => waiting.punctual += 1,
            None => {}
        }
        (waiting.from, waiting.until) = (now, until);
        let (lasted, late) = (waiting.waited, waiting.late + waiting.punctual.min(2));
        let most = match phase {
            Phase::Opening => 65,
            Phase::Refused => 10,
            Phase::Listing => 600,
            Phase::StreamingList => self.asked + GRACE,
            _ => return Ok(()),
        };
        if lasted >= Duration::from_secs(most + late) {
            return broken(
                Oracle::Liveness,
                format!("{phase} for {lasted:?}, and it still waits; the limit is {most} s"),
            );
        }
        Ok(())
    }

    /// Checks a timeout: it lasted at least as long as configured.
    pub(crate) fn check(&self, now: Duration, of: TimedOut, lasted: Duration) -> Result<(), Violation> {
        // The server may end a streaming list after its requested time, which includes a late head.
        let lasted = if of == TimedOut::InitialEnd { now.saturating_sub(self.sent) } else { lasted };
        let least = match of {
            TimedOut::Head => 65,
            TimedOut::List | TimedOut::Object => 60,
            TimedOut::ListEnd => 600,
            TimedOut::InitialEnd => 30.min(self.asked.saturating_sub(1)),
            TimedOut::Bookmarks => 150,
            TimedOut::Watch => GRACE,
            _ => 0,
        };
        if lasted < Duration::from_secs(least) {
            return broken(Oracle::Liveness, format!("a timeout ({of:?}) after {lasted:?}; {least} s are allowed"));
        }
        Ok(())
    }
}
