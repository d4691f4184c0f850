//! Turns events into changes.

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
use crate::io::list_changes::ListChanges;
use crate::wire::object::Object;
use crate::wire::version::ResourceVersion;

/// Turns the events of a [`Watcher`](crate::Watcher) into plain changes: every change exactly once, also across
/// relists. This closes the gap that a 410 leaves.
///
/// For each object it remembers identity and version, not the content: about 170 bytes. After a relist, an unchanged
/// object causes no change, a new or newer object is reported, and an object that is missing is reported as
/// [`Change::Vanished`]. Several changes of one object in the gap are reported as one, because the steps weren't
/// recorded.
///
/// It also buffers the changes that weren't polled yet and, during a relist, objects older than the ones already known.
/// That happens only when the server lags or was restored from a backup.
///
/// Repeated objects, as some servers send at the beginning of each watch, cause no change. A deletion counts with any
/// version, if its uid is that of the known object.
///
/// If a watch begins without a list ([`Start::From`](crate::Start::From), [`Start::Now`](crate::Start::Now)), its
/// events pass unchanged until there is a list.
///
/// Like the watcher, it has two doors: events go in through [`handle`](Self::handle), and changes come out of
/// [`poll`](Self::poll). A snapshot covers what `poll` returned.
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
/// // The version expired, and `web` is missing in the new list.
/// diff.handle(begin(InitialCause::Expired));
/// diff.handle(end("99"));
/// let Some(Change::Vanished(web)) = diff.poll() else { panic!() };
/// assert_eq!(web.name(), "web");
/// ```
#[doc(alias = "informer")]
#[derive(Clone, Debug, Default)]
pub struct Diff {
    index: BTreeMap<Key, IndexEntry>,
    /// Number of the current list. Entries that were in it have the same number.
    round: u32,
    /// A list was received, at least in part, so the consumer doesn't know objects that aren't in the index. A watch
    /// that begins without a list (from a version, from now on) has events about objects that the consumer may know.
    listed: bool,
    /// Versions may decrease, because the server's history was replaced.
    went_back: bool,
    pending: VecDeque<Event>,
    /// Objects of the list in progress that are older than the ones known. If the list completes, the server was
    /// restored from a backup, and these are valid. If it doesn't, they came from a lagging server.
    older: Vec<Object>,
    sweep: Option<Sweep>,
    /// The changes that the list in progress made so far.
    counting: Option<ListChanges>,
    last_list: Option<ListChanges>,
}

/// The list is complete. The objects that are missing in it are being reported.
#[derive(Clone, Debug)]
struct Sweep {
    /// The last object that was reported as missing.
    after: Option<Key>,
    resource_version: ResourceVersion,
}

impl Diff {
    /// Creates a diff that knows no object.
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns the number of objects that are known.
    pub fn len(&self) -> usize {
        self.index.len()
    }

    /// Returns whether no object is known.
    pub fn is_empty(&self) -> bool {
        self.index.is_empty()
    }

    /// Takes an event. Events must be in the order in which the watcher returned them.
    pub fn handle(&mut self, event: Event) {
        self.pending.push_back(event);
    }

    /// Returns the number of changes between what was known and the last complete list, which is the one whose
    /// [`Change::Synced`] was returned last. `None` before the first.
    ///
    /// The changes of a list that wasn't completed are included in the list that replaced it.
    pub const fn last_list(&self) -> Option<ListChanges> {
        self.last_list
    }

    /// Returns the next change; `None` after the last.
    pub fn poll(&mut self) -> Option<Change> {
        let change = self.next_change()?;
        match (&change, &mut self.counting) {
            (Change::Synced { .. }, counting) => self.last_list = counting.take(),
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
                        self.counting = Some(ListChanges::default());
                    }
                    self.listed = true;
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

    /// Handles an event with an object that exists. `unlisted` is the change to report for an unknown object if there
    /// was no list.
    fn exists(&mut self, object: Object, event: fn(Object) -> Event, unlisted: fn(Object) -> Change) -> Option<Change> {
        let key = Key::of(&object);
        let Some(entry) = self.index.get_mut(&key) else {
            self.index.insert(key, IndexEntry::new(&object, self.round));
            return Some(if self.listed { Change::Added(object) } else { unlisted(object) });
        };
        if !entry.is_same_object(&object) {
            // The object was deleted and created again: report the end of the old one, then handle this event once
            // more.
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

    /// Returns whether the object is older than the one known from before this list. (If it is in the list twice, the
    /// newer one counts.)
    fn is_older(&self, object: &Object) -> bool {
        let is_known = |entry: &&IndexEntry| !entry.is_of(self.round) && entry.is_same_object(object);
        let entry = self.index.get(&Key::of(object)).filter(is_known);
        entry.is_some_and(|entry| object.resource_version().is_before(entry.version()))
    }

    /// Returns whether the object is a predecessor of the known object of the same name: some servers repeat old
    /// events.
    fn is_former(&self, object: &Object) -> bool {
        let is_former = |entry: &IndexEntry| {
            !entry.is_same_object(object) && object.resource_version().is_before(entry.version()) && !self.went_back
        };
        self.index.get(&Key::of(object)).is_some_and(is_former)
    }

    fn deleted(&mut self, object: Object) -> Option<Change> {
        let key = Key::of(&object);
        // A deleted object must not return when the list completes.
        let is_another = |older: &Object| matches!((older.uid(), object.uid()), (Some(uid), Some(gone)) if uid != gone);
        self.older.retain(|older| Key::of(older) != key || is_another(older));
        let Some(entry) = self.index.get(&key) else {
            return (!self.listed).then_some(Change::Deleted(object));
        };
        // A uid identifies the object; the version of its deletion may be one that the object had before. Without a
        // uid, an older version may be that of another object with the same name.
        let is_of_this =
            entry.is_certainly(&object) || self.went_back || !object.resource_version().is_before(entry.version());
        if !entry.is_same_object(&object) || !is_of_this {
            return None;
        }
        self.index.remove(&key);
        Some(Change::Deleted(object))
    }

    /// Returns the next object that is missing in the list; after the last one, reports that the list is complete.
    fn swept(&mut self) -> Option<Change> {
        let Sweep { after, resource_version } = self.sweep.take()?;
        let from = after.as_ref().map_or(Bound::Unbounded, Bound::Excluded);
        let gone = self.index.range((from, Bound::Unbounded)).find(|(_, entry)| !entry.is_of(self.round));
        let Some((key, _)) = gone else {
            // What is known now belongs to the new history.
            self.went_back = false;
            return Some(Change::Synced { resource_version });
        };
        let (key, entry) = self.index.remove_entry(&key.clone())?;
        self.sweep = Some(Sweep { after: Some(key.clone()), resource_version });
        Some(Change::Vanished(Vanished { key, entry }))
    }
}

const fn count(changes: &mut ListChanges, change: &Change) {
    match change {
        Change::Added(_) => changes.added += 1,
        Change::Modified(_) => changes.modified += 1,
        Change::Deleted(_) | Change::Vanished(_) => changes.removed += 1,
        Change::Synced { .. } => {}
    }
}
