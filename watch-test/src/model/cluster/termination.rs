//! The end of a definition: first its objects, then the definition, then the watches.

use core::time::Duration;
use std::sync::Arc;

use serde_json::{Value, json};
use watch_core::wire::Status;

use super::ClusterState;
use crate::model::admission::meta::metadata;
use crate::model::crd::conditions::{DELETION_COMPLETED, DELETION_IN_PROGRESS, DELETION_PENDING, TERMINATING};
use crate::model::crd::{RESOURCE, defined};
use crate::model::storage::conditions::is_true;
use crate::model::storage::object::{Key, Version};
use crate::model::storage::resource::Resource;
use crate::model::validation::errors::forbidden;

/// The finalizer that keeps a definition until its objects are gone.
const CLEANUP: &str = "customresourcecleanup.apiextensions.k8s.io";

impl ClusterState {
    /// Marks a definition and its objects for deletion, when it is deleted for the first time. Returns the marked
    /// definition (`Delete` of registry/customresourcedefinition).
    pub(super) fn terminate(&mut self, now: Duration, present: Arc<Version>) -> Arc<Version> {
        let name = present.name().to_owned();
        let at = self.timestamp(now);
        let marked = self.amend(now, &name, |definition| {
            let metadata = metadata(definition);
            metadata.insert("deletionTimestamp".into(), at.clone().into());
            let finalizers = metadata.entry("finalizers").or_insert_with(|| json!([]));
            if let Some(finalizers) = finalizers.as_array_mut() {
                finalizers.push(CLEANUP.into());
            }
            DELETION_PENDING.set(definition, &at);
        });
        self.amend(now, &name, |definition| DELETION_IN_PROGRESS.set(definition, &at));
        if let Some(resource) = self.resources.find(&defined(&present.value)).cloned() {
            self.delete_all(now, &resource);
        }
        self.end_termination(now, &name);
        marked.unwrap_or(present)
    }

    /// Removes a definition with a `deletionTimestamp`, once its last object is gone.
    pub(super) fn end_termination(&mut self, now: Duration, name: &str) {
        let key = Key::new(None, name);
        let definition = self.store.get(RESOURCE, &key).filter(|definition| is_terminating(&definition.value));
        let Some(definition) = definition.cloned() else { return };
        if self.store.at(&defined(&definition.value), "", None, self.store.revision()).next().is_some() {
            return;
        }
        let finalizers = definition.value.pointer("/metadata/finalizers").and_then(Value::as_array);
        let others: Vec<Value> =
            finalizers.into_iter().flatten().filter(|finalizer| *finalizer != CLEANUP).cloned().collect();
        if others.is_empty() {
            self.undefine(now, &definition);
            self.remove(now, &definition.resource, key);
            return;
        }
        let at = self.timestamp(now);
        self.amend(now, name, |definition| {
            metadata(definition).insert("finalizers".into(), others.into());
            DELETION_COMPLETED.set(definition, &at);
        });
    }

    /// Refuses to create objects of a definition that is being deleted.
    pub(super) fn check_not_terminating(&self, resource: &Resource, name: &str) -> Result<(), Status> {
        let definition = self.store.get(RESOURCE, &Key::new(None, &resource.name()));
        if resource.custom && definition.is_some_and(|definition| is_terminating(&definition.value)) {
            let why = "create not allowed while custom resource definition is terminating";
            return Err(forbidden(resource, name, why));
        }
        Ok(())
    }
}

fn is_terminating(definition: &Value) -> bool {
    is_true(definition, TERMINATING)
}
