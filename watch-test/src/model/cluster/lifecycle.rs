//! The lifecycle of namespaces: where objects can be created, and how namespaces end. A controller deletes their
//! contents.

use core::time::Duration;
use std::sync::Arc;

use serde_json::Value;
use watch_core::wire::Status;

use super::ClusterState;
use crate::model::admission::deletion::{Deleted, Deletion};
use crate::model::admission::meta::metadata;
use crate::model::admission::namespace::{finalizers, is_terminating};
use crate::model::admission::owners::is_deleted;
use crate::model::storage::object::{Key, Version};
use crate::model::storage::resource::Resource;
use crate::model::validation::errors::{forbidden, not_allowed, not_found};
use crate::model::validation::field_errors::cause;

impl ClusterState {
    /// Marks a namespace as to be deleted, after which nothing is created in it. One that is marked already and kept by
    /// `spec.finalizers` stays as it is. Returns `None` if it can be deleted now (`Delete` of registry/core/namespace).
    pub(crate) fn terminate_namespace(
        &mut self,
        now: Duration,
        present: &Arc<Version>,
        deletion: &Deletion,
    ) -> Option<Deleted> {
        if is_deleted(&present.value) {
            let is_kept = !finalizers(&present.value).is_empty();
            return is_kept.then(|| Deleted { object: present.clone(), is_gone: false });
        }
        let mut value = present.value.clone();
        value["status"]["phase"] = "Terminating".into();
        let timestamp = self.timestamp(now);
        let finalizers = deletion.finalizers(&present.resource, &present.value);
        let metadata = metadata(&mut value);
        metadata.insert("deletionTimestamp".into(), timestamp.into());
        if !finalizers.is_empty() {
            metadata.insert("finalizers".into(), finalizers.into());
        }
        let key = Key::new(None, present.name());
        Some(Deleted { object: self.put(now, &present.resource, key, value), is_gone: false })
    }

    /// Refuses to create objects in a Terminating namespace (`Admit` of admission/plugin/namespace/lifecycle).
    pub(crate) fn check_namespace_lives(
        &self,
        resource: &Resource,
        namespace: Option<&str>,
        value: &Value,
    ) -> Result<(), Status> {
        let Some(namespace) = namespace else { return Ok(()) };
        let Some(_) = self.store.get("namespaces", &Key::new(None, namespace)).filter(|found| is_terminating(found))
        else {
            return Ok(());
        };
        // `extractResourceName` of apiserver/pkg/admission/errors.go
        let text = |pointer| value.pointer(pointer).and_then(Value::as_str).filter(|text| !text.is_empty());
        let name = text("/metadata/name").or_else(|| text("/metadata/generateName")).unwrap_or("Unknown");
        let why = format!("unable to create new content in namespace {namespace} because it is being terminated");
        let mut status = forbidden(resource, name, &why);
        let message = format!("namespace {namespace} is being terminated");
        status.details.causes.push(cause("NamespaceTerminating", message, "metadata.namespace"));
        Err(status)
    }

    /// Refuses to create objects in a namespace that doesn't exist.
    pub(crate) fn check_namespace_exists(&self, resource: &Resource, namespace: Option<&str>) -> Result<(), Status> {
        let Some(namespace) = namespace else {
            return if resource.namespaced {
                // `POST /api/v1/pods`
                Err(not_allowed())
            } else {
                Ok(())
            };
        };
        let namespaces = self.resource("namespaces")?;
        match self.store.get("namespaces", &Key::new(None, namespace)) {
            Some(_) => Ok(()),
            None => Err(not_found(&namespaces, namespace)),
        }
    }
}
