//! Namespaces: what they have from the beginning, and how they come to their end. What is in them is deleted by a
//! [controller](super::controllers).

use core::time::Duration;
use std::sync::Arc;

use serde_json::{Map, Value, json};
use watch_core::wire::{Status, StatusCause};

use super::ApiServer;
use super::adopt::metadata;
use super::deletion::{Deleted, Deletion};
use super::meta::STANDARD_FINALIZERS;
use super::names::qualified;
use super::object::{Key, Version};
use super::reply::{conflict, forbidden};
use super::resource::Resource;
use super::validate::cause;
use super::write::Preconditions;

/// The finalizer in `spec` that stands for the controller.
pub(super) const KUBERNETES: &str = "kubernetes";

/// What every new namespace has (`PrepareForCreate` of registry/core/namespace).
pub(super) fn fill(value: &mut Value, name: &str) {
    label(value, name);
    let mut finalizers = finalizers(value);
    if !finalizers.iter().any(|finalizer| finalizer == KUBERNETES) {
        finalizers.push(KUBERNETES.into());
    }
    value["spec"] = json!({ "finalizers": finalizers });
    value["status"] = json!({"phase": "Active"});
}

/// What a write to a namespace can't change: its finalizers are written by `/finalize` alone, which writes no status.
pub(super) fn keep(present: &Value, value: &mut Value, is_finalizing: bool) {
    let kept: &[&str] = if is_finalizing { &["status"] } else { &["spec", "status"] };
    for field in kept {
        value[*field] = present[*field].clone();
    }
    // Go writes the empty struct.
    if !value["spec"].is_object() {
        value["spec"] = Value::Object(Map::new());
    }
    if finalizers(value).is_empty() {
        value["spec"] = Value::Object(Map::new());
    }
    let name = present.pointer("/metadata/name").and_then(Value::as_str).unwrap_or_default();
    label(value, name);
}

fn label(value: &mut Value, name: &str) {
    let labels = metadata(value).entry("labels").or_insert_with(|| json!({}));
    if let Some(labels) = labels.as_object_mut() {
        labels.insert("kubernetes.io/metadata.name".into(), name.into());
    }
}

/// The finalizers in `spec`.
pub(super) fn finalizers(value: &Value) -> Vec<Value> {
    value.pointer("/spec/finalizers").and_then(Value::as_array).cloned().unwrap_or_default()
}

/// What is wrong with them (`ValidateNamespaceFinalizeUpdate`).
pub(super) fn causes(value: &Value) -> Vec<StatusCause> {
    let mut causes = Vec::new();
    for (index, finalizer) in finalizers(value).iter().enumerate() {
        let finalizer = finalizer.as_str().unwrap_or_default();
        let mut why = qualified(finalizer);
        if why.is_empty() && !finalizer.contains('/') && !STANDARD_FINALIZERS.contains(&finalizer) {
            why.push("name is neither a standard finalizer name nor is it fully qualified".to_owned());
        }
        causes.extend(why.into_iter().map(|why| {
            let field = format!("spec.finalizers[{index}]");
            cause("FieldValueInvalid", format!("Invalid value: {finalizer:?}: {why}"), &field)
        }));
    }
    causes
}

/// Whether its deletion was requested.
pub(super) fn is_terminating(namespace: &Version) -> bool {
    namespace.text("/status/phase") == "Terminating"
}

impl ApiServer {
    /// Marks a namespace as to be deleted, after which nothing is created in it. One that is marked already and kept by
    /// `spec.finalizers` stays as it is. Returns `None` if it can be deleted now (`Delete` of registry/core/namespace).
    pub(super) fn terminate_namespace(
        &mut self,
        now: Duration,
        present: &Arc<Version>,
        deletion: &Deletion,
    ) -> Option<Deleted> {
        if present.value.pointer("/metadata/deletionTimestamp").is_some() {
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
        let key = Key::new(None, present.text("/metadata/name"));
        Some(Deleted { object: self.put(now, &present.resource, key, value), is_gone: false })
    }

    /// Nothing is created in a namespace that is to go (`Admit` of admission/plugin/namespace/lifecycle).
    pub(super) fn check_namespace_lives(
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
}

/// The preconditions of deleting a namespace, which are refused in other words than those of other objects.
pub(super) fn check_preconditions(preconditions: &Preconditions, present: &Version) -> Result<(), Status> {
    let refuse = |what: &str, wanted: &str, is: &str| {
        let why = format!("Precondition failed: {what} in precondition: {wanted}, {what} in object meta: {is}");
        Err(conflict(&present.resource, present.text("/metadata/name"), &why))
    };
    if let Some(uid) = preconditions.uid.as_deref().filter(|uid| *uid != present.uid()) {
        return refuse("UID", uid, present.uid());
    }
    let revision = present.revision.to_string();
    if let Some(version) = preconditions.resource_version.as_deref().filter(|version| *version != revision) {
        return refuse("ResourceVersion", version, &revision);
    }
    Ok(())
}
