//! Defaults of a definition, and the fields of its status that only the server writes.

use serde_json::{Value, json};

use super::spec::{storage_version, text, versions};

/// `SetDefaults_CustomResourceDefinitionSpec`, and the fields that Go writes even where they are empty.
pub(super) fn fill(definition: &mut Value) {
    let kind = text(definition, "/spec/names/kind").to_owned();
    let Some(spec) = definition.get_mut("spec").and_then(Value::as_object_mut) else {
        return;
    };
    if let Some(names) = spec.get_mut("names").and_then(Value::as_object_mut)
        && !kind.is_empty()
    {
        names.entry("singular").or_insert_with(|| kind.to_lowercase().into());
        names.entry("listKind").or_insert_with(|| format!("{kind}List").into());
    }
    for version in spec.get_mut("versions").and_then(Value::as_array_mut).into_iter().flatten() {
        if let Some(version) = version.as_object_mut() {
            version.entry("served").or_insert(Value::Bool(false));
            version.entry("storage").or_insert(Value::Bool(false));
        }
    }
    spec.entry("conversion").or_insert_with(|| json!({"strategy": "None"}));
}

/// Sets the status of a new definition (`PrepareForCreate` of registry/customresourcedefinition).
pub(super) fn reset_status(definition: &mut Value) {
    let stored: Vec<&str> = storage_version(definition).map(|version| text(version, "/name")).into_iter().collect();
    definition["status"] =
        json!({"conditions": null, "acceptedNames": {"plural": "", "kind": ""}, "storedVersions": stored});
}

/// Restores the status when the rest of a definition is written; only a new storage version is added
/// (`PrepareForUpdate`).
pub(super) fn keep_status(present: &Value, definition: &mut Value) {
    if !definition.is_object() {
        return;
    }
    let mut status = present["status"].clone();
    let name = storage_version(definition).map(|version| version["name"].clone());
    if let (Some(name), Some(stored)) = (name, status["storedVersions"].as_array_mut())
        && !stored.contains(&name)
    {
        stored.push(name);
    }
    definition["status"] = status;
}

/// Returns the versions that objects may be stored in.
pub(super) fn stored_versions(definition: &Value) -> Vec<&str> {
    let stored = definition.pointer("/status/storedVersions").and_then(Value::as_array);
    stored.into_iter().flatten().filter_map(Value::as_str).collect()
}

/// Returns whether a field is equal in all versions: then the internal type has it once, and errors name it there.
pub(super) fn is_shared(definition: &Value, field: &str) -> bool {
    let mut all = versions(definition).map(|version| version.get(field));
    let first = all.next();
    all.all(|other| Some(other) == first)
}
