//! What the consumer gets.

use core::convert::Infallible;
use core::fmt;

use crate::wire::object::Object;
use crate::wire::version::ResourceVersion;

/// What happened to the watched set, with each object as a `T`.
///
/// A [`Watcher`](crate::Watcher) emits events of [`Object`]s; [`map`](Self::map) and [`try_map`](Self::try_map) turn
/// them into events of another type.
///
/// `InitialBegin`, any number of `Initial`, `InitialEnd`: that is the whole set. Then come changes. Another
/// `InitialBegin` may come at any time: a set that was begun and not ended is void, one that was ended stands until the
/// next `InitialEnd`. A [`Diff`](crate::Diff) turns all that into plain changes.
#[cfg_attr(feature = "trace", derive(serde::Serialize))]
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a consumer must know of every event there is")]
pub enum Event<T = Object> {
    /// The whole set follows. Forget one that was begun and not ended.
    InitialBegin {
        /// Why it comes.
        cause: InitialCause,
    },
    /// One object of the set.
    Initial(T),
    /// The set is whole, as of this version. What isn't in it doesn't exist.
    InitialEnd {
        /// The version of the set.
        resource_version: ResourceVersion,
    },
    /// An object was created, or came to match the selector. It may be known already: some servers begin every watch
    /// with all objects that exist. (A [`Diff`](crate::Diff) reports nothing then.)
    Added(T),
    /// An object changed.
    Modified(T),
    /// An object was deleted, or no longer matches the selector: its last state. Some servers give it the version that it
    /// had before; the version to resume from doesn't go back to that.
    Deleted(T),
    /// Nothing else happened up to this version.
    Bookmark {
        /// That version.
        resource_version: ResourceVersion,
    },
}

impl<T> Event<T> {
    /// Returns the same event of the object that `f` makes of its object.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Event<U> {
        let Ok(event) = self.try_map(|object| Ok::<_, Infallible>(f(object)));
        event
    }

    /// Returns the same event of the object that `f` makes of its object: `event.try_map(|object| object.decode())`.
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

    /// The object that it is about, if it is about one.
    pub(crate) const fn object_mut(&mut self) -> Option<&mut T> {
        match self {
            Self::Initial(object) | Self::Added(object) | Self::Modified(object) | Self::Deleted(object) => {
                Some(object)
            }
            Self::InitialBegin { .. } | Self::InitialEnd { .. } | Self::Bookmark { .. } => None,
        }
    }

    /// The object that something happened to; `None` for bookmarks and what belongs to a set.
    pub(crate) const fn change(&self) -> Option<&T> {
        match self {
            Self::Added(object) | Self::Modified(object) | Self::Deleted(object) => Some(object),
            Self::InitialBegin { .. } | Self::Initial(_) | Self::InitialEnd { .. } | Self::Bookmark { .. } => None,
        }
    }
}

/// See [`Event::InitialBegin`].
#[cfg_attr(feature = "trace", derive(serde::Serialize))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum InitialCause {
    /// It is the first.
    First,
    /// The one before was not completed.
    Retry,
    /// The server's history no longer has the version to resume from.
    Expired,
    /// The server hasn't got as far as what was seen before: it was restored from a backup, or lags.
    Rollback,
    /// The watch brought an event older than what was seen, and nothing shows that it was a repeat: events may be missing,
    /// or the server may have been restored from a backup. If the list shows that it was, the cause becomes `Rollback`.
    OutOfOrder,
    /// The watch broke, and the server is known to begin each watch with all objects: the next one wouldn't tell what was
    /// deleted meanwhile.
    Broken,
    /// Resuming from the version failed again and again.
    Trouble,
    /// [`Input::Relist`](crate::Input::Relist) asked for it.
    Relist,
}

impl InitialCause {
    /// Returns the name of the variant as a word for programs, in snake case: `first`, `out_of_order`. It is the same in
    /// every release, so that it can be a label of a metric.
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
            Self::Rollback => "server went back",
            Self::OutOfOrder => "events out of order",
            Self::Broken => "watch broke, deletions may be missing",
            Self::Trouble => "repeated trouble",
            Self::Relist => "asked for",
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
