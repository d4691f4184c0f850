//! The consequences of a write.

use core::time::Duration;
use std::sync::Arc;

use super::ClusterState;
use crate::model::admission::preconditions::Preconditions;
use crate::model::crd;
use crate::model::storage::object::{Change, Version};
use crate::model::storage::resource::Resource;

impl ClusterState {
    /// Shows a change to the caches, the watches and the controllers.
    pub(super) fn publish(&mut self, now: Duration, resource: &Arc<Resource>, change: &Arc<Change>) {
        for replica in &mut self.replicas {
            replica.receive(resource, change);
        }
        self.deliver(now);
        self.note(now, resource, change);
        if self.store.revision() > self.store.compacted().saturating_add(2 * self.setup.history) {
            self.compact(self.store.revision() - self.setup.history);
        }
    }

    /// Applies the consequences of a created object.
    pub(super) fn created(&mut self, now: Duration, version: &Arc<Version>) {
        if version.resource.name() == crd::RESOURCE && !self.is_dry_run {
            self.define(now, version);
        }
    }

    /// Removes what belongs to an object that is about to be deleted.
    pub(super) fn before_removal(&mut self, now: Duration, version: &Arc<Version>) {
        if version.resource.name() == crd::RESOURCE && !self.is_dry_run {
            self.undefine(now, version);
        }
    }

    /// Deletes all objects of a resource.
    pub(super) fn delete_all(&mut self, now: Duration, resource: &Arc<Resource>) {
        let objects: Vec<_> =
            self.store.at(&resource.stored_in(), "", None, self.store.revision()).map(|(_, o)| o.clone()).collect();
        for object in objects {
            // This can't fail, because the objects exist.
            drop(self.delete_object(now, resource, object.namespace(), object.name(), &Preconditions::default()));
        }
    }
}
