//! The changes that a subscriber of a store receives.

use core::fmt;
use std::collections::VecDeque;
use std::sync::Arc;

use watch_core::{Object, ResourceVersion};

use super::held::Held;
use super::key::Key;
use super::objects::{After, Step};

/// A change of a [`Store`](super::Store), as a [`Subscriber`](super::Subscriber) receives it.
///
/// It contains more than a [`watch_core::Change`], since a store has the objects: an update has the old state too, and
/// an object that vanished has its last state.
#[derive(Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a consumer must know of every change there is")]
pub enum StoreChange<T = Object> {
    /// An object is new in the store, or was there when the subscriber began.
    Added(Arc<T>),
    /// An object changed.
    Modified {
        /// The state that the subscriber saw last.
        old: Arc<T>,
        /// The state that the store has now.
        new: Arc<T>,
    },
    /// An object was deleted, or no longer matches the selector. Holds its last state, as the server sent it with the
    /// deletion.
    Deleted(Arc<T>),
    /// An object is no longer in the store, and the subscriber saw no event that deleted it. The cause is one of these:
    /// a relist doesn't contain the object, or contains another object of the same name; the subscriber lagged; the new
    /// state of the object doesn't fit the type. Holds the last state that the subscriber saw.
    #[doc(alias("tombstone", "DeletedFinalStateUnknown"))]
    Vanished(Arc<T>),
    /// A list is complete, or the subscriber has caught up after a lag. It has received all changes up to this version.
    Synced {
        /// The version of the store.
        resource_version: ResourceVersion,
    },
    /// The subscriber didn't poll for too long, and the store no longer has each change. The difference between what
    /// the subscriber saw and the store follows, up to [`Synced`](Self::Synced).
    Lagged {
        /// The number of changes that weren't received one by one.
        missed: u64,
    },
}

/// A change, and the name of its object if it has one.
pub(super) struct Keyed<T> {
    pub(super) key: Option<Key>,
    pub(super) change: StoreChange<T>,
}

impl<T> Keyed<T> {
    /// Returns a change that isn't about an object.
    pub(super) const fn marker(change: StoreChange<T>) -> Self {
        Self { key: None, change }
    }
}

impl<T> Step<T> {
    /// Appends the changes of the step. Usually, this is one. There are two if another object of the same name replaces
    /// an object.
    pub(super) fn changes(&self, changes: &mut VecDeque<Keyed<T>>) {
        self.each_change(|change| changes.push_back(Keyed { key: Some(self.key.clone()), change }));
    }

    fn each_change(&self, mut add: impl FnMut(StoreChange<T>)) {
        let before = self.before.as_deref();
        match &self.after {
            After::Held(after) => {
                let new = Arc::clone(&after.object);
                if let Some(before) = before.filter(|before| before.may_be_same_object(after)) {
                    add(StoreChange::Modified { old: Arc::clone(&before.object), new });
                } else {
                    before.map(vanished).into_iter().for_each(&mut add);
                    add(StoreChange::Added(new));
                }
            }
            After::Deleted(last) => add(StoreChange::Deleted(Arc::clone(last))),
            After::Absent => before.map(vanished).into_iter().for_each(add),
        }
    }
}

fn vanished<T>(held: &Held<T>) -> StoreChange<T> {
    StoreChange::Vanished(Arc::clone(&held.object))
}

impl<T> Clone for StoreChange<T> {
    fn clone(&self) -> Self {
        match self {
            Self::Added(object) => Self::Added(Arc::clone(object)),
            Self::Modified { old, new } => Self::Modified { old: Arc::clone(old), new: Arc::clone(new) },
            Self::Deleted(object) => Self::Deleted(Arc::clone(object)),
            Self::Vanished(object) => Self::Vanished(Arc::clone(object)),
            Self::Synced { resource_version } => Self::Synced { resource_version: resource_version.clone() },
            Self::Lagged { missed } => Self::Lagged { missed: *missed },
        }
    }
}

impl<T: fmt::Display> fmt::Display for StoreChange<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Added(object) => write!(f, "ADDED {object}"),
            Self::Modified { new, .. } => write!(f, "MODIFIED {new}"),
            Self::Deleted(object) => write!(f, "DELETED {object}"),
            Self::Vanished(object) => write!(f, "VANISHED {object}"),
            Self::Synced { resource_version } => write!(f, "SYNCED @{resource_version}"),
            Self::Lagged { missed } => write!(f, "LAGGED {missed}"),
        }
    }
}
