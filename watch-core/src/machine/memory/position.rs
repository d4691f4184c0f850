//! Up to where events were handed out.

use alloc::vec::Vec;
use core::cmp::Ordering;

use crate::io::event::Event;
use crate::wire::version::ResourceVersion;

/// Where to resume, and what was seen.
///
/// It follows the events that *left* the machine, never those that merely came in, so that what is resumed from (and
/// what a checkpoint holds) never covers an event that the consumer has not been handed.
#[derive(Clone, Debug)]
pub(crate) struct Position {
    order: Order,
    /// The newest version that was handed out. It outlives a restart: a server that then shows less went back.
    seen: Option<ResourceVersion>,
}

#[derive(Clone, Debug)]
enum Order {
    /// There is no version to resume from: the set isn't whole.
    Unknown,
    /// A watch without a version began with what exists, in no order (protocol: only the first bookmark, or the first
    /// event that isn't ADDED, is a place to resume from; client-go's `eventReceivedBesidesAdded`). All up to the newest
    /// of them is in what exists.
    Unordered { newest: Option<ResourceVersion> },
    /// Everything up to here was handed out; since then, also the events with these fingerprints.
    At { version: ResourceVersion, handed: Vec<u64> },
}

/// So many events at one version are remembered. kube-apiserver gives each event a version of its own, since etcd does;
/// where others don't, what isn't remembered is handed out twice rather than not at all.
const REMEMBERED: usize = 16;

/// How an event stands to what came before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    New,
    /// The same happened to the same object at the same version. What happened counts: a server may give a deletion the
    /// version that the object had before, so that ADDED and DELETED of one object are of one version. Which object counts:
    /// another one of the same name has another uid.
    Duplicate,
    /// Older than what came before. A deletion never is: it may have the object's own version, as on servers without an
    /// etcd (`filepathREST.Delete` of tilt-apiserver), and before Kubernetes 1.10 (kubernetes#58545).
    Old,
}

impl Position {
    pub(crate) const fn unknown() -> Self {
        Self { order: Order::Unknown, seen: None }
    }

    pub(crate) fn at(version: ResourceVersion) -> Self {
        Self { seen: Some(version.clone()), order: Order::At { version, handed: Vec::new() } }
    }

    /// The version to resume from.
    pub(crate) const fn version(&self) -> Option<&ResourceVersion> {
        match &self.order {
            Order::At { version, .. } => Some(version),
            Order::Unknown | Order::Unordered { .. } => None,
        }
    }

    /// The newest version that was handed out.
    pub(crate) const fn seen(&self) -> Option<&ResourceVersion> {
        self.seen.as_ref()
    }

    /// There is nothing to resume from any more.
    pub(crate) fn forget(&mut self) -> Option<ResourceVersion> {
        match core::mem::replace(&mut self.order, Order::Unknown) {
            Order::At { version, .. } => Some(version),
            Order::Unknown | Order::Unordered { .. } => None,
        }
    }

    /// The server's history is another one now: what was seen in the old one means nothing.
    pub(crate) fn forget_seen(&mut self) {
        self.seen = None;
    }

    /// A watch without a version begins.
    pub(crate) fn unordered(&mut self) {
        self.order = Order::Unordered { newest: None };
    }

    /// Goes to a version without an event: that of a list that was asked for its version only.
    pub(crate) fn jump(&mut self, version: ResourceVersion) {
        *self = Self::at(version);
    }

    /// How a change stands to what came before. (Anything else is new.)
    pub(crate) fn standing(&self, event: &Event) -> Standing {
        let (Order::At { version, handed }, Some(object)) = (&self.order, event.change()) else { return Standing::New };
        match object.resource_version().compare(version) {
            Some(Ordering::Greater) => Standing::New,
            _ if handed.contains(&fingerprint(event)) => Standing::Duplicate,
            // It repeats what was there before its deletion: an object that is deleted never comes back (its uid, that is).
            _ if object.uid().is_some() && handed.contains(&object.fingerprint(DELETED)) => Standing::Duplicate,
            Some(Ordering::Less) if !matches!(event, Event::Deleted(_)) => Standing::Old,
            _ => Standing::New,
        }
    }

    /// Whether it is a change of a version before that to resume from.
    pub(crate) fn is_before(&self, event: &Event) -> bool {
        let versions = event.change().map(crate::wire::object::Object::resource_version).zip(self.version());
        versions.is_some_and(|(found, version)| found.is_before(version))
    }

    /// Whether handing it out moves the version to resume from.
    pub(crate) fn moves(&self, event: &Event) -> bool {
        let Order::At { version, .. } = &self.order else { return false };
        let Some(object) = event.change() else { return false };
        match object.resource_version().compare(version) {
            Some(order) => order == Ordering::Greater,
            // Versions in no order: that of a deletion may be one that the object had long ago, and to go back to it would
            // have everything since come again. To resume from before the deletion has at most the deletion come again.
            None => !matches!(event, Event::Deleted(_)),
        }
    }

    /// Follows an event that left the machine. Whether the version moved: only that is progress, since a server can
    /// repeat one version for ever. It never moves back.
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
                Order::At { version, handed },
            ) => {
                let found = object.resource_version();
                if moves {
                    return self.advance(found, Some(fingerprint(event)));
                }
                if found != version && !matches!(event, Event::Deleted(_)) {
                    // An object that exists again may be deleted again, with the same version.
                    handed.clear();
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
            Order::At { version, handed } => {
                *version = to.clone();
                // The last event may be repeated after a reconnect: its fingerprint is kept while the version stands.
                handed.clear();
                handed.extend(fingerprint);
            }
            Order::Unknown | Order::Unordered { .. } => {
                self.order = Order::At { version: to.clone(), handed: fingerprint.into_iter().collect() };
            }
        }
        true
    }
}

/// See [`fingerprint`].
const DELETED: u8 = 3;

/// What happened to which object, and at which version.
fn fingerprint(event: &Event) -> u64 {
    match event {
        Event::Added(object) => object.fingerprint(1),
        Event::Modified(object) => object.fingerprint(2),
        Event::Deleted(object) => object.fingerprint(DELETED),
        Event::InitialBegin { .. } | Event::Initial(_) | Event::InitialEnd { .. } | Event::Bookmark { .. } => 0,
    }
}
