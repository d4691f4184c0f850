//! The owners and the finalizers in objects.

use serde_json::Value;

use crate::model::storage::object::Version;

/// `metadata.ownerReferences`
pub(crate) fn owner_references(value: &Value) -> &[Value] {
    value.pointer("/metadata/ownerReferences").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// A text of a reference: `uid`, `name`, `kind`, `apiVersion`.
pub(crate) fn text<'a>(reference: &'a Value, field: &str) -> &'a str {
    reference.get(field).and_then(Value::as_str).unwrap_or_default()
}

/// Returns whether a dependent keeps this owner, if the owner is deleted in the foreground.
pub(crate) fn blocks(dependent: &Version, owner: &str) -> bool {
    let blocks = |reference: &&Value| reference.get("blockOwnerDeletion").and_then(Value::as_bool) == Some(true);
    owner_references(&dependent.value).iter().filter(blocks).any(|reference| text(reference, "uid") == owner)
}

/// Returns whether its deletion was requested.
pub(crate) fn is_deleted(value: &Value) -> bool {
    value.pointer("/metadata/deletionTimestamp").is_some()
}

/// Returns whether it has this finalizer.
pub(crate) fn has_finalizer(value: &Value, finalizer: &str) -> bool {
    let finalizers = value.pointer("/metadata/finalizers").and_then(Value::as_array);
    finalizers.is_some_and(|finalizers| finalizers.iter().any(|present| present == finalizer))
}
