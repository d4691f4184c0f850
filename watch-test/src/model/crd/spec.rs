//! The fields of a definition.

use std::sync::Arc;

use serde_json::Value;

use crate::model::storage::resource::Resource;

/// Returns a text of a definition; empty if it is missing.
pub(super) fn text<'a>(definition: &'a Value, pointer: &str) -> &'a str {
    definition.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// Returns the texts of a list.
pub(super) fn texts<'a>(definition: &'a Value, pointer: &str) -> impl Iterator<Item = &'a str> + use<'a> {
    definition.pointer(pointer).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
}

pub(super) fn versions(definition: &Value) -> impl Iterator<Item = &Value> {
    definition.pointer("/spec/versions").and_then(Value::as_array).into_iter().flatten()
}

pub(super) fn is(version: &Value, field: &str) -> bool {
    version.get(field).and_then(Value::as_bool) == Some(true)
}

/// Returns the (first) version that objects are stored in.
pub(super) fn storage_version(definition: &Value) -> Option<&Value> {
    versions(definition).find(|version| is(version, "storage"))
}

/// Returns the resource of a definition in all its versions, first the one that objects are stored in. The result is
/// empty if no version is served.
pub(crate) fn resources_of(definition: &Value) -> Vec<Arc<Resource>> {
    if !versions(definition).any(|version| is(version, "served")) {
        return Vec::new();
    }
    let mut resources: Vec<_> = versions(definition)
        .filter_map(|version| Some((!is(version, "storage"), resource(definition, version)?)))
        .collect();
    resources.sort_by_key(|(is_other, _)| *is_other);
    resources.into_iter().map(|(_, resource)| Arc::new(resource)).collect()
}

fn resource(definition: &Value, version: &Value) -> Option<Resource> {
    let text = |pointer: &str| text(definition, pointer);
    let texts = |pointer: &str| texts(definition, pointer).map(str::to_owned).collect();
    let name = version.get("name").and_then(Value::as_str)?;
    Some(Resource {
        singular: text("/spec/names/singular").to_owned(),
        list_kind: text("/spec/names/listKind").to_owned(),
        short_names: texts("/spec/names/shortNames"),
        categories: texts("/spec/names/categories"),
        namespaced: text("/spec/scope") != "Cluster",
        is_served: is(version, "served"),
        has_status: version.pointer("/subresources/status").is_some(),
        ..Resource::custom(text("/spec/group"), name, text("/spec/names/plural"), text("/spec/names/kind"))
    })
}
