//! Delays the changes of an object until it is quiet.

use alloc::collections::{BTreeMap, VecDeque};
use alloc::vec::Vec;
use core::time::Duration;

use super::change::Change;
use super::index::named;
use super::key::{Key, Parts};
use crate::io::time::Instant;
use crate::wire::object::Object;

/// Delays the changes of each object until the object is quiet, and joins those that come meanwhile. It has no clock
/// and no tasks: time comes in with each call.
///
/// - **By object.** A change is held until the object hasn't changed for `quiet`, but for `longest` at most. So an
///   object that changes all the time is reported too. Changes of other objects have no effect.
/// - **Joined.** The changes that are held for an object become one change, with the last state. It is
///   [`Change::Added`] if the object is new to the consumer.
/// - **Deletions come at once.** A deletion (also [`Change::Vanished`]) is never held, joined or dropped. If a change
///   of the same object is held, it is returned before the deletion.
/// - **Synced keeps its meaning.** [`Change::Synced`] reports that every change up to its version was reported. So all
///   held changes are returned before it. The first list isn't delayed.
///
/// At most one change for each object is held, in memory of its own ([`Object::detach`]).
///
/// ```
/// use core::time::Duration;
/// use watch_core::{Change, Debounce, Instant, Object};
///
/// let second = |n| Instant::from_origin(Duration::from_secs(n));
/// let pod = |json: &'static str| Object::parse(json.into()).unwrap();
/// let mut debounce = Debounce::new(Duration::from_secs(2), Duration::from_secs(10));
/// debounce.handle(Change::Modified(pod(r#"{"metadata":{"name":"web","resourceVersion":"5"}}"#)), second(0));
/// debounce.handle(Change::Modified(pod(r#"{"metadata":{"name":"web","resourceVersion":"6"}}"#)), second(1));
/// assert_eq!(debounce.poll(second(2)), None);
/// assert_eq!(debounce.next_at(), Some(second(3)));
/// let Some(Change::Modified(web)) = debounce.poll(second(3)) else { panic!() };
/// assert_eq!(web.resource_version().to_string(), "6"); // both changes
/// ```
#[derive(Clone, Debug)]
pub struct Debounce {
    quiet: Duration,
    longest: Duration,
    held: BTreeMap<Key, Held>,
    /// The held changes by the time at which they are due, then by their number.
    due: BTreeMap<(Instant, u64), Key>,
    /// The changes that aren't held anymore, in order.
    ready: VecDeque<Change>,
    /// The number of changes that were held so far.
    count: u64,
}

#[derive(Clone, Debug)]
struct Held {
    object: Object,
    is_new: bool,
    /// When the first of the joined changes came.
    since: Instant,
    /// The key in `due`.
    due: (Instant, u64),
}

impl Held {
    fn into_change(self) -> Change {
        if self.is_new { Change::Added(self.object) } else { Change::Modified(self.object) }
    }
}

impl Debounce {
    /// Creates a debounce that holds a change until its object hasn't changed for `quiet`, but for `longest` at most.
    ///
    /// If `longest` is less than `quiet`, `longest` takes the place of `quiet`.
    pub const fn new(quiet: Duration, longest: Duration) -> Self {
        Self { quiet, longest, held: BTreeMap::new(), due: BTreeMap::new(), ready: VecDeque::new(), count: 0 }
    }

    /// Takes a change. Changes must be in order.
    pub fn handle(&mut self, change: Change, now: Instant) {
        match change {
            Change::Added(object) => self.hold(object, true, now),
            Change::Modified(object) => self.hold(object, false, now),
            Change::Deleted(object) => {
                self.release(&named(&object));
                self.ready.push_back(Change::Deleted(object));
            }
            Change::Vanished(vanished) => {
                self.release(&vanished.key);
                self.ready.push_back(Change::Vanished(vanished));
            }
            Change::Synced { resource_version } => {
                self.flush();
                self.ready.push_back(Change::Synced { resource_version });
            }
        }
    }

    /// Returns the next change that is due; `None` if there is none yet.
    pub fn poll(&mut self, now: Instant) -> Option<Change> {
        if let Some(change) = self.ready.pop_front() {
            return Some(change);
        }
        let due = self.due.first_entry().filter(|due| due.key().0 <= now)?;
        self.held.remove(&due.remove()).map(Held::into_change)
    }

    /// Returns when `poll` returns the next change; `None` if it holds none. Valid only after `poll` returned `None`.
    pub fn next_at(&self) -> Option<Instant> {
        self.due.first_key_value().map(|((at, _), _)| *at)
    }

    /// Makes all held changes due at once, in the order in which they came. A consumer calls this at the end of the
    /// watch.
    pub fn flush(&mut self) {
        let mut held: Vec<Held> = core::mem::take(&mut self.held).into_values().collect();
        held.sort_unstable_by_key(|held| held.due.1);
        self.ready.extend(held.into_iter().map(Held::into_change));
        self.due.clear();
    }

    /// Returns whether `poll` has returned every change.
    pub fn is_empty(&self) -> bool {
        self.held.is_empty() && self.ready.is_empty()
    }

    fn hold(&mut self, object: Object, is_new: bool, now: Instant) {
        let earlier = self.take(&named(&object));
        let number = earlier.as_ref().map_or(self.count, |held| held.due.1);
        let since = earlier.as_ref().map_or(now, |held| held.since);
        let due = ((now + self.quiet).min(since + self.longest), number);
        let key = Key::new(&named(&object));
        self.count += u64::from(earlier.is_none());
        self.due.insert(due, key.clone());
        let is_new = earlier.map_or(is_new, |held| held.is_new);
        self.held.insert(key, Held { object: object.detach(), is_new, since, due });
    }

    /// Makes the change that is held for an object due at once.
    fn release(&mut self, parts: &dyn Parts) {
        if let Some(held) = self.take(parts) {
            self.ready.push_back(held.into_change());
        }
    }

    fn take(&mut self, parts: &dyn Parts) -> Option<Held> {
        let held = self.held.remove(parts)?;
        self.due.remove(&held.due);
        Some(held)
    }
}
