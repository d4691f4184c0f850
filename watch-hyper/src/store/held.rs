//! An object of a store.

use std::sync::Arc;

use watch_core::{Object, ResourceVersion};

/// An object, and the fields that an event is compared with.
pub(super) struct Held<T> {
    uid: Option<Box<str>>,
    version: ResourceVersion,
    pub(super) object: Arc<T>,
}

impl<T> Held<T> {
    pub(super) fn new(event: &Object, object: Arc<T>) -> Self {
        Self { uid: event.uid().map(Box::from), version: event.resource_version().clone(), object }
    }

    /// Returns whether the event is about this state of the object.
    pub(super) fn is_state_of(&self, event: &Object) -> bool {
        self.uid.as_deref() == event.uid() && self.version == *event.resource_version()
    }

    /// Returns whether the event is about an earlier object: an older version of this one, or an earlier object of the
    /// same name. Some servers send such events (`Event::Added`).
    pub(super) fn is_newer_than(&self, event: &Object) -> bool {
        event.resource_version().is_before(&self.version)
    }

    /// Returns whether a deletion is of this object. If both have a uid, only the uids count, since the version of the
    /// event may be an earlier one of the object.
    pub(super) fn is_deleted_by(&self, event: &Object) -> bool {
        match (self.uid.as_deref(), event.uid()) {
            (Some(uid), Some(deleted)) => uid == deleted,
            _ => !self.is_newer_than(event),
        }
    }

    /// Returns whether both may be states of the same object. Without uids, equal names are enough.
    pub(super) fn may_be_same_object(&self, other: &Self) -> bool {
        self.uid.as_ref().zip(other.uid.as_ref()).is_none_or(|(uid, other)| uid == other)
    }
}
