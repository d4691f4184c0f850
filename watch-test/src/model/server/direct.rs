//! The server in the hands of a test: objects without HTTP, versions, what was asked.

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
    /// Creates an object. `resource` is a plural, with the group where there is one: `pods`, `deployments.apps`. In a
    /// namespaced resource, `None` takes the namespace from the object, or `default`.
    ///
    /// # Errors
    /// What kube-apiserver would answer: 404 for an unknown resource, 409 if there is one of that name, 422 without a
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

    /// Replaces an object. Where `metadata.resourceVersion` is given, it must be the present one. The status stays as it was
    /// where the resource has a `/status`: see [`update_status`](Self::update_status).
    ///
    /// # Errors
    /// 404 if there is none, 409 if it has changed.
    pub fn update(
        &mut self,
        now: Duration,
        resource: &str,
        namespace: Option<&str>,
        value: Value,
    ) -> Result<Value, Status> {
        self.change(now, |cluster| cluster.update(now, resource, namespace, None, value))
    }

    /// Replaces the status of an object, as a PUT to its `/status` does. What else of the object is written so, labels for
    /// example, differs by resource, as in kube-apiserver.
    ///
    /// # Errors
    /// 404 if there is no such object or no `/status`, 409 if it has changed.
    pub fn update_status(
        &mut self,
        now: Duration,
        resource: &str,
        namespace: Option<&str>,
        value: Value,
    ) -> Result<Value, Status> {
        self.change(now, |cluster| cluster.update(now, resource, namespace, Some("status"), value))
    }

    /// Changes an object by a JSON merge patch (RFC 7386). Whoever takes the last finalizer away from one that is to go
    /// gets what watches are shown: the object as it was, with the version of its deletion. The status stays as it was
    /// where the resource has a `/status`: see [`patch_status`](Self::patch_status).
    ///
    /// # Errors
    /// 404 if there is none.
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
    /// 404 if there is no such object or no `/status`.
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

    /// Deletes an object, or marks it as to be deleted if it has finalizers. Returns it as it was last.
    ///
    /// # Errors
    /// 404 if there is none.
    pub fn delete(
        &mut self,
        now: Duration,
        resource: &str,
        namespace: Option<&str>,
        name: &str,
    ) -> Result<Value, Status> {
        self.change(now, |cluster| cluster.delete(now, resource, namespace, name))
    }

    /// All objects of a resource as they are now, by namespace and name. None if the resource isn't known.
    pub fn objects(&self, resource: &str) -> Vec<Value> {
        self.cluster.objects(resource)
    }

    /// The revision of the last write.
    pub const fn resource_version(&self) -> u64 {
        self.cluster.store.revision()
    }

    /// Lets revisions pass, as writes to resources that nobody here knows do; up to [`LAST_VERSION`](crate::model::LAST_VERSION).
    pub fn skip_revisions(&mut self, revisions: u64) {
        self.cluster.skip_revisions(revisions);
    }

    /// Makes a custom resource known, at once.
    pub fn register(&mut self, resource: Resource) {
        self.cluster.add_resource(vec![Arc::new(resource)]);
    }

    /// Forgets everything up to now: a watch from an older version is told 410, and so is a list that goes on.
    pub fn expire(&mut self) {
        self.expire_before(self.cluster.store.revision());
    }

    /// Forgets what was before a version: a watch from an older one is told 410, and so is a list that goes on. What
    /// is to come can't be forgotten: then it is everything up to now.
    pub fn expire_before(&mut self, version: u64) {
        self.cluster.expire_before(version);
    }

    /// Forgets the requests so far, so that only what comes from now on is in [`Self::requests`].
    pub fn clear_requests(&mut self) {
        self.log.clear();
    }

    /// Every request so far, oldest first; of very many, the last [`LONGEST_LOG`](crate::model::LONGEST_LOG) at least.
    pub const fn requests(&self) -> &[LoggedRequest] {
        self.log.requests()
    }

    /// How many watches are open.
    pub fn open_watches(&self) -> usize {
        self.exchanges.values().filter(|exchange| exchange.is_watch()).count()
    }

    /// Says how fast the controllers are, from now on.
    pub fn set_controllers(&mut self, now: Duration, controllers: Controllers) {
        self.cluster.set_controllers(now, controllers);
    }

    /// How fast the controllers are.
    pub const fn controllers(&self) -> Controllers {
        self.cluster.controllers()
    }

    /// One pass over the namespaces that are to go: what is in them is deleted, and those that are empty end. Whether there
    /// is more to do now.
    pub fn end_namespaces(&mut self, now: Duration) -> bool {
        self.change(now, |cluster| controllers::end_namespaces(cluster, now))
    }

    /// One pass of the garbage collector: what has lost its owners is deleted, and owners that are to go let their dependents
    /// go, or wait for them. Whether there is more to do now.
    pub fn collect_garbage(&mut self, now: Duration) -> bool {
        self.change(now, |cluster| controllers::collect_garbage(cluster, now))
    }

    /// Changes the cluster once what is due has happened, and shows the watches what came of it.
    fn change<T>(&mut self, now: Duration, change: impl FnOnce(&mut ClusterState) -> T) -> T {
        self.tick(now);
        let result = change(&mut self.cluster);
        self.show_news();
        result
    }
}
