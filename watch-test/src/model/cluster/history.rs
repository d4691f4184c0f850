//! The history of the store: compaction, skipped revisions, and restores.

use super::ClusterState;
use super::replicas::Replica;
use crate::model::storage::cache::Cache;

impl ClusterState {
    /// The oldest version that can be read, or restored.
    pub(crate) fn oldest_version(&self) -> u64 {
        self.store.compacted().max(1)
    }

    /// Returns the oldest version that a watch of a resource can start from, on the first replica.
    pub(crate) fn oldest_watchable(&self, resource: &str) -> u64 {
        let cache = self.resources.find(resource).and_then(|resource| self.cache(0, &resource.name()));
        cache.map_or_else(|| self.store.compacted(), Cache::reaches_back_to)
    }

    /// Raises the revision, as if other resources were written.
    pub(crate) fn skip_revisions(&mut self, revisions: u64) {
        self.store.skip(revisions);
    }

    /// Compacts everything before a version, in the store and in the caches. A future version compacts everything up to
    /// now.
    pub(crate) fn expire_before(&mut self, version: u64) {
        let version = version.min(self.store.revision());
        for replica in &mut self.replicas {
            replica.expire_before(version);
        }
        self.compact(version);
    }

    /// Compacts everything before a revision, except what a replica still has to read.
    pub(super) fn compact(&mut self, revision: u64) {
        let needed = self.replicas.iter().map(Replica::needs).min().unwrap_or(u64::MAX);
        self.store.compact(revision.min(needed));
        for held in self.replicas.iter_mut().filter_map(|replica| replica.held.as_mut()) {
            held.compact(revision.min(needed));
        }
    }

    /// Raises the revision by `gap` and makes all caches relist their resources.
    pub(crate) fn restart(&mut self, gap: u64) {
        self.store.skip(gap);
        self.refill();
    }

    /// Restores the store from a backup as of this version, and makes all caches relist their resources.
    pub(crate) fn restore(&mut self, version: u64) {
        self.restore_store(version);
        self.refill();
        self.find_work();
    }

    /// Restores the store from a backup as of this version, without changing the caches.
    pub(crate) fn restore_behind(&mut self, version: u64) {
        for replica in &mut self.replicas {
            replica.held.get_or_insert_with(|| self.store.clone());
        }
        self.restore_store(version);
        self.find_work();
    }

    fn restore_store(&mut self, version: u64) {
        self.store.restore(version.clamp(self.oldest_version(), self.store.revision()));
    }
}
