//! One of the servers in front of the store, with its caches. There is one, unless a test wants more.

use core::time::Duration;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use crate::model::ApiServer;
use crate::model::endpoints::collection::Collection;
use crate::model::server::watch::Watch;
use crate::model::storage::cache::{Cache, Window};
use crate::model::storage::object::Change;
use crate::model::storage::resource::Resource;
use crate::model::storage::resources::Resources;
use crate::model::storage::store::Store;

/// See the module.
#[derive(Debug)]
pub(crate) struct Replica {
    pub(crate) caches: BTreeMap<String, Cache>,
    /// It hears nothing of the store for now.
    pub(crate) is_lagging: bool,
    /// What its caches hold, where that isn't what the store holds: the store was restored behind its back.
    pub(crate) held: Option<Store>,
    /// What it has heard and not yet shown to watches, or not heard because it lags.
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
            // What it hasn't heard of can't expire.
            cache.expire_before(if self.is_lagging { version.min(cache.version) } else { version });
        }
    }

    /// The oldest version that it still has to read, if it is behind.
    pub(crate) fn needs(&self) -> u64 {
        let oldest = self.caches.values().map(|cache| cache.version).min();
        oldest.filter(|_| self.is_lagging).unwrap_or(u64::MAX)
    }

    /// What a change is to its caches; nothing if they believe to be past it.
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
}

impl ApiServer {
    /// Lets the caches take in what they have heard, and shows it to the watches.
    pub(crate) fn deliver(&mut self, now: Duration) {
        for (index, replica) in self.replicas.iter_mut().enumerate() {
            // What lags is the cache: uncached resources are watched in the store itself.
            let (held, ready): (VecDeque<_>, VecDeque<_>) =
                replica.unseen.drain(..).partition(|(resource, _)| replica.is_lagging && resource.cached);
            replica.unseen = held;
            for (resource, change) in ready {
                let Some(change) = replica.take(now, &resource, change) else {
                    continue;
                };
                let is_its = |watch: &&mut Watch| watch.replica == index && Arc::ptr_eq(&watch.stored, &resource);
                for (id, exchange) in &mut self.exchanges {
                    let watch = exchange.watch_mut().filter(is_its);
                    if watch.is_some_and(|watch| watch.offer(&change)) {
                        self.woken.insert(*id);
                    }
                }
            }
        }
        for (id, exchange) in &self.exchanges {
            if exchange.is_waiting() {
                self.woken.insert(*id);
            }
        }
    }

    /// Tells a replica's caches how far the store has got, as a read that must be consistent does.
    pub(crate) fn progress(&mut self, replica: usize) {
        let revision = self.store.revision();
        if let Some(replica) = self.replicas.get_mut(replica).filter(|replica| !replica.is_lagging) {
            for cache in replica.caches.values_mut() {
                cache.progress(revision);
            }
        }
    }

    pub(crate) fn cache(&self, replica: usize, resource: &str) -> Option<&Cache> {
        self.replicas.get(replica)?.caches.get(resource)
    }

    /// What answers a request: the store, or what the caches took from it before it was restored.
    pub(crate) fn view(&self, collection: &Collection) -> &Store {
        let replica = self.replicas.get(collection.replica).filter(|_| collection.resource.cached);
        replica.and_then(|replica| replica.held.as_ref()).unwrap_or(&self.store)
    }

    /// How far the cache that answers a request has got. Without a cache, that is the store.
    pub(crate) fn cached_version(&self, collection: &Collection) -> u64 {
        let cache = self.cache(collection.replica, &collection.resource.stored_in());
        cache.map_or_else(|| self.store.revision(), |cache| cache.version)
    }
}
