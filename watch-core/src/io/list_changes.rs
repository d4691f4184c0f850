//! The changes that a list shows.

use core::fmt;

/// The number of changes between what was known and a complete list: the changes in the gap, as far as the list shows
/// them.
#[cfg_attr(feature = "trace", derive(serde::Serialize))]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct ListChanges {
    /// Objects that weren't known.
    pub added: u64,
    /// Objects that were known at another version.
    pub modified: u64,
    /// Objects that were known and are no longer in the list. An object that was deleted and created again counts here
    /// and as added.
    pub removed: u64,
}

impl ListChanges {
    /// Returns the sum of all changes.
    pub const fn total(&self) -> u64 {
        self.added.saturating_add(self.modified).saturating_add(self.removed)
    }
}

impl fmt::Display for ListChanges {
    /// Formats as `added: 2, modified: 1, removed: 3`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "added: {}, modified: {}, removed: {}", self.added, self.modified, self.removed)
    }
}
