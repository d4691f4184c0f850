//! The changes that a [`Diff`](crate::Diff) reports.

use alloc::boxed::Box;
use core::convert::Infallible;
use core::fmt;

use super::entry::Last;
use super::key::Key;
use crate::wire::object::Object;
use crate::wire::printable::Printable;
use crate::wire::version::ResourceVersion;

/// A change that a [`Diff`](crate::Diff) reports, with each object as a `T`.
///
/// [`map`](Self::map) and [`try_map`](Self::try_map) turn changes of [`Object`]s into changes of another type.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a consumer must know of every change there is")]
pub enum Change<T = Object> {
    /// An object is new.
    Added(T),
    /// An object changed.
    Modified(T),
    /// An object was deleted, or no longer matches the selector. Holds its last state.
    Deleted(T),
    /// An object was deleted, or no longer matches the selector, while no watch was open. Its last state is unknown.
    #[doc(alias("tombstone", "DeletedFinalStateUnknown"))]
    Vanished(Vanished),
    /// The list is complete, and every change up to this version was reported.
    Synced {
        /// The version of the list.
        resource_version: ResourceVersion,
    },
}

impl<T> Change<T> {
    /// Returns the same change with its object replaced by what `f` returns.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Change<U> {
        let Ok(change) = self.try_map(|object| Ok::<_, Infallible>(f(object)));
        change
    }

    /// Returns the same change with its object replaced by what `f` returns: `change.try_map(|object|
    /// object.decode())`.
    ///
    /// # Errors
    /// Fails if `f` does.
    pub fn try_map<U, E>(self, f: impl FnOnce(T) -> Result<U, E>) -> Result<Change<U>, E> {
        Ok(match self {
            Self::Added(object) => Change::Added(f(object)?),
            Self::Modified(object) => Change::Modified(f(object)?),
            Self::Deleted(object) => Change::Deleted(f(object)?),
            Self::Vanished(vanished) => Change::Vanished(vanished),
            Self::Synced { resource_version } => Change::Synced { resource_version },
        })
    }
}

/// What is known of an object that vanished. client-go calls it a tombstone (`DeletedFinalStateUnknown`).
#[doc(alias("tombstone", "DeletedFinalStateUnknown"))]
#[derive(Clone, PartialEq, Eq)]
pub struct Vanished {
    pub(super) key: Key,
    pub(super) last: Last,
}

impl Vanished {
    /// Returns the namespace; `None` if the object was cluster-scoped.
    pub fn namespace(&self) -> Option<&str> {
        Some(self.key.namespace()).filter(|namespace| !namespace.is_empty())
    }

    /// Returns the name.
    pub fn name(&self) -> &str {
        self.key.name()
    }

    /// Returns the uid, if the object had one.
    pub fn uid(&self) -> Option<Box<str>> {
        self.last.uid.clone()
    }

    /// Returns the last version of the object that was seen.
    pub const fn last(&self) -> &ResourceVersion {
        &self.last.version
    }
}

impl fmt::Debug for Vanished {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Vanished({self})")
    }
}

impl fmt::Display for Vanished {
    /// Formats as `default/web@228`, with the last version that was seen.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(namespace) = self.namespace() {
            write!(f, "{}/", Printable(namespace))?;
        }
        write!(f, "{}@{}", Printable(self.name()), self.last())
    }
}

impl<T: fmt::Display> fmt::Display for Change<T> {
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
