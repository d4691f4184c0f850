//! What objects say of their owners.

use serde_json::Value;

use crate::model::storage::object::Version;

/// `metadata.ownerReferences`
pub(super) fn owner_references(value: &Value) -> &[Value] {
    value.pointer("/metadata/ownerReferences").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// A text of a reference: `uid`, `name`, `kind`, `apiVersion`.
pub(super) fn text<'a>(reference: &'a Value, field: &str) -> &'a str {
    reference.get(field).and_then(Value::as_str).unwrap_or_default()
}

/// Whether a dependent keeps that owner, if it is deleted in the foreground.
pub(super) fn blocks(dependent: &Version, owner: &str) -> bool {
    let blocks = |reference: &&Value| reference.get("blockOwnerDeletion").and_then(Value::as_bool) == Some(true);
    owner_references(&dependent.value).iter().filter(blocks).any(|reference| text(reference, "uid") == owner)
}
