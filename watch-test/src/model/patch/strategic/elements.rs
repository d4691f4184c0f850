//! The elements of lists.

use serde_json::Value;
use watch_core::wire::Status;

use super::{failed, in_go};

/// Returns whether the elements are structs; all are of one type (`sliceElementType`).
pub(super) fn is_list_of_maps(present: &[Value], patch: &[Value]) -> Result<bool, Status> {
    let mut all = present.iter().chain(patch).map(kind_of);
    let first = all.next();
    if first == Some(Element::List) {
        return Err(Status::new(422, "Invalid", "lists of lists are not supported"));
    }
    if all.any(|other| Some(other) != first) {
        let lists = Value::from(vec![present.to_vec(), patch.to_vec()]);
        return Err(failed(format!("list element types are not identical: {}", in_go(&lists))));
    }
    Ok(first == Some(Element::Map))
}

/// The Go type of a JSON value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Element {
    Nothing,
    Bool,
    Integer,
    Float,
    Text,
    List,
    Map,
}

fn kind_of(value: &Value) -> Element {
    match value {
        Value::Null => Element::Nothing,
        Value::Bool(_) => Element::Bool,
        Value::Number(number) if number.is_f64() => Element::Float,
        Value::Number(_) => Element::Integer,
        Value::String(_) => Element::Text,
        Value::Array(_) => Element::List,
        Value::Object(_) => Element::Map,
    }
}

pub(super) fn no_merge_key(element: &Value, key: &str) -> Status {
    failed(format!("map: {} does not contain declared merge key: {key}", in_go(element)))
}
