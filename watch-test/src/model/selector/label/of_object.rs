//! Selectors in objects: `LabelSelector` of meta/v1, and the plain maps of older types.

use std::collections::BTreeMap;

use serde_json::Value;

/// Returns a selector of an object as a text (`LabelSelectorAsSelector`, `labels.Selector.String`). It is empty if it
/// selects nothing or everything.
pub(crate) fn text_of(selector: &Value) -> String {
    // Sorted by key, as in Go.
    let mut terms: BTreeMap<(&str, usize), String> = BTreeMap::new();
    let is_struct = selector.get("matchLabels").is_some() || selector.get("matchExpressions").is_some();
    let labels = if is_struct { selector.get("matchLabels") } else { Some(selector) };
    for (key, value) in labels.and_then(Value::as_object).into_iter().flatten() {
        terms.insert((key, 0), format!("{key}={}", value.as_str().unwrap_or_default()));
    }
    let expressions = selector.get("matchExpressions").and_then(Value::as_array);
    for (index, expression) in expressions.into_iter().flatten().enumerate() {
        let text = |field: &str| expression.get(field).and_then(Value::as_str).unwrap_or_default();
        let values = expression.get("values").and_then(Value::as_array);
        let mut values: Vec<&str> = values.into_iter().flatten().filter_map(Value::as_str).collect();
        values.sort_unstable();
        let (key, values) = (text("key"), values.join(","));
        let term = match text("operator") {
            "In" => format!("{key} in ({values})"),
            "NotIn" => format!("{key} notin ({values})"),
            "Exists" => key.to_owned(),
            "DoesNotExist" => format!("!{key}"),
            _ => continue,
        };
        terms.insert((key, index + 1), term);
    }
    terms.into_values().collect::<Vec<_>>().join(",")
}
