//! The store: every version of every object, under one global revision, as etcd keeps them.

use core::ops::Bound;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::object::{Change, Key, Version};

/// The last version that revisions can be raised to (etcd counts in an `int64`). Writes continue after it.
pub const LAST_VERSION: u64 = i64::MAX as u64;

/// The objects of all resources, with their history.
#[derive(Clone, Debug)]
pub(crate) struct Store {
    revision: u64,
    compacted: u64,
    tables: BTreeMap<String, Table>,
}

/// The objects of one resource.
#[derive(Clone, Debug, Default)]
struct Table {
    /// Each key's versions, oldest first.
    keys: BTreeMap<Key, Vec<Written>>,
    /// The changes since the last compaction, for watches that aren't served from a cache.
    changes: Vec<Arc<Change>>,
}

/// The result of a write to a key.
#[derive(Clone, Debug)]
struct Written {
    revision: u64,
    /// `None`: it was deleted.
    version: Option<Arc<Version>>,
}

impl Store {
    /// Creates an empty store. The first write gets the next revision.
    pub(crate) const fn new(revision: u64) -> Self {
        Self { revision, compacted: 0, tables: BTreeMap::new() }
    }

    /// Returns the revision of the last write.
    pub(crate) const fn revision(&self) -> u64 {
        self.revision
    }

    /// Returns the oldest revision that can be read.
    pub(crate) const fn compacted(&self) -> u64 {
        self.compacted
    }

    /// Returns the revision of the next write.
    pub(crate) const fn next_revision(&self) -> u64 {
        self.revision + 1
    }

    /// Raises the revision, as if other resources were written; no further than to the last.
    pub(crate) fn skip(&mut self, revisions: u64) {
        self.revision = self.revision.max(self.revision.saturating_add(revisions).min(LAST_VERSION));
    }

    /// Returns the current version of an object.
    pub(crate) fn get(&self, resource: &str, key: &Key) -> Option<&Arc<Version>> {
        self.tables.get(resource)?.keys.get(key)?.last()?.version.as_ref()
    }

    /// Returns the objects of a resource as of a revision, by key; from a key on, or all with this prefix.
    pub(crate) fn at<'a>(
        &'a self,
        resource: &str,
        prefix: &str,
        from: Option<&str>,
        revision: u64,
    ) -> impl Iterator<Item = (&'a Key, &'a Arc<Version>)> + use<'a> {
        let range = (Bound::Included(from.unwrap_or(prefix)), Bound::Unbounded);
        let keys = self.tables.get(resource).map(|table| table.keys.range::<str, _>(range));
        let prefix = prefix.to_owned();
        keys.into_iter().flatten().take_while(move |(key, _)| key.as_str().starts_with(&prefix)).filter_map(
            move |(key, versions)| {
                let written = versions.iter().rev().find(|written| written.revision <= revision)?;
                Some((key, written.version.as_ref()?))
            },
        )
    }

    /// Writes one object (or deletes it, with `None`) under the next revision.
    pub(crate) fn write(&mut self, resource: &str, key: Key, current: Option<Arc<Version>>) -> Arc<Change> {
        self.apply(resource, self.revision + 1, key, current)
    }

    /// Applies a write that was made elsewhere.
    pub(crate) fn apply(
        &mut self,
        resource: &str,
        revision: u64,
        key: Key,
        current: Option<Arc<Version>>,
    ) -> Arc<Change> {
        self.revision = self.revision.max(revision);
        let table = self.tables.entry(resource.to_owned()).or_default();
        let versions = table.keys.entry(key.clone()).or_default();
        let previous = versions.last().and_then(|written| written.version.clone());
        versions.push(Written { revision, version: current.clone() });
        let change = Arc::new(Change::new(revision, key, previous, current));
        table.changes.push(change.clone());
        change
    }

    /// Returns the changes after a revision.
    pub(crate) fn changes_after(&self, resource: &str, revision: u64) -> impl Iterator<Item = &Arc<Change>> {
        let changes = self.tables.get(resource).map(|table| table.changes.as_slice()).unwrap_or_default();
        let first = changes.partition_point(|change| change.revision <= revision);
        changes.iter().skip(first)
    }

    /// Compacts everything before a revision; objects that were current then stay readable.
    pub(crate) fn compact(&mut self, revision: u64) {
        let revision = revision.min(self.revision);
        if revision <= self.compacted {
            return;
        }
        self.compacted = revision;
        for table in self.tables.values_mut() {
            table.changes.retain(|change| change.revision >= revision);
            table.keys.retain(|_, versions| {
                let present = versions.partition_point(|written| written.revision <= revision);
                versions.drain(..present.saturating_sub(1));
                !matches!(versions.as_slice(), [Written { revision: at, version: None }] if *at <= revision)
            });
        }
    }

    /// Restores the state as of a revision, including the revision, as restoring a backup of etcd does.
    pub(crate) fn restore(&mut self, revision: u64) {
        self.revision = revision;
        self.compacted = self.compacted.min(revision);
        for table in self.tables.values_mut() {
            table.changes.retain(|change| change.revision <= revision);
            table.keys.retain(|_, versions| {
                versions.retain(|written| written.revision <= revision);
                !versions.is_empty()
            });
        }
    }

    /// Removes a resource and its history.
    pub(crate) fn drop_resource(&mut self, resource: &str) {
        self.tables.remove(resource);
    }
}
