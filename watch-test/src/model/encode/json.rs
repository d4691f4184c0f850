//! Objects as JSON, byte for byte as kube-apiserver writes them.
//!
//! Built-in types are Go structs: their fields come in the order of the struct, and maps sorted. Custom resources are
//! maps at every level, so all of their keys are sorted. Both are written by Go's `encoding/json`, which escapes more
//! than it must.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde_json::{Map, Number, Value};

/// The order of an object's keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeyOrder<'a> {
    /// The order of the Go struct with this name, if it is known.
    Struct(&'a str),
    /// Alphabetical, as Go writes maps.
    Sorted,
}

/// Writes a value without white space.
pub(crate) fn write(out: &mut Vec<u8>, value: &Value, order: KeyOrder<'_>) {
    let fields = match order {
        KeyOrder::Struct(kind) => Some(STRUCTS.get(kind).unwrap_or(&UNKNOWN)),
        KeyOrder::Sorted => None,
    };
    write_value(out, value, fields);
}

/// The same, as a buffer of its own.
pub(crate) fn to_vec(value: &Value, order: KeyOrder<'_>) -> Vec<u8> {
    let mut out = Vec::with_capacity(512);
    write(&mut out, value, order);
    out
}

/// Returns the result of a patch, as kube-apiserver shows it. What the patch changed are maps, which are sorted; the rest
/// keeps its order.
pub(crate) fn to_vec_patched(value: &Value, before: &Value, order: KeyOrder<'_>) -> Vec<u8> {
    let KeyOrder::Struct(kind) = order else { return to_vec(value, order) };
    let mut out = Vec::with_capacity(512);
    write_patched(&mut out, value, Some(before), Some(kind));
    out
}

fn write_patched(out: &mut Vec<u8>, value: &Value, before: Option<&Value>, kind: Option<&str>) {
    let Value::Object(map) = value else { return write(out, value, KeyOrder::Sorted) };
    write_members(out, sorted(map), |out, name, value| {
        let before = before.and_then(|before| before.get(name));
        let inner = kind.and_then(|kind| member(kind, name)).map(|(inner, _)| inner);
        match inner {
            Some(inner) if before == Some(value) => write(out, value, KeyOrder::Struct(inner)),
            _ => write_patched(out, value, before, inner),
        }
    });
}

fn write_value(out: &mut Vec<u8>, value: &Value, fields: Option<&Struct>) {
    match value {
        Value::Null => out.extend_from_slice(b"null"),
        Value::Bool(true) => out.extend_from_slice(b"true"),
        Value::Bool(false) => out.extend_from_slice(b"false"),
        Value::Number(number) => write_number(out, number),
        Value::String(text) => write_string(out, text),
        Value::Array(values) => {
            out.push(b'[');
            for (index, value) in values.iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                write_value(out, value, fields);
            }
            out.push(b']');
        }
        Value::Object(map) => write_map(out, map, fields),
    }
}

fn write_map(out: &mut Vec<u8>, map: &Map<String, Value>, fields: Option<&Struct>) {
    let mut members: Vec<(&String, &Value)> = map.iter().collect();
    members.sort_by(|(a, _), (b, _)| match fields {
        Some(Struct { fields, .. }) => {
            let place = |name: &str| fields.get(name).map_or(usize::MAX, |field| field.place);
            place(a).cmp(&place(b)).then_with(|| a.cmp(b))
        }
        None => a.cmp(b),
    });
    write_members(out, members, |out, name, value| {
        let field = fields.and_then(|known| known.fields.get(name));
        match (field, value) {
            // A map whose values are structs.
            (Some(Field { of: Some(inner), is_map: true, .. }), Value::Object(map)) => {
                let fields = STRUCTS.get(inner);
                write_members(out, sorted(map), |out, _, value| write_value(out, value, fields));
            }
            (Some(Field { of: Some(inner), .. }), _) => write_value(out, value, STRUCTS.get(inner)),
            _ => write_value(out, value, None),
        }
    });
}

