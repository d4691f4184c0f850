//! The points in time that end a wait.

use super::State;
use super::memory::Memory;
use crate::io::phase::Phase;
use crate::io::time::Instant;

/// The points in time that end a wait in any state. Only this file compares them with the clock.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    final_read: Option<Instant>,
    deadline: Option<Instant>,
    gives_up: Option<Instant>,
}

/// A bound that was reached.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Bound {
    /// The final read before the deadline is due.
    FinalRead,
    /// The configured deadline.
    Deadline,
    /// There was trouble for as long as the configuration allows.
    GivesUp,
}

impl Bounds {
    /// Returns the bounds that apply in this state.
    pub(crate) fn of(state: &State, memory: &mut Memory, now: Instant) -> Self {
        let phase = state.phase();
        let last = memory.health.tally().last();
        // The final read cuts a backoff short, but not a wait that the server requested.
        let is_asked_to_wait = phase == Phase::BackingOff && last.is_some_and(|last| last.retry_after.is_some());
        // An open watch isn't trouble, even without events. In `Starting`, the attempt comes first.
        let may_give_up = !matches!(phase, Phase::Live | Phase::Starting);
        Self {
            final_read: memory.deadline.final_read_at().filter(|_| !is_asked_to_wait),
            deadline: memory.deadline.at(),
            gives_up: memory.gives_up(now).filter(|_| may_give_up),
        }
    }

    /// Returns the first bound that is reached.
    pub(crate) fn reached(&self, now: Instant) -> Option<Bound> {
        let is_over = |end: Option<Instant>| end.is_some_and(|end| end <= now);
        match () {
            () if is_over(self.final_read) => Some(Bound::FinalRead),
            () if is_over(self.deadline) => Some(Bound::Deadline),
            () if is_over(self.gives_up) => Some(Bound::GivesUp),
            () => None,
        }
    }

    /// Returns when to stop waiting, given the limit of the state.
    pub(crate) fn cap(&self, until: Option<Instant>) -> Option<Instant> {
        [until, self.final_read, self.deadline, self.gives_up].into_iter().flatten().min()
    }
}
