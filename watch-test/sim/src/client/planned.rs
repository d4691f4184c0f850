//! The planned faults of a client's next connections, lists, timers and outputs.

use core::time::Duration;

use crate::plan::{Lie, Saved};

/// Later connections that fail.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Unreachable {
    /// How many.
    pub(crate) times: u64,
    /// How, as in [`Action::Unreachable`](crate::plan::Action::Unreachable).
    pub(crate) how: u8,
}

/// Later lists that are falsified.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lies {
    /// How many.
    pub(crate) times: u64,
    /// How.
    pub(crate) how: Lie,
}

impl Lies {
    pub(crate) const NONE: Self = Self { times: 0, how: Lie::OtherOrder };
}

/// Later timers that fire late.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct LateTimers {
    /// How many.
    pub(crate) times: u32,
    /// How late.
    pub(crate) by: Duration,
}

impl LateTimers {
    /// Returns the delay of the next one.
    pub(crate) const fn delay(self) -> Duration {
        if self.times > 0 { self.by } else { Duration::ZERO }
    }
}

/// The process crashes, and the next one resumes from a saved checkpoint.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Crash {
    /// The number of outputs before the crash.
    pub(crate) outputs: u64,
    /// The checkpoint of the next one.
    pub(crate) from: Saved,
}

/// A watch that was opened.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Opened {
    /// When.
    pub(crate) at: Duration,
    /// Its requested duration.
    pub(crate) asked: Duration,
}
