//! Lines that a server sends on open watches, and shouldn't or needn't.

use serde::{Deserialize, Serialize};

/// A line that a server sends, and shouldn't or needn't.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Saying {
    /// ERROR, 410, `Expired`.
    Expired,
    /// A bookmark of the present, whose end marker is `false`.
    FalseEndMarker,
    /// ERROR, 410, `Gone`.
    Gone,
    /// ERROR, 410, without a reason.
    Bare410,
    /// ERROR, 504, too large a version.
    TooLarge,
    /// ERROR, 500.
    InternalError,
    /// ERROR, 429, with 2 s to wait.
    TooMany,
    /// ERROR, 410, whose metadata has a version, followed by an event that never happened.
    ErrorThenEvent,
    /// A line that isn't JSON.
    Malformed,
    /// An event without a version.
    NoVersion,
    /// An event of an unknown type.
    UnknownType,
    /// A bookmark from the past.
    OldBookmark,
    /// A bookmark without a version.
    BareBookmark,
    /// A bookmark of version 0, which means none.
    ZeroBookmark,
    /// A bookmark with a version that is too long.
    LongBookmark,
    /// An end marker of version 0.
    ZeroEndMarker,
    /// ERROR, 500, because the store doesn't have the previous object: the history is compacted.
    NoPreviousValue,
    /// An end marker that wasn't requested, of the present version.
    EndMarker,
    /// The last event once more.
    Again,
    /// A line of this number of bytes, without an end: 4 KiB more than the largest object may have.
    TooLong,
    /// Half of an event.
    Half,
    /// Many bookmarks of the present version.
    ManyBookmarks,
    /// ERROR, 504, with a too large version in its cause, not in its message.
    TooLargeByCause,
    /// ERROR, 500, from the store.
    StorageError,
    /// ERROR, 500, from a handler that ran out of time.
    DeadlineExceeded,
    /// ERROR, 403.
    Forbidden,
    /// ERROR, with an unknown code.
    UnknownError,
    /// A change of long ago.
    Past,
    /// An end marker without a version.
    BareEndMarker,
}
