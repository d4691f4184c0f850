//! The pending writes of a program, for tasks.

use core::fmt;
use core::pin::pin;
use core::time::Duration;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use tokio::sync::Notify;
use tokio::time::timeout;
use watch_core::{Event, ResourceVersion, Written};

use crate::clock::Clock;

/// A book of the writes of a program that its own watch hasn't shown yet. With it, a controller doesn't act on a state
/// that is older than its own last write, unless the watch lags for longer than the timeout of the book (10 s by
/// default). Clones share one book.
///
/// The rules are those of [`watch_core::PendingWrites`]. This type adds tokio's clock, and waiting.
///
/// 1. A watch shows its events to the book: [`Handle::track_writes`](crate::Handle::track_writes).
/// 2. The program records its writes: [`wrote`](Self::wrote) and [`deleted`](Self::deleted), or `TrackWrites` of the
///    feature `kube`, which records all writes of a `kube::Client`.
/// 3. A [`WorkQueue`](crate::WorkQueue) holds back the keys whose writes aren't visible
///    ([`gate`](crate::WorkQueue::gate)), or a task waits ([`caught_up`](Self::caught_up)).
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/server.rs"));
/// use watch_hyper::watch_core::{Config, Object, Resource, ResourceVersion, Written};
/// use watch_hyper::{PendingWrites, Watch, WorkQueue};
///
/// # #[tokio::main(flavor = "current_thread", start_paused = true)]
/// # async fn main() -> Result<(), Box<dyn core::error::Error>> {
/// # let client = watch_hyper::Client::builder(&serve()).build()?;
/// let writes = PendingWrites::new();
/// let config = Config::builder(Resource::core("v1", "pods")).build()?;
/// let mut changes = Watch::<Object>::new(client, config).changes();
/// changes.handle_mut().track_writes(&writes);
///
/// let queue = WorkQueue::new();
/// queue.gate(&writes, |(namespace, name): &(String, String)| (Some(namespace), name));
/// queue.start();
///
/// // A worker patched the pod. The reply has version 1234, and no other turn begins before the watch has it.
/// writes.wrote(Written::new(Some("default"), "web"), &ResourceVersion::new("1234")?);
/// queue.add(("default".to_owned(), "web".to_owned()));
/// let early = tokio::time::timeout(std::time::Duration::from_secs(5), queue.next()).await;
/// assert!(early.is_err());
/// # Ok(())
/// # }
/// ```
#[doc(alias("expectations", "MutationCache", "ConsistencyStore", "read your writes"))]
#[derive(Clone)]
pub struct PendingWrites {
    shared: Arc<Shared>,
}

struct Shared {
    book: Mutex<Book>,
    /// Wakes tasks that wait until a write is visible.
    shown: Arc<Notify>,
    clock: Clock,
}

struct Book {
    writes: watch_core::PendingWrites,
    /// The number of times that a write became visible.
    revision: u64,
    /// Wakes the workers of the queues that the book gates.
    queues: Vec<Weak<Notify>>,
}

/// The longest time for which a write is pending, unless the program chooses another one. kube-apiserver lets a request
/// wait for a cache that lags for 3 s at most, and this time is longer. It is short enough for a write that the watch
/// never shows.
const TIMEOUT: Duration = Duration::from_secs(10);

impl PendingWrites {
    /// Creates a book in which each write counts as visible after 10 s, even if the watch hasn't shown it.
    pub fn new() -> Self {
        Self::with_timeout(TIMEOUT)
    }

    /// Creates a book in which each write counts as visible after this time, even if the watch hasn't shown it.
    pub fn with_timeout(timeout: Duration) -> Self {
        let writes = watch_core::PendingWrites::new(timeout);
        let book = Mutex::new(Book { writes, revision: 0, queues: Vec::new() });
        Self { shared: Arc::new(Shared { book, shown: Arc::new(Notify::new()), clock: Clock::start() }) }
    }

    /// Records that an object was created, replaced or patched. `version` is the resourceVersion in the reply.
    pub fn wrote(&self, object: Written<'_>, version: &ResourceVersion) {
        self.lock().writes.wrote(object, version, self.shared.clock.now());
    }

    /// Records that an object was deleted, if the reply isn't the object. If the reply is the object, call
    /// [`wrote`](Self::wrote) instead.
    pub fn deleted(&self, object: Written<'_>) {
        self.lock().writes.deleted(object, self.shared.clock.now());
    }

    /// Records that the deletion of an object began, if the reply doesn't show how far it got: the deletion of a
    /// collection. It becomes visible as a deletion does, and also if the watch shows the object with a
    /// `deletionTimestamp`.
    pub fn deletion_requested(&self, object: Written<'_>) {
        self.lock().writes.deletion_requested(object, self.shared.clock.now());
    }

    /// Updates the book with an event of the watch. A watch that [tracks writes](crate::Handle::track_writes) does this
    /// by itself.
    pub fn observe(&self, event: &Event) {
        let queues = {
            let mut book = self.lock();
            if !book.writes.observe(event) {
                return;
            }
            book.revision += 1;
            book.queues.retain(|queue| queue.strong_count() > 0);
            book.queues.clone()
        };
        self.shared.shown.notify_waiters();
        queues.iter().filter_map(Weak::upgrade).for_each(|queue| queue.notify_waiters());
    }

    /// Returns whether the watch has shown the last write to this object, or the write counts as visible.
    pub fn is_caught_up(&self, namespace: Option<&str>, name: &str) -> bool {
        self.pending_for(namespace, name).is_none()
    }

    /// Waits until the watch has shown the last write to this object, or the write counts as visible.
    ///
    /// # Panics
    /// Polling it outside of a tokio runtime with a timer panics.
    pub async fn caught_up(&self, namespace: Option<&str>, name: &str) {
        loop {
            // The waiter registers before it looks at the book, so that it doesn't miss an event in between.
            let mut shown = pin!(self.shared.shown.notified());
            shown.as_mut().enable();
            let Some(pending) = self.pending_for(namespace, name) else { return };
            // The loop looks at the book again, after a timeout too.
            drop(timeout(pending, shown).await);
        }
    }

    /// Returns the longest time for which the last write to this object is still pending; `None` if it is visible.
    pub(crate) fn pending_for(&self, namespace: Option<&str>, name: &str) -> Option<Duration> {
        let now = self.shared.clock.now();
        self.lock().writes.pending_until(namespace, name, now).map(|until| until.since(now))
    }

    /// Returns a number that changes when a write becomes visible.
    pub(crate) fn revision(&self) -> u64 {
        self.lock().revision
    }

    /// Wakes the workers of a queue when a write becomes visible.
    pub(crate) fn wake(&self, queue: &Arc<Notify>) {
        self.lock().queues.push(Arc::downgrade(queue));
    }

    fn lock(&self) -> MutexGuard<'_, Book> {
        self.shared.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for PendingWrites {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for PendingWrites {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let now = self.shared.clock.now();
        f.debug_set().entries(self.lock().writes.pending(now)).finish()
    }
}
