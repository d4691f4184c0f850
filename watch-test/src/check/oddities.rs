//! Differences of servers from kube-apiserver that an oracle must know.

/// The differences of a server from kube-apiserver. The default is no difference.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Oddities {
    /// A watch begins with all objects of its start version, as ADDED, even if the client has seen them.
    pub repeats_objects: bool,
    /// DELETED events have the version that the object had before.
    pub old_deletions: bool,
    /// Watches with a selector do not report that an object no longer matches.
    pub silent_departures: bool,
    /// The versions that a client can compare.
    pub versions: VersionOrder,
}

/// The versions that a client can compare.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum VersionOrder {
    /// All versions: they are numbers.
    #[default]
    Numbers,
    /// The versions of objects. The version of a list is an opaque string, which has no order.
    OpaqueLists,
    /// None: all versions are opaque strings.
    Opaque,
}

impl Oddities {
    /// Returns whether a deletion doesn't move the version to resume from, because its own version may be an old one.
    pub(super) fn deletions_stay(self) -> bool {
        self.old_deletions || self.versions == VersionOrder::Opaque
    }
}
