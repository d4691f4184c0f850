//! Counts of server faults that a consumer doesn't see.

/// How often the server broke a promise of the protocol since the watcher was created, for metrics. A
/// [`Notice`](crate::Notice) reports each kind at most once per watch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counters {
    /// Events that were skipped because the same change of the same object at the same version was already returned.
    pub duplicates: u64,
    /// Events, bookmarks and lists that were older than what was already seen, whether or not they were handed out as
    /// repeats. Deletions don't count: some servers give a deletion the version that the object had before.
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
