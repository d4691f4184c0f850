//! The history of the store: every write, recorded independently of the server, which may have bugs.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use super::selection::Selection;

/// One write.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Change {
    /// The revision that it made.
    pub revision: u64,
    /// The key, `namespace/name`.
    pub key: Arc<str>,
    /// The object before; `None` if the write created it.
    pub before: Option<Arc<Value>>,
    /// The object after; `None` if the write deleted it.
    pub after: Option<Arc<Value>>,
}

/// The writes of one timeline.
#[derive(Clone, Debug, Default)]
struct Timeline {
    changes: Vec<Change>,
    /// The revision up to which it equals the previous timeline.
    same_until: u64,
}

/// All writes to the objects of one resource.
///
/// A store that is restored from a backup begins a new timeline. Up to the revision of the backup, it equals the
/// previous one. Timelines are numbered from 0.
#[derive(Clone, Debug)]
pub struct History {
    timelines: Vec<Timeline>,
    objects: BTreeMap<Arc<str>, Arc<Value>>,
}

impl Default for History {
    fn default() -> Self {
        Self::new()
    }
}

impl History {
    /// Creates the history of a store without objects.
    pub fn new() -> Self {
        Self { timelines: vec![Timeline::default()], objects: BTreeMap::new() }
    }

    /// Records a write. `key` is `namespace/name`, or `/name` for objects without a namespace. `after` is the object as
    /// it was stored, or `None` if it was deleted. A write that doesn't raise the revision changed nothing and is
    /// ignored.
    pub fn record(&mut self, key: &str, after: Option<Value>, revision: u64) {
        let timeline = self.timelines.last_mut();
        let Some(timeline) = timeline else { return };
        if timeline.changes.last().is_some_and(|last| last.revision >= revision) {
            return;
        }
        let key: Arc<str> = key.into();
        let after = after.map(Arc::new);
        let before = match &after {
            Some(after) => self.objects.insert(key.clone(), after.clone()),
            None => self.objects.remove(&key),
        };
        timeline.changes.push(Change { revision, key, before, after });
    }

    /// Records that the store was restored to a revision, which begins a new timeline.
    pub fn restore(&mut self, revision: u64) {
        let mut timeline = self.timelines.last().cloned().unwrap_or_default();
        timeline.changes.retain(|change| change.revision <= revision);
        timeline.same_until = revision;
        self.objects.clear();
        for change in &timeline.changes {
            match &change.after {
                Some(after) => self.objects.insert(change.key.clone(), after.clone()),
                None => self.objects.remove(&change.key),
            };
        }
        self.timelines.push(timeline);
    }

    /// Returns the number of the current timeline.
    pub fn present(&self) -> usize {
        self.timelines.len() - 1
    }

    /// Returns the revision up to which two timelines are equal.
    pub fn same_until(&self, one: usize, other: usize) -> u64 {
        let (low, high) = (one.min(other), one.max(other));
        self.timelines[low + 1..=high].iter().map(|timeline| timeline.same_until).min().unwrap_or(u64::MAX)
    }

    /// Returns the current object with this key.
    pub fn object(&self, key: &str) -> Option<&Arc<Value>> {
        self.objects.get(key)
    }

    /// Returns the keys of all current objects.
    pub fn keys(&self) -> impl Iterator<Item = &Arc<str>> {
        self.objects.keys()
    }

    /// Returns the changes after a revision.
    ///
    /// # Panics
    /// Panics if there is no such timeline.
    pub fn after(&self, timeline: usize, revision: u64) -> &[Change] {
        let changes = &self.timelines[timeline].changes;
        &changes[changes.partition_point(|change| change.revision <= revision)..]
    }

    /// Returns the change with this revision.
    ///
    /// # Panics
    /// Panics if there is no such timeline.
    pub fn at(&self, timeline: usize, revision: u64) -> Option<&Change> {
        let changes = &self.timelines[timeline].changes;
        changes.binary_search_by_key(&revision, |change| change.revision).ok().map(|at| &changes[at])
    }

    /// Returns the selected objects as of a revision, by key.
    ///
    /// # Panics
    /// Panics if there is no such timeline.
    pub fn state(&self, timeline: usize, revision: u64, selection: &Selection) -> BTreeMap<Arc<str>, Arc<Value>> {
        let mut state = BTreeMap::new();
        for change in self.timelines[timeline].changes.iter().take_while(|change| change.revision <= revision) {
            match change.after.as_ref().filter(|after| selection.matches(&change.key, after)) {
                Some(after) => state.insert(change.key.clone(), after.clone()),
                None => state.remove(&change.key),
            };
        }
        state
    }
}
