//! The events of a watch.

use core::convert::Infallible;
use core::fmt;

use crate::wire::object::Object;
use crate::wire::version::ResourceVersion;

/// An event of a watch, with each object as a `T`.
///
/// A [`Watcher`](crate::Watcher) emits events of [`Object`]s; [`map`](Self::map) and [`try_map`](Self::try_map) turn
/// them into events of another type.
///
/// `InitialBegin`, any number of `Initial`, then `InitialEnd` are a complete list. Changes follow. Another
/// `InitialBegin` may come at any time. A list without its `InitialEnd` is void; a complete list is valid until the
/// next `InitialEnd`. A [`Diff`](crate::Diff) turns all of this into plain changes.
#[cfg_attr(feature = "trace", derive(serde::Serialize))]
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a consumer must know of every event there is")]
pub enum Event<T = Object> {
    /// A list begins. Discard any earlier list that wasn't completed.
    InitialBegin {
        /// Why the watch lists.
        cause: InitialCause,
    },
    /// One object of the list.
    Initial(T),
    /// The list is complete as of this version. An object that isn't in it doesn't exist.
    InitialEnd {
        /// The version of the list.
        resource_version: ResourceVersion,
    },
    /// An object was created, or began to match the selector. The object may be known already: some servers begin every
    /// watch with all objects that exist. (A [`Diff`](crate::Diff) then reports nothing.)
    Added(T),
    /// An object changed.
    Modified(T),
    /// An object was deleted, or no longer matches the selector. The event holds the last state of the object. Some
    /// servers give a deletion the version that the object had before. The version to resume from doesn't go back to
    /// that version.
    Deleted(T),
    /// There is no other event up to this version.
    Bookmark {
        /// The version to resume from.
        resource_version: ResourceVersion,
    },
}

impl<T> Event<T> {
    /// Returns the same event with its object replaced by what `f` returns.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Event<U> {
        let Ok(event) = self.try_map(|object| Ok::<_, Infallible>(f(object)));
        event
    }

    /// Returns the same event with its object replaced by what `f` returns: `event.try_map(|object| object.decode())`.
    ///
    /// # Errors
    /// Fails if `f` does.
    pub fn try_map<U, E>(self, f: impl FnOnce(T) -> Result<U, E>) -> Result<Event<U>, E> {
        Ok(match self {
            Self::InitialBegin { cause } => Event::InitialBegin { cause },
            Self::Initial(object) => Event::Initial(f(object)?),
            Self::InitialEnd { resource_version } => Event::InitialEnd { resource_version },
            Self::Added(object) => Event::Added(f(object)?),
            Self::Modified(object) => Event::Modified(f(object)?),
            Self::Deleted(object) => Event::Deleted(f(object)?),
            Self::Bookmark { resource_version } => Event::Bookmark { resource_version },
        })
    }

    /// Returns the object of the event, if it has one.
    pub(crate) const fn object_mut(&mut self) -> Option<&mut T> {
        match self {
            Self::Initial(object) | Self::Added(object) | Self::Modified(object) | Self::Deleted(object) => {
                Some(object)
            }
            Self::InitialBegin { .. } | Self::InitialEnd { .. } | Self::Bookmark { .. } => None,
        }
    }

    /// Returns the object that changed; `None` for a bookmark and for the events of a list.
    pub(crate) const fn change(&self) -> Option<&T> {
        match self {
            Self::Added(object) | Self::Modified(object) | Self::Deleted(object) => Some(object),
            Self::InitialBegin { .. } | Self::Initial(_) | Self::InitialEnd { .. } | Self::Bookmark { .. } => None,
        }
    }
}

/// Why a list begins: see [`Event::InitialBegin`].
#[cfg_attr(feature = "trace", derive(serde::Serialize))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum InitialCause {
    /// It is the first list.
    First,
    /// The previous list wasn't completed.
    Retry,
    /// The server's history no longer has the version to resume from.
    Expired,
    /// The server shows an older version than was already seen. It was restored from a backup, or lags.
    Rollback,
    /// The watch returned an event older than what was already seen, and nothing shows that it is a repeat. Events may
    /// be missing, or the server may have been restored from a backup. If the list proves a restore, the cause becomes
    /// `Rollback`.
    OutOfOrder,
    /// The watch broke, and this server begins each watch with all objects. The next watch wouldn't report what was
    /// deleted in between.
    Broken,
    /// Resuming from the version failed repeatedly.
    Trouble,
    /// [`Input::Relist`](crate::Input::Relist) requested it.
    Relist,
}

impl InitialCause {
    /// Returns the name of the variant as a word for programs, in snake case: `first`, `out_of_order`. It is the same
    /// in every release, so that it can be a label of a metric.
    pub const fn kind(self) -> &'static str {
        match self {
            Self::First => "first",
            Self::Retry => "retry",
            Self::Expired => "expired",
            Self::Rollback => "rollback",
            Self::OutOfOrder => "out_of_order",
            Self::Broken => "broken",
            Self::Trouble => "trouble",
            Self::Relist => "relist",
        }
    }
}

impl fmt::Display for InitialCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::First => "first",
            Self::Retry => "retry",
            Self::Expired => "version expired",
            Self::Rollback => "server rollback",
            Self::OutOfOrder => "events out of order",
            Self::Broken => "watch broke, deletions may be missing",
            Self::Trouble => "repeated failures",
            Self::Relist => "requested",
        })
    }
}

impl<T: fmt::Display> fmt::Display for Event<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InitialBegin { cause } => write!(f, "INITIAL ({cause})"),
            Self::Initial(object) => write!(f, "INITIAL {object}"),
            Self::InitialEnd { resource_version } => write!(f, "INITIAL END @{resource_version}"),
            Self::Added(object) => write!(f, "ADDED {object}"),
            Self::Modified(object) => write!(f, "MODIFIED {object}"),
            Self::Deleted(object) => write!(f, "DELETED {object}"),
            Self::Bookmark { resource_version } => write!(f, "BOOKMARK @{resource_version}"),
        }
    }
}
