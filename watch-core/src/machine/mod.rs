//! The states.
//!
//! Three rules:
//!
//! 1. *A state consumes itself.* `step` takes it by value and says what comes out, and what comes next.
//!    It holds just what is known by then; what outlives it is in [`Memory`].
//! 2. *A state doesn't look at a clock.* It is handed the time, and sets its alarms when it begins to wait.
//! 3. *Every way out of trouble leads through one place*: a state that fails returns [`Step::Fail`], and [`State::step`]
//!    has [`recover`](recover::recover) find the way on. There it is gated: by time, by a watch that lasted, or by
//!    something that happens once. No server can make the machine spin.
//!
//! Which state follows which is drawn in `STATES.md`; a test compares the drawing with what the machine does.

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

/// What the machine is doing. What is large is boxed, so that changing hands costs nothing.
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

/// What a state results in.
#[derive(Debug)]
enum Step {
    /// Something comes out; then this state.
    Emit(Output, State),
    /// On to this state, now.
    Go(State),
    /// Something went wrong, and what follows is not for the state to say.
    Fail(Failure),
}

impl State {
    /// Nothing is open, and what comes next is decided from what is remembered.
    pub(crate) const START: Self = Self::Starting(Starting::NEXT);

    /// The same, and it is time for the final read.
    pub(crate) const FINAL_READ: Self = Self::Starting(Starting::FINAL_READ);

    /// Goes on: what comes out, if anything does, and the state after it.
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

    /// The exchange that is open, if one is.
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
