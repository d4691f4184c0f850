//! The work queue of a controller.

use alloc::collections::{BTreeMap, BTreeSet};
use core::mem;
use core::time::Duration;

use crate::io::time::Instant;

/// The work queue of a controller, without clock, tasks or locks: keys go in, and each has one turn at a time.
///
/// A controller adds the key of each object that changed, takes a key, and reconciles the object as it is then. So the
/// queue holds keys (namespace and name), never objects.
///
/// - **One turn a key at a time.** A key that is added during its turn gets another turn after this one has ended.
/// - **Deduplicated.** A key that is added several times before its turn gets one turn, at the earliest of the times.
/// - **In order.** Keys are handed out in the order of their times. Keys with the same time are handed out in the order
///   in which they were added.
/// - **Delayed.** [`add_at`](Self::add_at) queues a key for later.
/// - **Retried.** A key whose turn failed is queued again after a delay, which doubles with each failure in a row. Each
///   key has its own delay.
/// - **Not before the start.** Nothing is handed out before [`start`](Self::start). A controller calls it when the
///   first list is complete, since until then a missing object looks like a deleted one.
/// - **Shut down.** After [`shut_down`](Self::shut_down), the keys that are due are still handed out, and no others.
///
/// These are the rules of client-go's `util/workqueue` (`queue.go`, `delaying_queue.go`, `default_rate_limiters.go`),
/// with one difference: if the key was added during a turn that failed, the turn doesn't count as a failure, because
/// the object has changed since then.
///
/// Times are instants of any clock, as for a [`Watcher`](crate::Watcher). An operation takes time logarithmic in the
/// number of keys, except for `shut_down`.
///
/// ```
/// use core::time::Duration;
/// use watch_core::{Instant, WorkQueue};
///
/// let second = |n| Instant::from_origin(Duration::from_secs(n));
/// let mut queue = WorkQueue::with_retry(Duration::from_secs(1), Duration::from_secs(60));
/// queue.add("web", second(0));
/// queue.add("web", second(0));
/// assert_eq!(queue.take(second(0)), None);        // not before the first list is complete
/// queue.start();
///
/// assert_eq!(queue.take(second(5)), Some("web")); // one turn for both
/// assert_eq!(queue.take(second(5)), None);
/// queue.failed(&"web", second(5));
/// assert_eq!(queue.next_at(), Some(second(6)));   // the first retry
/// assert_eq!(queue.take(second(6)), Some("web"));
/// queue.failed(&"web", second(6));
/// assert_eq!(queue.next_at(), Some(second(8)));   // the second one waits twice as long
/// assert_eq!(queue.take(second(8)), Some("web"));
/// queue.succeeded(&"web");
/// assert_eq!(queue.next_at(), None);
/// ```
#[doc(alias("workqueue", "RateLimitingQueue", "scheduler"))]
#[derive(Clone, Debug)]
pub struct WorkQueue<K> {
    stage: Stage,
    /// The delay before the first retry, and the longest one.
    delays: [Duration; 2],
    /// Keys that wait for their turn. The second number counts the additions, for the order among equal times.
    order: BTreeMap<(Instant, u64), K>,
    /// Where each waiting key is in `order`.
    places: BTreeMap<K, (Instant, u64)>,
    /// The keys whose turn is in progress. The value is the time for which the key was added during this turn.
    working: BTreeMap<K, Option<Instant>>,
    /// The number of consecutive failures of each key whose last turn failed.
    failures: BTreeMap<K, u32>,
    /// The keys that `take_unless` held back.
    held: BTreeSet<K>,
    additions: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    BeforeStart,
    Running,
    ShutDown,
}

impl<K: Ord + Clone> WorkQueue<K> {
    /// Creates a queue whose retries are delayed by 5 ms at first, and by 1,000 s at most, as in client-go
    /// (`DefaultTypedControllerRateLimiter`).
    pub const fn new() -> Self {
        Self::with_retry(Duration::from_millis(5), Duration::from_secs(1000))
    }

    /// Creates a queue with these delays of retries: the delay of the first retry, and the longest delay.
    pub const fn with_retry(first: Duration, longest: Duration) -> Self {
        Self {
            stage: Stage::BeforeStart,
            delays: [first, longest],
            order: BTreeMap::new(),
            places: BTreeMap::new(),
            working: BTreeMap::new(),
            failures: BTreeMap::new(),
            held: BTreeSet::new(),
            additions: 0,
        }
    }

    /// Allows keys to be handed out. Has no effect after `shut_down`.
    #[doc(alias = "WaitForCacheSync")]
    pub fn start(&mut self) {
        if self.stage == Stage::BeforeStart {
            self.stage = Stage::Running;
        }
    }

    /// Queues a key for now. Has no effect if it is queued already, or after `shut_down`.
    ///
    /// Earlier failures still count, see [`forget`](Self::forget).
    pub fn add(&mut self, key: K, now: Instant) {
        self.add_at(key, now);
    }

    /// Queues a key for a time. If it is queued already, the earlier time counts.
    #[doc(alias("AddAfter", "RequeueAfter"))]
    pub fn add_at(&mut self, key: K, at: Instant) {
        if self.stage == Stage::ShutDown {
            return;
        }
        match self.working.get_mut(&key) {
            Some(again) => *again = Some(again.map_or(at, |other| other.min(at))),
            None => self.queue(key, at),
        }
    }

    /// Takes the next key that is due, and begins its turn. The turn ends with [`succeeded`](Self::succeeded) or
    /// [`failed`](Self::failed). Returns `None` if no key is due.
    pub fn take(&mut self, now: Instant) -> Option<K> {
        if self.next_at()? > now {
            return None;
        }
        let (_, key) = self.order.pop_first()?;
        self.places.remove(&key);
        self.working.insert(key.clone(), None);
        Some(key)
    }

