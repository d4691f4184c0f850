//! Up to which version events were handed out.

use alloc::vec::Vec;
use core::cmp::Ordering;

use crate::io::event::Event;
use crate::wire::version::ResourceVersion;

/// Where to resume, and what was seen.
///
/// It follows the events that *left* the machine, never those that arrived. So the version to resume from, and a
/// checkpoint, never cover an event that the consumer hasn't received.
#[derive(Clone, Debug)]
pub(crate) struct Position {
    order: Order,
    /// The newest version that was handed out. It is kept across a relist: a server that then shows less was rolled
    /// back.
    seen: Option<ResourceVersion>,
}

#[derive(Clone, Debug)]
enum Order {
    /// There is no version to resume from, because the list isn't complete.
    Unknown,
    /// A watch without a version began with the existing objects, in no order. Only the first bookmark, or the first
    /// event that isn't ADDED, is a place to resume from (client-go's `eventReceivedBesidesAdded`). The existing
    /// objects include every change up to the newest of their versions.
    Unordered { newest: Option<ResourceVersion> },
    /// Every event up to this version was handed out, and since then the events with these fingerprints. `forgot`: some
    /// fingerprints were dropped.
    At { version: ResourceVersion, handed: Vec<u64>, forgot: bool },
}

/// The most events of one version that are remembered. kube-apiserver gives each event a version of its own, because
/// etcd does. For other servers, an event that isn't remembered is repeated rather than lost.
const REMEMBERED: usize = 16;

/// How an event relates to earlier ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    New,
    /// The same change of the same object at the same version. The kind of change counts: a server may give a deletion
    /// the version that the object had before, so ADDED and DELETED of one object have the same version. The uid
    /// counts: another object may have the same name.
    Duplicate,
    /// Older than earlier events. A deletion never is: it may have the object's own version, as on servers without an
    /// etcd (`filepathREST.Delete` of tilt-apiserver), and before Kubernetes 1.10 (kubernetes#58545).
    Old,
}

impl Position {
    pub(crate) const fn unknown() -> Self {
        Self { order: Order::Unknown, seen: None }
    }

    pub(crate) fn at(version: ResourceVersion) -> Self {
        Self { seen: Some(version.clone()), order: Order::At { version, handed: Vec::new(), forgot: false } }
    }

    /// Returns the version to resume from.
    pub(crate) const fn version(&self) -> Option<&ResourceVersion> {
        match &self.order {
            Order::At { version, .. } => Some(version),
            Order::Unknown | Order::Unordered { .. } => None,
        }
    }

    /// Returns the newest version that was handed out.
    pub(crate) const fn seen(&self) -> Option<&ResourceVersion> {
        self.seen.as_ref()
    }

    /// Discards the version to resume from.
    pub(crate) fn forget(&mut self) -> Option<ResourceVersion> {
        match core::mem::replace(&mut self.order, Order::Unknown) {
            Order::At { version, .. } => Some(version),
            Order::Unknown | Order::Unordered { .. } => None,
        }
    }

    /// The server's history was replaced, so nothing that was seen in the old one counts.
    pub(crate) fn forget_seen(&mut self) {
        self.seen = None;
    }

    /// A watch without a version begins.
    pub(crate) fn unordered(&mut self) {
        self.order = Order::Unordered { newest: None };
    }

    /// Moves to a version without an event: that of a list that was requested only for its version.
    pub(crate) fn jump(&mut self, version: ResourceVersion) {
        *self = Self::at(version);
    }

    /// Returns how a change relates to earlier ones. (Any other event is new.)
    pub(crate) fn standing(&self, event: &Event) -> Standing {
        let (Order::At { version, handed, .. }, Some(object)) = (&self.order, event.change()) else {
            return Standing::New;
        };
        match object.resource_version().compare(version) {
            Some(Ordering::Greater) => Standing::New,
            _ if handed.contains(&fingerprint(event)) => Standing::Duplicate,
            // The event repeats the state before the deletion: an object with the same uid never returns.
            _ if object.uid().is_some() && handed.contains(&object.fingerprint(DELETED)) => Standing::Duplicate,
            Some(Ordering::Less) if !matches!(event, Event::Deleted(_)) => Standing::Old,
            _ => Standing::New,
        }
    }

    /// Returns whether the event repeats a state older than the version to resume from. A deletion never does: see
    /// [`Standing::Old`].
    pub(crate) fn is_repeat(&self, event: &Event) -> bool {
        let versions = event.change().map(crate::wire::object::Object::resource_version).zip(self.version());
        versions.is_some_and(|(found, version)| found.is_before(version)) && !matches!(event, Event::Deleted(_))
    }

