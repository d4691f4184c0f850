//! The watch behind a store.

use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll};
use std::collections::BTreeMap;
use std::sync::Arc;

use futures_core::Stream;
use tokio::sync::watch;
use watch_core::{DecodeError, Done, Object};

use super::freshness::Shared;
use super::{Held, Key, Set, Store};
use crate::event::Event;
use crate::stream::{RawWatch, Stopper};

/// A watch that keeps a [`Store`] up to date while it is polled: each event is in the store when it is handed out.
#[must_use = "a watch does nothing unless polled"]
pub struct Stored<T> {
    watch: RawWatch,
    decode: fn(&Object) -> Result<T, DecodeError>,
    /// The set that is being told, until it is whole.
    coming: Option<BTreeMap<Key, Held<T>>>,
    set: watch::Sender<Set<T>>,
    freshness: Arc<Shared>,
}

impl<T> Stored<T> {
    pub(crate) fn new(watch: RawWatch, decode: fn(&Object) -> Result<T, DecodeError>) -> (Self, Store<T>) {
        let set = Set { objects: BTreeMap::new(), resource_version: None };
        let (set, receiver) = watch::channel(set);
        let freshness = Arc::new(Shared::default());
        let stored = Self { watch, decode, coming: None, set, freshness: Arc::clone(&freshness) };
        (stored, Store { set: receiver, freshness })
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
                self.remove(&object);
                Event::Deleted(Arc::new((self.decode)(&object)?))
            }
            watch_core::Event::Bookmark { resource_version } => {
                self.set.send_modify(|set| set.advance(&resource_version));
                Event::Bookmark { resource_version }
            }
        })
    }

    fn put(&mut self, object: &Object) -> Result<Arc<T>, DecodeError> {
        let decoded = (self.decode)(object).map(Arc::new);
        let held = decoded.as_ref().ok().map(|decoded| Held {
            uid: object.uid().map(Box::from),
            version: object.resource_version().clone(),
            object: Arc::clone(decoded),
        });
        self.change(object, |objects, key| {
            if objects.get(&key).is_some_and(|known| known.is_newer_than(object)) {
                return;
            }
            match held {
                Some(held) => drop(objects.insert(key, held)),
                // What it was before, it is no more.
                None => drop(objects.remove(&key)),
            }
        });
        decoded
    }

    fn remove(&mut self, object: &Object) {
        self.change(object, |objects, key| {
            if objects.get(&key).is_some_and(|known| known.is_deleted_by(object)) {
                objects.remove(&key);
            }
        });
    }

    fn change(&mut self, object: &Object, change: impl FnOnce(&mut BTreeMap<Key, Held<T>>, Key)) {
        let key = (object.namespace().unwrap_or_default().into(), object.name().into());
        match &mut self.coming {
            Some(coming) => change(coming, key),
            None => self.set.send_modify(|set| {
                change(&mut set.objects, key);
                set.advance(object.resource_version());
            }),
        }
    }
}

impl<T> Stream for Stored<T> {
    type Item = Result<Event<Arc<T>>, DecodeError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let event = Pin::new(&mut self.watch).poll_next(cx).map(|event| event.map(|event| self.follow(event)));
        if matches!(event, Poll::Ready(Some(Err(_)))) {
            self.watch.undecodable();
        }
        self.freshness.update(&self.watch);
        event
    }
}

impl<T> fmt::Debug for Stored<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stored").field("watch", &self.watch).field("set", &*self.set.borrow()).finish()
    }
}
