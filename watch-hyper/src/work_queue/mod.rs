//! The work queue of a controller, for tasks.

mod gate;
mod turn;

use core::fmt;
use core::pin::pin;
use core::time::Duration;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;
use tokio::time::timeout_at;

use self::gate::{Gate, Gated};
pub use self::turn::Turn;
use crate::clock::Clock;
use crate::pending_writes::PendingWrites;

/// The work queue of a controller: keys go in from one task, and any number of workers take them. Clones share one
/// queue.
///
/// The rules are those of [`watch_core::WorkQueue`], as in client-go's `util/workqueue`. A key has one turn at a time,
/// and is queued only once. Keys can be delayed, and the delay of retries doubles. The queue hands out nothing before
/// [`start`](Self::start). After [`shut_down`](Self::shut_down), it hands out the keys that were due then. This type
/// adds tokio's clock, which tests can pause, and [`next`](Self::next), which waits.
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/server.rs"));
/// # use futures_util::StreamExt;
/// # use watch_hyper::watch_core::{Change, Config, Object, Resource};
/// # use watch_hyper::{Client, Watch, WorkQueue};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn core::error::Error>> {
/// # let client = Client::builder(&serve()).build()?;
/// let queue = WorkQueue::new();
/// let config = Config::builder(Resource::core("v1", "pods")).build()?;
/// let mut changes = Watch::<Object>::new(client, config).changes();
/// let watching = async {
///     while let Some(Ok(change)) = changes.next().await {
///         match change {
///             Change::Added(pod) | Change::Modified(pod) | Change::Deleted(pod) => queue.add(pod.name().to_owned()),
///             Change::Vanished(pod) => queue.add(pod.name().to_owned()),
///             Change::Synced { .. } => queue.start(),
///         }
///     }
/// };
/// let working = async {
///     while let Some(turn) = queue.next().await {
///         println!("reconciling {}", turn.key());
///         turn.succeeded(); // or `failed`: then the key has another turn after a delay
/// #       if queue.is_empty() { break }
///     }
/// };
/// tokio::select! {
///     () = watching => {}
///     () = working => {}
/// }
/// # Ok(())
/// # }
/// ```
#[doc(alias("workqueue", "RateLimitingQueue", "scheduler"))]
pub struct WorkQueue<K> {
    shared: Arc<Shared<K>>,
}

struct Shared<K> {
    queue: Mutex<Gated<K>>,
    /// Wakes the workers to look at the queue again.
    changed: Arc<Notify>,
    clock: Clock,
}

impl<K: Ord + Clone> WorkQueue<K> {
    /// Returns a queue whose retries are delayed by 5 ms at first, and by 1,000 s at most, as in client-go.
    pub fn new() -> Self {
        Self::of(watch_core::WorkQueue::new())
    }

    /// Returns a queue with these delays of retries: the delay of the first retry, and the longest delay.
    pub fn with_retry(first: Duration, longest: Duration) -> Self {
        Self::of(watch_core::WorkQueue::with_retry(first, longest))
    }

    fn of(queue: watch_core::WorkQueue<K>) -> Self {
        let (queue, changed) = (Mutex::new(Gated { queue, gate: None }), Arc::new(Notify::new()));
        Self { shared: Arc::new(Shared { queue, changed, clock: Clock::start() }) }
    }

    /// Allows keys to be handed out. A controller calls this when the first list is complete
    /// ([`Change::Synced`](watch_core::Change::Synced)), since until then a missing object looks like a deleted one.
    #[doc(alias = "WaitForCacheSync")]
    pub fn start(&self) {
        self.change(|queue, _| queue.start());
    }

