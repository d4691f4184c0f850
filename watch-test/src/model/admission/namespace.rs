//! Namespaces: what they have from the beginning, and how they come to their end. What is in them is deleted by a
//! [controller](crate::model::controllers).

use core::time::Duration;
use std::sync::Arc;

use serde_json::{Map, Value, json};
use watch_core::wire::{Status, StatusCause};

use super::adopt::metadata;
use super::deletion::{Deleted, Deletion};
use super::object_meta::STANDARD_FINALIZERS;
use crate::model::ApiServer;
use crate::model::endpoints::list_options::cause;
use crate::model::endpoints::reply::forbidden;
use crate::model::storage::object::{Key, Version};
use crate::model::storage::resource::Resource;
use crate::model::validation::names::qualified;

/// The finalizer in `spec` that stands for the controller.
pub(crate) const KUBERNETES: &str = "kubernetes";

/// A namespace has its name for a label, too (`SetDefaults_Namespace` of core/v1).
pub(crate) fn label(value: &mut Value) {
    let metadata = metadata(value);
    let Some(name) = metadata.get("name").filter(|name| *name != "").cloned() else { return };
    let labels = metadata.entry("labels").or_insert_with(|| json!({}));
    if let Some(labels) = labels.as_object_mut() {
        labels.insert("kubernetes.io/metadata.name".into(), name);
    }
}

/// What every new namespace has (`PrepareForCreate` of registry/core/namespace).
pub(crate) fn fill(value: &mut Value) {
    let mut finalizers = finalizers(value);
    if !finalizers.iter().any(|finalizer| finalizer == KUBERNETES) {
        finalizers.push(KUBERNETES.into());
    }
    value["spec"] = json!({ "finalizers": finalizers });
}

/// Finalizers of namespaces, which is all there is in `spec`, are written by `/finalize` alone.
pub(crate) fn keep_finalizers(present: &Value, value: &mut Value) {
    value["spec"] = present["spec"].clone();
}

/// Go writes the empty struct.
pub(crate) fn tidy(value: &mut Value) {
    if finalizers(value).is_empty() {
        value["spec"] = Value::Object(Map::new());
    }
}

/// The finalizers in `spec`.
pub(crate) fn finalizers(value: &Value) -> Vec<Value> {
    value.pointer("/spec/finalizers").and_then(Value::as_array).cloned().unwrap_or_default()
}

/// What is wrong with them (`ValidateNamespaceFinalizeUpdate`).
pub(crate) fn causes(value: &Value) -> Vec<StatusCause> {
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
pub(crate) fn is_terminating(namespace: &Version) -> bool {
    namespace.text("/status/phase") == "Terminating"
}

impl ApiServer {
    /// Marks a namespace as to be deleted, after which nothing is created in it. One that is marked already and kept by
    /// `spec.finalizers` stays as it is. Returns `None` if it can be deleted now (`Delete` of registry/core/namespace).
    pub(crate) fn terminate_namespace(
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
}
