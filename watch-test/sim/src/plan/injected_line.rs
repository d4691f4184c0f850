//! Lines that are injected into open watches.

use serde::{Deserialize, Serialize};

/// A line that is injected into a watch. A correct server sends it rarely or never.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum InjectedLine {
    /// ERROR, 410, `Expired`.
    Expired,
    /// A bookmark of the present version, whose end marker is `false`.
    FalseEndMarker,
    /// ERROR, 410, `Gone`.
    Gone,
    /// ERROR, 410, without a reason.
    Bare410,
    /// ERROR, 504, too large a version.
    TooLarge,
    /// ERROR, 500.
    InternalError,
    /// ERROR, 429, with `retryAfterSeconds` of 2 s.
    TooMany,
    /// ERROR, 410, whose metadata has a version, followed by an event that never happened.
    ErrorThenEvent,
    /// A line that isn't JSON.
    Malformed,
    /// An event without a version.
    NoVersion,
    /// An event of an unknown type.
    UnknownType,
    /// A bookmark of an older version.
    OldBookmark,
    /// A bookmark without a version.
    BareBookmark,
    /// A bookmark of version 0, which means none.
    ZeroBookmark,
    /// A bookmark with a version that is too long.
    LongBookmark,
    /// An end marker of version 0.
    ZeroEndMarker,
    /// ERROR, 500, because the store doesn't have the previous object after a compaction.
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
    /// An old change, which all clients have received.
    Past,
    /// An end marker without a version.
    BareEndMarker,
}
