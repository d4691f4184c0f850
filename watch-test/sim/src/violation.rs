//! The violations that oracles report.

use core::fmt;

use serde::Serialize;
use watch_test::check::Invariant;

/// A violation that an oracle found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Violation {
    /// The oracle.
    pub oracle: Oracle,
    /// What was observed, and what was expected.
    pub message: String,
}

/// The oracles. The names `Ordered`, `Unique`, `Atomic`, `Reliable`, `Resumable`, `Bookmarkable` are those of etcd's
/// guarantees of watches (tests/robustness/validate/watch.go).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Oracle {
    /// Every event and every object of a list was written.
    Invention,
    /// Versions don't decrease.
    Ordered,
    /// No event is delivered twice.
    Unique,
    /// One write is one event.
    Atomic,
    /// No change is left out.
    Reliable,
    /// A new process resumes from a checkpoint without a gap.
    Resumable,
    /// A bookmark comes after all changes up to its version.
    Bookmarkable,
    /// A list is the state of the store as of its version.
    State,
    /// The changes of `Diff` keep the consumer's copy exact.
    Changes,
    /// Lists begin and end, and other events come after their end.
    Grammar,
    /// Each relist has a reported reason.
    Restarts,
    /// Requests are valid for kube-apiserver, and resume from the right version.
    Requests,
    /// There are no events of an exchange that is over, and no output after the end.
    Silence,
    /// Unreadable bytes are reported.
    Unreadable,
    /// The server's version is checked before a watch resumes from a version that the server may not have, and the
    /// answer is used.
    Checks,
    /// A watch ends only when it must.
    Endings,
    /// After the last fault, the watch is synced soon.
    Liveness,
    /// There are no more requests than documented.
    Rate,
    /// A notice isn't repeated while nothing has changed.
    Notices,
    /// `Retry-After` is respected.
    Patience,
    /// There is no endless work without time passing.
    Spin,
    /// Buffers are bounded.
    Resources,
    /// The same run has the same result.
    Determinism,
    /// The result doesn't depend on how bodies are cut.
    Cuts,
    /// A clone behaves like the original.
    Clones,
    /// A part of the public API does what the reference of a probe expects.
    Reference,
    /// Bytes are never reported as the driver's mistake.
    Misuse,
    /// Nothing panics.
    Panic,
}

impl Oracle {
    /// Returns the exit code of a program that found this.
    pub const fn exit_code(self) -> u8 {
        match self {
            Self::Panic => 101,
            Self::Liveness => 128,
            Self::Rate | Self::Patience => 130,
            Self::Spin | Self::Resources => 131,
            Self::Determinism | Self::Cuts | Self::Clones => 132,
            _ => 129,
        }
    }
}

impl Violation {
    pub(crate) fn new(oracle: Oracle, message: impl Into<String>) -> Self {
        Self { oracle, message: message.into() }
    }
}

/// Returns a violation as an error.
pub(crate) fn broken<T>(oracle: Oracle, message: impl Into<String>) -> Result<T, Violation> {
    Err(Violation::new(oracle, message))
}

impl From<watch_test::check::Violation> for Violation {
    fn from(violation: watch_test::check::Violation) -> Self {
        let oracle = match violation.invariant {
            Invariant::Ordered => Oracle::Ordered,
            Invariant::Unique => Oracle::Unique,
            Invariant::Atomic => Oracle::Atomic,
            Invariant::Reliable => Oracle::Reliable,
            Invariant::Bookmarkable => Oracle::Bookmarkable,
            Invariant::State => Oracle::State,
            Invariant::Grammar => Oracle::Grammar,
            // A later version of watch-test may have more.
            _ => Oracle::Invention,
        };
        Self::new(oracle, violation.message)
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}", self.oracle, self.message)
    }
}

impl core::error::Error for Violation {}
