//! What the watch showed before the reply to a write was recorded.

use alloc::collections::VecDeque;

use super::write::Written;
use crate::fingerprint::Words;
use crate::io::event::{Event, InitialCause};
use crate::predicate::predicates::deletion_timestamp;
use crate::wire::object::Object;
use crate::wire::version::ResourceVersion;

/// The most deletions that are remembered, of each kind. Each takes 8 bytes.
const MOST: usize = 1024;

#[derive(Clone, Debug)]
pub(super) struct Shown {
    /// The latest version among those that have an order.
    reached: Option<ResourceVersion>,
    /// The last objects whose deletion was shown.
    deleted: Recent,
    /// The last objects that were shown with a `deletionTimestamp`.
    terminating: Recent,
}

impl Shown {
    pub(super) const fn new() -> Self {
        Self { reached: None, deleted: Recent(VecDeque::new()), terminating: Recent(VecDeque::new()) }
    }

    pub(super) fn observe(&mut self, event: &Event) {
        match event {
            // After a restored backup, the same versions and uids can come again.
            Event::InitialBegin { cause: InitialCause::Rollback } => *self = Self::new(),
            // A list isn't in the order of versions, and may remain incomplete.
            Event::InitialBegin { .. } | Event::Initial(_) => {}
            Event::Added(object) | Event::Modified(object) => {
                self.reach(object.resource_version());
                if deletion_timestamp(object).is_some() {
                    self.terminating.insert(object);
                }
            }
            Event::Deleted(object) => {
                self.reach(object.resource_version());
                self.deleted.insert(object);
            }
            Event::Bookmark { resource_version } | Event::InitialEnd { resource_version } => {
                self.reach(resource_version);
            }
        }
    }

    pub(super) fn has_reached(&self, version: &ResourceVersion) -> bool {
        self.reached.as_ref().is_some_and(|reached| !reached.is_before(version))
    }

    pub(super) fn has_deleted(&self, object: &Written<'_>) -> bool {
        self.deleted.contains(object)
    }

    pub(super) fn has_begun_to_delete(&self, object: &Written<'_>) -> bool {
        self.terminating.contains(object) || self.has_deleted(object)
    }

    fn reach(&mut self, version: &ResourceVersion) {
        if version.is_ordered() && !self.has_reached(version) {
            self.reached = Some(version.clone());
        }
    }
}

/// Hashes of the last objects. Objects without a uid aren't among them, because another object may have their name.
#[derive(Clone, Debug)]
struct Recent(VecDeque<u64>);

impl Recent {
    fn insert(&mut self, object: &Object) {
        let object = Written::new(object.namespace(), object.name()).with_uid(object.uid());
        if let Some(hash) = hash_of(&object).filter(|hash| !self.0.contains(hash)) {
            if self.0.len() == MOST {
                self.0.pop_front();
            }
            self.0.push_back(hash);
        }
    }

    fn contains(&self, object: &Written<'_>) -> bool {
        hash_of(object).is_some_and(|hash| self.0.contains(&hash))
    }
}

fn hash_of(object: &Written<'_>) -> Option<u64> {
    let mut hash = Words::new();
    hash.text(object.uid?.as_bytes());
    hash.text(object.namespace.unwrap_or_default().as_bytes());
    hash.text(object.name.as_bytes());
    Some(hash.value())
}
