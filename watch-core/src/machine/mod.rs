//! The states.
//!
//! Three rules:
//!
//! 1. *A state consumes itself.* `step` takes it by value and returns the output and the next state. A state holds only
//!    what is known by then; what outlives it is in [`Memory`].
//! 2. *A state reads no clock.* It receives the time, and sets its alarms when it begins to wait.
//! 3. *Every failure takes the same way*: a state that fails returns [`Step::Fail`], and [`State::step`] calls
//!    [`recover`](recover::recover) to find what follows. Each way back to a request is gated there: by time, by a
//!    watch that lasted, or by something that happens once. No server can make the machine spin.
//!
//! `STATES.md` shows which state follows which. A test compares the drawing with the machine.

mod alarm;
mod ask;
mod asked;
mod backing_off;
pub(crate) mod bounds;
pub(crate) mod exchange;
mod failure;
mod finished;
mod listing;
pub(crate) mod memory;
mod opening;
mod page;
mod policy;
mod recover;
mod refusal;
mod starting;
mod watching;

use alloc::boxed::Box;

use self::backing_off::BackingOff;
use self::exchange::Exchange;
use self::failure::Failure;
pub(crate) use self::finished::Finished;
use self::listing::Listing;
use self::memory::Memory;
use self::opening::Opening;
use self::recover::recover;
use self::refusal::Refusal;
use self::starting::Starting;
use self::watching::Watching;
use crate::io::output::Output;
use crate::io::phase::Phase;
use crate::io::time::Instant;

/// What the machine is doing. Large states are boxed, so that moving them is cheap.
#[derive(Clone, Debug)]
pub(crate) enum State {
    Starting(Starting),
    Opening(Box<Opening>),
    Refusal(Box<Refusal>),
    Listing(Box<Listing>),
    Watching(Box<Watching>),
    BackingOff(BackingOff),
    Finished(Finished),
}

/// The result of a state.
#[derive(Debug)]
enum Step {
    /// Emits an output, then continues with this state.
    Emit(Output, State),
    /// Continues with this state immediately.
    Go(State),
    /// Failed. The state doesn't decide what follows.
    Fail(Failure),
}

impl State {
    /// Returns the state in which nothing is open, and which decides what to request next.
    pub(crate) const START: Self = Self::Starting(Starting::NEXT);

    /// Returns the same state at the time of the final read.
    pub(crate) const FINAL_READ: Self = Self::Starting(Starting::FINAL_READ);

    /// Continues with this state, after an output if there is one.
    pub(crate) fn step(self, memory: &mut Memory, now: Instant) -> (Self, Option<Output>) {
        let step = match self {
            Self::Starting(state) => state.step(memory, now),
            Self::Opening(state) => state.step(memory, now),
            Self::Refusal(state) => state.step(memory),
            Self::Listing(state) => state.step(memory, now),
            Self::Watching(state) => state.step(memory, now),
            Self::BackingOff(state) => state.step(now),
            Self::Finished(state) => state.step(),
        };
        match step {
            Step::Emit(output, state) => (state, Some(output)),
            Step::Go(state) => (state, None),
            Step::Fail(failure) => (recover(failure, memory, now), None),
        }
    }

    /// Returns the exchange that is open, if there is one.
    pub(crate) fn exchange(&mut self) -> Option<&mut Exchange> {
        match self {
            Self::Opening(state) => Some(&mut state.exchange),
            Self::Refusal(state) => Some(&mut state.exchange),
            Self::Listing(state) => Some(&mut state.exchange),
            Self::Watching(state) => Some(&mut state.exchange),
            Self::Starting(_) | Self::BackingOff(_) | Self::Finished(_) => None,
        }
    }

    pub(crate) fn into_exchange(self) -> Option<Exchange> {
        match self {
            Self::Opening(state) => Some(state.exchange),
            Self::Refusal(state) => Some(state.exchange),
            Self::Listing(state) => Some(state.exchange),
            Self::Watching(state) => Some(state.exchange),
            Self::Starting(_) | Self::BackingOff(_) | Self::Finished(_) => None,
        }
    }

    pub(crate) fn phase(&self) -> Phase {
        match self {
            Self::Starting(_) => Phase::Starting,
            Self::Opening(_) => Phase::Opening,
            Self::Refusal(_) => Phase::Refused,
            Self::Listing(_) => Phase::Listing,
            Self::Watching(state) => state.phase(),
            Self::BackingOff(_) => Phase::BackingOff,
            Self::Finished(_) => Phase::Done,
        }
    }

    pub(crate) const fn is_finished(&self) -> bool {
        matches!(self, Self::Finished(_))
    }
}
