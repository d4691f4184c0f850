//! The objects of changes, without the kind of each change.

use super::change::{Change, Vanished};

/// An object that was added, modified or deleted: see [`Change::touched`].
///
/// A controller that reads the current state needs no more than this.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a consumer must know of every change there is")]
pub enum Touched<T> {
    /// The object that was added, modified or deleted.
    Object(T),
    /// An object that was deleted while no watch was open. Only its name, uid and version are known.
    Vanished(Vanished),
}

impl<T> Change<T> {
    /// Returns the object if it exists after the change; `None` for a deletion and for [`Synced`](Self::Synced).
    #[doc(alias = "applied_objects")]
    pub fn applied(self) -> Option<T> {
        match self {
            Self::Added(object) | Self::Modified(object) => Some(object),
            Self::Deleted(_) | Self::Vanished(_) | Self::Synced { .. } => None,
        }
    }

    /// Returns the object that was added, modified or deleted; `None` for [`Synced`](Self::Synced).
    #[doc(alias = "touched_objects")]
    pub fn touched(self) -> Option<Touched<T>> {
        match self {
            Self::Added(object) | Self::Modified(object) | Self::Deleted(object) => Some(Touched::Object(object)),
            Self::Vanished(vanished) => Some(Touched::Vanished(vanished)),
            Self::Synced { .. } => None,
        }
    }
}
