//! The initial fields of namespaces, and their finalizers.

use serde_json::{Map, Value, json};
use watch_core::wire::StatusCause;

use super::meta::{STANDARD_FINALIZERS, metadata};
use crate::model::storage::object::Version;
use crate::model::validation::field_errors::cause;
use crate::model::validation::names::qualified;

/// The controller's finalizer in `spec`.
pub(crate) const KUBERNETES: &str = "kubernetes";

/// Adds the name of a namespace as a label (`SetDefaults_Namespace` of core/v1).
pub(crate) fn label(value: &mut Value) {
    let metadata = metadata(value);
    let Some(name) = metadata.get("name").filter(|name| *name != "").cloned() else { return };
    let labels = metadata.entry("labels").or_insert_with(|| json!({}));
    if let Some(labels) = labels.as_object_mut() {
        labels.insert("kubernetes.io/metadata.name".into(), name);
    }
}

/// Sets the fields of a new namespace (`PrepareForCreate` of registry/core/namespace).
pub(crate) fn fill(value: &mut Value) {
    let mut finalizers = finalizers(value);
    if !finalizers.iter().any(|finalizer| finalizer == KUBERNETES) {
        finalizers.push(KUBERNETES.into());
    }
    value["spec"] = json!({ "finalizers": finalizers });
}

/// Restores the finalizers of namespaces, the only field of `spec`. Only `/finalize` writes them.
pub(crate) fn keep_finalizers(present: &Value, value: &mut Value) {
    value["spec"] = present["spec"].clone();
}

/// Go writes the empty struct.
pub(crate) fn tidy(value: &mut Value) {
    if finalizers(value).is_empty() {
        value["spec"] = Value::Object(Map::new());
    }
}

/// Returns the finalizers in `spec`.
pub(crate) fn finalizers(value: &Value) -> Vec<Value> {
    value.pointer("/spec/finalizers").and_then(Value::as_array).cloned().unwrap_or_default()
}

/// Returns the errors of the finalizers (`ValidateNamespaceFinalizeUpdate`).
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

/// Returns whether its deletion was requested.
pub(crate) fn is_terminating(namespace: &Version) -> bool {
    namespace.text("/status/phase") == "Terminating"
}
