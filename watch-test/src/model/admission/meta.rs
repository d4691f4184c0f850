//! Checks the types of the fields in written `metadata` (400). `object_meta` checks their values.

use serde_json::{Map, Value};

use crate::model::encode::go_errors::found;
use crate::model::storage::resource::Resource;

/// The type of a field of `ObjectMeta` in Go, as the errors of `encoding/json` name it.
#[derive(Clone, Copy)]
enum MetaType {
    Text(&'static str),
    Integer,
    Texts,
    List(&'static str),
    Map,
}

/// The fields of `ObjectMeta` (apimachinery/pkg/apis/meta/v1/types.go).
const FIELDS: [(&str, MetaType); 15] = [
    ("name", MetaType::Text("string")),
    ("generateName", MetaType::Text("string")),
    ("namespace", MetaType::Text("string")),
    ("selfLink", MetaType::Text("string")),
    ("uid", MetaType::Text("types.UID")),
    ("resourceVersion", MetaType::Text("string")),
    ("generation", MetaType::Integer),
    ("creationTimestamp", MetaType::Text("string")),
    ("deletionTimestamp", MetaType::Text("string")),
    ("deletionGracePeriodSeconds", MetaType::Integer),
    ("labels", MetaType::Map),
    ("annotations", MetaType::Map),
    ("ownerReferences", MetaType::List("[]v1.OwnerReference")),
    ("finalizers", MetaType::Texts),
    ("managedFields", MetaType::List("[]v1.ManagedFieldsEntry")),
];

/// Returns the error of `encoding/json` for the metadata of an object, if there is one. A null is the same as a missing
/// field.
pub(crate) fn read(resource: &Resource, value: &mut Value) -> Result<(), String> {
    let (target, prefix) = if resource.custom {
        ("Go value".to_owned(), "ObjectMeta")
    } else {
        (format!("Go struct field {}.metadata", resource.kind), "ObjectMeta.metadata")
    };
    let metadata = match value.get_mut("metadata") {
        None => return Ok(()),
        Some(Value::Object(metadata)) => metadata,
        Some(null @ Value::Null) => {
            *null = Value::Object(Map::new());
            return Ok(());
        }
        Some(other) => {
            return Err(format!("json: cannot unmarshal {} into {target} of type v1.ObjectMeta", found(other)));
        }
    };
    metadata.retain(|_, value| !value.is_null());
    for (field, kind) in FIELDS {
        let Some(value) = metadata.get(field) else { continue };
        if let Some((value, wanted)) = kind.refuses(value) {
            let found = found(value);
            return Err(format!(
                "json: cannot unmarshal {found} into Go struct field {prefix}.{field} of type {wanted}"
            ));
        }
    }
    if let Some(owners) = metadata.get_mut("ownerReferences").and_then(Value::as_array_mut) {
        read_owners(owners, prefix)?;
    }
    metadata.remove("selfLink");
    // Go omits empty lists and maps.
    metadata.retain(|_, value| !matches!(value, Value::Array(list) if list.is_empty()));
    metadata.retain(|_, value| !matches!(value, Value::Object(map) if map.is_empty()));
    Ok(())
}

/// The fields of `OwnerReference`, in the order in which Go writes them.
pub(crate) const OWNER: [(&str, &str); 6] = [
    ("apiVersion", "string"),
    ("kind", "string"),
    ("name", "string"),
    ("uid", "types.UID"),
    ("controller", "bool"),
    ("blockOwnerDeletion", "bool"),
];

/// Reads owners. Duplicates are removed (`dedupOwnerReferencesAndAddWarning` of endpoints/handlers).
fn read_owners(owners: &mut Vec<Value>, prefix: &str) -> Result<(), String> {
    for owner in owners.iter_mut() {
        if owner.is_null() {
            *owner = Value::Object(Map::new());
        }
        let Some(fields) = owner.as_object_mut() else {
            let found = found(owner);
            return Err(format!(
                "json: cannot unmarshal {found} into Go struct field {prefix}.ownerReferences of type v1.OwnerReference"
            ));
        };
        fields.retain(|_, value| !value.is_null());
        for (field, wanted) in OWNER {
            let Some(value) = fields.get(field) else { continue };
            let fits = if wanted == "bool" { value.is_boolean() } else { value.is_string() };
            if !fits {
                let (found, inner) = (found(value), prefix.strip_prefix("ObjectMeta").unwrap_or_default());
                return Err(format!(
                    "json: cannot unmarshal {found} into Go struct field OwnerReference{inner}.ownerReferences.{field} \
                     of type {wanted}"
                ));
            }
        }
    }
    let mut kept: Vec<Value> = Vec::with_capacity(owners.len());
    for owner in owners.drain(..) {
        if !kept.contains(&owner) {
            kept.push(owner);
        }
    }
    *owners = kept;
    Ok(())
}

impl MetaType {
    /// Returns the value with the wrong type, and the type that it should have.
    fn refuses(self, value: &Value) -> Option<(&Value, &'static str)> {
        let text = |value: &&Value| !value.is_string() && !value.is_null();
        match (self, value) {
            (Self::Text(_), Value::String(_)) | (Self::List(_), Value::Array(_)) => None,
            (Self::Text(name) | Self::List(name), _) => Some((value, name)),
            (Self::Integer, _) => (value.as_i64().is_none()).then_some((value, "int64")),
            (Self::Texts, Value::Array(values)) => values.iter().find(text).map(|value| (value, "string")),
            (Self::Texts, _) => Some((value, "[]string")),
            (Self::Map, Value::Object(values)) => values.values().find(text).map(|value| (value, "string")),
            (Self::Map, _) => Some((value, "map[string]string")),
        }
    }
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
