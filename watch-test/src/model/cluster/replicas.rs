//! The API servers in front of the store. Each has its own caches. There is one, unless a test starts more.

use core::time::Duration;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use super::ClusterState;
use super::news::News;
use crate::fault::MOST_REPLICAS;
use crate::model::storage::cache::{Cache, Window};
use crate::model::storage::object::Change;
use crate::model::storage::resource::Resource;
use crate::model::storage::resources::Resources;
use crate::model::storage::store::Store;

/// One API server.
#[derive(Debug)]
pub(crate) struct Replica {
    pub(crate) caches: BTreeMap<String, Cache>,
    /// Its caches get no updates from the store.
    pub(crate) is_lagging: bool,
    /// The contents of its caches, if they differ from the store because it was restored without a restart.
    pub(crate) held: Option<Store>,
    /// Updates that watches don't show yet, or that it hasn't processed because it lags.
    unseen: VecDeque<(Arc<Resource>, Arc<Change>)>,
}

impl Replica {
    pub(crate) fn new(resources: &Resources, window: Window, revision: u64) -> Self {
        let mut replica = Self { caches: BTreeMap::new(), is_lagging: false, held: None, unseen: VecDeque::new() };
        for resource in resources.all_stored() {
            replica.add(resource, window, revision);
        }
        replica
    }

    pub(crate) fn add(&mut self, resource: &Resource, window: Window, revision: u64) {
        if resource.cached {
            self.caches.insert(resource.name(), Cache::new(window, revision));
        }
    }

    pub(crate) fn receive(&mut self, resource: &Arc<Resource>, change: &Arc<Change>) {
        self.unseen.push_back((resource.clone(), change.clone()));
    }

    pub(crate) fn expire_before(&mut self, version: u64) {
        for cache in self.caches.values_mut() {
            // Updates that it hasn't received can't expire.
            cache.expire_before(if self.is_lagging { version.min(cache.version) } else { version });
        }
    }

    /// Returns the oldest version that it still has to read, if it lags.
    pub(crate) fn needs(&self) -> u64 {
        let oldest = self.caches.values().map(|cache| cache.version).min();
        oldest.filter(|_| self.is_lagging).unwrap_or(u64::MAX)
    }

    /// Returns a change as its caches see it, or nothing if their version is past it.
    fn take(&mut self, now: Duration, resource: &Resource, change: Arc<Change>) -> Option<Arc<Change>> {
        let name = resource.name();
        let Some(cache) = self.caches.get_mut(&name) else {
            return Some(change);
        };
        let change = match &mut self.held {
            // A watch of etcd from a version that it hasn't reached (again) is silent.
            Some(_) if change.revision <= cache.version => return None,
            Some(held) => held.apply(&name, change.revision, change.key.clone(), change.current.clone()),
            None => change,
        };
        cache.push(now, change.clone());
        Some(change)
    }

    /// Returns the changes that it has received and may show, as its caches see them. Only caches lag: uncached
    /// resources are watched in the store itself.
    fn take_ready(&mut self, now: Duration) -> Vec<(Arc<Resource>, Arc<Change>)> {
        let is_lagging = self.is_lagging;
        let (held, ready): (VecDeque<_>, VecDeque<_>) =
            self.unseen.drain(..).partition(|(resource, _)| is_lagging && resource.cached);
        self.unseen = held;
        let taken = ready.into_iter().filter_map(|(resource, change)| {
            let change = self.take(now, &resource, change)?;
            Some((resource, change))
        });
        taken.collect()
    }
}

impl ClusterState {
    /// Applies the received changes to the caches, and queues them for the watches.
    pub(super) fn deliver(&mut self, now: Duration) {
        for (index, replica) in self.replicas.iter_mut().enumerate() {
            let taken = replica.take_ready(now).into_iter();
            self.news.extend(taken.map(|(stored, change)| News::Changed { replica: index, stored, change }));
        }
        self.news.push(News::Delivered);
    }

