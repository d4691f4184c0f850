//! Validates the schema of a version: it must have types (`ValidateStructural` of apiserver/schema).

use serde_json::Value;

use super::causes::Causes;

/// The position of a schema.
#[derive(Clone, Copy)]
enum Level {
    Root,
    Field,
    Item,
}

/// Adds the errors of a version's schema.
pub(super) fn check(schema: &Value, path: &str, causes: &mut Causes) {
    check_at(schema, path, Level::Root, causes);
}

fn check_at(schema: &Value, path: &str, level: Level, causes: &mut Causes) {
    // Such as `additionalProperties: true`.
    if !schema.is_object() {
        return;
    }
    let inside = |part: &str| format!("{path}.{part}");
    for (name, property) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
        check_at(property, &inside(&format!("properties[{name}]")), Level::Field, causes);
    }
    for (part, level) in [("items", Level::Item), ("additionalProperties", Level::Field)] {
        if let Some(part_of_it) = schema.get(part) {
            check_at(part_of_it, &inside(part), level, causes);
        }
    }
    let kind = schema.get("type").and_then(Value::as_str).unwrap_or_default();
    let is_true = |extension: &str| schema.get(extension).and_then(Value::as_bool) == Some(true);
    let is_open = is_true("x-kubernetes-int-or-string") || is_true("x-kubernetes-preserve-unknown-fields");
    match level {
        Level::Root if !kind.is_empty() && kind != "object" => {
            causes.invalid(&inside("type"), format_args!("{kind:?}"), "must be object at the root");
        }
        _ if !kind.is_empty() || is_open => {}
        Level::Root => causes.required(&inside("type"), "must not be empty at the root"),
        Level::Field => causes.required(&inside("type"), "must not be empty for specified object fields"),
        Level::Item => causes.required(&inside("type"), "must not be empty for specified array items"),
    }
}
