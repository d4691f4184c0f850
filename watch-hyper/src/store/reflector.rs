//! The watch of a store.

use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll};
use std::collections::BTreeMap;
use std::sync::Arc;

use futures_core::Stream;
use tokio::sync::watch;
use watch_core::{Done, Event, FromObject, Object};

use super::freshness::Shared;
use super::key::{Key, Named, Parts};
use super::{Held, Set, Store};
use crate::stream::Handle;

/// A watch that keeps a [`Store`] up to date while it is polled. When an event is handed out, the store already
/// contains it.
///
/// The [checkpoint](Handle::checkpoint) covers the events that were handed out, as that of a [`Watch`](crate::Watch)
/// does.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/server.rs"));
/// use watch_hyper::Watch;
/// use watch_hyper::watch_core::{Config, Done, Object, Resource};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn core::error::Error>> {
/// # let client = watch_hyper::Client::builder(&serve()).build()?;
/// let config = Config::builder(Resource::core("v1", "pods")).build()?;
/// let (reflector, store) = Watch::<Object>::new(client, config).store();
/// let stopper = reflector.handle().stopper();
/// let reflecting = tokio::spawn(reflector.drive());
///
/// store.ready().await?;
/// println!("{} pods", store.list().len());
/// stopper.stop();
/// assert_eq!(reflecting.await?, Some(Done::Stopped));
/// # Ok(())
/// # }
/// ```
#[doc(alias("informer", "reflector"))]
#[must_use = "a watch does nothing unless polled"]
pub struct Reflector<T = Object> {
    handle: Handle,
    /// The list that is arriving, until it is complete.
    coming: Option<BTreeMap<Key, Held<T>>>,
    set: watch::Sender<Set<T>>,
    freshness: Arc<Shared>,
}

impl<T: FromObject> Reflector<T> {
    pub(crate) fn new(handle: Handle) -> (Self, Store<T>) {
        let set = Set { objects: BTreeMap::new(), resource_version: None };
        let (set, receiver) = watch::channel(set);
        let freshness = Arc::new(Shared::default());
        let stored = Self { handle, coming: None, set, freshness: Arc::clone(&freshness) };
        (stored, Store { set: receiver, freshness })
    }

    /// Polls until the watch ends, and returns the reason. Spawn it as a task if only the store is used.
    pub async fn drive(mut self) -> Option<Done> {
        while core::future::poll_fn(|cx| Pin::new(&mut self).poll_next(cx)).await.is_some() {}
        self.handle.done().cloned()
    }

    /// Returns the controls of the watch.
    pub const fn handle(&self) -> &Handle {
        &self.handle
    }

    /// Returns the controls of the watch, mutably.
    pub const fn handle_mut(&mut self) -> &mut Handle {
        &mut self.handle
    }

    fn follow(&mut self, event: Event) -> Result<Event<Arc<T>>, T::Error> {
        Ok(match event {
            Event::InitialBegin { cause } => {
                self.coming = Some(BTreeMap::new());
                Event::InitialBegin { cause }
            }
            Event::Initial(object) => Event::Initial(self.put(&object)?),
            Event::InitialEnd { resource_version } => {
                let objects = self.coming.take().unwrap_or_default();
                self.set.send_replace(Set { objects, resource_version: Some(resource_version.clone()) });
                Event::InitialEnd { resource_version }
            }
            Event::Added(object) => Event::Added(self.put(&object)?),
            Event::Modified(object) => Event::Modified(self.put(&object)?),
            Event::Deleted(object) => {
                self.remove(&object);
                Event::Deleted(to_keep(object)?)
            }
            Event::Bookmark { resource_version } => {
                self.set.send_modify(|set| set.advance(&resource_version));
                Event::Bookmark { resource_version }
            }
        })
    }

    fn put(&mut self, object: &Object) -> Result<Arc<T>, T::Error> {
        let decoded = to_keep(object.clone());
        let held = decoded.as_ref().ok().map(|decoded| Held {
            uid: object.uid().map(Box::from),
            version: object.resource_version().clone(),
            object: Arc::clone(decoded),
        });
        self.change(object, |objects, named| match (objects.get_mut(&named as &dyn Parts), held) {
            (Some(known), _) if known.is_newer_than(object) => {}
            (Some(known), Some(held)) => *known = held,
            // The previous state is outdated, and the new one can't be decoded.
            (Some(_), None) => drop(objects.remove(&named as &dyn Parts)),
            (None, Some(held)) => drop(objects.insert(named.to_key(), held)),
            (None, None) => {}
        });
        decoded
    }

    fn remove(&mut self, object: &Object) {
        self.change(object, |objects, named| {
            if objects.get(&named as &dyn Parts).is_some_and(|known| known.is_deleted_by(object)) {
                objects.remove(&named as &dyn Parts);
            }
        });
    }

    fn change(&mut self, object: &Object, change: impl FnOnce(&mut BTreeMap<Key, Held<T>>, Named<'_>)) {
        let named = Named::of(object);
        match &mut self.coming {
            Some(coming) => change(coming, named),
            None => self.set.send_modify(|set| {
                change(&mut set.objects, named);
                set.advance(object.resource_version());
            }),
        }
    }
}

/// An object can stay in a store for a long time, so it must not keep the buffer in which it arrived.
fn to_keep<T: FromObject>(object: Object) -> Result<Arc<T>, T::Error> {
    Ok(Arc::new(T::from_object(object)?.detach()))
}

impl<T: FromObject> Stream for Reflector<T> {
    type Item = Result<Event<Arc<T>>, T::Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let event = self.handle.poll_event(cx).map(|event| event.map(|event| self.follow(event)));
        let event = event.map(|event| event.map(|event| self.handle.decoded(event)));
        self.freshness.update(&self.handle);
        event
    }
}

impl<T> fmt::Debug for Reflector<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reflector").field("handle", &self.handle).field("set", &*self.set.borrow()).finish()
    }
}
