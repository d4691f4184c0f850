//! Turns events into changes.

mod change;
mod debounce;
mod entry;
mod index;
pub(crate) mod key;
mod predicate_filter;
mod snapshot;
mod touched;
mod uid;

use alloc::collections::{BTreeMap, VecDeque};

pub use self::change::{Change, Vanished};
pub use self::debounce::Debounce;
use self::entry::Known;
use self::index::{Index, NO_LIST, named};
use self::key::{Key, Parts};
pub use self::predicate_filter::PredicateFilter;
pub use self::snapshot::DiffSnapshot;
pub use self::touched::Touched;
use crate::io::event::{Event, InitialCause};
use crate::io::list_changes::ListChanges;
use crate::wire::object::Object;
use crate::wire::version::ResourceVersion;

/// Turns the events of a [`Watcher`](crate::Watcher) into plain changes: every change exactly once, also across
/// relists. This closes the gap that a 410 leaves.
///
/// For each object it remembers identity and version, not the content: up to 85 bytes beside the text of namespace and
/// name. After a relist, an unchanged object causes no change, a new or newer object is reported, and an object that is
/// missing is reported as [`Change::Vanished`]. Several changes of one object in the gap are reported as one, because
/// the steps weren't recorded.
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
    index: Index,
    /// Number of the current list. Entries that were in it have the same number.
    round: u8,
    /// A list was received, at least in part, so the consumer doesn't know objects that aren't in the index. A watch
    /// that begins without a list (from a version, from now on) has events about objects that the consumer may know.
    listed: bool,
    /// Versions may decrease, because the server's history was replaced: those of objects that weren't seen since the
    /// list began.
    went_back: bool,
    pending: VecDeque<Event>,
    /// The newest object of each name in the list in progress, if that is older than the one known. If the list
    /// completes, the server was restored from a backup, and these are valid. If it doesn't, they came from a lagging
    /// server.
    older: BTreeMap<Key, Object>,
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

