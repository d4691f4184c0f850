//! The store: every version of every object, under one global revision, as etcd keeps them.

use core::ops::Bound;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::object::{Change, Key, Version};

/// The last version that revisions can be made to pass to (etcd counts in an `int64`). Writes go on behind it.
pub const LAST_VERSION: u64 = i64::MAX as u64;

/// Objects of all resources with their past.
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

/// What a write made of a key.
#[derive(Clone, Debug)]
struct Written {
    revision: u64,
    /// `None`: it was deleted.
    version: Option<Arc<Version>>,
}

impl Store {
    /// An empty store. The first write gets the revision behind this one.
    pub(crate) const fn new(revision: u64) -> Self {
        Self { revision, compacted: 0, tables: BTreeMap::new() }
    }

    /// That of the last write to anything.
    pub(crate) const fn revision(&self) -> u64 {
        self.revision
    }

    /// Nothing older than this can be read.
    pub(crate) const fn compacted(&self) -> u64 {
        self.compacted
    }

    /// What the next write will have.
    pub(crate) const fn next_revision(&self) -> u64 {
        self.revision + 1
    }

    /// Lets revisions pass, as if other resources were written; no further than to the last.
    pub(crate) fn skip(&mut self, revisions: u64) {
        self.revision = self.revision.max(self.revision.saturating_add(revisions).min(LAST_VERSION));
    }

    /// The present version of an object.
    pub(crate) fn get(&self, resource: &str, key: &Key) -> Option<&Arc<Version>> {
        self.tables.get(resource)?.keys.get(key)?.last()?.version.as_ref()
    }

    /// The objects of a resource as of a revision, by key; from a key on, or all with that prefix.
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

    /// Takes over a write that was made elsewhere.
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

    /// The changes behind a revision.
    pub(crate) fn changes_after(&self, resource: &str, revision: u64) -> impl Iterator<Item = &Arc<Change>> {
        let changes = self.tables.get(resource).map(|table| table.changes.as_slice()).unwrap_or_default();
        let first = changes.partition_point(|change| change.revision <= revision);
        changes.iter().skip(first)
    }

    /// Forgets what was before a revision; what was the present then stays readable.
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

    /// Goes back to how things were, revision and all, as restoring a backup of etcd does.
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

    /// Forgets a resource altogether.
    pub(crate) fn drop_resource(&mut self, resource: &str) {
        self.tables.remove(resource);
    }
}
