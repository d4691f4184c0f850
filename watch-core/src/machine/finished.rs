//! The watch is over. Every later call returns the same.

use alloc::boxed::Box;

use super::{State, Step};
use crate::io::output::{Done, Output};

#[derive(Clone, Debug)]
pub(crate) struct Finished {
    how: Box<Done>,
}

impl Finished {
    pub(crate) fn new(how: Done) -> Self {
        Self { how: Box::new(how) }
    }

    pub(super) fn step(self) -> Step {
        Step::Emit(Output::Done(Done::clone(&self.how)), State::Finished(self))
    }
}
