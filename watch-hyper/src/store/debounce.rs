//! Holds the changes of an object until it is quiet.

use core::time::Duration;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use watch_core::Instant;

use super::change::{Keyed, StoreChange};
use super::key::Key;
use crate::debounced::Debounce;

/// The debounce of one subscriber. It does what [`watch_core::Debounce`] does, for changes with the old object.
pub(super) struct StoreDebounce<T> {
    quiet: Duration,
    longest: Duration,
    held: BTreeMap<Key, Held<T>>,
    /// The held changes by the time at which they are due, then by their number.
    due: BTreeMap<(Instant, u64), Key>,
    /// The changes that aren't held any more, in order.
    ready: VecDeque<Keyed<T>>,
    /// The number of changes that were held so far.
    count: u64,
}

struct Held<T> {
    /// `Added` or `Modified`.
    change: StoreChange<T>,
    /// When the first of the joined changes came.
    since: Instant,
    /// The key in `due`.
    due: (Instant, u64),
}

impl<T> StoreDebounce<T> {
    pub(super) fn new(quiet: Duration, longest: Duration) -> Self {
        let (held, due, ready) = (BTreeMap::new(), BTreeMap::new(), VecDeque::new());
        Self { quiet, longest, held, due, ready, count: 0 }
    }

    fn hold(&mut self, key: Key, change: StoreChange<T>, now: Instant) {
        let earlier = self.take(&key);
        let number = earlier.as_ref().map_or(self.count, |held| held.due.1);
        self.count += u64::from(earlier.is_none());
        let since = earlier.as_ref().map_or(now, |held| held.since);
        let due = ((now + self.quiet).min(since + self.longest), number);
        let change = earlier.map(|held| held.change).map_or_else(|| change.clone(), |held| joined(held, &change));
        self.due.insert(due, key.clone());
        self.held.insert(key, Held { change, since, due });
    }

    fn take(&mut self, key: &Key) -> Option<Held<T>> {
        let held = self.held.remove(key)?;
        self.due.remove(&held.due);
        Some(held)
    }
}

impl<T> Debounce for StoreDebounce<T> {
    type Change = Keyed<T>;

    fn handle(&mut self, Keyed { key, change }: Keyed<T>, now: Instant) {
        match (key, change) {
            (Some(key), change @ (StoreChange::Added(_) | StoreChange::Modified { .. })) => self.hold(key, change, now),
            // A deletion. A held change of the object comes before it.
            (Some(key), change) => {
                if let Some(held) = self.take(&key) {
                    self.ready.push_back(Keyed { key: Some(key.clone()), change: held.change });
                }
                self.ready.push_back(Keyed { key: Some(key), change });
            }
            // `Synced` and `Lagged` are about all changes before them.
            (None, change) => {
                self.flush();
                self.ready.push_back(Keyed::marker(change));
            }
        }
    }

    fn poll(&mut self, now: Instant) -> Option<Keyed<T>> {
        if let Some(change) = self.ready.pop_front() {
            return Some(change);
        }
        let due = self.due.first_entry().filter(|due| due.key().0 <= now)?;
        let key = due.remove();
        let held = self.held.remove(&key)?;
        Some(Keyed { key: Some(key), change: held.change })
    }

    fn next_at(&self) -> Option<Instant> {
        self.due.first_key_value().map(|((at, _), _)| *at)
    }

    /// In the order in which they came.
    fn flush(&mut self) {
        let mut held: Vec<(Key, Held<T>)> = core::mem::take(&mut self.held).into_iter().collect();
        held.sort_unstable_by_key(|(_, held)| held.due.1);
        self.ready.extend(held.into_iter().map(|(key, held)| Keyed { key: Some(key), change: held.change }));
        self.due.clear();
    }
}

/// Joins an addition or update with a later one of the same object.
fn joined<T>(earlier: StoreChange<T>, later: &StoreChange<T>) -> StoreChange<T> {
    match (earlier, later) {
        (StoreChange::Added(_), StoreChange::Modified { new, .. }) => StoreChange::Added(Arc::clone(new)),
        (StoreChange::Modified { old, .. }, StoreChange::Modified { new, .. }) => {
            StoreChange::Modified { old, new: Arc::clone(new) }
        }
        (_, later) => later.clone(),
    }
}
