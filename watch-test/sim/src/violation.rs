//! What a run can be found guilty of.

use core::fmt;

use serde::Serialize;
use watch_test::check::Invariant;

/// A promise that was broken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Violation {
    /// Which promise.
    pub oracle: Oracle,
    /// How.
    pub message: String,
}

/// Who found it. The names `Ordered`, `Unique`, `Atomic`, `Reliable`, `Resumable`, `Bookmarkable` are those of etcd's
/// guarantees of watches (tests/robustness/validate/watch.go).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Oracle {
    /// Nothing is told that didn't happen.
    Invention,
    /// Versions don't go down.
    Ordered,
    /// Nothing is told twice.
    Unique,
    /// What one write did is told as one event.
    Atomic,
    /// Nothing that happened is left out.
    Reliable,
    /// A new process goes on from a checkpoint without a gap.
    Resumable,
    /// A bookmark is told only when all before it was.
    Bookmarkable,
    /// A set is the state of the store as of its version.
    State,
    /// The changes that `Diff` makes of it keep somebody's picture exact.
    Changes,
    /// Sets begin and end, and what isn't part of one comes behind it.
    Grammar,
    /// A set comes anew only for a reason that is told.
    Restarts,
    /// Requests are such as kube-apiserver accepts, and resume from where things are.
    Requests,
    /// Nothing is told of an exchange that is over, and nothing at all behind the end.
    Silence,
    /// What can't be read is told.
    Unreadable,
    /// The server is asked how far it is before a watch goes on from what it may not have, and its answer is believed.
    Checks,
    /// A watch ends only when it must.
    Endings,
    /// When all is well again, the truth is known soon.
    Liveness,
    /// The server isn't asked more often than promised.
    Rate,
    /// A notice isn't repeated while nothing has changed.
    Notices,
    /// `Retry-After` is kept.
    Patience,
    /// No endless work without time passing.
    Spin,
    /// What is kept is bounded.
    Resources,
    /// The same again is the same again.
    Determinism,
    /// How bodies are cut changes nothing.
    Cuts,
    /// A clone goes on alike.
    Clones,
    /// Bytes cause no misuse.
    Misuse,
    /// Nothing panics.
    Panic,
}

impl Oracle {
    /// The exit code of a program that found this.
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

/// A promise that was broken, as the result of an oracle.
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
            // And what watch-test may add.
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
