//! The error of a reader whose watch has ended.

use core::fmt;

use watch_core::Done;

/// The watch of a [`Store`](super::Store) has ended, and the store won't change any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    done: Option<Box<Done>>,
}

impl Ended {
    pub(super) fn new(done: Option<Done>) -> Self {
        Self { done: done.map(Box::new) }
    }

    /// Returns why the watch ended; `None` if it was dropped.
    pub fn done(&self) -> Option<&Done> {
        self.done.as_deref()
    }
}

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.done {
            Some(done) => write!(f, "the watch of the store has ended: {done}"),
            None => f.write_str("the watch of the store was dropped"),
        }
    }
}

impl core::error::Error for Ended {}
