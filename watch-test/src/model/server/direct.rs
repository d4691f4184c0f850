//! The methods for tests: objects without HTTP, versions, the log of requests.

use core::time::Duration;
use std::sync::Arc;

use serde_json::Value;
use watch_core::wire::Status;

use super::ApiServer;
use super::log::LoggedRequest;
use crate::model::cluster::{ClusterState, Controllers};
use crate::model::controllers;
use crate::model::storage::resource::Resource;

impl ApiServer {
    /// Creates an object. `resource` is the plural, with the group if there is one: `pods`, `deployments.apps`. If the
    /// resource is namespaced and `namespace` is `None`, the namespace is the one of the object, or `default`.
    ///
    /// # Errors
    /// Fails as kube-apiserver does: 404 for an unknown resource, 409 if an object with this name exists, 422 without a
    /// name.
    pub fn create(
        &mut self,
        now: Duration,
        resource: &str,
        namespace: Option<&str>,
        value: Value,
    ) -> Result<Value, Status> {
        self.change(now, |cluster| cluster.create(now, resource, namespace, value))
    }

    /// Replaces an object. If `metadata.resourceVersion` is set, it must be the current one. If the resource has a
    /// `/status`, the status doesn't change: see [`update_status`](Self::update_status).
    ///
    /// # Errors
    /// Fails with 404 if the object doesn't exist, and with 409 if it has changed.
    pub fn update(
        &mut self,
        now: Duration,
        resource: &str,
        namespace: Option<&str>,
        value: Value,
    ) -> Result<Value, Status> {
        self.change(now, |cluster| cluster.update(now, resource, namespace, None, value))
    }

    /// Replaces the status of an object, as a PUT of its `/status` does. Which metadata are written too, for example
    /// labels, depends on the resource, as in kube-apiserver.
    ///
    /// # Errors
    /// Fails with 404 if the object or its `/status` doesn't exist, and with 409 if it has changed.
    pub fn update_status(
        &mut self,
        now: Duration,
        resource: &str,
        namespace: Option<&str>,
        value: Value,
    ) -> Result<Value, Status> {
        self.change(now, |cluster| cluster.update(now, resource, namespace, Some("status"), value))
    }

    /// Changes an object by a JSON merge patch (RFC 7386). If the patch removes the last finalizer of an object with a
    /// `deletionTimestamp`, the object is deleted, and the result is the one that watches get: the previous object with
    /// the version of its deletion. If the resource has a `/status`, the status doesn't change: see
    /// [`patch_status`](Self::patch_status).
    ///
    /// # Errors
    /// Fails with 404 if the object doesn't exist.
    pub fn patch(
        &mut self,
        now: Duration,
        resource: &str,
        namespace: Option<&str>,
        name: &str,
        patch: &Value,
    ) -> Result<Value, Status> {
        self.change(now, |cluster| cluster.patch(now, resource, namespace, name, None, patch))
    }

    /// Changes the status of an object by a JSON merge patch of the object, as a PATCH of its `/status` does.
    ///
    /// # Errors
    /// Fails with 404 if the object or its `/status` doesn't exist.
    pub fn patch_status(
        &mut self,
        now: Duration,
        resource: &str,
        namespace: Option<&str>,
        name: &str,
        patch: &Value,
    ) -> Result<Value, Status> {
        self.change(now, |cluster| cluster.patch(now, resource, namespace, name, Some("status"), patch))
    }

    /// Deletes an object, or sets its `deletionTimestamp` if it has finalizers. Returns its last state.
    ///
    /// # Errors
    /// Fails with 404 if the object doesn't exist.
    pub fn delete(
        &mut self,
        now: Duration,
        resource: &str,
        namespace: Option<&str>,
        name: &str,
    ) -> Result<Value, Status> {
        self.change(now, |cluster| cluster.delete(now, resource, namespace, name))
    }

    /// Returns the current objects of a resource, by namespace and name. The result is empty if the resource is
    /// unknown.
    pub fn objects(&self, resource: &str) -> Vec<Value> {
        self.cluster.objects(resource)
    }

    /// Returns the revision of the last write.
    pub const fn resource_version(&self) -> u64 {
        self.cluster.store.revision()
    }

    /// Raises the revision, as writes to resources outside of the model do, up to
    /// [`LAST_VERSION`](crate::model::LAST_VERSION).
    pub fn skip_revisions(&mut self, revisions: u64) {
        self.cluster.skip_revisions(revisions);
    }

    /// Registers a custom resource, which is served at once.
    pub fn register(&mut self, resource: Resource) {
        self.cluster.add_resource(vec![Arc::new(resource)]);
    }

    /// Compacts everything up to now: a watch from an older version gets 410, and so does the next page of an older
    /// list.
    pub fn expire(&mut self) {
        self.expire_before(self.cluster.store.revision());
    }

    /// Compacts everything before a version: a watch from an older version gets 410, and so does the next page of an
    /// older list. A future version compacts everything up to now.
    pub fn expire_before(&mut self, version: u64) {
        self.cluster.expire_before(version);
    }

    /// Removes the requests so far from [`Self::requests`].
    pub fn clear_requests(&mut self) {
        self.log.clear();
    }

    /// Returns every request so far, oldest first. If there are very many, it returns at least the last
    /// [`LONGEST_LOG`](crate::model::LONGEST_LOG).
    pub const fn requests(&self) -> &[LoggedRequest] {
        self.log.requests()
    }

    /// Returns the number of open watches.
    pub fn open_watches(&self) -> usize {
        self.exchanges.values().filter(|exchange| exchange.is_watch()).count()
    }

    /// Sets the pace of the controllers, from now on.
    pub fn set_controllers(&mut self, now: Duration, controllers: Controllers) {
        self.cluster.set_controllers(now, controllers);
    }

    /// Returns the pace of the controllers.
    pub const fn controllers(&self) -> Controllers {
        self.cluster.controllers()
    }

    /// Makes one pass of the namespace controller: deletes the contents of Terminating namespaces, and removes the
    /// namespaces that are empty. Returns whether more work is due now.
    pub fn end_namespaces(&mut self, now: Duration) -> bool {
        self.change(now, |cluster| controllers::end_namespaces(cluster, now))
    }

    /// Makes one pass of the garbage collector: deletes objects without owners, and updates Terminating owners, which
    /// release their dependents or wait for them. Returns whether more work is due now.
    pub fn collect_garbage(&mut self, now: Duration) -> bool {
        self.change(now, |cluster| controllers::collect_garbage(cluster, now))
    }

    /// Runs the timers that are due, changes the cluster, and passes the changes to the watches.
    fn change<T>(&mut self, now: Duration, change: impl FnOnce(&mut ClusterState) -> T) -> T {
        self.tick(now);
        let result = change(&mut self.cluster);
        self.show_news();
        result
    }
}
