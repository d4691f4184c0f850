//! The planned faults of a client's next connections, lists, timers and outputs.

use core::time::Duration;

use crate::plan::{Falsification, Saved};

/// The next connections, which fail.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Unreachable {
    /// The number of connections.
    pub(crate) times: u64,
    /// The kind of failure, as in [`Action::Unreachable`](crate::plan::Action::Unreachable).
    pub(crate) how: u8,
}

/// The next lists, which a proxy falsifies.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FalseLists {
    /// The number of lists.
    pub(crate) times: u64,
    /// The kind of falsification.
    pub(crate) how: Falsification,
}

impl FalseLists {
    pub(crate) const NONE: Self = Self { times: 0, how: Falsification::OtherOrder };
}

/// The next timers, which fire late.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct LateTimers {
    /// The number of timers.
    pub(crate) times: u32,
    /// The delay of each.
    pub(crate) by: Duration,
}

impl LateTimers {
    /// Returns the delay of the next timer.
    pub(crate) const fn delay(self) -> Duration {
        if self.times > 0 { self.by } else { Duration::ZERO }
    }
}

/// The process crashes, and the next one resumes from a saved checkpoint.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Crash {
    /// The number of outputs before the crash.
    pub(crate) outputs: u64,
    /// The checkpoint of the next process.
    pub(crate) from: Saved,
}

/// A watch that was opened.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Opened {
    /// The time of the request.
    pub(crate) at: Duration,
    /// The requested duration.
    pub(crate) asked: Duration,
}
