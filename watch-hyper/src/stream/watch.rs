//! A watch as a stream of events.

use core::fmt;
use core::marker::PhantomData;
use core::pin::Pin;
use core::task::{Context, Poll, ready};

use futures_core::Stream;
use watch_core::{Checkpoint, CheckpointError, Config, Event, FromObject, Object, Watcher};

use super::changes::Changes;
use super::decode_on::{DecodeJob, DecodeOn};
use super::handle::{Handle, seeded};
use crate::store::{Reflector, Store, StoreBuilder};
use crate::transport::Transport;

/// A watch: a stream of [`Event`]s, with each object as a `T`.
///
/// `Watch::<Pod>` decodes each object. If one doesn't fit the type, the stream yields an error *of that object*, with
/// its raw bytes, and continues. `Watch::<Object>` passes each object on without a copy. Its items are never errors, so
/// `let Ok(event) = item;` is enough.
///
/// It does nothing unless polled, and spawns no task: the task that polls it does the work. If the consumer doesn't
/// poll, the bytes stay in the socket. Dropping the watch closes its request.
///
/// Trouble isn't an item. The watch handles it, reports it to `tracing` and the [observer](Handle::observe), and
/// continues. The stream ends only with the watch, and then [`Handle::done`] returns the reason.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/server.rs"));
/// use futures_util::StreamExt;
/// use watch_hyper::Watch;
/// use watch_hyper::watch_core::{Config, Object, Resource};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn core::error::Error>> {
/// # let client = watch_hyper::Client::builder(&serve()).build()?;
/// let config = Config::builder(Resource::core("v1", "pods")).build()?;
/// let mut watch = Watch::<Object>::new(client, config);
/// watch.handle_mut().observe(|notice| eprintln!("{notice}"));
/// let stopper = watch.handle().stopper();
///
/// let mut events = Vec::new();
/// while let Some(Ok(event)) = watch.next().await {
///     events.push(event.to_string());
///     if events.len() == 4 {
///         stopper.stop(); // from any task
///     }
/// }
/// assert_eq!(events[0], "INITIAL (first)");
/// assert_eq!(watch.handle().done(), Some(&watch_hyper::watch_core::Done::Stopped));
/// # Ok(())
/// # }
/// ```
///
/// # Panics
/// Polling it outside of a tokio runtime with a timer panics.
#[doc(alias("informer", "list_watch", "ListWatch", "watcher"))]
#[must_use = "a watch does nothing unless polled"]
pub struct Watch<T = Object> {
    handle: Handle,
    makes: PhantomData<fn() -> T>,
}

impl<T: FromObject> Watch<T> {
    /// Returns a watch that starts as the configuration states. The watch sends nothing before it is polled. If the
    /// configuration has no seed, a random one is used, so that no two watches have the same jitter.
    ///
    /// If the type is known to belong to another resource ([`FromObject::check_config`]), the watch sends nothing. It has
    /// ended at once, and [`Handle::done`] returns [`Done::WrongType`](watch_core::Done::WrongType), which names both.
    pub fn new(transport: impl Into<Transport>, config: Config) -> Self {
        Self::of(transport.into(), Watcher::new(seeded(config)))
    }

    /// Returns a watch that resumes at a checkpoint.
    ///
    /// # Errors
    /// Fails if the checkpoint belongs to another watch, or can't be read.
    pub fn resume(transport: impl Into<Transport>, config: Config, from: &Checkpoint) -> Result<Self, CheckpointError> {
        Ok(Self::of(transport.into(), Watcher::resume(seeded(config), from)?))
    }

    fn of(transport: Transport, watcher: Watcher) -> Self {
        let misfit = T::check_config(watcher.config()).err();
        let mut handle = Handle::new(transport, watcher);
        if let Some(error) = misfit {
            handle.refuse(error);
        }
        Self { handle, makes: PhantomData }
    }

    /// Returns the changes: every change exactly once, across relists.
    pub fn changes(self) -> Changes<T> {
        Changes::new(self.handle)
    }

    /// Decodes the objects on other threads, at most `limit` at a time, and yields them in order.
    ///
    /// `spawn` starts a job on the threads or the pool of the application. It should return at once: the stream calls
    /// it while it is polled. The stream reads ahead: it holds at most `limit` events, which wait for a thread, are
    /// being decoded, or wait to be yielded. A `limit` of 0 counts as 1. To wake a thread takes time too, so a job
    /// decodes one eighth of `limit` objects, if that many have arrived. A good limit is 16 objects for each thread.
    ///
    /// While the pool decodes objects of this stream and the next one isn't ready, the task that polls the stream also
    /// decodes objects, instead of waiting.
    ///
    /// Use it if one core can't decode the objects fast enough, as for large objects that change often. An object costs
    /// more CPU time in total, since it is allocated on one thread and freed on another. With the malloc of glibc, that
    /// takes as long as the decoding; jemalloc and mimalloc are made for it. Measure whether this pays for your program:
    /// `peers/speed/run.sh --only 'from memory'` in the repository does it for pods.
    ///
    /// The stream yields an error of the object if the object doesn't fit the type, if decoding it panics, and if its
    /// job is dropped. (A panic can't be caught in a program that is built with `panic = "abort"`.)
    ///
    /// ```no_run
    /// # use futures_util::StreamExt;
    /// # use watch_hyper::watch_core::Config;
    /// # use watch_hyper::Watch;
    /// # #[derive(serde::Deserialize)]
    /// # struct Pod {}
    /// # async fn example(client: watch_hyper::Transport, config: Config) {
    /// // On the threads that tokio has for blocking work; `rayon::spawn` works too.
    /// let mut pods = Watch::<Pod>::new(client, config).decode_on(64, |job| drop(tokio::task::spawn_blocking(job)));
    /// while let Some(event) = pods.next().await { /* Ok(Event::Added(pod)), .. */ }
    /// # }
    /// ```
    pub fn decode_on(self, limit: usize, spawn: impl FnMut(DecodeJob) + Send + 'static) -> DecodeOn<T>
    where
        T: Send + 'static,
    {
        DecodeOn::new(self.handle, limit, Box::new(spawn))
    }

    /// Keeps the current objects in a [`Store`]. Returns the stream that updates the store, which has to be polled, and
    /// the store, which any number of readers clone. [`StoreBuilder`] makes one with indexes or a transform.
    pub fn store(self) -> (Reflector<T>, Store<T>)
    where
        T: 'static,
    {
        StoreBuilder::new(self).build()
    }

    pub(crate) fn into_handle(self) -> Handle {
        self.handle
    }

    /// Returns the controls of the watch.
    pub const fn handle(&self) -> &Handle {
        &self.handle
    }

    /// Returns the controls of the watch, mutably.
    pub const fn handle_mut(&mut self) -> &mut Handle {
        &mut self.handle
    }
}

impl<T: FromObject> Stream for Watch<T> {
    type Item = Result<Event<T>, T::Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let event = ready!(self.handle.poll_event(cx));
        Poll::Ready(event.map(|event| self.handle.decoded(event.try_map(T::from_object))))
    }
}

impl<T> fmt::Debug for Watch<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watch").field("handle", &self.handle).finish()
    }
}
