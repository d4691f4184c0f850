//! Reading a store.

use core::borrow::Borrow;
use core::fmt;
use core::time::Duration;
use std::sync::Arc;

use tokio::sync::watch;
use watch_core::{LabelMatcher, Object, ObjectMetadata, Phase, ResourceVersion};

use super::ended::Ended;
use super::freshness::StoreFreshness;
use super::index::Index;
use super::published::Published;
use super::set::Set;
use super::subscriber::Subscriber;

/// The objects of a watch, for any number of readers. Cloning is cheap, and clones read the same objects.
///
/// A store never shows an incomplete list: it is empty until the first list is complete, and during a relist it keeps
/// the previous one. An object that doesn't fit the type isn't in it.
///
/// Readers and the watch never wait for each other. [`snapshot`](Self::snapshot) returns the objects of one moment; it
/// takes the same time for any number of objects. [`subscribe`](Self::subscribe) returns the changes.
/// [`StoreBuilder`](super::StoreBuilder) makes a store with indexes, or a store of transformed objects.
///
/// Each store has a [`Reflector`](super::Reflector), which updates the store while it is polled. The watch must start
/// with a list, which is the default: a watch from a given version, or from a checkpoint, never becomes synced.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/server.rs"));
/// use watch_hyper::watch_core::{Config, Object, Resource};
/// use watch_hyper::{Store, Watch};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn core::error::Error>> {
/// # let client = watch_hyper::Client::builder(&serve()).build()?;
/// let config = Config::builder(Resource::core("v1", "pods")).build()?;
/// let (reflector, store): (_, Store<Object>) = Watch::new(client, config).store();
/// tokio::spawn(reflector.drive());
///
/// store.ready().await?; // the first list is complete
/// let pod = store.get(Some("default"), "web-0").expect("the server has it");
/// let pods = store.snapshot();
/// assert!(pods.len() == 1 && pods.is_synced());
/// assert_eq!(store.select(&"app=web".parse()?).len(), 0); // `web-0` has no labels
///
/// // Waits until the list fulfils a condition: now, or after a change.
/// store.wait_for(|pods| pods.get(Some("default"), "web-0").is_some()).await?;
/// println!("{} at {}, {:?} old", pod.name(), pod.resource_version(), store.stale_for());
/// # Ok(())
/// # }
/// ```
#[doc(alias("indexer", "lister"))]
pub struct Store<T = Object> {
    published: Arc<Published<T>>,
    changed: watch::Receiver<()>,
}

impl<T> Store<T> {
    pub(super) const fn new(published: Arc<Published<T>>, changed: watch::Receiver<()>) -> Self {
        Self { published, changed }
    }

    /// Returns the object of this name. Allocates nothing.
    pub fn get(&self, namespace: Option<&str>, name: &str) -> Option<Arc<T>> {
        self.read(|set| set.get(namespace, name).cloned())
    }

    /// Returns all objects, ordered by namespace and name.
    pub fn list(&self) -> Vec<Arc<T>> {
        self.read(|set| set.iter().cloned().collect())
    }

    /// Returns the objects that have this key in the index, ordered by namespace and name. [`Set::by_index`] does the
    /// same without a copy of the list.
    ///
    /// # Panics
    /// Panics if the index is of another store.
    pub fn by_index<K, Q>(&self, index: &Index<T, K>, key: &Q) -> Vec<Arc<T>>
    where
        T: Send + Sync + 'static,
        K: Borrow<Q> + Ord + Send + Sync + 'static,
        Q: Ord + ?Sized,
    {
        self.read(|set| set.by_index(index, key).cloned().collect())
    }

    /// Returns the objects that the label selector matches, ordered by namespace and name. [`Set::select`] does the
    /// same and doesn't copy the list.
    pub fn select(&self, selector: &LabelMatcher) -> Vec<Arc<T>>
    where
        T: ObjectMetadata,
    {
        self.read(|set| set.select(selector).cloned().collect())
    }

    /// Returns the objects as they are now. The result doesn't change. A reader may keep it, because it shares all
    /// objects that the store still has. Takes the same time for any number of objects, and allocates nothing.
    pub fn snapshot(&self) -> Arc<Set<T>> {
        self.published.set.load_full()
    }

    /// Calls `look` with the current objects. They don't change meanwhile. `look` blocks neither the watch nor other
    /// readers.
    pub fn read<R>(&self, look: impl FnOnce(&Set<T>) -> R) -> R {
        look(&self.published.set.load())
    }

    /// Returns the changes of the store. It begins with one [`Added`](super::StoreChange::Added) for each current
    /// object. Then each change follows.
    #[doc(alias("AddEventHandler", "event_handler"))]
    pub fn subscribe(&self) -> Subscriber<T>
    where
        T: Send + Sync + 'static,
    {
        Subscriber::new(Arc::clone(&self.published))
    }

    /// Returns how fresh the objects are, and the trouble if they are stale. The result is that of the last poll of the
    /// watch.
    pub fn freshness(&self) -> StoreFreshness {
        let mut freshness = self.published.freshness.get();
        if self.has_ended() {
            // The reflector may have been dropped.
            freshness.phase = Phase::Done;
        }
        freshness
    }

    /// Returns how long ago the store was last known to be synced; `None` before the first list is complete.
    pub fn stale_for(&self) -> Option<Duration> {
        self.freshness().synced_as_of.map(|then| then.elapsed())
    }

    /// Returns whether the watch ended or was dropped, so that the store won't change any more.
    pub(super) fn has_ended(&self) -> bool {
        self.changed.has_changed().is_err()
    }

    /// Waits until the first list is complete.
    ///
    /// # Errors
    /// Fails if the watch ended, or was dropped.
    pub async fn ready(&self) -> Result<(), Ended> {
        self.wait_for(Set::is_synced).await
    }

    /// Waits until the predicate holds: now, or after a change. The predicate isn't called before the first list is
    /// complete.
    ///
    /// # Errors
    /// Fails if the watch ended, or was dropped.
    pub async fn wait_for(&self, mut predicate: impl FnMut(&Set<T>) -> bool) -> Result<(), Ended> {
        let mut changed = self.changed.clone();
        loop {
            if self.read(|set| set.is_synced() && predicate(set)) {
                return Ok(());
            }
            changed.changed().await.map_err(|_| Ended::new(self.published.done.get().cloned()))?;
        }
    }

    /// Waits until the store has reached a resourceVersion. The store then has every change up to that version. If it
    /// is the version in the response to a write, the store has that write.
    ///
    /// Bookmarks count too, so the store also reaches the version of an object of the resource that it doesn't contain.
    /// Versions are compared by [`ResourceVersion::compare`]: versions that can't be compared count as reached as soon
    /// as the first list is complete. Use a timeout: a version may never be reached if it is of another resource, or if
    /// the server is restored from a backup meanwhile.
    ///
    /// # Errors
    /// Fails if the watch ended, or was dropped.
    #[doc(alias = "LastStoreSyncResourceVersion")]
    pub async fn wait_for_version(&self, version: &ResourceVersion) -> Result<(), Ended> {
        self.wait_for(|set| set.resource_version().is_some_and(|reached| !reached.is_before(version))).await
    }
}

impl<T> Clone for Store<T> {
    fn clone(&self) -> Self {
        Self { published: Arc::clone(&self.published), changed: self.changed.clone() }
    }
}

impl<T> fmt::Debug for Store<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.read(|set| f.debug_struct("Store").field("set", set).finish())
    }
}
