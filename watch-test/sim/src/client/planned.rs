//! What waits for a client: faults that its next connections, lists, timers and outputs meet.

use core::time::Duration;

use crate::plan::{Lie, Saved};

/// Connections to come that fail.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Unreachable {
    /// How many.
    pub(crate) times: u64,
    /// How, as in [`Action::Unreachable`](crate::plan::Action::Unreachable).
    pub(crate) how: u8,
}

/// Lists to come that lie.
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

/// Timers to come that fire late.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct LateTimers {
    /// How many.
    pub(crate) times: u32,
    /// How late.
    pub(crate) by: Duration,
}

impl LateTimers {
    /// How late the next one is.
    pub(crate) const fn delay(self) -> Duration {
        if self.times > 0 { self.by } else { Duration::ZERO }
    }
}

/// The process ends, and the next one begins with what was saved.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Crash {
    /// After how many more outputs.
    pub(crate) outputs: u64,
    /// With what the next one begins.
    pub(crate) from: Saved,
}

/// A watch that was opened.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Opened {
    /// When.
    pub(crate) at: Duration,
    /// For how long it was asked for.
    pub(crate) asked: Duration,
}
