//! What happened on a watch that a consumer doesn't see.

/// How often a server did what a server that keeps its promises doesn't do, since the watcher was made: for metrics. A
/// [`Notice`](crate::Notice) says such things once a watch at most.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counters {
    /// Events that were left out: the same thing had happened to the same object at the same version.
    pub duplicates: u64,
    /// Events, bookmarks and lists that were older than what had been seen, whether they were handed out as repeats or
    /// not. Deletions don't count: some servers give a deletion the version that the object had before.
    pub regressions: u64,
}

impl Counters {
    pub(crate) const fn duplicate(&mut self) {
        self.duplicates = self.duplicates.saturating_add(1);
    }

    pub(crate) const fn regression(&mut self) {
        self.regressions = self.regressions.saturating_add(1);
    }
}
