//! The writes of a program that its own watch hasn't shown yet.

mod shown;
mod write;

use alloc::collections::BTreeMap;
use core::time::Duration;

use self::shown::Shown;
pub use self::write::Written;
use self::write::{Stage, Write};
use crate::diff::key::{Key, Named, Parts};
use crate::io::event::{Event, InitialCause};
use crate::io::time::Instant;
use crate::wire::object::Object;
use crate::wire::version::ResourceVersion;

/// The most writes that are remembered.
const MOST: usize = 10_000;

/// The writes of a program that its own watch hasn't shown yet. A controller that reads its state from a watch asks
/// this book before it acts. So it doesn't act on a state that is older than its own last write, unless the watch lags for
/// longer than the timeout of the book.
///
/// A server may send the events of a watch later than the reply to a write, and a watch may read from a replica that
/// lags. A controller that acts in between sees the object as it was before its own write. It creates a second pod, or
/// repeats an update and gets a conflict.
///
/// The book is for one watch. A program records the reply to each of its writes ([`wrote`](Self::wrote),
/// [`deleted`](Self::deleted), [`deletion_requested`](Self::deletion_requested)). It hands in each event of its watch
/// ([`observe`](Self::observe)) after it has applied the event to its own state. A write becomes visible if the watch
///
/// - shows the object at the version of the write or at a later one, or shows its deletion;
/// - shows another object of the same name (another uid), if the write is a deletion;
/// - has reached the version of the write, as a bookmark or the end of a list shows;
/// - shows a list that doesn't have the deleted object.
///
/// The reply may arrive later than the event of its write. A write is visible at once if the watch has already reached
/// its version: an event of any object counts here, because the events of a watch are in the order of their versions. So
/// a patch that changes nothing, whose reply has the present version, is never pending. A deletion is visible at once if
/// it is one of the last 1,024 that the watch has shown, and its uid is known.
///
/// The book never blocks a program for ever. A write counts as visible
///
/// - if versions can't be compared ([`ResourceVersion::compare`]);
/// - after a timeout, because the watch may never show the object (another selector, a restored backup);
/// - if 10,000 other writes are pending already;
/// - if the watch relists because the server's history was replaced.
///
/// Other projects solve the same problem differently. The expectations of Kubernetes' controllers
/// (`pkg/controller/controller_utils.go`) count events. client-go's `MutationCache` returns the written object in place
/// of the cached one. The `ConsistencyStore` of KEP-5647 and controller-runtime's `EnableReadYourWritesConsistency`
/// compare versions, as this book does.
///
/// ```
/// use core::time::Duration;
/// use watch_core::{Event, Instant, Object, PendingWrites, ResourceVersion, Written};
///
/// let pod = |version: u32| {
///     let pod = format!(r#"{{"metadata":{{"name":"web","namespace":"default","resourceVersion":"{version}"}}}}"#);
///     Object::parse(pod.into())
/// };
/// let now = Instant::ORIGIN;
/// let mut writes = PendingWrites::new(Duration::from_secs(10));
///
/// // The reply to a PATCH has version 7. The watch still has to show it.
/// writes.wrote(Written::new(Some("default"), "web"), &ResourceVersion::new("7")?, now);
/// assert!(!writes.is_caught_up(Some("default"), "web", now));
///
/// writes.observe(&Event::Modified(pod(6)?));
/// assert!(!writes.is_caught_up(Some("default"), "web", now));
/// writes.observe(&Event::Modified(pod(7)?));
/// assert!(writes.is_caught_up(Some("default"), "web", now));
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[doc(alias("expectations", "MutationCache", "ConsistencyStore", "read your writes"))]
#[derive(Clone, Debug)]
pub struct PendingWrites {
    writes: BTreeMap<Key, Write>,
    timeout: Duration,
    shown: Shown,
}

impl PendingWrites {
    /// Creates a book in which each write counts as visible after this time.
    pub const fn new(timeout: Duration) -> Self {
        Self { writes: BTreeMap::new(), timeout, shown: Shown::new() }
    }

    /// Records that an object was created, replaced or patched, and has this version in the reply. Of two writes to the
    /// same object, the one with the later version counts.
    ///
    /// A deletion is such a write too if its reply is the object (which has finalizers, or ends after a grace period).
    pub fn wrote(&mut self, object: Written<'_>, version: &ResourceVersion, now: Instant) {
        let write = Write::of_version(object.uid, version, now + self.timeout);
        if version.is_ordered() && !self.shown.has_reached(version) {
            self.insert(&object, write, now);
        }
    }

