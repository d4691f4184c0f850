//! Holds back the keys whose last write isn't visible.

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
    /// The revision of the book when the keys that are held back were last looked at.
    revision: u64,
}

impl<K> Gate<K> {
    pub(super) fn new(writes: PendingWrites, object: Box<ObjectOf<K>>) -> Self {
        Self { writes, object, revision: 0 }
    }
}

impl<K: Ord + Clone> Gated<K> {
    /// Takes the next key that is due and whose last write is visible. Holds the others back.
    pub(super) fn take(&mut self, now: Instant) -> Option<K> {
        let Self { queue, gate } = self;
        let Some(gate) = gate else { return queue.take(now) };
        let revision = gate.writes.revision();
        if core::mem::replace(&mut gate.revision, revision) != revision {
            queue.release_held(now);
        }
        queue.take_unless(now, |key| {
            let (namespace, name) = (gate.object)(key);
            gate.writes.pending_for(namespace, name).map(|pending| now + pending)
        })
    }
}
