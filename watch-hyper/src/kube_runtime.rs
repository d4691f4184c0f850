//! kube's watcher, on this crate's watch: for `kube::runtime`'s reflector, `WatchStreamExt`, predicates and
//! `Controller`.
//!
//! [`watcher`] has the signature of `kube::runtime::watcher`, so only one line of a program changes:
//!
//! ```
//! # use k8s_openapi::api::core::v1::Pod;
//! # use kube_runtime::{WatchStreamExt, reflector, watcher};
//! # use watch_hyper::kube_runtime::kube_client::{Api, Client};
//! # fn example(client: Client) -> Result<(), watch_hyper::watch_core::ConfigError> {
//! let pods: Api<Pod> = Api::default_namespaced(client);
//! let (reader, writer) = reflector::store();
//! // Before: watcher(pods, watcher::Config::default()).default_backoff()
//! let stream = watch_hyper::kube_runtime::watcher(pods, watcher::Config::default())?;
//! let stream = stream.reflect(writer).applied_objects();
//! # drop((stream, reader));
//! # Ok(())
//! # }
//! ```
//!
//! It is for kube 5.0. The crates are exported as [`kube_client`] and [`kube_runtime`]. These functions
//! of kube need an unstable feature of `kube` (or `kube-runtime`): `Controller::for_stream`, `watches_stream` and
//! `owns_stream` need `unstable-runtime-stream-control`; `reflector::store_shared`, `reflect_shared`,
//! `for_shared_stream` and `Writer::subscribe` need `unstable-runtime-subscribe`.
//!
//! # Events
//!
//! | this crate's event | kube's |
//! |---|---|
//! | `InitialBegin` | `Event::Init` |
//! | `Initial` | `Event::InitApply` |
//! | `InitialEnd` | `Event::InitDone` |
//! | `Added`, `Modified` | `Event::Apply` |
//! | `Deleted` | `Event::Delete` |
//! | `Bookmark` | none |
//!
//! The objects of a list are held until the list is complete. Then its events are yielded, from `Init` to `InitDone`.
//! kube's `Controller` needs that: it takes objects from a reflector, which shows the objects of a list only after
//! `InitDone`. If a request to reconcile a new object comes before that, the `Controller` drops it. A list that isn't
//! completed has no events.
//!
//! # Errors
//!
//! A failure after which the watch retries isn't an item: the watch has its own backoff. `default_backoff()` isn't
//! needed. (It does no harm, but after each `Err` it pauses the stream, and so the watch.) An item is `Err` only:
//!
//! - for a failure that retrying won't fix ([`Notice::NeedsAttention`]): forbidden,
//!   not found, a certificate that isn't trusted, and so on. The watch continues, and retries rarely; each kind is
//!   reported once until there is progress. A `Status` of the server is in the error as `kube_client::Error::Api`, in
//!   [`InitialListFailed`](Error::InitialListFailed) for a list and in [`WatchStartFailed`](Error::WatchStartFailed)
//!   for a watch. Any other failure is a `kube_client::Error::Service` with a
//!   [`Trouble`] in it;
//! - for a request that the server refuses for good ([`Done::Refused`]: 400, 405, 406, 415 and 422), for example because
//!   of a field that can't be selected. The stream ends after it, whereas kube's watcher repeats the request without end. A
//!   `Controller` ends with its streams;
//! - for an object that doesn't fit the type: [`WatchFailed`](Error::WatchFailed) with a `kube_client::Error::Service`
//!   and a [`DecodeError`](watch_core::DecodeError) in it, which has the bytes. The stream continues after that object.
//!   If it is an object of a list, the list is completed without it, and the error comes after `InitDone`. A reflector
//!   then doesn't hold that object.
//!
//! # Reading your own writes
//!
//! A `Controller` calls its reconciler with an object of the store, which may be older than the last write of the program.
//! With a book of [`PendingWrites`](crate::PendingWrites), a reconciler waits instead. The watcher shows its events to the
//! book, and a client records its writes in it.
//!
//! The reconciler is a plain function that looks at the book before it returns its future. The `Controller` calls it
//! directly after it took the object from the store, but runs the future as a task of its own, maybe on another thread. By
//! then, the watch may have shown the write, and the book no longer knows that this object is older.
//!
//! ```
//! # use core::time::Duration;
//! # use std::sync::Arc;
//! # use k8s_openapi::api::core::v1::Pod;
//! # use kube_runtime::{controller::Action, watcher};
//! # use watch_hyper::kube_runtime::kube_client::{Api, Client, Error, ResourceExt};
//! use watch_hyper::{PendingWrites, TrackWrites};
//!
//! # fn example(client: Client) -> Result<(), watch_hyper::watch_core::ConfigError> {
//! let writes = PendingWrites::new();
//! let client = TrackWrites::new().of::<Pod>(&writes).client(&client);
//! let mut stream = watch_hyper::kube_runtime::watcher(Api::<Pod>::all(client), watcher::Config::default())?;
//! stream.handle_mut().track_writes(&writes);
//! # Ok(())
//! # }
//!
//! fn reconcile(pod: Arc<Pod>, writes: Arc<PendingWrites>) -> impl Future<Output = Result<Action, Error>> {
//!     let (namespace, name) = (pod.namespace(), pod.name_any());
//!     let is_caught_up = writes.is_caught_up(namespace.as_deref(), &name);
//!     async move {
//!         if !is_caught_up {
//!             writes.caught_up(namespace.as_deref(), &name).await;
//!             return Ok(Action::requeue(Duration::ZERO)); // `pod` is older than the write
//!         }
//!         // ..
//!         Ok(Action::await_change())
//!     }
//! }
//! ```
//!
//! # What differs from kube's watcher
//!
//! - `Config::timeout(0)` doesn't switch the timeouts off: it counts as unset, for which 290 s are used.
//! - The streaming list falls back to a LIST where the server doesn't support it.
//! - A [`Client`](kube_client::Client) that repeats requests by itself (kube's default) hides refusals from the watch:
//!   set `kube::Config::default_retry` to false. The transport that is made of the client logs a warning otherwise.