    /// Records that an object was deleted by a request whose reply isn't the object: it doesn't exist any more.
    pub fn deleted(&mut self, object: Written<'_>, now: Instant) {
        if !self.shown.has_deleted(&object) {
            self.insert(&object, Write::of_deletion(object.uid, Stage::Over, now + self.timeout), now);
        }
    }

    /// Records that the deletion of an object began, by a request whose reply doesn't show how far it got: the deletion of
    /// a collection. It becomes visible as a deletion does, and also if the watch shows the object with a
    /// `deletionTimestamp`.
    pub fn deletion_requested(&mut self, object: Written<'_>, now: Instant) {
        if !self.shown.has_begun_to_delete(&object) {
            self.insert(&object, Write::of_deletion(object.uid, Stage::Begun, now + self.timeout), now);
        }
    }

    /// Follows an event of the watch. Returns whether a write became visible.
    ///
    /// The event should be handed in after the program has applied it to its own state.
    pub fn observe(&mut self, event: &Event) -> bool {
        self.shown.observe(event);
        match event {
            // The versions before a restored backup have no meaning after it.
            Event::InitialBegin { cause: InitialCause::Rollback } => self.retain(|_| false),
            Event::InitialBegin { .. } => {
                self.writes.values_mut().for_each(Write::list_begins);
                false
            }
            // A consumer may use the list only when it is complete.
            Event::Initial(object) => self.resolve(object, |write| {
                write.is_listed(object);
                false
            }),
            Event::Added(object) | Event::Modified(object) => self.resolve(object, |write| write.is_shown_by(object)),
            Event::Deleted(object) => self.resolve(object, |write| write.is_shown_by_deletion(object)),
            Event::Bookmark { resource_version } => self.retain(|write| !write.is_reached_by(resource_version)),
            Event::InitialEnd { resource_version } => self.retain(|write| !write.is_shown_by_list(resource_version)),
        }
    }

    /// Returns whether the watch has shown the last write to this object, or the write counts as visible.
    pub fn is_caught_up(&self, namespace: Option<&str>, name: &str, now: Instant) -> bool {
        self.pending_until(namespace, name, now).is_none()
    }

    /// Returns when the last write to this object counts as visible at the latest; `None` if it is visible now.
    pub fn pending_until(&self, namespace: Option<&str>, name: &str, now: Instant) -> Option<Instant> {
        let named = Named { namespace: namespace.unwrap_or_default(), name };
        self.writes.get(&named as &dyn Parts).map(Write::until).filter(|until| now < *until)
    }

    /// Returns the namespace and the name of each object whose last write isn't visible. The namespace is empty if there
    /// is none.
    pub fn pending(&self, now: Instant) -> impl Iterator<Item = (&str, &str)> {
        let pending = self.writes.iter().filter(move |(_, write)| now < write.until());
        pending.map(|(key, _)| (key.namespace(), key.name()))
    }

    fn insert(&mut self, object: &Written<'_>, mut write: Write, now: Instant) {
        let named = Named { namespace: object.namespace.unwrap_or_default(), name: object.name };
        if let Some(known) = self.writes.get_mut(&named as &dyn Parts) {
            if now >= known.until() || !write.is_older_than(known) {
                write.follow(known);
                *known = write;
            }
            return;
        }
        if self.writes.len() >= MOST {
            self.retain(|write| now < write.until());
        }
        if self.writes.len() < MOST {
            self.writes.insert(Key::new(&named), write);
        }
    }

    /// Removes the write to an object if it is visible.
    fn resolve(&mut self, object: &Object, is_visible: impl FnOnce(&mut Write) -> bool) -> bool {
        let named = Named { namespace: object.namespace().unwrap_or_default(), name: object.name() };
        let is_visible = self.writes.get_mut(&named as &dyn Parts).is_some_and(is_visible);
        if is_visible {
            self.writes.remove(&named as &dyn Parts);
        }
        is_visible
    }

    /// Keeps the writes for which `keep` returns true. Returns whether any were removed.
    fn retain(&mut self, mut keep: impl FnMut(&Write) -> bool) -> bool {
        let before = self.writes.len();
        self.writes.retain(|_, write| keep(write));
        self.writes.len() < before
    }
}
