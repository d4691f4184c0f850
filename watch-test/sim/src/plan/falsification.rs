//! The kinds of falsified lists.

use serde::{Deserialize, Serialize};

/// How a proxy falsifies a list; see [`Action::FalsifyLists`](super::Action::FalsifyLists).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Falsification {
    /// Each page has the same continue token.
    TokenLoops,
    /// The list has line breaks and spaces between all tokens.
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
    /// The list has no metadata, and so no version.
    NoMetadata,
    /// Fields are in another order than in kube-apiserver.
    OtherOrder,
}

impl Falsification {
    /// Returns whether the falsified list is unreadable.
    pub(crate) const fn is_unreadable(self) -> bool {
        matches!(
            self,
            Self::ItemWithoutVersion | Self::ItemWithoutName | Self::NullItem | Self::ItemNotUtf8 | Self::NoMetadata
        )
    }
}
