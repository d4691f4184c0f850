//! `metadata.generation`: the number of changes to the desired state.

use serde_json::Value;

use super::meta::metadata;
use super::strategy::{Generation, Strategy};
use crate::model::storage::resource::Resource;

/// Sets the first generation, if the type has one (`PrepareForCreate`). Otherwise the creator's value stays.
pub(crate) fn begin(resource: &Resource, value: &mut Value) {
    if !matches!(Strategy::of(resource).generation, Generation::Unused | Generation::SpecChanges) {
        metadata(value).insert("generation".into(), 1.into());
    }
}

/// Increments the generation, if a write to the object changes what its type counts (`PrepareForUpdate`). A write to
/// `/status` isn't counted. `value` has the generation of `present`.
pub(crate) fn count(resource: &Resource, present: &Value, value: &mut Value) {
    let counts = match Strategy::of(resource).generation {
        Generation::Unused | Generation::One => false,
        Generation::Spec | Generation::SpecChanges => differs(resource, present, value, "/spec"),
        Generation::SpecAndAnnotations => {
            ["/spec", "/metadata/annotations"].iter().any(|part| differs(resource, present, value, part))
        }
        Generation::Content => content_differs(resource, present, value),
        Generation::ContentAndLabels => {
            content_differs(resource, present, value) || differs(resource, present, value, "/metadata/labels")
        }
    };
    if counts {
        advance(value);
    }
}

/// Increments the generation. This also happens when an object gets a `deletionTimestamp` (`BeforeDelete` of
/// apiserver/pkg/registry/rest).
pub(crate) fn advance(value: &mut Value) {
    let metadata = metadata(value);
    let generation = metadata.get("generation").and_then(Value::as_i64).unwrap_or(0);
    metadata.insert("generation".into(), generation.saturating_add(1).into());
}

fn content_differs(resource: &Resource, present: &Value, value: &Value) -> bool {
    let names = |value: &'_ Value| -> Vec<String> {
        value.as_object().into_iter().flatten().map(|(name, _)| name.clone()).collect()
    };
    let mut names = [names(present), names(value)].concat();
    names.retain(|name| name != "metadata");
    names.iter().any(|name| !is_same(resource, present.get(name), value.get(name)))
}

fn differs(resource: &Resource, present: &Value, value: &Value, pointer: &str) -> bool {
    !is_same(resource, present.pointer(pointer), value.pointer(pointer))
}

/// Returns whether Go treats two values as equal. In a Go type, null, an empty list and a missing value are equal
/// (`apiequality.Semantic`).
fn is_same(resource: &Resource, a: Option<&Value>, b: Option<&Value>) -> bool {
    if resource.custom {
        return a == b;
    }
    let is_nothing = |value: Option<&Value>| match value {
        None | Some(Value::Null) => true,
        Some(Value::Array(items)) => items.is_empty(),
        Some(_) => false,
    };
    match (a, b) {
        _ if is_nothing(a) && is_nothing(b) => true,
        (Some(Value::Object(a)), Some(Value::Object(b))) => {
            let of_a = a.iter().all(|(name, value)| is_same(resource, Some(value), b.get(name)));
            of_a && b.iter().all(|(name, value)| a.contains_key(name) || is_same(resource, None, Some(value)))
        }
        (Some(Value::Array(a)), Some(Value::Array(b))) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| is_same(resource, Some(a), Some(b)))
        }
        _ => a == b,
    }
}
