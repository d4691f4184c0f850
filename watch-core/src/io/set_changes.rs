//! How a set differs from what was known before it.

use core::fmt;

/// How many changes a complete set made to what was known before it: what happened while nothing was seen, as far as the
/// set shows it.
#[cfg_attr(feature = "trace", derive(serde::Serialize))]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct SetChanges {
    /// Objects that weren't known.
    pub added: u64,
    /// Objects that were known, at another version.
    pub modified: u64,
    /// Objects that were known and aren't there any more. One that was deleted and created again counts here and as added.
    pub removed: u64,
}

impl SetChanges {
    /// All of them together.
    pub const fn total(&self) -> u64 {
        self.added.saturating_add(self.modified).saturating_add(self.removed)
    }
}

impl fmt::Display for SetChanges {
    /// `added: 2, modified: 1, removed: 3`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "added: {}, modified: {}, removed: {}", self.added, self.modified, self.removed)
    }
}
