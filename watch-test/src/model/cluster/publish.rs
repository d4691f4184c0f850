//! What follows from a write.

use core::time::Duration;
use std::sync::Arc;

use watch_core::wire::Status;

use super::replica::Replica;
use crate::model::ApiServer;
use crate::model::admission::preconditions::Preconditions;
use crate::model::crd;
use crate::model::endpoints::reply::no_such_resource;
use crate::model::storage::object::{Change, Version};
use crate::model::storage::resource::Resource;

impl ApiServer {
    pub(crate) fn resource(&self, name: &str) -> Result<Arc<Resource>, Status> {
        self.resources.find(name).cloned().ok_or_else(no_such_resource)
    }

    /// Shows a change to the caches and the watches.
    pub(crate) fn publish(&mut self, now: Duration, resource: &Arc<Resource>, change: &Arc<Change>) {
        for replica in &mut self.replicas {
            replica.receive(resource, change);
        }
        self.deliver(now);
        self.note(now, resource, change);
        if self.store.revision() > self.store.compacted().saturating_add(2 * self.config.history) {
            self.compact(self.store.revision() - self.config.history);
        }
    }

    /// Forgets what was before a revision, as far as no replica is still to read it.
    pub(crate) fn compact(&mut self, revision: u64) {
        let needed = self.replicas.iter().map(Replica::needs).min().unwrap_or(u64::MAX);
        self.store.compact(revision.min(needed));
        for held in self.replicas.iter_mut().filter_map(|replica| replica.held.as_mut()) {
            held.compact(revision.min(needed));
        }
    }

    /// What follows from an object having been created.
    pub(crate) fn created(&mut self, now: Duration, version: &Arc<Version>) {
        if version.resource.name() == crd::RESOURCE && !self.is_dry_run {
            self.define(now, version);
        }
    }

    /// What goes with an object that is about to be deleted.
    pub(crate) fn before_removal(&mut self, now: Duration, version: &Arc<Version>) {
        if version.resource.name() == crd::RESOURCE && !self.is_dry_run {
            self.undefine(now, version);
        }
    }

    /// Deletes all objects of a resource.
    pub(crate) fn delete_all(&mut self, now: Duration, resource: &Arc<Resource>) {
        let objects: Vec<_> =
            self.store.at(&resource.stored_in(), "", None, self.store.revision()).map(|(_, o)| o.clone()).collect();
        for object in objects {
            let namespace = Some(object.text("/metadata/namespace")).filter(|namespace| !namespace.is_empty());
            let name = object.text("/metadata/name");
            // What is there can be deleted.
            drop(self.delete_object(now, resource, namespace, name, &Preconditions::default()));
        }
    }
}
