//! The current list, in memory.

mod freshness;
mod key;
mod reflector;

use core::fmt;
use core::time::Duration;
use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::watch;
use watch_core::{Object, Phase, ResourceVersion};

use self::freshness::Shared;
pub use self::freshness::StoreFreshness;
use self::key::{Key, Named, Parts};
pub use self::reflector::Reflector;

/// The objects of a watch, for any number of readers. Cloning is cheap, and clones read the same objects.
///
/// A store never shows an incomplete list: it is empty until the first list is complete, and during a relist it keeps
/// the previous one. An object that doesn't fit the type isn't in it.
///
/// Each store has a [`Reflector`], which updates the store while it is polled. The watch must start with a list, which
/// is the default: a watch from a given version, or from a checkpoint, never becomes synced.
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
/// assert!(store.read(|pods| pods.len() == 1 && pods.is_synced()));
///
/// // Waits until the list fulfils a condition: now, or after a change.
/// store.wait_for(|pods| pods.get(Some("default"), "web-0").is_some()).await?;
/// println!("{} at {}, {:?} old", pod.name(), pod.resource_version(), store.stale_for());
/// # Ok(())
/// # }
/// ```
#[doc(alias("indexer", "lister"))]
pub struct Store<T = Object> {
    set: watch::Receiver<Set<T>>,
    freshness: Arc<Shared>,
}

/// The objects of a [`Store`] at one moment, by namespace and name.
pub struct Set<T = Object> {
    objects: BTreeMap<Key, Held<T>>,
    resource_version: Option<ResourceVersion>,
}

/// An object, and the fields that an event is compared with.
struct Held<T> {
    uid: Option<Box<str>>,
    version: ResourceVersion,
    object: Arc<T>,
}

impl<T> Held<T> {
    /// Whether an event is about an earlier object: an older version of this one, or an earlier object of the same
    /// name. Some servers send such events (`Event::Added`).
    fn is_newer_than(&self, event: &Object) -> bool {
        event.resource_version().is_before(&self.version)
    }

    /// Whether a deletion is of this object. If both have a uid, only the uids count, since the event may have a
    /// version that the object had before.
    fn is_deleted_by(&self, event: &Object) -> bool {
        match (self.uid.as_deref(), event.uid()) {
            (Some(uid), Some(deleted)) => uid == deleted,
            _ => !self.is_newer_than(event),
        }
    }
}

impl<T> Store<T> {
    /// Returns the object of this name. Allocates nothing.
    pub fn get(&self, namespace: Option<&str>, name: &str) -> Option<Arc<T>> {
        self.set.borrow().get(namespace, name).cloned()
    }

    /// Returns all objects, ordered by namespace and name.
    pub fn list(&self) -> Vec<Arc<T>> {
        self.set.borrow().iter().cloned().collect()
    }

    /// Calls `look` with the current objects, without a copy. `look` blocks the watch, so it should be quick. It must
    /// not use the store again.
    pub fn read<R>(&self, look: impl FnOnce(&Set<T>) -> R) -> R {
        look(&self.set.borrow())
    }

    /// Returns how fresh the objects are, and the trouble if they are stale. The result is as of the last poll of the
    /// watch.
    pub fn freshness(&self) -> StoreFreshness {
        let mut freshness = self.freshness.get();
        if self.set.has_changed().is_err() {
            // The reflector was dropped.
            freshness.phase = Phase::Done;
        }
        freshness
    }

    /// Returns how long ago the store was last known to be synced; `None` before the first list is complete.
    pub fn stale_for(&self) -> Option<Duration> {
        self.freshness().synced_as_of.map(|then| then.elapsed())
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
        let mut set = self.set.clone();
        let waited = set.wait_for(|set| set.is_synced() && predicate(set)).await;
        waited.map(drop).map_err(|_| Ended)
    }
}

impl<T> Store<T> {
    /// Waits until the store has reached a resourceVersion: it then has every change up to that version. With the version
    /// of the reply to a write, the store has that write.
    ///
    /// Bookmarks count too, so a version that belongs to another object of the resource is reached. Versions are compared
    /// by [`ResourceVersion::compare`]: versions that can't be compared count as reached once the first list is complete.
    /// A version of another resource, or of a server that is restored from a backup meanwhile, may never be reached, so a
    /// timeout is advisable.
    ///
    /// # Errors
    /// Fails if the watch ended, or was dropped.
    #[doc(alias = "LastStoreSyncResourceVersion")]
    pub async fn wait_for_version(&self, version: &ResourceVersion) -> Result<(), Ended> {
        self.wait_for(|set| set.resource_version().is_some_and(|reached| !reached.is_before(version))).await
    }
}

impl<T> Set<T> {
    /// Returns the object of this name. Allocates nothing.
    pub fn get(&self, namespace: Option<&str>, name: &str) -> Option<&Arc<T>> {
        let named = Named { namespace: namespace.unwrap_or_default(), name };
        self.objects.get(&named as &dyn Parts).map(|held| &held.object)
    }

    /// Returns all objects, ordered by namespace and name.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Arc<T>> {
        self.objects.values().map(|held| &held.object)
    }

    /// Returns the number of objects.
    pub fn len(&self) -> usize {
        self.objects.len()
    }

    /// Returns whether there are no objects.
    pub fn is_empty(&self) -> bool {
        self.objects.is_empty()
    }

    /// Returns whether the first list is complete (client-go: `HasSynced`). Before that, there are no objects.
    #[doc(alias = "HasSynced")]
    pub const fn is_synced(&self) -> bool {
        self.resource_version.is_some()
    }

    /// Returns the resourceVersion of the objects; `None` before the first list is complete.
    pub const fn resource_version(&self) -> Option<&ResourceVersion> {
        self.resource_version.as_ref()
    }

    /// Has no effect before the first list is complete: a watch from a given version has events but no list.
    fn advance(&mut self, to: &ResourceVersion) {
        if let Some(version) = self.resource_version.as_mut().filter(|version| !to.is_before(version)) {
            version.clone_from(to);
        }
    }
}

/// The watch of a [`Store`] has ended, and the store won't change any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Ended;

impl<T> Clone for Store<T> {
    fn clone(&self) -> Self {
        Self { set: self.set.clone(), freshness: Arc::clone(&self.freshness) }
    }
}

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the watch of the store has ended")
    }
}

impl core::error::Error for Ended {}

impl<T> fmt::Debug for Set<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Set({} objects, version {:?})", self.len(), self.resource_version)
    }
}

impl<T> fmt::Debug for Store<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").field("set", &*self.set.borrow()).finish()
    }
}
