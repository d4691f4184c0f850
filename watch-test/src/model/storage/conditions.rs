//! `status.conditions` of objects.

use serde_json::{Value, json};

/// Sets a condition. If its status doesn't change, it keeps its `lastTransitionTime`. Returns whether anything changed.
pub(crate) fn set(object: &mut Value, mut condition: Value) -> bool {
    let conditions = &mut object["status"]["conditions"];
    if !conditions.is_array() {
        *conditions = json!([]);
    }
    let Some(conditions) = conditions.as_array_mut() else { return false };
    let Some(present) = conditions.iter_mut().find(|present| present["type"] == condition["type"]) else {
        conditions.push(condition);
        return true;
    };
    if present["status"] == condition["status"] {
        condition["lastTransitionTime"] = present["lastTransitionTime"].clone();
    }
    let changes = *present != condition;
    *present = condition;
    changes
}

/// Returns the first condition of this type.
pub(crate) fn find<'a>(object: &'a Value, kind: &str) -> Option<&'a Value> {
    all(object).iter().find(|condition| condition["type"] == kind)
}

/// Returns whether a condition of this type is true.
pub(crate) fn is_true(object: &Value, kind: &str) -> bool {
    all(object).iter().any(|condition| condition["type"] == kind && condition["status"] == "True")
}

fn all(object: &Value) -> &[Value] {
    object.pointer("/status/conditions").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}
