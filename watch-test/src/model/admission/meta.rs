//! `metadata`: the types of its fields. `object_meta` checks their values.

use serde_json::{Map, Value};

use crate::model::encode::go_types::{GoStruct, GoType};

/// `ObjectMeta` of apimachinery/pkg/apis/meta/v1.
pub(crate) static OBJECT_META: GoStruct = GoStruct::new(
    "ObjectMeta",
    &[
        ("name", GoType::Text("string")),
        ("generateName", GoType::Text("string")),
        ("namespace", GoType::Text("string")),
        ("selfLink", GoType::Text("string")),
        ("uid", GoType::Text("types.UID")),
        ("resourceVersion", GoType::Text("string")),
        ("generation", GoType::Integer("int64")),
        ("creationTimestamp", GoType::Time),
        ("deletionTimestamp", GoType::Time),
        ("deletionGracePeriodSeconds", GoType::Integer("int64")),
        ("labels", GoType::Map),
        ("annotations", GoType::Map),
        ("ownerReferences", GoType::Structs(&OWNER)),
        ("finalizers", GoType::Texts),
        ("managedFields", GoType::List("[]v1.ManagedFieldsEntry")),
    ],
);

/// `OwnerReference`. The fields are in the order in which Go writes them.
pub(crate) static OWNER: GoStruct = GoStruct::new(
    "OwnerReference",
    &[
        ("apiVersion", GoType::Text("string")),
        ("kind", GoType::Text("string")),
        ("name", GoType::Text("string")),
        ("uid", GoType::Text("types.UID")),
        ("controller", GoType::Flag),
        ("blockOwnerDeletion", GoType::Flag),
    ],
);

/// Removes what Go omits from metadata whose types are right: nulls, empty lists and maps, and duplicate owners.
pub(crate) fn tidy(value: &mut Value) {
    let metadata = match value.get_mut("metadata") {
        None => return,
        Some(Value::Object(metadata)) => metadata,
        Some(other) => {
            *other = Value::Object(Map::new());
            return;
        }
    };
    metadata.retain(|_, value| !value.is_null());
    if let Some(owners) = metadata.get_mut("ownerReferences").and_then(Value::as_array_mut) {
        tidy_owners(owners);
    }
    metadata.remove("selfLink");
    metadata.retain(|_, value| !matches!(value, Value::Array(list) if list.is_empty()));
    metadata.retain(|_, value| !matches!(value, Value::Object(map) if map.is_empty()));
}

/// `dedupOwnerReferencesAndAddWarning` of endpoints/handlers
fn tidy_owners(owners: &mut Vec<Value>) {
    let mut kept: Vec<Value> = Vec::with_capacity(owners.len());
    for mut owner in owners.drain(..) {
        match &mut owner {
            Value::Object(fields) => fields.retain(|_, value| !value.is_null()),
            other => *other = Value::Object(Map::new()),
        }
        if !kept.contains(&owner) {
            kept.push(owner);
        }
    }
    *owners = kept;
}

/// The finalizers with a name of one part.
pub(crate) const STANDARD_FINALIZERS: [&str; 3] = ["kubernetes", "orphan", "foregroundDeletion"];

/// Returns `metadata`, and creates it if it is missing.
pub(crate) fn metadata(value: &mut Value) -> &mut Map<String, Value> {
    if !value.is_object() {
        *value = Value::Object(Map::new());
    }
    let metadata = &mut value["metadata"];
    if !metadata.is_object() {
        *metadata = Value::Object(Map::new());
    }
    match metadata {
        Value::Object(map) => map,
        _ => unreachable!("it was just made an object"),
    }
}