/// Returns the members of a map in alphabetical order. A feature of serde_json, which another crate may enable, keeps the
/// order of insertion.
fn sorted(map: &Map<String, Value>) -> BTreeMap<&String, &Value> {
    map.iter().collect()
}

/// Writes an object with these members. `write_value` also gets the name of the member.
fn write_members<'a>(
    out: &mut Vec<u8>,
    members: impl IntoIterator<Item = (&'a String, &'a Value)>,
    mut write_value: impl FnMut(&mut Vec<u8>, &str, &'a Value),
) {
    out.push(b'{');
    for (index, (name, value)) in members.into_iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        write_string(out, name);
        out.push(b':');
        write_value(out, name, value);
    }
    out.push(b'}');
}

/// As `encoding/json` does with `SetEscapeHTML(true)`: also `<`, `>`, `&`, U+2028 and U+2029 are escaped.
fn write_string(out: &mut Vec<u8>, text: &str) {
    out.push(b'"');
    let mut plain = 0;
    let bytes = text.as_bytes();
    let mut escape = |out: &mut Vec<u8>, at: usize, len: usize, with: &[u8]| {
        out.extend_from_slice(bytes.get(plain..at).unwrap_or_default());
        out.extend_from_slice(with);
        plain = at + len;
    };
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            b'"' => escape(out, at, 1, b"\\\""),
            b'\\' => escape(out, at, 1, b"\\\\"),
            b'\n' => escape(out, at, 1, b"\\n"),
            b'\r' => escape(out, at, 1, b"\\r"),
            b'\t' => escape(out, at, 1, b"\\t"),
            0x08 => escape(out, at, 1, b"\\b"),
            0x0c => escape(out, at, 1, b"\\f"),
            0..0x20 | b'<' | b'>' | b'&' => escape(out, at, 1, format!("\\u{byte:04x}").as_bytes()),
            // U+2028 and U+2029 are E2 80 A8 and E2 80 A9.
            0xe2 => match bytes.get(at + 1..at + 3) {
                Some([0x80, 0xa8]) => escape(out, at, 3, b"\\u2028"),
                Some([0x80, 0xa9]) => escape(out, at, 3, b"\\u2029"),
                _ => {}
            },
            _ => {}
        }
    }
    out.extend_from_slice(bytes.get(plain..).unwrap_or_default());
    out.push(b'"');
}

/// Escapes the characters in JSON that Go's encoder escapes. They occur in strings only.
pub(crate) fn escape(json: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(json.len());
    for &byte in json {
        match byte {
            b'<' => out.extend_from_slice(b"\\u003c"),
            b'>' => out.extend_from_slice(b"\\u003e"),
            b'&' => out.extend_from_slice(b"\\u0026"),
            _ => out.push(byte),
        }
    }
    out
}

/// Go writes a float without a fraction like an integer (`encoding/json` floatEncoder).
fn write_number(out: &mut Vec<u8>, number: &Number) {
    let text = match number.as_f64() {
        Some(float) if number.is_f64() => {
            let size = float.abs();
            if size != 0.0 && !(1e-6..1e21).contains(&size) {
                let text = format!("{float:e}");
                if text.contains("e-") { text } else { text.replace('e', "e+") }
            } else {
                float.to_string()
            }
        }
        _ => number.to_string(),
    };
    out.extend_from_slice(text.as_bytes());
}

/// The fields of a Go struct, in order.
#[derive(Default)]
struct Struct {
    fields: BTreeMap<&'static str, Field>,
}

struct Field {
    place: usize,
    /// The struct of it (or of each of its elements); `None` for other types.
    of: Option<&'static str>,
    /// Whether it is a map of such structs.
    is_map: bool,
}

