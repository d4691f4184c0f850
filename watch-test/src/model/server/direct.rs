//! The server in the hands of a test: objects without HTTP, versions, what was asked.

use core::time::Duration;
use std::sync::Arc;

use serde_json::Value;
use watch_core::wire::Status;

use super::log::LoggedRequest;
use crate::model::ApiServer;
use crate::model::admission::preconditions::Preconditions;
use crate::model::endpoints::reply::no_such_resource;
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
        self.tick(now);
        let resource = self.resource(resource)?;
        let namespace = namespace_for(&resource, namespace, &value);
        self.create_object(now, &resource, namespace.as_deref(), value).map(|version| version.value.clone())
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
        self.update_part(now, resource, namespace, None, value)
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
        self.update_part(now, resource, namespace, Some("status"), value)
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
        self.patch_part(now, resource, namespace, name, None, patch)
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
        self.patch_part(now, resource, namespace, name, Some("status"), patch)
    }

    fn update_part(
        &mut self,
        now: Duration,
        resource: &str,
        namespace: Option<&str>,
        part: Option<&str>,
        value: Value,
    ) -> Result<Value, Status> {
        self.tick(now);
        let resource = self.resource_with(resource, part)?;
        let namespace = namespace_for(&resource, namespace, &value);
        let replaced = self.update_object(now, &resource, namespace.as_deref(), part, value)?;
        Ok(replaced.last().value.clone())
    }

    fn patch_part(
        &mut self,
        now: Duration,
        resource: &str,
        namespace: Option<&str>,
        name: &str,
        part: Option<&str>,
        patch: &Value,
    ) -> Result<Value, Status> {
        self.tick(now);
        let resource = self.resource_with(resource, part)?;
        let namespace = namespace_for(&resource, namespace, &Value::Null);
        let merge = |present: &Value| {
            let mut value = present.clone();
            json_patch::merge(&mut value, patch);
            Ok(value)
        };
        let replaced = self.replace(now, &resource, namespace.as_deref(), name, part, merge)?;
        Ok(replaced.last().value.clone())
    }

    /// A resource that has such a part.
    fn resource_with(&self, name: &str, part: Option<&str>) -> Result<Arc<Resource>, Status> {
        let resource = self.resource(name)?;
        if part == Some("status") && !resource.has_status {
            return Err(no_such_resource());
        }
        Ok(resource)
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
        self.tick(now);
        let resource = self.resource(resource)?;
        let namespace = namespace_for(&resource, namespace, &Value::Null);
        let preconditions = Preconditions::default();
        self.delete_object(now, &resource, namespace.as_deref(), name, &preconditions)
            .map(|version| version.value.clone())
    }

    /// All objects of a resource as they are now, by namespace and name. None if the resource isn't known.
    pub fn objects(&self, resource: &str) -> Vec<Value> {
        let Some(resource) = self.resources.find(resource) else {
            return Vec::new();
        };
        let objects = self.store.at(&resource.stored_in(), "", None, self.store.revision());
        objects.map(|(_, object)| object.shown_as(resource).value.clone()).collect()
    }

    /// The revision of the last write.
    pub const fn resource_version(&self) -> u64 {
        self.store.revision()
    }

    /// Lets revisions pass, as writes to resources that nobody here knows do; up to [`LAST_VERSION`](crate::model::LAST_VERSION).
    pub fn skip_revisions(&mut self, revisions: u64) {
        self.store.skip(revisions);
    }

    /// Makes a custom resource known, at once.
    pub fn register(&mut self, resource: Resource) {
        self.add_resource(vec![Arc::new(resource)]);
    }

    /// Forgets everything up to now: a watch from an older version is told 410, and so is a list that goes on.
    pub fn expire(&mut self) {
        self.expire_before(self.store.revision());
    }

    /// Forgets what was before a version: a watch from an older one is told 410, and so is a list that goes on. What
    /// is to come can't be forgotten: then it is everything up to now.
    pub fn expire_before(&mut self, version: u64) {
        let version = version.min(self.store.revision());
        for replica in &mut self.replicas {
            replica.expire_before(version);
        }
        self.compact(version);
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
}

fn namespace_for(resource: &Resource, namespace: Option<&str>, value: &Value) -> Option<String> {
    let own = || value.pointer("/metadata/namespace").and_then(Value::as_str).filter(|own| !own.is_empty());
    resource.namespaced.then(|| namespace.or_else(own).unwrap_or("default").to_owned())
}
