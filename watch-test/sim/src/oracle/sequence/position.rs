//! How far a consumer was told.

/// How far the consumer was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Position {
    /// There is no set.
    Unknown,
    /// There is one, but of a history that is no more: it can't be judged until the next set.
    Void(u64),
    /// Up to that revision of that history.
    At { revision: u64, timeline: usize },
}

impl Position {
    /// Up to which revision, of whatever history.
    pub(crate) const fn revision(self) -> Option<u64> {
        match self {
            Self::Unknown => None,
            Self::Void(revision) | Self::At { revision, .. } => Some(revision),
        }
    }
}
