//! The types of fields in Go, with the errors for values of other types.

use serde_json::{Map, Value};

use super::go_errors::found;

/// A type, by the name that the errors of `encoding/json` have.
#[derive(Clone, Copy, Debug)]
pub(crate) enum GoType {
    Text(&'static str),
    /// `v1.Time`, which is read from a text by its own decoder.
    Time,
    Flag,
    /// `int32` or `int64`.
    Integer(&'static str),
    Texts,
    /// `map[string]string`
    Map,
    /// A list whose elements aren't looked at.
    List(&'static str),
    Struct(&'static GoStruct),
    Structs(&'static GoStruct),
}

/// A struct of a package `v1`, as far as it is looked at here.
#[derive(Debug)]
pub(crate) struct GoStruct {
    pub(crate) name: &'static str,
    /// Whether it has `kind` and `apiVersion`, too (`metav1.TypeMeta`).
    pub(crate) is_typed: bool,
    pub(crate) fields: &'static [(&'static str, GoType)],
}

impl GoStruct {
    pub(crate) const fn new(name: &'static str, fields: &'static [(&'static str, GoType)]) -> Self {
        Self { name, is_typed: false, fields }
    }
}

/// Returns the error of `encoding/json` for the fields of a struct, if there is one. The first one counts, in the order
/// of the struct. `path`: the fields that lead to the struct, each with a dot.
pub(crate) fn misfit_in(of: &GoStruct, value: &Map<String, Value>, path: &str) -> Option<String> {
    if of.is_typed {
        for field in ["kind", "apiVersion"] {
            let misfit = |value| misfit(GoType::Text("string"), value, of.name, &format!("{path}TypeMeta.{field}"));
            if let Some(why) = value.get(field).and_then(misfit) {
                return Some(why);
            }
        }
    }
    of.fields
        .iter()
        .find_map(|(field, of_field)| misfit(*of_field, value.get(*field)?, of.name, &format!("{path}{field}")))
}

/// Returns the error of `encoding/json` for a value, if there is one. `within`: the struct with the value; empty if there
/// is none. `path`: the fields that lead to the value. A null is the same as a missing field.
pub(crate) fn misfit(of: GoType, value: &Value, within: &str, path: &str) -> Option<String> {
    let refused = |value: &Value, wanted: &str| {
        let mut found = found(value).to_owned();
        if let (GoType::Integer(_), Value::Number(number)) = (of, value) {
            found = format!("number {number}");
        }
        let place = if within.is_empty() { "Go value".into() } else { format!("Go struct field {within}.{path}") };
        Some(format!("json: cannot unmarshal {found} into {place} of type {wanted}"))
    };
    let is_other = |value: &&Value| !value.is_string() && !value.is_null();
    match (of, value) {
        (_, Value::Null)
        | (GoType::Text(_) | GoType::Time, Value::String(_))
        | (GoType::Flag, Value::Bool(_))
        | (GoType::List(_), Value::Array(_)) => None,
        (GoType::Text(wanted) | GoType::List(wanted), _) => refused(value, wanted),
        (GoType::Time, _) => refused(value, "string"),
        (GoType::Flag, _) => refused(value, "bool"),
        (GoType::Integer(wanted), _) => {
            if fits(wanted, value) {
                None
            } else {
                refused(value, wanted)
            }
        }
        (GoType::Texts, Value::Array(values)) => {
            values.iter().find(is_other).and_then(|other| refused(other, "string"))
        }
        (GoType::Texts, _) => refused(value, "[]string"),
        (GoType::Map, Value::Object(values)) => {
            values.values().find(is_other).and_then(|other| refused(other, "string"))
        }
        (GoType::Map, _) => refused(value, "map[string]string"),
        (GoType::Struct(of), Value::Object(map)) => {
            let path = if path.is_empty() { String::new() } else { format!("{path}.") };
            misfit_in(of, map, &path)
        }
        (GoType::Struct(of), _) => refused(value, &format!("v1.{}", of.name)),
        (GoType::Structs(of), Value::Array(values)) => {
            values.iter().find_map(|value| misfit(GoType::Struct(of), value, within, path))
        }
        (GoType::Structs(of), _) => refused(value, &format!("[]v1.{}", of.name)),
    }
}

/// Returns the error for a value in the result of a strategic merge patch, if there is one (`fromUnstructured` of
/// apimachinery/pkg/runtime/converter.go).
pub(crate) fn unrestorable(of: GoType, value: &Value) -> Option<String> {
    let kind = match value {
        Value::Null => return None,
        Value::Bool(_) => "bool",
        Value::Number(number) if number.is_f64() => "float64",
        Value::Number(_) => "int64",
        Value::String(_) => "string",
        Value::Array(_) => "slice",
        Value::Object(_) => "map",
    };
    let text = |value| unrestorable(GoType::Text("string"), value);
    match (of, value) {
        (GoType::Text(_) | GoType::Time, Value::String(_))
        | (GoType::Flag, Value::Bool(_))
        | (GoType::List(_), Value::Array(_)) => None,
        (GoType::Text(wanted), _) if kind == "int64" => Some(format!("cannot convert int64 to {wanted}")),
        (GoType::Text(_), _) => Some("unrecognized type: string".into()),
        (GoType::Time, _) => Some(format!("json: cannot unmarshal {} into Go value of type string", found(value))),
        (GoType::Flag, _) => Some("unrecognized type: bool".into()),
        (GoType::Integer(wanted), Value::Number(number)) => {
            let is_integral = number.as_f64().is_some_and(|number| number.fract() == 0.0);
            (!is_integral).then(|| format!("cannot convert float64 to {wanted}"))
        }
        (GoType::Integer(wanted), _) => Some(format!("unrecognized type: {wanted}")),
        (GoType::Texts, Value::Array(values)) => values.iter().find_map(text),
        (GoType::Map, Value::Object(values)) => values.values().find_map(text),
        (GoType::Map, _) => Some(format!("cannot restore map from {kind}")),
        (GoType::Struct(of), Value::Object(map)) => of
            .fields
            .iter()
            .find_map(|(field, of_field)| map.get(*field).and_then(|value| unrestorable(*of_field, value))),
        (GoType::Struct(_), _) => Some(format!("cannot restore struct from: {kind}")),
        (GoType::Structs(of), Value::Array(values)) => {
            values.iter().find_map(|value| unrestorable(GoType::Struct(of), value))
        }
        (GoType::Texts | GoType::List(_) | GoType::Structs(_), _) => Some(format!("cannot restore slice from {kind}")),
    }
}

fn fits(wanted: &str, value: &Value) -> bool {
    value.as_i64().is_some_and(|number| wanted == "int64" || i32::try_from(number).is_ok())
}
