//! Holds back the keys whose last write isn't visible.

use core::time::Duration;
use std::collections::BTreeSet;

use watch_core::Instant;

use crate::pending_writes::PendingWrites;

/// Returns the namespace and the name of the object that a key stands for.
type ObjectOf<K> = dyn for<'a> Fn(&'a K) -> (Option<&'a str>, &'a str) + Send;

/// The queue, and the gate in front of its workers.
pub(super) struct Gated<K> {
    pub(super) queue: watch_core::WorkQueue<K>,
    pub(super) gate: Option<Gate<K>>,
}

pub(super) struct Gate<K> {
    writes: PendingWrites,
    object: Box<ObjectOf<K>>,
    /// The keys that were held back.
    deferred: BTreeSet<K>,
    /// The revision of the book when the deferred keys were last looked at.
    revision: u64,
}

impl<K: Ord + Clone> Gate<K> {
    pub(super) fn new(writes: PendingWrites, object: Box<ObjectOf<K>>) -> Self {
        Self { writes, object, deferred: BTreeSet::new(), revision: 0 }
    }

    fn pending_for(&self, key: &K) -> Option<Duration> {
        let (namespace, name) = (self.object)(key);
        self.writes.pending_for(namespace, name)
    }
}

impl<K: Ord + Clone> Gated<K> {
    /// Takes the next key that is due and whose last write is visible. Defers the others.
    pub(super) fn take(&mut self, now: Instant) -> Option<K> {
        let Self { queue, gate } = self;
        let Some(gate) = gate else { return queue.take(now) };
        let revision = gate.writes.revision();
        if core::mem::replace(&mut gate.revision, revision) != revision {
            // The loop below defers the keys again whose writes still aren't visible.
            for key in core::mem::take(&mut gate.deferred) {
                queue.add(key, now);
            }
        }
        loop {
            let key = queue.take(now)?;
            match gate.pending_for(&key) {
                Some(pending) => {
                    queue.defer(&key, now + pending);
                    gate.deferred.insert(key);
                }
                None => {
                    gate.deferred.remove(&key);
                    return Some(key);
                }
            }
        }
    }
}
