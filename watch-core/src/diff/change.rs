//! What comes out of a [`Diff`](crate::Diff).

use alloc::boxed::Box;
use core::fmt;

use super::entry::{IndexEntry, Key};
use crate::wire::object::Object;
use crate::wire::printable::Printable;
use crate::wire::version::ResourceVersion;

/// See [`Diff`](crate::Diff).
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a consumer must know of every change there is")]
pub enum Change {
    /// There is an object that there wasn't.
    Added(Object),
    /// An object is another than it was.
    Modified(Object),
    /// An object was deleted, or no longer matches the selector: its last state.
    Deleted(Object),
    /// An object was deleted, or no longer matches the selector, while nobody was looking. Its last state is unknown.
    Vanished(Vanished),
    /// Everything up to this version was told: the set is whole.
    Synced {
        /// That version.
        resource_version: ResourceVersion,
    },
}

/// What is known of an object that vanished.
#[derive(Clone, PartialEq, Eq)]
pub struct Vanished {
    pub(super) key: Key,
    pub(super) entry: IndexEntry,
}

impl Vanished {
    /// Its namespace; `None` if it was cluster-scoped.
    pub fn namespace(&self) -> Option<&str> {
        Some(self.key.namespace()).filter(|namespace| !namespace.is_empty())
    }

    /// Its name.
    pub fn name(&self) -> &str {
        self.key.name()
    }

    /// Its uid, if it had one.
    pub fn uid(&self) -> Option<Box<str>> {
        self.entry.uid()
    }

    /// The last version of it that was seen.
    pub const fn last(&self) -> &ResourceVersion {
        self.entry.version()
    }
}

impl fmt::Debug for Vanished {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Vanished({self})")
    }
}

impl fmt::Display for Vanished {
    /// `default/web@228`, with the last version that was seen.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(namespace) = self.namespace() {
            write!(f, "{}/", Printable(namespace))?;
        }
        write!(f, "{}@{}", Printable(self.name()), self.last())
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Added(object) => write!(f, "ADDED {object}"),
            Self::Modified(object) => write!(f, "MODIFIED {object}"),
            Self::Deleted(object) => write!(f, "DELETED {object}"),
            Self::Vanished(vanished) => write!(f, "VANISHED {vanished}"),
            Self::Synced { resource_version } => write!(f, "SYNCED @{resource_version}"),
        }
    }
}
