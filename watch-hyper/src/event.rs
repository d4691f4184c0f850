//! What the consumer gets, decoded.

use serde::de::DeserializeOwned;
use watch_core::{DecodeError, InitialCause, Object, ResourceVersion, Vanished};

/// What happened to the watched set: [`watch_core::Event`] with its object decoded.
///
/// `InitialBegin`, any number of `Initial`, `InitialEnd`: that is the whole set. Then come changes. Another
/// `InitialBegin` may come at any time: a set that was begun and not ended is void, one that was ended stands until the
/// next `InitialEnd`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a consumer must know of every event there is")]
pub enum Event<T> {
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
    /// An object was created, or came to match the selector.
    Added(T),
    /// An object changed.
    Modified(T),
    /// An object was deleted, or no longer matches the selector: its last state.
    Deleted(T),
    /// Nothing else happened up to this version.
    Bookmark {
        /// That version.
        resource_version: ResourceVersion,
    },
}

impl<T: DeserializeOwned> Event<T> {
    /// Decodes the object of an event.
    ///
    /// # Errors
    /// If it doesn't fit the type.
    pub fn decode(event: &watch_core::Event) -> Result<Self, DecodeError> {
        Ok(match event {
            watch_core::Event::InitialBegin { cause } => Self::InitialBegin { cause: *cause },
            watch_core::Event::Initial(object) => Self::Initial(object.decode()?),
            watch_core::Event::InitialEnd { resource_version } => {
                Self::InitialEnd { resource_version: resource_version.clone() }
            }
            watch_core::Event::Added(object) => Self::Added(object.decode()?),
            watch_core::Event::Modified(object) => Self::Modified(object.decode()?),
            watch_core::Event::Deleted(object) => Self::Deleted(object.decode()?),
            watch_core::Event::Bookmark { resource_version } => {
                Self::Bookmark { resource_version: resource_version.clone() }
            }
        })
    }
}

/// What changed: [`watch_core::Change`] with its object decoded.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a consumer must know of every change there is")]
pub enum Change<T> {
    /// An object is new.
    Added(T),
    /// An object changed.
    Modified(T),
    /// An object is gone: its last state.
    Deleted(T),
    /// An object was deleted while nobody was looking: only what identifies it is known.
    Vanished(Vanished),
    /// Everything up to this version was told.
    Synced {
        /// That version.
        resource_version: ResourceVersion,
    },
}

impl<T: DeserializeOwned> Change<T> {
    /// Decodes the object of a change.
    ///
    /// # Errors
    /// If it doesn't fit the type.
    pub fn decode(change: watch_core::Change) -> Result<Self, DecodeError> {
        let decode = |object: Object| object.decode();
        Ok(match change {
            watch_core::Change::Added(object) => Self::Added(decode(object)?),
            watch_core::Change::Modified(object) => Self::Modified(decode(object)?),
            watch_core::Change::Deleted(object) => Self::Deleted(decode(object)?),
            watch_core::Change::Vanished(vanished) => Self::Vanished(vanished),
            watch_core::Change::Synced { resource_version } => Self::Synced { resource_version },
        })
    }
}
