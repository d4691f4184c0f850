//! The watch of a store.

use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll};
use std::sync::Arc;

use futures_core::Stream;
use watch_core::{Done, Event, FromObject, InitialCause, Object};

use super::held::Held;
use super::key::{Key, Named, Parts};
use super::objects::{After, Objects, Step, steps};
use super::published::Publisher;
use super::set::Set;
use crate::stream::Handle;

/// A watch that keeps a [`Store`](super::Store) up to date while it is polled. When an event is handed out, the store
/// already contains it.
///
/// The objects of the events are those of the store: `S` is `T` unless they are
/// [transformed](super::StoreBuilder::transformed) before they are stored. A listed object that hasn't changed since
/// the previous list is neither decoded nor transformed again: its event has the stored one.
///
/// The [checkpoint](Handle::checkpoint) covers the events that were handed out, as for a [`Watch`](crate::Watch).
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
pub struct Reflector<T = Object, S = T> {
    handle: Handle,
    transform: Transform<T, S>,
    /// The objects as published.
    set: Set<S>,
    /// The list that is arriving, until it is complete.
    coming: Option<Objects<S>>,
    /// The history of the server was replaced, so the server may have used versions again. It is true until a list is
    /// complete.
    went_back: bool,
    publisher: Publisher<S>,
}

/// Takes a decoded object and returns what is stored.
pub(super) type Transform<T, S> = Box<dyn FnMut(T) -> S + Send>;

impl<T: FromObject, S: 'static> Reflector<T, S> {
    pub(super) fn new(handle: Handle, transform: Transform<T, S>, set: Set<S>, publisher: Publisher<S>) -> Self {
        Self { handle, transform, set, coming: None, went_back: false, publisher }
    }

    /// Polls until the watch ends, and returns the reason. Spawn it as a task if only the store is used. An object that
    /// doesn't fit the type is logged.
    pub async fn drive(mut self) -> Option<Done> {
        while let Some(event) = core::future::poll_fn(|cx| Pin::new(&mut self).poll_next(cx)).await {
            if let Err(error) = event {
                tracing::warn!(%error, "an object isn't in the store");
            }
        }
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

    fn follow(&mut self, event: Event) -> Result<Event<Arc<S>>, T::Error> {
        Ok(match event {
            Event::InitialBegin { cause } => {
                self.coming = Some(Objects::new());
                self.went_back = cause == InitialCause::Rollback || (self.went_back && cause == InitialCause::Retry);
                Event::InitialBegin { cause }
            }
            Event::Initial(object) => Event::Initial(self.put(&object)?),
            Event::InitialEnd { resource_version } => {
                let listed = self.coming.take().unwrap_or_default();
                self.set.resource_version = Some(resource_version.clone());
                self.replace(listed);
                Event::InitialEnd { resource_version }
            }
            Event::Added(object) => Event::Added(self.put(&object)?),
            Event::Modified(object) => Event::Modified(self.put(&object)?),
            Event::Deleted(object) => Event::Deleted(self.remove(object)?),
            Event::Bookmark { resource_version } => {
                self.set.advance(&resource_version);
                self.publisher.publish(&self.set);
                Event::Bookmark { resource_version }
            }
        })
    }

    /// Replaces the objects of the store with a complete list. Objects and nodes that didn't change are kept, so an
    /// earlier snapshot shares them.
    fn replace(&mut self, listed: Objects<S>) {
        if self.set.is_empty() && self.set.indexes.is_empty() {
            self.set.objects = listed;
        } else {
            let steps = steps(&self.set.objects, &listed);
            self.set.indexes.apply(&steps);
            steps.iter().for_each(|step| step.apply(&mut self.set.objects));
        }
        self.set.at += 1;
        self.went_back = false;
        self.publisher.publish_list(&self.set);
    }

    fn put(&mut self, object: &Object) -> Result<Arc<S>, T::Error> {
        let named = Named::of(object);
        let is_news = self.current(named).is_none_or(|(_, held)| !held.is_newer_than(object));
        let same = entry(&self.set.objects, named).filter(|(_, held)| held.is_state_of(object) && !self.went_back);
        if let Some((_, held)) = same {
            let stored = Arc::clone(&held.object);
            // If no list is arriving, the server repeated an event, and nothing changes.
            if is_news && self.coming.is_some() {
                self.change(object, After::Held(held));
            }
            return Ok(stored);
        }
        let made = self.make(object.clone());
        if is_news {
            // The previous state is outdated, even if the new one can't be decoded.
            let held = made.as_ref().map(|made| Arc::new(Held::new(object, Arc::clone(made))));
            self.change(object, held.map_or(After::Absent, After::Held));
        }
        made
    }

    fn remove(&mut self, object: Object) -> Result<Arc<S>, T::Error> {
        let last = self.make(object.clone());
        if self.current(Named::of(&object)).is_none_or(|(_, held)| held.is_deleted_by(&object)) {
            self.change(&object, last.as_ref().map_or(After::Absent, |last| After::Deleted(Arc::clone(last))));
        }
        last
    }

    /// An object can stay in a store for a long time, so it must not keep the buffer in which it arrived.
    fn make(&mut self, object: Object) -> Result<Arc<S>, T::Error> {
        Ok(Arc::new((self.transform)(T::from_object(object)?.detach())))
    }

    /// Returns the object of this name in the list that is arriving, or else in the store.
    fn current(&self, named: Named<'_>) -> Option<(Key, Arc<Held<S>>)> {
        entry(self.coming.as_ref().unwrap_or(&self.set.objects), named)
    }

    /// Applies the change of an event to the list that is arriving, or else to the store. Before the first list, events
    /// don't fill the store.
    fn change(&mut self, event: &Object, after: After<S>) {
        let named = Named::of(event);
        let (key, before) = match self.current(named) {
            Some((key, held)) => (key, Some(held)),
            None => (named.to_key(), None),
        };
        let is_change = before.is_some() || matches!(after, After::Held(_));
        let step = Step { key, before, after };
        if let Some(coming) = &mut self.coming {
            step.apply(coming);
        } else if self.set.is_synced() {
            self.set.advance(event.resource_version());
            if is_change {
                self.set.apply(&step);
                self.publisher.publish_step(&self.set, step);
            } else {
                self.publisher.publish(&self.set);
            }
        }
    }
}

fn entry<S>(objects: &Objects<S>, named: Named<'_>) -> Option<(Key, Arc<Held<S>>)> {
    objects.get_full(&named as &dyn Parts).map(|(key, held)| (key.clone(), Arc::clone(held)))
}

impl<T: FromObject, S: 'static> Stream for Reflector<T, S> {
    type Item = Result<Event<Arc<S>>, T::Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let event = self.handle.poll_event(cx).map(|event| event.map(|event| self.follow(event)));
        let event = event.map(|event| event.map(|event| self.handle.decoded(event)));
        self.publisher.update_freshness(&self.handle);
        if matches!(event, Poll::Ready(None)) {
            let this = &mut *self;
            this.publisher.end(this.handle.done());
        }
        event
    }
}

impl<T, S> fmt::Debug for Reflector<T, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reflector").field("handle", &self.handle).field("set", &self.set).finish_non_exhaustive()
    }
}