mod config;
mod error;

use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_core::Stream;
use kube_client::Api;
use kube_client::core::Resource;
use kube_runtime::watcher::{Config, Error, Event};
use serde::de::DeserializeOwned;
use watch_core::{ConfigError, Done, Notice, Trouble};

pub use ::{kube_client, kube_runtime};

use self::config::config_of;
use crate::stream::{Handle, Watch};

/// Watches the objects of an `Api` of kube, as `kube::runtime::watcher` does. For an `Api<PartialObjectMeta<K>>`, only
/// the metadata is requested, as in kube.
///
/// # Errors
/// Fails if a setting is out of range: a `page_size` of 0, say, or a `timeout` of more than a day. Fails if a selector is
/// invalid. The server checks whether the fields of a field selector can be selected.
///
/// # Panics
/// Polling it outside of a tokio runtime with a timer panics.
pub fn watcher<K>(api: Api<K>, config: Config) -> Result<Watcher<K>, ConfigError>
where
    K: Resource + DeserializeOwned,
{
    let config = config_of::<K>(api.resource_url(), config)?;
    let mut watch = Watch::<K>::new(api.into_client(), config);
    let refusals = Refusals::default();
    watch.handle_mut().observe_first(refusals.observer());
    Ok(Watcher { watch, refusals, list: None, ready: VecDeque::new(), has_ended: false })
}

/// A stream of kube's watcher events: see [`watcher`].
///
/// It ends if it is stopped by a [`Stopper`](crate::Stopper) of its [`Handle`], and after the `Err` of a request that the
/// server refuses for good. The [checkpoint](Handle::checkpoint) covers what was yielded.
#[must_use = "a watch does nothing unless polled"]
pub struct Watcher<K> {
    watch: Watch<K>,
    refusals: Refusals,
    /// The list that is arriving, until it is complete.
    list: Option<List<K>>,
    /// Items in the order in which they are yielded.
    ready: VecDeque<Result<Event<K>, Error>>,
    /// The watch has ended, and the reason is in `ready` or was yielded.
    has_ended: bool,
}

