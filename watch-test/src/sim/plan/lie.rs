//! What a list says of itself that isn't so.

use serde::{Deserialize, Serialize};

/// See [`Action::Lie`](super::Action::Lie).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Lie {
    /// Each page has a continue token, and it is always the same.
    TokenLoops,
    /// Pages behind the first are of a newer state.
    OtherVersion,
    /// A list without objects has `null` for its items.
    NullItems,
    /// Names stand in another order than the server writes them.
    OtherOrder,
}
