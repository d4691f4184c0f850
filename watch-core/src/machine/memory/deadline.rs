//! The deadline, and the final read before it.

use core::time::Duration;

use crate::io::time::Instant;

/// The configured deadline.
#[derive(Clone, Debug)]
pub(crate) struct Deadline {
    /// The time from the first `poll` to the deadline.
    after: Option<Duration>,
    at: Option<Instant>,
    final_read: FinalRead,
}

/// The state of the final read before the deadline.
///
/// A watch whose connection died without a sign (half-open) is silent until its `timeoutSeconds` are over. It would
/// miss a state that the server had long before the deadline.
#[derive(Clone, Copy, Debug, Default)]
enum FinalRead {
    /// There is no final read, because this is a plain watch.
    #[default]
    None,
    /// It wasn't sent yet.
    Pending,
    /// It was sent at this time, and isn't answered.
    Asked { at: Instant },
    /// It has failed. It is tried again.
    Failed,
    /// It was answered.
    Answered,
}

/// The longest time that is reserved for the final read.
const LONGEST: Duration = Duration::from_secs(5);

impl Deadline {
    pub(crate) const fn new(after: Option<Duration>) -> Self {
        Self { after, at: None, final_read: FinalRead::None }
    }

    /// A `poll` begins. The first one starts the deadline.
    pub(crate) fn begin(&mut self, now: Instant) {
        if self.at.is_none() {
            self.at = self.after.map(|after| now + after);
        }
    }

    pub(crate) const fn at(&self) -> Option<Instant> {
        self.at
    }

    /// Enables the final read before the deadline.
    pub(crate) const fn read_finally(&mut self) {
        self.final_read = FinalRead::Pending;
    }

    /// Returns how long before the deadline the final read is sent, which is also how long it may take: a quarter of
    /// the deadline, 5 s at most.
    fn ahead(&self) -> Option<Duration> {
        self.after.map(|after| (after / 4).min(LONGEST))
    }

    /// Returns when to send the final read; `None` if there is none, or it was sent.
    pub(crate) fn final_read_at(&self) -> Option<Instant> {
        let ahead = self.ahead().filter(|ahead| !ahead.is_zero())?;
        let deadline = self.at.filter(|_| matches!(self.final_read, FinalRead::Pending))?;
        Some(Instant::from_origin(deadline.since_origin().saturating_sub(ahead)))
    }

    /// The final read is sent now. If the driver is late, the deadline moves.
    pub(crate) fn ask(&mut self, now: Instant) {
        self.final_read = FinalRead::Asked { at: now };
        self.at = self.at.max(Some(now + self.ahead().unwrap_or_default()));
    }

    /// A request failed.
    pub(crate) const fn fails(&mut self) {
        if matches!(self.final_read, FinalRead::Asked { .. }) {
            self.final_read = FinalRead::Failed;
        }
    }

    /// A list is complete. Returns whether it answers the final read.
    pub(crate) const fn answers(&mut self) -> bool {
        let is_answer = matches!(self.final_read, FinalRead::Asked { .. } | FinalRead::Failed);
        if is_answer {
            self.final_read = FinalRead::Answered;
        }
        is_answer
    }

    /// Returns when the final read was sent; `None` if it was answered or has failed.
    pub(crate) const fn unanswered(&self) -> Option<Instant> {
        match self.final_read {
            FinalRead::Asked { at } => Some(at),
            FinalRead::None | FinalRead::Pending | FinalRead::Failed | FinalRead::Answered => None,
        }
    }
}
