//! When everything ends, and the read before that.

use core::time::Duration;

use crate::io::time::Instant;

/// The deadline of the configuration.
#[derive(Clone, Debug)]
pub(crate) struct Deadline {
    /// How long after the first `poll`.
    after: Option<Duration>,
    at: Option<Instant>,
    final_read: FinalRead,
}

/// Whether the present state is read once more before the deadline, and how far that is.
///
/// A watch whose connection died without a sign (half-open) stays silent until its `timeoutSeconds` are over, and so
/// would miss a state that the server had long before the deadline.
#[derive(Clone, Copy, Debug, Default)]
enum FinalRead {
    /// There is none: this is a watch.
    #[default]
    None,
    /// It is to come.
    Pending,
    /// It was asked for at this time, when that many attempts had failed, and isn't answered.
    Asked { at: Instant, attempts: u32 },
    /// It was answered.
    Answered,
}

/// The longest that is kept for the final read.
const LONGEST: Duration = Duration::from_secs(5);

impl Deadline {
    pub(crate) const fn new(after: Option<Duration>) -> Self {
        Self { after, at: None, final_read: FinalRead::None }
    }

    /// The first `poll` begins, or a later one.
    pub(crate) fn begin(&mut self, now: Instant) {
        if self.at.is_none() {
            self.at = self.after.map(|after| now + after);
        }
    }

    pub(crate) const fn at(&self) -> Option<Instant> {
        self.at
    }

    /// Reads the present state once more before the deadline.
    pub(crate) const fn read_finally(&mut self) {
        self.final_read = FinalRead::Pending;
    }

    /// How long before the deadline the final read is asked for, and so how long it may take: a quarter of the time, 5 s
    /// at most.
    fn ahead(&self) -> Option<Duration> {
        self.after.map(|after| (after / 4).min(LONGEST))
    }

    /// When the final read is to be asked for; `None` if there is none, or it was.
    pub(crate) fn final_read_at(&self) -> Option<Instant> {
        let ahead = self.ahead().filter(|ahead| !ahead.is_zero())?;
        let deadline = self.at.filter(|_| matches!(self.final_read, FinalRead::Pending))?;
        Some(Instant::from_origin(deadline.since_origin().saturating_sub(ahead)))
    }

    /// The final read is asked for now. When the driver is late, the deadline waits for it.
    pub(crate) fn ask(&mut self, attempts: u32, now: Instant) {
        self.final_read = FinalRead::Asked { at: now, attempts };
        self.at = self.at.max(Some(now + self.ahead().unwrap_or_default()));
    }

    /// A set is complete. Whether it answers the final read.
    pub(crate) const fn answers(&mut self) -> bool {
        let is_answer = matches!(self.final_read, FinalRead::Asked { .. });
        if is_answer {
            self.final_read = FinalRead::Answered;
        }
        is_answer
    }

    /// When the final read was asked for, if it wasn't answered, and didn't fail either.
    pub(crate) fn unanswered(&self, attempts: u32) -> Option<Instant> {
        match self.final_read {
            FinalRead::Asked { at, attempts: then } if then == attempts => Some(at),
            _ => None,
        }
    }
}
