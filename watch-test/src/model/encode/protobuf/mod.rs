//! Objects in protobuf, as client-go and kubectl send those of built-in types. They are only read: a client that sends
//! them also accepts JSON.

mod message;
mod schema;
mod wire;

use serde_json::{Map, Value};

use self::message::{Reading, read_message};
use self::schema::message;
use self::wire::Fields;

/// `application/vnd.kubernetes.protobuf`
pub(crate) const MEDIA_TYPE: &str = "application/vnd.kubernetes.protobuf";

/// The prefix of every object (`protoEncodingPrefix` of runtime/serializer/protobuf).
const PREFIX: &[u8] = b"k8s\0";

/// The reason why an object isn't read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Unread {
    /// The fields of this kind are unknown here.
    UnknownKind,
    /// The text of the error.
    Malformed(String),
}

/// Reads an object in its envelope (`runtime.Unknown`). `kind` is its kind if the envelope has none. `is_1_37`: by the
/// fields of Kubernetes 1.37, not 1.36. A field that isn't known is omitted.
pub(crate) fn read(body: &[u8], kind: &str, is_1_37: bool) -> Result<Value, Unread> {
    let Some(envelope) = body.strip_prefix(PREFIX) else {
        let prefix: Vec<String> = PREFIX.iter().map(u8::to_string).collect();
        return Err(Unread::Malformed(format!(
            "provided data does not appear to be a protobuf message, expected prefix [{}]",
            prefix.join(" ")
        )));
    };
    let malformed = || Unread::Malformed("provided data does not appear to be a protobuf message".to_owned());
    let (mut api_version, mut own_kind, mut raw) = (String::new(), String::new(), &[][..]);
    for field in Fields(envelope) {
        let (number, value) = field.ok_or_else(malformed)?;
        match (number, value.bytes()) {
            (1, Some(type_meta)) => {
                for field in Fields(type_meta) {
                    let (number, value) = field.ok_or_else(malformed)?;
                    let text = value.text().ok_or_else(malformed)?;
                    if number == 1 { api_version = text } else { own_kind = text }
                }
            }
            (2, Some(bytes)) => raw = bytes,
            _ => {}
        }
    }
    let kind = if own_kind.is_empty() { kind.to_owned() } else { own_kind };
    // Two kinds have this name.
    let name = if api_version == "events.k8s.io/v1" && kind == "Event" { "events.Event" } else { &kind };
    let message = message(name, is_1_37).ok_or(Unread::UnknownKind)?;
    let mut object = read_message(message, raw, Reading::new(is_1_37)).ok_or_else(malformed)?;
    let mut about = |field: &str, text: String| (!text.is_empty()).then(|| object.insert(field.into(), text.into()));
    about("apiVersion", api_version);
    about("kind", kind);
    Ok(Value::Object(object))
}

/// The object of a message.
type Object = Map<String, Value>;

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn field(number: u8, value: &[u8]) -> Vec<u8> {
        [&[number << 3 | 2, u8::try_from(value.len()).expect("short")], value].concat()
    }

    fn envelope(api_version: &str, kind: &str, raw: &[u8]) -> Vec<u8> {
        let type_meta = [field(1, api_version.as_bytes()), field(2, kind.as_bytes())].concat();
        [PREFIX.to_vec(), field(1, &type_meta), field(2, raw), field(3, b""), field(4, b"")].concat()
    }

    #[test]
    fn a_config_map_is_read() {
        let label = [field(1, b"a"), field(2, b"b")].concat();
        let time = [8, 0xe6, 0x9b, 0x9d, 0xcb, 6].to_vec();
        let metadata = [field(1, b"m"), field(2, b""), field(8, &time), field(11, &label), field(14, b"x/y")].concat();
        let data = [field(1, b"k"), field(2, "v\u{e9}".as_bytes())].concat();
        let binary = [field(1, b"k"), field(2, &[0xff, 0])].concat();
        let raw = [field(1, &metadata), field(2, &data), field(3, &binary), vec![4 << 3, 0]].concat();
        assert_eq!(
            read(&envelope("v1", "ConfigMap", &raw), "ConfigMap", false),
            Ok(json!({
                "apiVersion": "v1",
                "kind": "ConfigMap",
                "metadata": {
                    "name": "m",
                    "creationTimestamp": "2026-01-14T08:03:50Z",
                    "labels": {"a": "b"},
                    "finalizers": ["x/y"],
                },
                "data": {"k": "vé"},
                "binaryData": {"k": "/wA="},
                "immutable": false,
            }))
        );
    }

    #[test]
    fn any_bytes_are_read_or_refused() {
        assert_eq!(read(&envelope("example.com/v1", "Widget", b""), "Widget", true), Err(Unread::UnknownKind));
        assert!(matches!(read(b"{}", "Pod", true), Err(Unread::Malformed(_))));
        let complete = envelope("v1", "ConfigMap", &field(1, &field(1, b"m")));
        for end in 4..complete.len() {
            // A prefix may be a valid message, so the result isn't checked, only that there is no panic.
            drop(read(&complete[..end], "ConfigMap", true));
        }
        for byte in 0..=255 {
            let raw = vec![byte; 40];
            drop(read(&envelope("v1", "Pod", &raw), "Pod", true));
        }
    }
}
