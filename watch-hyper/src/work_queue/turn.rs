//! The turn of a key.

use core::fmt;

use super::WorkQueue;

/// The turn of a key, from [`WorkQueue::next`]. The key has no other turn meanwhile.
///
/// Dropping it counts as a failure, so that a worker that panics or is cancelled loses no key.
#[must_use = "dropping the turn counts as a failure"]
pub struct Turn<K: Ord + Clone> {
    queue: WorkQueue<K>,
    key: K,
    succeeded: bool,
}

impl<K: Ord + Clone> Turn<K> {
    pub(super) const fn new(queue: WorkQueue<K>, key: K) -> Self {
        Self { queue, key, succeeded: false }
    }

    /// Returns the key.
    pub const fn key(&self) -> &K {
        &self.key
    }

    /// Ends the turn, and forgets the failures of the key.
    ///
    /// To look at the object again later, call [`WorkQueue::add_after`] before.
    #[doc(alias = "Done")]
    pub fn succeeded(mut self) {
        self.succeeded = true;
    }

    /// Ends the turn, and queues the key again after its delay, or at once if it was added meanwhile.
    #[doc(alias = "AddRateLimited")]
    pub fn failed(self) {
        drop(self);
    }
}

impl<K: Ord + Clone> Drop for Turn<K> {
    fn drop(&mut self) {
        if self.succeeded {
            self.queue.succeeded(&self.key);
        } else {
            self.queue.failed(&self.key);
        }
    }
}

impl<K: Ord + Clone + fmt::Debug> fmt::Debug for Turn<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Turn").field("key", &self.key).finish_non_exhaustive()
    }
}
