//! The oddities of watches.

/// How a watch differs from that of a correct server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum WatchOddity {
    /// It ends at once, or early.
    EndsAtOnce,
    EndsEarly,
    /// It ends shortly before or after its requested time.
    EndsBesideItsTime,
    Silent,
    /// It breaks off between or within events.
    Broken,
    Cut,
    /// An error, at its beginning or after events.
    Error,
    ErrorFirst,
    /// An error that isn't in an event.
    BareError,
    /// Only bookmarks, of one version or of rising ones.
    Bookmarks,
    SameBookmark,
    OldBookmark,
    BookmarkWithoutVersion,
    ZeroBookmark,
    LongBookmark,
    OpaqueBookmark,
    /// It begins with all objects.
    Repeats,
    /// Old events, of each kind.
    OldAdded,
    OldModified,
    OldDeleted,
    /// It begins like a watch that repeats objects, then something happens, and then an object is repeated.
    OldBeginning,
    /// A deletion of an object that had the name before, or that was never reported.
    DeletedPredecessor,
    /// The last event again.
    Duplicates,
    /// A deletion with the previous version of the object, and then more events.
    DeletedAtItsVersion,
    /// Events whose versions are newer than the store by far.
    Later,
    Unreadable,
    UnreadableObject,
    /// A value within an object isn't JSON, which not every setting checks.
    UnreadableInside,
    NoVersion,
    LongVersion,
    OpaqueVersion,
    Large,
    Deep,
    UnknownType,
    Joined,
    /// Each event comes after a pause; or each piece of an object.
    Slow,
    SlowPieces,
    Spaces,
    /// The marker of a streaming list: none, false, of an older version, without one, `0`, or twice.
    NoMarker,
    FalseMarker,
    OldMarker,
    MarkerWithoutVersion,
    ZeroMarker,
    LongMarker,
    TwoMarkers,
    /// Changes before the marker.
    ChangesBeforeMarker,
    Html,
    OctetStream,
    Gzip,
    DecompressedGarbage,
}

impl WatchOddity {
    /// All oddities. An oddity that occurs several times is chosen more often.
    pub(super) const ALL: [Self; 60] = [
        Self::EndsAtOnce,
        Self::EndsAtOnce,
        Self::EndsEarly,
        Self::EndsEarly,
        Self::EndsBesideItsTime,
        Self::Silent,
        Self::Broken,
        Self::Cut,
        Self::Error,
        Self::Error,
        Self::Error,
        Self::Error,
        Self::ErrorFirst,
        Self::ErrorFirst,
        Self::BareError,
        Self::Bookmarks,
        Self::SameBookmark,
        Self::OldBookmark,
        Self::BookmarkWithoutVersion,
        Self::ZeroBookmark,
        Self::LongBookmark,
        Self::OpaqueBookmark,
        Self::Repeats,
        Self::OldAdded,
        Self::OldModified,
        Self::OldDeleted,
        Self::OldBeginning,
        Self::OldBeginning,
        Self::OldBeginning,
        Self::OldBeginning,
        Self::DeletedPredecessor,
        Self::DeletedPredecessor,
        Self::Duplicates,
        Self::DeletedAtItsVersion,
        Self::Later,
        Self::Unreadable,
        Self::UnreadableObject,
        Self::UnreadableInside,
        Self::NoVersion,
        Self::LongVersion,
        Self::OpaqueVersion,
        Self::Large,
        Self::Deep,
        Self::UnknownType,
        Self::Joined,
        Self::Slow,
        Self::SlowPieces,
        Self::Spaces,
        Self::NoMarker,
        Self::FalseMarker,
        Self::OldMarker,
        Self::MarkerWithoutVersion,
        Self::ZeroMarker,
        Self::LongMarker,
        Self::TwoMarkers,
        Self::ChangesBeforeMarker,
        Self::Html,
        Self::OctetStream,
        Self::Gzip,
        Self::DecompressedGarbage,
    ];
}
