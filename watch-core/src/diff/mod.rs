//! What changed, whichever way it was learnt.

mod change;
mod entry;
mod snapshot;

use alloc::collections::{BTreeMap, VecDeque};
use alloc::vec::Vec;
use core::ops::Bound;

pub use self::change::{Change, Vanished};
use self::entry::{IndexEntry, Key};
pub use self::snapshot::DiffSnapshot;
use crate::io::event::{Event, InitialCause};
use crate::io::set_changes::SetChanges;
use crate::wire::object::Object;
use crate::wire::version::ResourceVersion;

/// Turns the events of a [`Watcher`](crate::Watcher) into plain changes: each thing that happened once, and nothing
/// lost, also over a restart. This is what closes the gap that a 410 leaves.
///
/// It remembers of each object only what it is and which version: some 170 bytes, no content. When the whole set
/// comes again, what is in it unchanged says nothing, what is new or newer comes out as such, and what isn't in it any
/// more comes out as [`Change::Vanished`]. (What happened to one object in between comes out as one change; nobody
/// recorded the steps.)
///
/// Beside that it holds what was handed in and not yet polled; and, while a set is told that has objects older than what
/// is known of them, those: only a server that lags, or was restored from a backup, sends such a set.
///
/// What some servers say again (all that exists, at the beginning of each watch) says nothing either. A deletion counts
/// whatever its version, if its uid is that of the object that is known.
///
/// Where a watch begins without the set ([`Start::From`](crate::Start::From), [`Start::Now`](crate::Start::Now)), what
/// comes on it is passed on as it is, until there is a set.
///
/// Like the watcher it has two doors: events go in through [`handle`](Self::handle), changes come out of
/// [`poll`](Self::poll), and it remembers what it returned.
///
/// ```
/// # use watch_core::{Change, Diff, Event, InitialCause, Object};
/// # let pod = |json: &'static str| Object::parse(json.into()).unwrap();
/// # let (begin, end) = (|cause| Event::InitialBegin { cause }, |rv: &str| Event::InitialEnd { resource_version: rv.parse().unwrap() });
/// let mut diff = Diff::new();
/// let web = pod(r#"{"metadata":{"name":"web","uid":"1","resourceVersion":"5"}}"#);
/// for event in [begin(InitialCause::First), Event::Initial(web), end("7")] {
///     diff.handle(event);
/// }
/// assert!(matches!(diff.poll(), Some(Change::Added(_))));
/// assert!(matches!(diff.poll(), Some(Change::Synced { .. })));
///
/// // The version expired, and when the set came again, `web` was gone.
/// diff.handle(begin(InitialCause::Expired));
/// diff.handle(end("99"));
/// let Some(Change::Vanished(web)) = diff.poll() else { panic!() };
/// assert_eq!(web.name(), "web");
/// ```
#[doc(alias = "informer")]
#[derive(Clone, Debug, Default)]
pub struct Diff {
    index: BTreeMap<Key, IndexEntry>,
    /// Which set is being told; entries that were in it have the same number.
    round: u32,
    /// A set was told, at least in part: what isn't in the index, the consumer doesn't know. A watch that begins without
    /// one (from a version, from now on) tells of objects that the consumer may well know.
    told: bool,
    /// Versions may go down: the server's history is another one.
    went_back: bool,
    pending: VecDeque<Event>,
    /// Objects of the set that is being told which are older than what is known of them. If the set comes to its end,
    /// they are the truth: a backup was restored. If it doesn't, they came from a server that lags.
    older: Vec<Object>,
    sweep: Option<Sweep>,
    /// What the set in progress has changed so far.
    counting: Option<SetChanges>,
    last_set: Option<SetChanges>,
}

/// The set is complete: what isn't in it is being reported.
#[derive(Clone, Debug)]
struct Sweep {
    /// Up to here it was.
    after: Option<Key>,
    resource_version: ResourceVersion,
}

impl Diff {
    /// Knows of nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many objects there are, as far as was told.
    pub fn len(&self) -> usize {
        self.index.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.index.is_empty()
    }

    /// Takes an event, in the order in which the watcher says them.
    pub fn handle(&mut self, event: Event) {
        self.pending.push_back(event);
    }

    /// Returns how many changes the last complete set made to what was known before it: that of the set whose
    /// [`Change::Synced`] was returned last; `None` before the first.
    ///
    /// The changes of a set that broke off count with those of the set requested in its place.
    pub const fn last_set(&self) -> Option<SetChanges> {
        self.last_set
    }

    /// The next change; `None` when the events handed in have all been told.
    pub fn poll(&mut self) -> Option<Change> {
        let change = self.next_change()?;
        match (&change, &mut self.counting) {
            (Change::Synced { .. }, counting) => self.last_set = counting.take(),
            (_, Some(counting)) => count(counting, &change),
            (_, None) => {}
        }
        Some(change)
    }

