//! Methods for tests without HTTP. They name a resource by a text.

use core::time::Duration;
use std::sync::Arc;

use serde_json::Value;
use watch_core::wire::Status;

use super::ClusterState;
use crate::model::admission::admit::read;
use crate::model::admission::preconditions::Preconditions;
use crate::model::storage::resource::Resource;
use crate::model::validation::errors::no_such_resource;

impl ClusterState {
    pub(crate) fn create(
        &mut self,
        now: Duration,
        resource: &str,
        namespace: Option<&str>,
        value: Value,
    ) -> Result<Value, Status> {
        let resource = self.resource(resource)?;
        let namespace = namespace_for(&resource, namespace, &value);
        self.create_object(now, &resource, namespace.as_deref(), value).map(|version| version.value.clone())
    }

    /// Replaces an object, or the subresource `part` of it.
    pub(crate) fn update(
        &mut self,
        now: Duration,
        resource: &str,
        namespace: Option<&str>,
        part: Option<&str>,
        value: Value,
    ) -> Result<Value, Status> {
        let resource = self.resource_with(resource, part)?;
        let namespace = namespace_for(&resource, namespace, &value);
        let replaced = self.update_object(now, &resource, namespace.as_deref(), part, value)?;
        Ok(replaced.last().value.clone())
    }

    /// Changes an object, or the subresource `part` of it, by a JSON merge patch.
    pub(crate) fn patch(
        &mut self,
        now: Duration,
        resource: &str,
        namespace: Option<&str>,
        name: &str,
        part: Option<&str>,
        patch: &Value,
    ) -> Result<Value, Status> {
        let resource = self.resource_with(resource, part)?;
        let namespace = namespace_for(&resource, namespace, &Value::Null);
        let merge = |present: &Value| {
            let mut value = present.clone();
            json_patch::merge(&mut value, patch);
            read(&resource, value)
        };
        let replaced = self.replace(now, &resource, namespace.as_deref(), name, part, merge)?;
        Ok(replaced.last().value.clone())
    }

    pub(crate) fn delete(
        &mut self,
        now: Duration,
        resource: &str,
        namespace: Option<&str>,
        name: &str,
    ) -> Result<Value, Status> {
        let resource = self.resource(resource)?;
        let namespace = namespace_for(&resource, namespace, &Value::Null);
        self.delete_object(now, &resource, namespace.as_deref(), name, &Preconditions::default())
            .map(|version| version.value.clone())
    }

    /// Returns the current objects of a resource, by namespace and name. The result is empty if the resource is
    /// unknown.
    pub(crate) fn objects(&self, resource: &str) -> Vec<Value> {
        let Some(resource) = self.resources.find(resource) else {
            return Vec::new();
        };
        let objects = self.store.at(&resource.stored_in(), "", None, self.store.revision());
        objects.map(|(_, object)| object.shown_as(resource).value.clone()).collect()
    }

    /// Returns a resource. Fails if it is unknown, or if `part` is `status` and it has no `/status`.
    fn resource_with(&self, name: &str, part: Option<&str>) -> Result<Arc<Resource>, Status> {
        let resource = self.resource(name)?;
        if part == Some("status") && !resource.has_status {
            return Err(no_such_resource());
        }
        Ok(resource)
    }
}

fn namespace_for(resource: &Resource, namespace: Option<&str>, value: &Value) -> Option<String> {
    let own = || value.pointer("/metadata/namespace").and_then(Value::as_str).filter(|own| !own.is_empty());
    resource.namespaced.then(|| namespace.or_else(own).unwrap_or("default").to_owned())
}
