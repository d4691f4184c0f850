//! A machine that may be recorded.

use watch_core::trace::{Entry, Traced};
use watch_core::{Input, Instant, Machine, Misuse, Output, Watcher};

/// A watcher, with or without a recorder.
pub(super) enum Recorded {
    Not(Watcher),
    Traced(Traced<Box<dyn FnMut(Entry) + Send>>),
}

impl Machine for Recorded {
    fn handle(&mut self, input: Input) -> Result<(), Misuse> {
        match self {
            Self::Not(watcher) => watcher.handle(input),
            Self::Traced(traced) => traced.handle(input),
        }
    }

    fn poll(&mut self, now: Instant) -> Output {
        match self {
            Self::Not(watcher) => watcher.poll(now),
            Self::Traced(traced) => traced.poll(now),
        }
    }

    fn watcher(&self) -> &Watcher {
        match self {
            Self::Not(watcher) => watcher,
            Self::Traced(traced) => traced.watcher(),
        }
    }
}
