//! What servers other than kube-apiserver do, and an oracle has to know.

/// How a server differs from kube-apiserver. By default, in nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Oddities {
    /// A watch begins with all objects of the version that it asks for, as ADDED, whatever was seen before.
    pub repeats_objects: bool,
    /// DELETED events have the version that the object had before.
    pub old_deletions: bool,
    /// Watches with a selector do not report that an object no longer matches.
    pub silent_departures: bool,
    /// Which versions a client can compare.
    pub versions: VersionOrder,
}

/// Which versions a client can compare. The oracle itself is given the revisions in any case.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum VersionOrder {
    /// All: they are numbers.
    #[default]
    Numbers,
    /// Those of objects. The version of a list is a word, which has no order.
    OpaqueLists,
    /// None: they are words.
    Opaque,
}

impl Oddities {
    /// Whether a deletion leaves the version to resume from where it is: its own may be an old one.
    pub(super) fn deletions_stay(self) -> bool {
        self.old_deletions || self.versions == VersionOrder::Opaque
    }
}
