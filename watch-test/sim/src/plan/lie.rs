//! The ways to falsify a list.

use serde::{Deserialize, Serialize};

/// See [`Action::Lie`](super::Action::Lie).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Lie {
    /// Each page has a continue token, and it is always the same.
    TokenLoops,
    /// It has line breaks and spaces between all tokens.
    Pretty,
    /// Pages after the first are of a newer state.
    OtherVersion,
    /// A list without objects has `null` for its items.
    NullItems,
    /// An item without a version.
    ItemWithoutVersion,
    /// An item without a name.
    ItemWithoutName,
    /// `null` for an item.
    NullItem,
    /// An item with a byte that isn't UTF-8.
    ItemNotUtf8,
    /// No metadata, and so no version.
    NoMetadata,
    /// Fields are in another order than in kube-apiserver.
    OtherOrder,
}

impl Lie {
    /// Returns whether the list is unreadable then.
    pub(crate) const fn is_unreadable(self) -> bool {
        matches!(
            self,
            Self::ItemWithoutVersion | Self::ItemWithoutName | Self::NullItem | Self::ItemNotUtf8 | Self::NoMetadata
        )
    }
}
