//! What stands in a definition.

use serde_json::Value;

use crate::model::resource::Resource;

/// A text of a definition; empty if it isn't there.
pub(super) fn text<'a>(definition: &'a Value, pointer: &str) -> &'a str {
    definition.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// The texts of a list.
pub(super) fn texts<'a>(definition: &'a Value, pointer: &str) -> impl Iterator<Item = &'a str> + use<'a> {
    definition.pointer(pointer).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
}

pub(super) fn versions(definition: &Value) -> impl Iterator<Item = &Value> {
    definition.pointer("/spec/versions").and_then(Value::as_array).into_iter().flatten()
}

pub(super) fn is(version: &Value, field: &str) -> bool {
    version.get(field).and_then(Value::as_bool) == Some(true)
}

/// The (first) version that objects are stored in.
pub(super) fn storage_version(definition: &Value) -> Option<&Value> {
    versions(definition).find(|version| is(version, "storage"))
}

/// What a definition defines: its storage version, if that is served.
pub(super) fn resource_of(definition: &Value) -> Option<Resource> {
    let version = storage_version(definition).filter(|version| is(version, "served"))?;
    let text = |pointer: &str| text(definition, pointer);
    let texts = |pointer: &str| texts(definition, pointer).map(str::to_owned).collect();
    let name = version.get("name").and_then(Value::as_str)?;
    Some(Resource {
        singular: text("/spec/names/singular").to_owned(),
        list_kind: text("/spec/names/listKind").to_owned(),
        short_names: texts("/spec/names/shortNames"),
        categories: texts("/spec/names/categories"),
        namespaced: text("/spec/scope") != "Cluster",
        has_status: version.pointer("/subresources/status").is_some(),
        ..Resource::custom(text("/spec/group"), name, text("/spec/names/plural"), text("/spec/names/kind"))
    })
}
