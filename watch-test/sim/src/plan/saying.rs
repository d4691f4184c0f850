//! What a server says on open watches that it shouldn't, or needn't.

use serde::{Deserialize, Serialize};

/// What a server says that it shouldn't, or needn't.
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
    /// ERROR, 410, whose metadata has a version; and behind it an event that never happened.
    ErrorThenEvent,
    /// A line that is no JSON.
    Malformed,
    /// An event without a version.
    NoVersion,
    /// An event of a type that nobody knows.
    UnknownType,
    /// A bookmark from the past.
    OldBookmark,
    /// A bookmark without a version.
    BareBookmark,
    /// An end marker that nobody asked for, of the present version.
    EndMarker,
    /// The last event once more.
    Again,
    /// A line of so many bytes, without an end: 4 KiB more than the largest object may have.
    TooLong,
    /// Half of an event.
    Half,
    /// Many bookmarks of the present version.
    ManyBookmarks,
    /// ERROR, 504, whose cause, and not its message, says that the version is too large.
    TooLargeByCause,
    /// ERROR, 500, from the store.
    StorageError,
    /// ERROR, 500, from a handler that ran out of time.
    DeadlineExceeded,
    /// ERROR, 403.
    Forbidden,
    /// ERROR, with a code that nobody knows.
    UnknownError,
    /// A change of long ago.
    Past,
    /// An end marker without a version.
    BareEndMarker,
}
