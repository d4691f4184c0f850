//! The present set, in memory.

use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll, ready};
use std::collections::BTreeMap;
use std::sync::Arc;

use futures_core::Stream;
use tokio::sync::watch;
use watch_core::{DecodeError, Done, Object, ResourceVersion};

use crate::event::Event;
use crate::stream::{RawWatch, Stopper};

/// The set of objects as a watch knows it, for any number of readers. Cloning is cheap, and clones read the same set.
///
/// It is never half a set: the first one appears when it is whole, and when the watch has to have the set anew, the one
/// before stands until then. An object that doesn't fit the type isn't in it.
///
/// It is brought up to date by the [`Stored`] watch that it was made with, as long as somebody polls that. The watch must
/// start with the initial set, as it does by default: one from a given version, or from a checkpoint, never has a whole
/// set.
pub struct Store<T> {
    set: watch::Receiver<Set<T>>,
}

/// The objects of a [`Store`] at one moment, by namespace and name.
pub struct Set<T> {
    objects: BTreeMap<Key, Arc<T>>,
    resource_version: Option<ResourceVersion>,
}

/// Namespace (empty for what has none) and name.
type Key = (Box<str>, Box<str>);

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

    /// Waits until the set is whole for the first time.
    ///
    /// # Errors
    /// If the watch ended, or was dropped.
    pub async fn ready(&self) -> Result<(), Ended> {
        self.wait_for(Set::is_whole).await
    }

    /// Waits until something holds of the set: right now, or after any change. It is not asked before the set is
    /// whole.
    ///
    /// # Errors
    /// If the watch ended, or was dropped.
    pub async fn wait_for(&self, mut predicate: impl FnMut(&Set<T>) -> bool) -> Result<(), Ended> {
        let mut set = self.set.clone();
        let waited = set.wait_for(|set| set.is_whole() && predicate(set)).await;
        waited.map(drop).map_err(|_| Ended)
    }
}

impl<T> Set<T> {
    /// The object of this name.
    pub fn get(&self, namespace: Option<&str>, name: &str) -> Option<&Arc<T>> {
        self.objects.get(&(namespace.unwrap_or_default().into(), name.into()))
    }

    /// All objects, by namespace and name.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Arc<T>> {
        self.objects.values()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.objects.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.objects.is_empty()
    }

    /// Whether the first set was completed. Before that, there is nothing in it.
    pub const fn is_whole(&self) -> bool {
        self.resource_version.is_some()
    }

    /// Of which version the set is; `None` before it is whole.
    pub const fn resource_version(&self) -> Option<&ResourceVersion> {
        self.resource_version.as_ref()
    }

    /// A change alone doesn't make a set whole: a watch from a given version knows of no set.
    fn advance(&mut self, to: &ResourceVersion) {
        if let Some(version) = &mut self.resource_version {
            version.clone_from(to);
        }
    }
}

/// The watch that a [`Store`] will see no more of has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Ended;

/// A watch that keeps a [`Store`] up to date while it is polled: each event is in the store when it is handed out.
#[must_use = "a watch does nothing unless polled"]
pub struct Stored<T> {
    watch: RawWatch,
    decode: fn(&Object) -> Result<T, DecodeError>,
    /// The set that is being told, until it is whole.
    coming: Option<BTreeMap<Key, Arc<T>>>,
    set: watch::Sender<Set<T>>,
}

impl<T> Stored<T> {
    pub(crate) fn new(watch: RawWatch, decode: fn(&Object) -> Result<T, DecodeError>) -> (Self, Store<T>) {
        let set = Set { objects: BTreeMap::new(), resource_version: None };
        let (set, receiver) = watch::channel(set);
        (Self { watch, decode, coming: None, set }, Store { set: receiver })
    }

    /// Polls until the watch is over: for those who only want the store, in a task of its own.
    pub async fn drive(mut self) -> Option<Done> {
        while core::future::poll_fn(|cx| Pin::new(&mut self).poll_next(cx)).await.is_some() {}
        self.watch.done().cloned()
    }

    /// What ends it from elsewhere.
    pub fn stopper(&self) -> Stopper {
        self.watch.stopper()
    }

    /// The watch below.
    pub const fn watch(&self) -> &RawWatch {
        &self.watch
    }

    fn follow(&mut self, event: watch_core::Event) -> Result<Event<Arc<T>>, DecodeError> {
        Ok(match event {
            watch_core::Event::InitialBegin { cause } => {
                self.coming = Some(BTreeMap::new());
                Event::InitialBegin { cause }
            }
            watch_core::Event::Initial(object) => Event::Initial(self.put(&object)?),
            watch_core::Event::InitialEnd { resource_version } => {
                let objects = self.coming.take().unwrap_or_default();
                self.set.send_replace(Set { objects, resource_version: Some(resource_version.clone()) });
                Event::InitialEnd { resource_version }
            }
            watch_core::Event::Added(object) => Event::Added(self.put(&object)?),
            watch_core::Event::Modified(object) => Event::Modified(self.put(&object)?),
            watch_core::Event::Deleted(object) => {
                self.change(&object, None);
                Event::Deleted(Arc::new((self.decode)(&object)?))
            }
            watch_core::Event::Bookmark { resource_version } => {
                self.set.send_modify(|set| set.advance(&resource_version));
                Event::Bookmark { resource_version }
            }
        })
    }

    fn put(&mut self, object: &Object) -> Result<Arc<T>, DecodeError> {
        match (self.decode)(object) {
            Ok(decoded) => {
                let decoded = Arc::new(decoded);
                self.change(object, Some(Arc::clone(&decoded)));
                Ok(decoded)
            }
            Err(error) => {
                // What it was before, it is no more.
                self.change(object, None);
                Err(error)
            }
        }
    }

    fn change(&mut self, object: &Object, to: Option<Arc<T>>) {
        let key = (object.namespace().unwrap_or_default().into(), object.name().into());
        let change = |objects: &mut BTreeMap<Key, Arc<T>>| match to {
            Some(decoded) => drop(objects.insert(key, decoded)),
            None => drop(objects.remove(&key)),
        };
        match &mut self.coming {
            Some(coming) => change(coming),
            None => self.set.send_modify(|set| {
                change(&mut set.objects);
                set.advance(object.resource_version());
            }),
        }
    }
}

impl<T> Stream for Stored<T> {
    type Item = Result<Event<Arc<T>>, DecodeError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let event = ready!(Pin::new(&mut self.watch).poll_next(cx));
        Poll::Ready(event.map(|event| self.follow(event)))
    }
}

impl<T> Clone for Store<T> {
    fn clone(&self) -> Self {
        Self { set: self.set.clone() }
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

impl<T> fmt::Debug for Stored<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stored").field("watch", &self.watch).field("set", &*self.set.borrow()).finish()
    }
}
