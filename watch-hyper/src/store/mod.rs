//! The present set, in memory.

mod freshness;
mod reflector;

use core::fmt;
use core::time::Duration;
use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::watch;
use watch_core::{Object, Phase, ResourceVersion};

use self::freshness::Shared;
pub use self::freshness::StoreFreshness;
pub use self::reflector::Reflector;

/// The set of objects as a watch knows it, for any number of readers. Cloning is cheap, and clones read the same set.
///
/// It is never half a set: the first one appears when it is whole, and when the watch has to have the set anew, the one
/// before stands until then. An object that doesn't fit the type isn't in it.
///
/// It is brought up to date by the [`Reflector`] watch that it was made with, as long as somebody polls that. The watch must
/// start with the initial set, as it does by default: one from a given version, or from a checkpoint, never has a whole
/// set.
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

/// Namespace (empty for what has none) and name.
type Key = (Box<str>, Box<str>);

/// An object of a set, and what an event is compared with.
struct Held<T> {
    uid: Option<Box<str>>,
    version: ResourceVersion,
    object: Arc<T>,
}

impl<T> Held<T> {
    /// Whether an event of this object is about one that was there before: an older version of it, or another object of
    /// its name. Some servers send such events (`Event::Added`).
    fn is_newer_than(&self, event: &Object) -> bool {
        event.resource_version().is_before(&self.version)
    }

    /// Whether a deletion is of this object. Where there are uids, they say; its version may be one that the object had
    /// before.
    fn is_deleted_by(&self, event: &Object) -> bool {
        match (self.uid.as_deref(), event.uid()) {
            (Some(uid), Some(deleted)) => uid == deleted,
            _ => !self.is_newer_than(event),
        }
    }
}

impl<T> Store<T> {
    /// The object of this name.
    pub fn get(&self, namespace: Option<&str>, name: &str) -> Option<Arc<T>> {
        self.set.borrow().get(namespace, name).cloned()
    }

    /// All objects, by namespace and name.
    pub fn list(&self) -> Vec<Arc<T>> {
        self.set.borrow().iter().cloned().collect()
    }

    /// Looks at the set as it is now. The watch waits meanwhile, so it should be quick, and must not use the store
    /// again.
    pub fn read<R>(&self, look: impl FnOnce(&Set<T>) -> R) -> R {
        look(&self.set.borrow())
    }

    /// How fresh the set is, and why it isn't if it isn't: for those who have only the store. As of when the watch was
    /// last polled.
    pub fn freshness(&self) -> StoreFreshness {
        let mut freshness = self.freshness.get();
        if self.set.has_changed().is_err() {
            // Nobody polls it any more.
            freshness.phase = Phase::Done;
        }
        freshness
    }

    /// How long ago the server last showed that the set is all there is; `None` before it is whole for the first time.
    pub fn stale_for(&self) -> Option<Duration> {
        self.freshness().synced_as_of.map(|then| then.elapsed())
    }

    /// Waits until the set is whole for the first time.
    ///
    /// # Errors
    /// If the watch ended, or was dropped.
    pub async fn ready(&self) -> Result<(), Ended> {
        self.wait_for(Set::is_synced).await
    }

    /// Waits until something holds of the set: right now, or after any change. It is not asked before the set is
    /// whole.
    ///
    /// # Errors
    /// If the watch ended, or was dropped.
    pub async fn wait_for(&self, mut predicate: impl FnMut(&Set<T>) -> bool) -> Result<(), Ended> {
        let mut set = self.set.clone();
        let waited = set.wait_for(|set| set.is_synced() && predicate(set)).await;
        waited.map(drop).map_err(|_| Ended)
    }
}

impl<T> Set<T> {
    /// The object of this name.
    pub fn get(&self, namespace: Option<&str>, name: &str) -> Option<&Arc<T>> {
        self.objects.get(&(namespace.unwrap_or_default().into(), name.into())).map(|held| &held.object)
    }

    /// All objects, by namespace and name.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Arc<T>> {
        self.objects.values().map(|held| &held.object)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.objects.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.objects.is_empty()
    }

    /// Whether the first list is complete (client-go: `HasSynced`). Before that, the set is empty.
    #[doc(alias = "HasSynced")]
    pub const fn is_synced(&self) -> bool {
        self.resource_version.is_some()
    }

    /// Of which version the set is; `None` before it is whole.
    pub const fn resource_version(&self) -> Option<&ResourceVersion> {
        self.resource_version.as_ref()
    }

    /// A change alone doesn't make a set whole: a watch from a given version knows of no set.
    fn advance(&mut self, to: &ResourceVersion) {
        if let Some(version) = self.resource_version.as_mut().filter(|version| !to.is_before(version)) {
            version.clone_from(to);
        }
    }
}

/// The watch that a [`Store`] will see no more of has ended.
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
        f.write_str("the watch behind the store has ended")
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
