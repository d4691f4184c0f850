//! The position of a client.

/// The position of a client in the history of the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a caller that forgets one draws wrong conclusions")]
pub enum Position {
    /// The client has no complete list.
    Unknown,
    /// The client is at this revision of a discarded timeline. Its events can't be checked until the next list.
    Void(u64),
    /// The client is at this revision of this timeline.
    At {
        /// The revision.
        revision: u64,
        /// The timeline.
        timeline: usize,
    },
}

impl Position {
    /// Returns the revision, regardless of the timeline.
    pub const fn revision(self) -> Option<u64> {
        match self {
            Self::Unknown => None,
            Self::Void(revision) | Self::At { revision, .. } => Some(revision),
        }
    }
}
