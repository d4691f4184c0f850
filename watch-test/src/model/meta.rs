//! `metadata` of what is written: whether its fields are of their types (400), and say what may be said (422).

use serde_json::{Map, Value};
use watch_core::wire::{Status, StatusCause};

use super::crd;
use super::go::found;
use super::names::{Name, label_value, qualified};
use super::namespace;
use super::resource::Resource;
use super::validate::{cause, sentences};

/// What a field of `ObjectMeta` is in Go, as `encoding/json` calls it in its errors.
#[derive(Clone, Copy)]
enum Type {
    Text(&'static str),
    Whole,
    Texts,
    List(&'static str),
    Map,
}

/// The fields of `ObjectMeta` (apimachinery/pkg/apis/meta/v1/types.go).
const FIELDS: [(&str, Type); 15] = [
    ("name", Type::Text("string")),
    ("generateName", Type::Text("string")),
    ("namespace", Type::Text("string")),
    ("selfLink", Type::Text("string")),
    ("uid", Type::Text("types.UID")),
    ("resourceVersion", Type::Text("string")),
    ("generation", Type::Whole),
    ("creationTimestamp", Type::Text("string")),
    ("deletionTimestamp", Type::Text("string")),
    ("deletionGracePeriodSeconds", Type::Whole),
    ("labels", Type::Map),
    ("annotations", Type::Map),
    ("ownerReferences", Type::List("[]v1.OwnerReference")),
    ("finalizers", Type::Texts),
    ("managedFields", Type::List("[]v1.ManagedFieldsEntry")),
];

/// What `encoding/json` has against the metadata of an object, if something. What is null there is as if left out.
pub(super) fn read(resource: &Resource, value: &mut Value) -> Result<(), String> {
    let (whole, prefix) = if resource.custom {
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
            return Err(format!("json: cannot unmarshal {} into {whole} of type v1.ObjectMeta", found(other)));
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
    metadata.remove("selfLink");
    // Go leaves empty lists and maps out.
    metadata.retain(|_, value| !matches!(value, Value::Array(list) if list.is_empty()));
    metadata.retain(|_, value| !matches!(value, Value::Object(map) if map.is_empty()));
    Ok(())
}

impl Type {
    /// The value that isn't of the type, and the type it isn't of.
    fn refuses(self, value: &Value) -> Option<(&Value, &'static str)> {
        let text = |value: &&Value| !value.is_string() && !value.is_null();
        match (self, value) {
            (Self::Text(_), Value::String(_)) | (Self::List(_), Value::Array(_)) => None,
            (Self::Text(name) | Self::List(name), _) => Some((value, name)),
            (Self::Whole, _) => (value.as_i64().is_none()).then_some((value, "int64")),
            (Self::Texts, Value::Array(values)) => values.iter().find(text).map(|value| (value, "string")),
            (Self::Texts, _) => Some((value, "[]string")),
            (Self::Map, Value::Object(values)) => values.values().find(text).map(|value| (value, "string")),
            (Self::Map, _) => Some((value, "map[string]string")),
        }
    }
}

/// Refuses an object whose metadata say what can't be (`ValidateObjectMeta` of apimachinery/pkg/api/validation). The
/// name of one that is there already isn't looked at again.
pub(super) fn validate(resource: &Resource, value: &Value, present: Option<&Value>) -> Result<(), Status> {
    let is_new = present.is_none();
    let text = |pointer| value.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let (name, prefix) = (text("/metadata/name"), text("/metadata/generateName"));
    let mut causes = Vec::new();
    let mut wrong = |field: &str, value: &str, why: Vec<String>| {
        causes.extend(
            why.into_iter().map(|why| cause("FieldValueInvalid", format!("Invalid value: {value:?}: {why}"), field)),
        );
    };
    if is_new {
        let rule = Name::of(resource);
        if !prefix.is_empty() {
            wrong("metadata.generateName", prefix, rule.against_prefix(prefix));
        }
        if !name.is_empty() {
            let mut why = rule.against(name);
            if resource.name() == crd::RESOURCE && name != crd::defined(value) {
                why.push("must be spec.names.plural+\".\"+spec.group".into());
            }
            wrong("metadata.name", name, why);
        }
    }
    for (key, value) in members(value, "labels") {
        wrong("metadata.labels", key, qualified(key));
        let value = value.as_str().unwrap_or_default();
        wrong("metadata.labels", value, label_value(value));
    }
    for (key, _) in members(value, "annotations") {
        wrong("metadata.annotations", key, qualified(&key.to_lowercase()));
    }
    let finalizers = value.pointer("/metadata/finalizers").and_then(Value::as_array);
    for (index, finalizer) in finalizers.into_iter().flatten().filter_map(Value::as_str).enumerate() {
        let why = qualified(finalizer);
        // `ValidateFinalizerName`, and then `validateKubeFinalizerName`.
        if why.is_empty() && !finalizer.contains('/') && !STANDARD_FINALIZERS.contains(&finalizer) {
            let why = "name is neither a standard finalizer name nor is it fully qualified";
            wrong(&format!("metadata.finalizers[{index}]"), finalizer, vec![why.into()]);
        }
        wrong("metadata.finalizers", finalizer, why);
    }
    if let Some(added) = present.and_then(|present| added_too_late(present, value)) {
        let message = format!(
            "Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers {added}"
        );
        // It is said twice.
        causes.extend([0, 1].map(|_| cause("FieldValueForbidden", message.clone(), "metadata.finalizers")));
    }
    if is_new && name.is_empty() && prefix.is_empty() {
        let required = "Required value: name or generateName is required";
        causes.insert(0, cause("FieldValueRequired", required.into(), "metadata.name"));
    }
    if resource.name() == crd::RESOURCE {
        causes.extend(crd::causes(value, present));
    }
    if resource.name() == "namespaces" {
        causes.extend(namespace::causes(value));
    }
    if causes.is_empty() { Ok(()) } else { Err(invalid(resource, name, causes)) }
}

/// The finalizers that somebody adds to an object that is to go, as Go shows them.
fn added_too_late(present: &Value, value: &Value) -> Option<String> {
    present.pointer("/metadata/deletionTimestamp")?;
    let finalizers = |value: &Value| -> Vec<Value> {
        value.pointer("/metadata/finalizers").and_then(Value::as_array).cloned().unwrap_or_default()
    };
    let before = finalizers(present);
    let added: Vec<String> =
        finalizers(value).iter().filter(|added| !before.contains(added)).map(ToString::to_string).collect();
    (!added.is_empty()).then(|| format!("[]string{{{}}}", added.join(", ")))
}

/// Those that have a name of one part.
pub(super) const STANDARD_FINALIZERS: [&str; 3] = ["kubernetes", "orphan", "foregroundDeletion"];

fn members<'a>(value: &'a Value, field: &str) -> impl Iterator<Item = (&'a String, &'a Value)> + use<'a> {
    let map = value.get("metadata").and_then(|metadata| metadata.get(field)).and_then(Value::as_object);
    map.into_iter().flatten()
}

/// `NewInvalid` of apimachinery/pkg/api/errors.
pub(super) fn invalid(resource: &Resource, name: &str, causes: Vec<StatusCause>) -> Status {
    let sentences = sentences(&causes);
    let dot = if resource.group.is_empty() { "" } else { "." };
    let kind = format!("{}{dot}{}", resource.kind, resource.group);
    let mut status = Status::new(422, "Invalid", format!("{kind} {name:?} is invalid: {sentences}"));
    status.details.name = name.into();
    status.details.group.clone_from(&resource.group);
    status.details.kind.clone_from(&resource.kind);
    status.details.causes = causes;
    status
}