    /// Notifies all caches of the version of the store, as etcd does from time to time.
    pub(crate) fn progress_all(&mut self) {
        for replica in 0..self.replicas.len() {
            self.progress(replica);
        }
    }

    /// Notifies a replica's caches of the version of the store, as a consistent read does.
    pub(crate) fn progress(&mut self, replica: usize) {
        let revision = self.store.revision();
        if let Some(replica) = self.replicas.get_mut(replica).filter(|replica| !replica.is_lagging) {
            for cache in replica.caches.values_mut() {
                cache.progress(revision);
            }
        }
    }

    /// Notifies one cache of the version of the store. Returns the cache's version after that; `None` if there is no
    /// such cache, or if it gets no updates.
    pub(crate) fn progress_of(&mut self, replica: usize, resource: &Resource) -> Option<u64> {
        let replica = self.replicas.get_mut(replica).filter(|replica| !replica.is_lagging)?;
        let cache = replica.caches.get_mut(&resource.stored_in())?;
        cache.progress(self.store.revision());
        Some(cache.version)
    }

    pub(crate) fn cache(&self, replica: usize, resource: &str) -> Option<&Cache> {
        self.replicas.get(replica)?.caches.get(resource)
    }

    /// Returns whether a resource has a cache on the first replica, which can be refilled, and can lag.
    pub(crate) fn has_cache(&self, resource: &str) -> bool {
        self.resources.find(resource).is_some_and(|resource| self.cache(0, &resource.name()).is_some())
    }

    /// Returns the source of a resource's reads: the store, or what the caches took from it before it was restored.
    pub(crate) fn view(&self, replica: usize, resource: &Resource) -> &Store {
        let replica = self.replicas.get(replica).filter(|_| resource.cached);
        replica.and_then(|replica| replica.held.as_ref()).unwrap_or(&self.store)
    }

    /// Returns the version of the cache that answers reads of a resource. Without a cache, it is the store's.
    pub(crate) fn cached_version(&self, replica: usize, resource: &Resource) -> u64 {
        let cache = self.cache(replica, &resource.stored_in());
        cache.map_or_else(|| self.store.revision(), |cache| cache.version)
    }

    /// Makes a resource's caches refuse reads for a time, on all replicas.
    pub(crate) fn set_unready(&mut self, resource: &str, since: Duration, until: Duration) {
        for replica in &mut self.replicas {
            if let Some(cache) = replica.caches.get_mut(resource) {
                cache.unready = Some((since, until));
            }
        }
    }

    /// Starts another replica. Returns its number.
    pub(crate) fn add_replica(&mut self) -> usize {
        let number = self.replicas.len();
        self.add_replicas_up_to(number);
        number
    }

    /// Starts the replicas up to this number that don't exist yet.
    ///
    /// # Panics
    /// Panics if the number is [`MOST_REPLICAS`] or more.
    pub(crate) fn add_replicas_up_to(&mut self, number: usize) {
        assert!(number < MOST_REPLICAS, "replica {number} is too many: they are numbered 0 to {}", MOST_REPLICAS - 1);
        while self.replicas.len() <= number {
            self.replicas.push(Replica::new(&self.resources, self.setup.window, self.store.revision()));
        }
    }

    /// Stops the updates of a replica's caches, or resumes them.
    pub(crate) fn set_lagging(&mut self, now: Duration, replica: usize, is_lagging: bool) {
        self.add_replicas_up_to(replica);
        if let Some(replica) = self.replicas.get_mut(replica) {
            replica.is_lagging = is_lagging;
        }
        self.deliver(now);
    }

    /// Makes all caches relist their resources.
    pub(super) fn refill(&mut self) {
        for replica in &mut self.replicas {
            let is_lagging = replica.is_lagging;
            *replica = Replica::new(&self.resources, self.setup.window, self.store.revision());
            replica.is_lagging = is_lagging;
        }
    }
}