struct List<K> {
    objects: Vec<K>,
    errors: Vec<Error>,
}

// No field is pinned.
impl<K> Unpin for Watcher<K> {}

impl<K: Resource + DeserializeOwned> Watcher<K> {
    /// Returns the controls of the watch: its freshness, its checkpoint, how to stop it.
    pub const fn handle(&self) -> &Handle {
        self.watch.handle()
    }

    /// Returns the controls of the watch that need `&mut`: the observer, a book of pending writes, a relist, a recording.
    pub const fn handle_mut(&mut self) -> &mut Handle {
        self.watch.handle_mut()
    }
}

impl<K: Resource + DeserializeOwned> Stream for Watcher<K> {
    type Item = Result<Event<K>, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        loop {
            if let Some(item) = this.ready.pop_front() {
                return Poll::Ready(Some(item));
            }
            // All events that were polled have been yielded.
            this.watch.handle_mut().hold_checkpoint();
            let polled = Pin::new(&mut this.watch).poll_next(cx);
            // The observer runs while the watch is polled, so a notice comes before the event that the same poll
            // returns.
            this.ready.extend(this.refusals.take().iter().map(|trouble| Err(error::of_trouble(trouble))));
            match polled {
                Poll::Ready(Some(Ok(event))) => this.follow(event),
                Poll::Ready(Some(Err(error))) => this.fail(error::of_object(error)),
                Poll::Ready(None) if !this.has_ended => {
                    this.has_ended = true;
                    let refusal = this.watch.handle().done().and_then(Done::trouble);
                    this.ready.extend(refusal.map(|trouble| Err(error::of_trouble(trouble))));
                }
                Poll::Ready(None) if this.ready.is_empty() => return Poll::Ready(None),
                Poll::Pending if this.ready.is_empty() => return Poll::Pending,
                Poll::Ready(None) | Poll::Pending => {}
            }
        }
    }
}

impl<K> Watcher<K> {
    fn follow(&mut self, event: watch_core::Event<K>) {
        match event {
            watch_core::Event::InitialBegin { .. } => {
                self.list = Some(List { objects: Vec::new(), errors: Vec::new() });
            }
            watch_core::Event::Initial(object) => {
                if let Some(list) = &mut self.list {
                    list.objects.push(object);
                }
            }
            watch_core::Event::InitialEnd { .. } => {
                if let Some(List { objects, errors }) = self.list.take() {
                    self.ready.push_back(Ok(Event::Init));
                    self.ready.extend(objects.into_iter().map(|object| Ok(Event::InitApply(object))));
                    self.ready.push_back(Ok(Event::InitDone));
                    self.ready.extend(errors.into_iter().map(Err));
                }
            }
            watch_core::Event::Added(object) | watch_core::Event::Modified(object) => {
                self.ready.push_back(Ok(Event::Apply(object)));
            }
            watch_core::Event::Deleted(object) => self.ready.push_back(Ok(Event::Delete(object))),
            watch_core::Event::Bookmark { .. } => {}
        }
    }

    fn fail(&mut self, error: Error) {
        match &mut self.list {
            Some(list) => list.errors.push(error),
            None => self.ready.push_back(Err(error)),
        }
    }
}

/// The failures that need attention and weren't yielded yet, shared with the watch's observer.
#[derive(Clone, Default)]
struct Refusals(Arc<Mutex<Vec<Trouble>>>);

impl Refusals {
    fn observer(&self) -> impl Fn(&Notice) + Send + Sync + 'static {
        let refusals = self.clone();
        move |notice| {
            if let Notice::NeedsAttention { trouble, .. } = notice {
                refusals.lock().push((**trouble).clone());
            }
        }
    }

    fn take(&self) -> Vec<Trouble> {
        core::mem::take(&mut self.lock())
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Trouble>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K> fmt::Debug for Watcher<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watcher").field("watch", &self.watch).finish_non_exhaustive()
    }
}
