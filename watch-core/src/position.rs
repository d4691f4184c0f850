//! Up to where events were handed out.

use alloc::vec::Vec;
use core::cmp::Ordering;

use crate::event::Event;
use crate::object::Object;
use crate::version::ResourceVersion;

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
    /// event that isn't ADDED, is a place to resume from; client-go's `eventReceivedBesidesAdded`).
    Unordered,
    /// Everything up to here was handed out; of this very version, the objects with these keys.
    At { version: ResourceVersion, keys: Vec<u64> },
}

/// So many objects at one version are remembered. kube-apiserver gives each event a version of its own, since etcd does;
/// where others don't, what isn't remembered is handed out twice rather than not at all.
const REMEMBERED: usize = 16;

/// How an event stands to what came before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    New,
    /// The same object at the same version again.
    Duplicate,
    /// Older than what came before, which a server that keeps its promises can't send.
    Past,
}

impl Position {
    pub(crate) const fn unknown() -> Self {
        Self { order: Order::Unknown, seen: None }
    }

    pub(crate) fn at(version: ResourceVersion) -> Self {
        Self { seen: Some(version.clone()), order: Order::At { version, keys: Vec::new() } }
    }

    /// The version to resume from.
    pub(crate) const fn version(&self) -> Option<&ResourceVersion> {
        match &self.order {
            Order::At { version, .. } => Some(version),
            Order::Unknown | Order::Unordered => None,
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
            Order::Unknown | Order::Unordered => None,
        }
    }

    /// The server's history is another one now: what was seen in the old one means nothing.
    pub(crate) fn forget_seen(&mut self) {
        self.seen = None;
    }

    /// A watch without a version begins.
    pub(crate) fn unordered(&mut self) {
        self.order = Order::Unordered;
    }

    /// Goes to a version without an event: that of a list that was asked for its version only.
    pub(crate) fn jump(&mut self, version: ResourceVersion) {
        *self = Self::at(version);
    }

    pub(crate) fn standing(&self, object: &Object) -> Standing {
        let Order::At { version, keys } = &self.order else { return Standing::New };
        let found = object.resource_version();
        match found.compare(version) {
            Some(Ordering::Less) => Standing::Past,
            Some(Ordering::Greater) => Standing::New,
            _ if found == version && keys.contains(&object.key_hash()) => Standing::Duplicate,
            _ => Standing::New,
        }
    }

    /// Follows an event that left the machine. Whether the version moved: only that is progress, since a server can
    /// repeat one version for ever.
    pub(crate) fn observe(&mut self, event: &Event) -> bool {
        match event {
            Event::InitialBegin { .. } => {
                self.order = Order::Unknown;
                false
            }
            Event::Initial(_) => false,
            Event::InitialEnd { resource_version } => {
                self.advance(resource_version, None);
                false
            }
            Event::Added(object) => match self.order {
                Order::At { .. } => self.advance(object.resource_version(), Some(object.key_hash())),
                Order::Unknown | Order::Unordered => false,
            },
            Event::Modified(object) | Event::Deleted(object) => match self.order {
                Order::At { .. } | Order::Unordered => self.advance(object.resource_version(), Some(object.key_hash())),
                Order::Unknown => false,
            },
            Event::Bookmark { resource_version } => match &self.order {
                Order::At { .. } | Order::Unordered => self.advance(resource_version, None),
                Order::Unknown => false,
            },
        }
    }

    fn advance(&mut self, to: &ResourceVersion, key: Option<u64>) -> bool {
        if !self.seen.as_ref().is_some_and(|seen| to.is_before(seen)) {
            self.seen = Some(to.clone());
        }
        match &mut self.order {
            // The last event may be repeated after a reconnect: its key is kept while the version stands.
            Order::At { version, keys } if version == to => {
                keys.extend(key.filter(|_| keys.len() < REMEMBERED));
                return false;
            }
            Order::At { version, keys } => {
                *version = to.clone();
                keys.clear();
                keys.extend(key);
            }
            Order::Unknown | Order::Unordered => {
                self.order = Order::At { version: to.clone(), keys: key.into_iter().collect() };
            }
        }
        true
    }
}