    /// Returns whether a new event is news: it can't be new a second time. An event is news if it moves the version to
    /// resume from. A deletion is also news if it can be remembered, and none was forgotten. So the number of events
    /// that are news without progress is bounded. Other events at the same version aren't news, because some servers
    /// repeat them after each list. The objects with which a watch without a version begins aren't news either.
    pub(crate) fn is_news(&self, event: &Event) -> bool {
        match &self.order {
            Order::At { handed, forgot, .. } => {
                self.moves(event) || matches!(event, Event::Deleted(_)) && handed.len() < REMEMBERED && !forgot
            }
            Order::Unordered { .. } => !matches!(event, Event::Added(_)),
            Order::Unknown => false,
        }
    }

    /// Returns whether emitting it moves the version to resume from.
    fn moves(&self, event: &Event) -> bool {
        let Order::At { version, .. } = &self.order else { return false };
        let Some(object) = event.change() else { return false };
        match object.resource_version().compare(version) {
            Some(order) => order == Ordering::Greater,
            // A deletion may have an old version of the object. Moving back to it would repeat every event since.
            // Resuming from before the deletion repeats at most the deletion.
            None => !matches!(event, Event::Deleted(_)),
        }
    }

    /// Follows an event that left the machine. Returns whether the version moved. Only that is progress, because a
    /// server can repeat one version for ever. The version never moves back.
    pub(crate) fn observe(&mut self, event: &Event) -> bool {
        let moves = self.moves(event);
        match (event, &mut self.order) {
            (Event::InitialBegin { .. }, _) => {
                self.order = Order::Unknown;
                false
            }
            (Event::Initial(_), _) => false,
            (Event::InitialEnd { resource_version }, _) => {
                self.advance(resource_version, None);
                false
            }
            (_, Order::Unknown) => false,
            (Event::Bookmark { resource_version }, _) => self.advance(resource_version, None),
            (Event::Added(object), Order::Unordered { newest }) => {
                let found = object.resource_version();
                if newest.as_ref().is_none_or(|newest| newest.is_before(found)) {
                    *newest = Some(found.clone());
                }
                false
            }
            (Event::Modified(object) | Event::Deleted(object), Order::Unordered { newest }) => {
                let found = object.resource_version();
                let newest = newest.take().filter(|newest| found.is_before(newest));
                self.advance(newest.as_ref().unwrap_or(found), Some(fingerprint(event)))
            }
            (
                Event::Added(object) | Event::Modified(object) | Event::Deleted(object),
                Order::At { version, handed, forgot },
            ) => {
                let found = object.resource_version();
                if moves {
                    return self.advance(found, Some(fingerprint(event)));
                }
                if found != version && !matches!(event, Event::Deleted(_)) {
                    // An object that was created again may be deleted again at the same version.
                    handed.clear();
                    *forgot = true;
                } else if handed.len() < REMEMBERED {
                    handed.push(fingerprint(event));
                }
                false
            }
        }
    }

    fn advance(&mut self, to: &ResourceVersion, fingerprint: Option<u64>) -> bool {
        if !self.seen.as_ref().is_some_and(|seen| to.is_before(seen)) {
            self.seen = Some(to.clone());
        }
        match &mut self.order {
            Order::At { version, .. } if version == to => return false,
            Order::At { version, handed, forgot } => {
                *version = to.clone();
                *forgot = false;
                // A reconnect may repeat the last event, so its fingerprint is kept while the version stays.
                handed.clear();
                // Most versions have one event.
                handed.reserve_exact(usize::from(fingerprint.is_some()));
                handed.extend(fingerprint);
            }
            Order::Unknown | Order::Unordered { .. } => {
                let handed = fingerprint.into_iter().collect();
                self.order = Order::At { version: to.clone(), handed, forgot: false };
            }
        }
        true
    }
}

/// See [`fingerprint`].
const DELETED: u8 = 3;

/// A hash of the change, the object, and the version.
fn fingerprint(event: &Event) -> u64 {
    match event {
        Event::Added(object) => object.fingerprint(1),
        Event::Modified(object) => object.fingerprint(2),
        Event::Deleted(object) => object.fingerprint(DELETED),
        Event::InitialBegin { .. } | Event::Initial(_) | Event::InitialEnd { .. } | Event::Bookmark { .. } => 0,
    }
}