    /// Takes the next key that is due and not held back, and begins its turn. `held_until` returns the time until which a
    /// key is held back, or `None`. A key that is held back is [deferred](Self::defer) until that time, and the others have
    /// their turns meanwhile.
    ///
    /// A controller holds back a key whose last write its watch hasn't shown yet, with
    /// [`PendingWrites::pending_until`](crate::PendingWrites::pending_until). When a write has become visible, it calls
    /// [`release_held`](Self::release_held).
    pub fn take_unless(&mut self, now: Instant, mut held_until: impl FnMut(&K) -> Option<Instant>) -> Option<K> {
        loop {
            let key = self.take(now)?;
            let Some(until) = held_until(&key).filter(|until| now < *until) else {
                self.held.remove(&key);
                return Some(key);
            };
            self.defer(&key, until);
            self.held.insert(key);
        }
    }

    /// Makes the keys due that [`take_unless`](Self::take_unless) held back. It may hold them back again.
    pub fn release_held(&mut self, now: Instant) {
        for key in mem::take(&mut self.held) {
            self.add(key, now);
        }
    }

    /// Returns when `take` returns the next key; `None` if there is none, or before `start`.
    pub fn next_at(&self) -> Option<Instant> {
        let ((at, _), _) = self.order.first_key_value()?;
        (self.stage != Stage::BeforeStart).then_some(*at)
    }

    /// Ends the turn of a key, and forgets its failures. Has no effect without a turn.
    #[doc(alias = "Done")]
    pub fn succeeded(&mut self, key: &K) {
        if let Some(again) = self.working.remove(key) {
            self.failures.remove(key);
            if let Some(at) = again {
                self.queue(key.clone(), at);
            }
        }
    }

    /// Ends the turn of a key, and queues it again after its delay, or at once if it was added meanwhile. If it was added
    /// for a later time, the earlier of that time and the retry counts. Has no effect without a turn.
    #[doc(alias = "AddRateLimited")]
    pub fn failed(&mut self, key: &K, now: Instant) {
        let Some(again) = self.working.remove(key) else { return };
        let at = match again {
            _ if self.stage == Stage::ShutDown => again,
            // The failure is outdated.
            Some(at) if at <= now => Some(at),
            _ => {
                let retry = now + self.count_failure(key);
                Some(again.map_or(retry, |at| at.min(retry)))
            }
        };
        if let Some(at) = at {
            self.queue(key.clone(), at);
        }
    }

    /// Ends the turn of a key whose work can't begin yet, and queues the key for a time. The turn counts neither as a
    /// success nor as a failure. If the key is then added for an earlier time, that time counts. After `shut_down` the
    /// key isn't queued for the time, because delayed keys are dropped. Has no effect without a turn.
    ///
    /// A controller defers a key whose last write its watch hasn't shown yet ([`PendingWrites`](crate::PendingWrites)).
    pub fn defer(&mut self, key: &K, at: Instant) {
        let Some(again) = self.working.remove(key) else { return };
        let at = if self.stage == Stage::ShutDown { again } else { Some(at) };
        if let Some(at) = at {
            self.queue(key.clone(), at);
        }
    }

    /// Forgets the failures of a key. Its next retry then has the delay of a first retry. A controller may call this
    /// when the object has changed, since the change may resolve the failure.
    pub fn forget(&mut self, key: &K) {
        self.failures.remove(key);
    }

    /// Returns the number of failures of a key since its last success.
    #[doc(alias = "NumRequeues")]
    pub fn failures(&self, key: &K) -> u32 {
        self.failures.get(key).copied().unwrap_or_default()
    }

    /// Returns the number of keys that wait for a turn.
    pub fn len(&self) -> usize {
        self.order.len()
    }

    /// Returns whether no key waits for a turn.
    pub fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    /// Ends the queue. Keys that are due now are still handed out; delayed keys, retries, and keys that are added later
    /// are dropped. Before `start`, all keys are dropped.
    #[doc(alias = "ShutDownWithDrain")]
    pub fn shut_down(&mut self, now: Instant) {
        let is_due = |at: Instant| self.stage != Stage::BeforeStart && at <= now;
        self.order.retain(|(at, _), _| is_due(*at));
        self.places.retain(|_, (at, _)| is_due(*at));
        for again in self.working.values_mut() {
            *again = again.filter(|at| is_due(*at));
        }
        self.stage = Stage::ShutDown;
    }

    /// Returns whether the queue was shut down, no key waits, and no turn is in progress.
    pub fn is_finished(&self) -> bool {
        self.stage == Stage::ShutDown && self.order.is_empty() && self.working.is_empty()
    }

    fn queue(&mut self, key: K, at: Instant) {
        if let Some(place) = self.places.get(&key) {
            if place.0 <= at {
                return;
            }
            self.order.remove(place);
        }
        self.additions += 1;
        let place = (at, self.additions);
        self.places.insert(key.clone(), place);
        self.order.insert(place, key);
    }

    /// Returns the delay before the retry.
    fn count_failure(&mut self, key: &K) -> Duration {
        let failures = self.failures.entry(key.clone()).or_default();
        let [first, longest] = self.delays;
        // A longer delay than that after 96 failures has no place in a `Duration`.
        let doubled = (0..(*failures).min(96)).fold(first, |delay, _| delay.saturating_mul(2));
        let delay = doubled.min(longest);
        *failures = failures.saturating_add(1);
        delay
    }
}

impl<K: Ord + Clone> Default for WorkQueue<K> {
    fn default() -> Self {
        Self::new()
    }
}
