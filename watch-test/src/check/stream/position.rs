//! How far a client has got.

/// How far a client has got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a caller that forgets one draws wrong conclusions")]
pub enum Position {
    /// It has no complete list.
    Unknown,
    /// It is at this revision of a timeline that is no more, and can't be checked until the next list.
    Void(u64),
    /// It is at this revision of this timeline.
    At {
        /// The revision.
        revision: u64,
        /// The timeline.
        timeline: usize,
    },
}

impl Position {
    /// The revision, of whatever timeline.
    pub const fn revision(self) -> Option<u64> {
        match self {
            Self::Unknown => None,
            Self::Void(revision) | Self::At { revision, .. } => Some(revision),
        }
    }
}
