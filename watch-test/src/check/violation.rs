//! The reports of an oracle.

use core::fmt;

/// An invariant of a watch that does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Violation {
    /// The invariant.
    pub invariant: Invariant,
    /// What was observed, and what was expected.
    pub message: String,
}

/// The invariants of every stream of events that a correct client of a correct server delivers.
///
/// `Ordered`, `Unique`, `Atomic`, `Reliable` and `Bookmarkable` are the names that etcd's own tests use
/// (`tests/robustness/validate/watch.go`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Invariant {
    /// Every event and every object of a list was written.
    Invention,
    /// Versions do not go down.
    Ordered,
    /// No change is delivered twice.
    Unique,
    /// One write is one event, of the right type.
    Atomic,
    /// No change is left out.
    Reliable,
    /// A bookmark comes after all changes up to its version.
    Bookmarkable,
    /// A list is the state of the store as of its version.
    State,
    /// Each list has a beginning and an end, and each event comes at a valid place.
    Grammar,
}

impl Violation {
    pub(super) fn new(invariant: Invariant, message: impl Into<String>) -> Self {
        Self { invariant, message: message.into() }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}", self.invariant, self.message)
    }
}

impl core::error::Error for Violation {}