    /// Holds back each key while the last write to its object isn't visible. A key has its turn when the watch has
    /// shown the write, or when the timeout of the book is over. A second gate replaces the first.
    ///
    /// `object` returns the namespace and the name of the object that a key stands for. It must not use the queue. If
    /// the keys of a controller are owners, the writes to owned objects need a book that names the owner of each
    /// object.
    #[doc(alias = "ConsistencyStore")]
    pub fn gate(
        &self,
        writes: &PendingWrites,
        object: impl for<'a> Fn(&'a K) -> (Option<&'a str>, &'a str) + Send + 'static,
    ) {
        writes.wake(&self.shared.changed);
        self.lock().gate = Some(Gate::new(writes.clone(), Box::new(object)));
        self.shared.changed.notify_waiters();
    }

    /// Queues a key, which is due at once. Has no effect if it is queued already, or after `shut_down`.
    ///
    /// Earlier failures still count, see [`forget`](Self::forget).
    pub fn add(&self, key: K) {
        self.change(|queue, now| queue.add(key, now));
    }

    /// Queues a key for later. If the key is queued already, the earlier time counts.
    #[doc(alias("AddAfter", "RequeueAfter"))]
    pub fn add_after(&self, key: K, delay: Duration) {
        self.change(|queue, now| queue.add_at(key, now + delay));
    }

    /// Forgets the failures of a key: the next retry is delayed as the first one. A controller may call this when the
    /// object has changed, since the change may resolve the failure.
    pub fn forget(&self, key: &K) {
        self.change(|queue, _| queue.forget(key));
    }

    /// Returns the number of failures of a key since its last success.
    #[doc(alias = "NumRequeues")]
    pub fn failures(&self, key: &K) -> u32 {
        self.lock().queue.failures(key)
    }

    /// Returns the number of keys that wait for a turn.
    pub fn len(&self) -> usize {
        self.lock().queue.len()
    }

    /// Returns whether no key waits for a turn.
    pub fn is_empty(&self) -> bool {
        self.lock().queue.is_empty()
    }

    /// Waits for the next key that is due, and begins its turn. Returns `None` if the queue was shut down, no key
    /// waits, and no turn is in progress.
    ///
    /// Dropping the future doesn't lose a key.
    ///
    /// # Panics
    /// Polling it outside of a tokio runtime with a timer panics.
    pub async fn next(&self) -> Option<Turn<K>> {
        loop {
            // The waiter registers before it looks at the queue, so that it doesn't miss a change in between.
            let mut changed = pin!(self.shared.changed.notified());
            changed.as_mut().enable();
            let next_at = {
                let mut queue = self.lock();
                if let Some(key) = queue.take(self.shared.clock.now()) {
                    return Some(Turn::new(self.clone(), key));
                }
                if queue.queue.is_finished() {
                    return None;
                }
                queue.queue.next_at()
            };
            // Either way, the queue is looked at again.
            match next_at {
                Some(at) => drop(timeout_at(self.shared.clock.instant(at), changed).await),
                None => changed.await,
            }
        }
    }

    /// Ends the queue. Keys that are due now are still handed out; delayed keys, retries, and keys that are added later
    /// are dropped. Before `start`, all keys are dropped. Afterwards, [`next`](Self::next) returns `None` as soon as
    /// the last turn has ended.
    #[doc(alias = "ShutDownWithDrain")]
    pub fn shut_down(&self) {
        self.change(|queue, now| queue.shut_down(now));
    }

    fn succeeded(&self, key: &K) {
        self.change(|queue, _| queue.succeeded(key));
    }

    fn failed(&self, key: &K) {
        self.change(|queue, now| queue.failed(key, now));
    }

    fn change(&self, change: impl FnOnce(&mut watch_core::WorkQueue<K>, watch_core::Instant)) {
        change(&mut self.lock().queue, self.shared.clock.now());
        self.shared.changed.notify_waiters();
    }

    fn lock(&self) -> MutexGuard<'_, Gated<K>> {
        self.shared.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: Ord + Clone> Default for WorkQueue<K> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K> Clone for WorkQueue<K> {
    fn clone(&self) -> Self {
        Self { shared: Arc::clone(&self.shared) }
    }
}

impl<K: fmt::Debug> fmt::Debug for WorkQueue<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let gated = self.shared.queue.lock().unwrap_or_else(PoisonError::into_inner);
        f.debug_tuple("WorkQueue").field(&gated.queue).finish()
    }
}
