//! The deadline, and the final read before it.

use alloc::boxed::Box;
use core::time::Duration;

use crate::io::time::Instant;

/// The configured deadline. Boxed, because most watches have none.
#[derive(Clone, Debug)]
pub(crate) struct Deadline(Option<Box<Configured>>);

#[derive(Clone, Debug)]
struct Configured {
    /// The time from the first `poll` to the deadline.
    after: Duration,
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

impl Configured {
    /// Returns how long before the deadline the final read is sent, which is also how long it may take: a quarter of
    /// the deadline, 5 s at most.
    fn ahead(&self) -> Duration {
        (self.after / 4).min(LONGEST)
    }
}

impl Deadline {
    pub(crate) fn new(after: Option<Duration>) -> Self {
        Self(after.map(|after| Box::new(Configured { after, at: None, final_read: FinalRead::None })))
    }

    /// A `poll` begins. The first one starts the deadline.
    pub(crate) fn begin(&mut self, now: Instant) {
        if let Some(deadline) = &mut self.0 {
            deadline.at.get_or_insert(now + deadline.after);
        }
    }

    pub(crate) fn at(&self) -> Option<Instant> {
        self.0.as_ref()?.at
    }

    /// Enables the final read before the deadline.
    pub(crate) const fn read_finally(&mut self) {
        if let Some(deadline) = &mut self.0 {
            deadline.final_read = FinalRead::Pending;
        }
    }

    /// Returns when to send the final read; `None` if there is none, or it was sent.
    pub(crate) fn final_read_at(&self) -> Option<Instant> {
        let deadline = self.0.as_ref().filter(|deadline| matches!(deadline.final_read, FinalRead::Pending))?;
        let ahead = Some(deadline.ahead()).filter(|ahead| !ahead.is_zero())?;
        Some(Instant::from_origin(deadline.at?.since_origin().saturating_sub(ahead)))
    }

    /// The final read is sent now. If the driver is late, the deadline moves.
    pub(crate) fn ask(&mut self, now: Instant) {
        if let Some(deadline) = &mut self.0 {
            deadline.final_read = FinalRead::Asked { at: now };
            deadline.at = deadline.at.max(Some(now + deadline.ahead()));
        }
    }

    /// A request failed.
    pub(crate) fn fails(&mut self) {
        if let Some(deadline) = &mut self.0
            && matches!(deadline.final_read, FinalRead::Asked { .. })
        {
            deadline.final_read = FinalRead::Failed;
        }
    }

    /// A list is complete. Returns whether it answers the final read.
    pub(crate) fn answers(&mut self) -> bool {
        let Some(deadline) = &mut self.0 else { return false };
        let is_answer = matches!(deadline.final_read, FinalRead::Asked { .. } | FinalRead::Failed);
        if is_answer {
            deadline.final_read = FinalRead::Answered;
        }
        is_answer
    }

    /// Returns when the final read was sent; `None` if it was answered or has failed.
    pub(crate) fn unanswered(&self) -> Option<Instant> {
        match self.0.as_ref()?.final_read {
            FinalRead::Asked { at } => Some(at),
            FinalRead::None | FinalRead::Pending | FinalRead::Failed | FinalRead::Answered => None,
        }
    }
}