/// The structs of k8s.io/api and k8s.io/apiextensions-apiserver v0.36 by name, and those of v0.37 that are new or have
/// more fields. They are read from lists that `.ci/kube/tables` makes by reflection over them: a line a struct, its
/// name, then its fields as `name`, `name:Struct`, or `name:*Struct` for a map.
static STRUCTS: LazyLock<BTreeMap<&'static str, Struct>> = LazyLock::new(|| {
    let struct_of = |line: &'static str| {
        let mut words = line.split(' ');
        let name = words.next()?;
        let fields = words.enumerate().map(|(place, word)| {
            let (name, of) = word.split_once(':').map_or((word, None), |(name, of)| (name, Some(of)));
            let is_map = of.is_some_and(|of| of.starts_with('*'));
            (name, Field { place, of: of.map(|of| of.trim_start_matches('*')), is_map })
        });
        Some((name, Struct { fields: fields.collect() }))
    };
    let lines = include_str!("field_order.txt").lines().chain(include_str!("field_order_1_37.txt").lines());
    lines.filter_map(struct_of).collect()
});

/// Returns the name of a known struct.
pub(crate) fn known_struct(name: &str) -> Option<&'static str> {
    STRUCTS.get_key_value(name).map(|(name, _)| *name)
}

/// Returns the struct of a member, or of its elements, and whether it is a map of such structs; nothing for other
/// members.
pub(crate) fn member(of: &str, name: &str) -> Option<(&'static str, bool)> {
    let field = STRUCTS.get(of)?.fields.get(name)?;
    Some((field.of?, field.is_map))
}

/// The fields that all types have.
static UNKNOWN: LazyLock<Struct> = LazyLock::new(|| {
    let names =
        [("kind", None), ("apiVersion", None), ("metadata", Some("ObjectMeta")), ("spec", None), ("status", None)];
    let field = |(place, (name, of))| (name, Field { place, of, is_map: false });
    Struct { fields: names.into_iter().enumerate().map(field).collect() }
});

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn text(value: &Value, order: KeyOrder<'_>) -> String {
        String::from_utf8(to_vec(value, order)).expect("UTF-8")
    }

    #[test]
    fn built_in_types_have_the_order_of_their_struct() {
        let pod = json!({
            "apiVersion": "v1", "kind": "Pod", "status": {"phase": "Running"},
            "spec": {"restartPolicy": "Always", "containers": [{"image": "i", "name": "c"}], "nodeSelector": {"b": "1", "a": "2"}},
            "metadata": {"labels": {"z": "1", "a": "2"}, "uid": "u", "namespace": "default", "name": "p"},
        });
        assert_eq!(
            text(&pod, KeyOrder::Struct("Pod")),
            r#"{"kind":"Pod","apiVersion":"v1","metadata":{"name":"p","namespace":"default","uid":"u","labels":{"a":"2","z":"1"}},"spec":{"containers":[{"name":"c","image":"i"}],"restartPolicy":"Always","nodeSelector":{"a":"2","b":"1"}},"status":{"phase":"Running"}}"#
        );
    }

    #[test]
    fn custom_resources_are_sorted() {
        let widget = json!({"kind": "Widget", "spec": {"b": 1, "a": 2}, "apiVersion": "example.com/v1"});
        assert_eq!(
            text(&widget, KeyOrder::Sorted),
            r#"{"apiVersion":"example.com/v1","kind":"Widget","spec":{"a":2,"b":1}}"#
        );
    }

    #[test]
    fn strings_are_escaped_as_go_does() {
        let value = json!("<a>&\u{2028}\u{2029}☃\u{1}\n\u{8}\u{7f}");
        assert_eq!(text(&value, KeyOrder::Sorted), "\"\\u003ca\\u003e\\u0026\\u2028\\u2029☃\\u0001\\n\\b\u{7f}\"");
    }

    #[test]
    fn floats_are_written_as_go_does() {
        let text = |number: f64| text(&json!(number), KeyOrder::Sorted);
        assert_eq!([text(1.0), text(1.5), text(1e21), text(1e-7), text(-0.5)], ["1", "1.5", "1e+21", "1e-7", "-0.5"]);
    }
}