/// Room for this many events is kept while there are none.
const KEPT: usize = 16;

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
        self.len() == 0
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
            let Some(event) = self.pending.pop_front() else {
                self.release();
                return None;
            };
            let change = match event {
                Event::InitialBegin { cause } => {
                    self.round = self.index.next_round(self.round);
                    if cause != InitialCause::Retry || self.counting.is_none() {
                        self.counting = Some(ListChanges::default());
                    }
                    self.listed = true;
                    self.older.clear();
                    self.went_back =
                        cause == InitialCause::Rollback || (self.went_back && cause == InitialCause::Retry);
                    None
                }
                Event::InitialEnd { resource_version } => {
                    self.sweep = Some(Sweep { after: None, resource_version });
                    None
                }
                Event::Initial(object) => self.listed(object),
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
        let (round, version) = (self.round, object.resource_version());
        let Some(mut slot) = self.index.get_mut(&object) else {
            self.index.insert(&named(&object), object.uid(), version, round);
            return Some(if self.listed { Change::Added(object) } else { unlisted(object) });
        };
        let known = slot.known();
        if !known.is_same_object(&object) {
            // The object was deleted and created again: report the end of the old one, then handle this event once
            // more.
            let (key, last) = self.index.remove(&named(&object))?;
            self.pending.push_front(event(object));
            return Some(Change::Vanished(Vanished { key, last }));
        }
        // Of two objects in one list, the newer one counts, also if the server's history was replaced.
        let may_go_back = self.went_back && !known.is_of(round);
        let is_news = !known.has_version(version) && (may_go_back || !known.is_newer_than(version));
        slot.keep(round);
        is_news.then(|| {
            self.index.replace(&object, round);
            Change::Modified(object)
        })
    }

    /// Handles an object of the list in progress. A streaming list of a lagging server begins with old states and
    /// goes on with their changes, so an object may be in it several times.
    fn listed(&mut self, object: Object) -> Option<Change> {
        if self.older_of(&object).is_some_and(|older| is_stale(&object, older)) {
            return None;
        }
        let was_older = self.older.remove(&named(&object) as &dyn Parts).is_some();
        if !self.is_older(&object, was_older) {
            return self.exists(object, Event::Initial, Change::Added);
        }
        self.index.get_mut(&object)?.keep(self.round);
        self.older.insert(Key::new(&named(&object)), object);
        None
    }

    /// Returns the object of this name in the list in progress, if it is older than the one known.
    fn older_of(&self, object: &Object) -> Option<&Object> {
        self.older.get(&named(object) as &dyn Parts)
    }

    /// Returns whether a listed object is older than the one known from before this list. `was_older` says that an
    /// earlier state of it in this list was, so the list didn't replace the one known.
    fn is_older(&self, object: &Object, was_older: bool) -> bool {
        let is_older = |known: Known<'_>| {
            !self.went_back
                && (was_older || !known.is_of(self.round))
                && known.is_same_object(object)
                && known.is_newer_than(object.resource_version())
        };
        self.index.get(object).is_some_and(is_older)
    }

    /// Returns whether the object is a predecessor of the known object of the same name: some servers repeat old
    /// events.
    fn is_former(&self, object: &Object) -> bool {
        let is_former = |known: Known<'_>| {
            let may_go_back = self.went_back && !known.is_of(self.round);
            !known.is_same_object(object) && known.is_newer_than(object.resource_version()) && !may_go_back
        };
        self.index.get(object).is_some_and(is_former)
    }

    fn deleted(&mut self, object: Object) -> Option<Change> {
        let is_older_deleted = self.older_of(&object).is_some_and(|older| is_deletion_of(&object, older))
            && self.older.remove(&named(&object) as &dyn Parts).is_some();
        let Some(mut slot) = self.index.get_mut(&object) else {
            return (!self.listed).then_some(Change::Deleted(object));
        };
        let known = slot.known();
        // A uid identifies the object; the version of its deletion may be one that the object had before. Without a
        // uid, an older version may be that of another object with the same name.
        let may_go_back = self.went_back && !known.is_of(self.round);
        let is_of_this = known.is_certainly(&object) || may_go_back || !known.is_newer_than(object.resource_version());
        if !known.is_same_object(&object) || !is_of_this {
            if is_older_deleted {
                // It is no longer in the list, so it vanishes when the list completes.
                slot.keep(NO_LIST);
            }
            return None;
        }
        self.index.remove(&named(&object));
        Some(Change::Deleted(object))
    }

    /// Returns the next object that is older than it was, then the next one that is missing in the list; after the last
    /// one, reports that the list is complete.
    fn swept(&mut self) -> Option<Change> {
        let Sweep { after, resource_version } = self.sweep.take()?;
        if let Some((_, object)) = self.older.pop_first() {
            self.sweep = Some(Sweep { after, resource_version });
            let is_known = self.index.get(&object).is_some();
            self.index.replace(&object, self.round);
            // A deletion in the list may have been that of the known object.
            return Some(if is_known { Change::Modified(object) } else { Change::Added(object) });
        }
        let Some((key, last)) = self.index.remove_missing(after.as_ref(), self.round) else {
            // What is known now belongs to the new history.
            self.went_back = false;
            // An empty map may keep a node.
            self.older = BTreeMap::new();
            return Some(Change::Synced { resource_version });
        };
        self.sweep = Some(Sweep { after: Some(key.clone()), resource_version });
        Some(Change::Vanished(Vanished { key, last }))
    }

    /// Every event was processed. Gives back what a burst of events needed.
    fn release(&mut self) {
        if self.pending.capacity() > KEPT {
            self.pending = VecDeque::new();
        }
    }
}

/// Returns whether both may be the same object. Without uids, equal names are enough.
fn may_be_same(a: &Object, b: &Object) -> bool {
    a.uid().zip(b.uid()).is_none_or(|(a, b)| a == b)
}

/// Returns whether the object is an earlier state of a listed one.
fn is_stale(object: &Object, listed: &Object) -> bool {
    may_be_same(object, listed) && object.resource_version().is_before(listed.resource_version())
}

/// Returns whether the deletion is that of a listed object. If both have a uid, the deletion
/// may have an earlier version of the object.
fn is_deletion_of(deleted: &Object, listed: &Object) -> bool {
    may_be_same(deleted, listed) && (deleted.uid().is_some() && listed.uid().is_some() || !is_stale(deleted, listed))
}

const fn count(changes: &mut ListChanges, change: &Change) {
    match change {
        Change::Added(_) => changes.added += 1,
        Change::Modified(_) => changes.modified += 1,
        Change::Deleted(_) | Change::Vanished(_) => changes.removed += 1,
        Change::Synced { .. } => {}
    }
}
