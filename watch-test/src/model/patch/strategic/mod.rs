//! Strategic merge patches: merge patches in which lists are merged by keys, with directives for other operations
//! (apimachinery/pkg/util/strategicpatch/patch.go, whose functions are named in the comments).

mod elements;
mod list;
mod order;
mod schema;
#[cfg(test)]
mod tests;

use serde_json::{Map, Value};
use watch_core::wire::Status;

use self::list::merge_list;
use self::order::apply_orders;
use self::schema::{Field, Schema};
use crate::model::validation::errors::bad_request;

/// `$patch`: `replace`, `delete` or `merge`.
const DIRECTIVE: &str = "$patch";
/// `$retainKeys`: the only members that stay.
const RETAIN_KEYS: &str = "$retainKeys";
/// `$deleteFromPrimitiveList/FIELD`: the texts to delete from a list.
const DELETE_FROM: &str = "$deleteFromPrimitiveList";
/// `$setElementOrder/FIELD`: the order of a list's elements.
const SET_ORDER: &str = "$setElementOrder";

type Object = Map<String, Value>;

/// Applies a patch to an object with a Go struct of this name.
pub(crate) fn merge(kind: &str, present: &Value, patch: Value) -> Result<Value, Status> {
    let schema = crate::model::encode::json::known_struct(kind).map_or(Schema::Plain, Schema::Struct);
    match (present, patch) {
        (Value::Object(present), Value::Object(patch)) => {
            let mut merged = Value::Object(merge_map(present.clone(), patch, schema)?);
            drop_directives(&mut merged);
            Ok(merged)
        }
        (_, patch) => Ok(patch),
    }
}

/// `mergeMap`
fn merge_map(mut original: Object, mut patch: Object, schema: Schema) -> Result<Object, Status> {
    match patch.get(DIRECTIVE).cloned() {
        None => {}
        Some(directive) if directive == "replace" => {
            patch.remove(DIRECTIVE);
            return Ok(patch);
        }
        Some(directive) if directive == "delete" => return Ok(Object::new()),
        Some(directive) => return Err(unknown_directive(&directive, &Value::Object(patch))),
    }
    retain_keys(&mut original, &mut patch)?;
    apply_orders(&mut original, &mut patch, schema)?;
    for (key, mut value) in patch {
        let deleted = key.strip_prefix(DELETE_FROM).map(|rest| named_by(rest, "primitive list")).transpose()?;
        let is_deletion = deleted.is_some();
        let key = deleted.unwrap_or(&key).to_owned();
        if value.is_null() {
            original.remove(&key);
            continue;
        }
        let merged = match (original.remove(&key), value) {
            (Some(Value::Object(present)), Value::Object(patch)) if !is_deletion => {
                let field = schema.field(&key);
                let merged = if field.is_replaced() { patch } else { merge_map(present, patch, field.schema)? };
                Some(Value::Object(merged))
            }
            (Some(Value::Array(present)), Value::Array(patch)) => {
                Some(Value::Array(merge_lists(present, patch, schema.field(&key), is_deletion)?))
            }
            (present, _) if is_deletion => present,
            (_, added) => {
                value = added;
                discard_nulls(&mut value);
                without_directives(value)
            }
        };
        if let Some(merged) = merged {
            original.insert(key, merged);
        }
    }
    Ok(original)
}

/// `mergeSliceHandler`
fn merge_lists(present: Vec<Value>, patch: Vec<Value>, field: Field, is_deletion: bool) -> Result<Vec<Value>, Status> {
    if field.is_merged() || is_deletion { merge_list(present, patch, field, is_deletion) } else { Ok(patch) }
}

/// `applyRetainKeysDirective`
fn retain_keys(original: &mut Object, patch: &mut Object) -> Result<(), Status> {
    let Some(retained) = patch.remove(RETAIN_KEYS) else { return Ok(()) };
    let bad = || bad_request("invalid patch format of retainKeys");
    let retained = retained.as_array().ok_or_else(bad)?;
    let is_retained = |key: &str| retained.iter().any(|retained| retained == key);
    let is_about_a_list = |key: &str| key.starts_with(DELETE_FROM) || key.starts_with(SET_ORDER);
    if patch.iter().any(|(key, value)| !value.is_null() && !is_about_a_list(key) && !is_retained(key)) {
        return Err(bad());
    }
    original.retain(|key, _| is_retained(key));
    Ok(())
}

/// Returns the field of a directive with a field's name (`extractKey`). `rest` is the text after the directive.
fn named_by<'a>(rest: &'a str, what: &str) -> Result<&'a str, Status> {
    rest.strip_prefix('/').ok_or_else(|| bad_request(format!("invalid patch format of {what}")))
}

/// Removes nulls from new values, where they mean nothing (`discardNullValuesFromPatch`). Lists don't change.
fn discard_nulls(value: &mut Value) {
    if let Value::Object(map) = value {
        map.retain(|_, value| !value.is_null());
        map.values_mut().for_each(discard_nulls);
    }
}

/// Removes the directives from a new value (`removeDirectives`).
fn without_directives(value: Value) -> Option<Value> {
    match value {
        Value::Object(map) if map.contains_key(DIRECTIVE) => None,
        Value::Object(map) => {
            let kept = map.into_iter().filter_map(|(key, value)| Some((key, without_directives(value)?)));
            Some(Value::Object(kept.collect()))
        }
        Value::Array(list) => Some(Value::Array(list.into_iter().filter_map(without_directives).collect())),
        plain => Some(plain),
    }
}

/// Directives in a replaced value are no fields of any struct, so decoding drops them.
fn drop_directives(value: &mut Value) {
    match value {
        Value::Object(map) => {
            let is_directive =
                |key: &str| [DIRECTIVE, RETAIN_KEYS, DELETE_FROM, SET_ORDER].iter().any(|one| key.starts_with(one));
            map.retain(|key, _| !is_directive(key));
            map.values_mut().for_each(drop_directives);
        }
        Value::Array(list) => list.iter_mut().for_each(drop_directives),
        _ => {}
    }
}

/// An error that isn't an APIStatus.
fn failed(message: String) -> Status {
    Status::new(500, "", message)
}

fn unknown_directive(directive: &Value, within: &Value) -> Status {
    failed(format!("unknown patch type: {} in map: {}", in_go(directive), in_go(within)))
}

/// Returns a value as Go's `%v` prints it.
pub(super) fn in_go(value: &Value) -> String {
    match value {
        Value::Null => "<nil>".into(),
        Value::String(text) => text.clone(),
        Value::Array(list) => format!("[{}]", list.iter().map(in_go).collect::<Vec<_>>().join(" ")),
        Value::Object(map) => {
            let members: Vec<String> = map.iter().map(|(key, value)| format!("{key}:{}", in_go(value))).collect();
            format!("map[{}]", members.join(" "))
        }
        other => other.to_string(),
    }
}