    fn next_change(&mut self) -> Option<Change> {
        loop {
            if let Some(change) = self.swept() {
                return Some(change);
            }
            let change = match self.pending.pop_front()? {
                Event::InitialBegin { cause } => {
                    self.round = self.round.wrapping_add(1);
                    if cause != InitialCause::Retry || self.counting.is_none() {
                        self.counting = Some(SetChanges::default());
                    }
                    self.told = true;
                    self.older.clear();
                    self.went_back =
                        cause == InitialCause::Rollback || (self.went_back && cause == InitialCause::Retry);
                    None
                }
                Event::InitialEnd { resource_version } if !self.older.is_empty() => {
                    self.went_back = true;
                    self.pending.push_front(Event::InitialEnd { resource_version });
                    for object in self.older.drain(..).rev() {
                        self.pending.push_front(Event::Initial(object));
                    }
                    None
                }
                Event::InitialEnd { resource_version } => {
                    self.sweep = Some(Sweep { after: None, resource_version });
                    None
                }
                Event::Initial(object) => {
                    if !self.went_back && self.is_older(&object) {
                        self.older.push(object.clone());
                    }
                    self.exists(object, Event::Initial, Change::Added)
                }
                Event::Added(object) | Event::Modified(object) if self.is_former(&object) => None,
                Event::Added(object) => self.exists(object, Event::Added, Change::Added),
                Event::Modified(object) => self.exists(object, Event::Modified, Change::Modified),
                Event::Deleted(object) => self.deleted(object),
                Event::Bookmark { .. } => None,
            };
            if change.is_some() {
                return change;
            }
        }
    }

    /// There is this object, says an event. `untold` is what that means where no set was told.
    fn exists(&mut self, object: Object, event: fn(Object) -> Event, untold: fn(Object) -> Change) -> Option<Change> {
        let key = Key::of(&object);
        let Some(entry) = self.index.get_mut(&key) else {
            self.index.insert(key, IndexEntry::new(&object, self.round));
            return Some(if self.told { Change::Added(object) } else { untold(object) });
        };
        if !entry.is_same_object(&object) {
            // Deleted and created again: first the end of the old one, then this event once more.
            let entry = self.index.remove(&key)?;
            self.pending.push_front(event(object));
            return Some(Change::Vanished(Vanished { key, entry }));
        }
        entry.keep(self.round);
        let is_news = object.resource_version() != entry.version()
            && (self.went_back || !object.resource_version().is_before(entry.version()));
        is_news.then(|| {
            *entry = IndexEntry::new(&object, self.round);
            Change::Modified(object)
        })
    }

    /// Whether it is older than what is known from before this set. (Of one that is in the set twice, the newer counts.)
    fn is_older(&self, object: &Object) -> bool {
        let is_known = |entry: &&IndexEntry| !entry.is_of(self.round) && entry.is_same_object(object);
        let entry = self.index.get(&Key::of(object)).filter(is_known);
        entry.is_some_and(|entry| object.resource_version().is_before(entry.version()))
    }

    /// Whether it is one that was there before the one of its name that is known: some servers repeat old events.
    fn is_former(&self, object: &Object) -> bool {
        let is_former = |entry: &IndexEntry| {
            !entry.is_same_object(object) && object.resource_version().is_before(entry.version()) && !self.went_back
        };
        self.index.get(&Key::of(object)).is_some_and(is_former)
    }

    fn deleted(&mut self, object: Object) -> Option<Change> {
        let key = Key::of(&object);
        // What is gone doesn't come back when the set is complete.
        let is_another = |older: &Object| matches!((older.uid(), object.uid()), (Some(uid), Some(gone)) if uid != gone);
        self.older.retain(|older| Key::of(older) != key || is_another(older));
        let Some(entry) = self.index.get(&key) else {
            return (!self.told).then_some(Change::Deleted(object));
        };
        // Where there are uids, they say of which object it is; its version may be one that the object had before. Where
        // there are none, one from before what is known may be of another object of the name.
        let is_of_this =
            entry.is_certainly(&object) || self.went_back || !object.resource_version().is_before(entry.version());
        if !entry.is_same_object(&object) || !is_of_this {
            return None;
        }
        self.index.remove(&key);
        Some(Change::Deleted(object))
    }

    /// The next of what wasn't in the set, and behind the last of them, that it is whole.
    fn swept(&mut self) -> Option<Change> {
        let Sweep { after, resource_version } = self.sweep.take()?;
        let from = after.as_ref().map_or(Bound::Unbounded, Bound::Excluded);
        let gone = self.index.range((from, Bound::Unbounded)).find(|(_, entry)| !entry.is_of(self.round));
        let Some((key, _)) = gone else {
            // What is known now is of the new history.
            self.went_back = false;
            return Some(Change::Synced { resource_version });
        };
        let (key, entry) = self.index.remove_entry(&key.clone())?;
        self.sweep = Some(Sweep { after: Some(key.clone()), resource_version });
        Some(Change::Vanished(Vanished { key, entry }))
    }
}

const fn count(changes: &mut SetChanges, change: &Change) {
    match change {
        Change::Added(_) => changes.added += 1,
        Change::Modified(_) => changes.modified += 1,
        Change::Deleted(_) | Change::Vanished(_) => changes.removed += 1,
        Change::Synced { .. } => {}
    }
}
