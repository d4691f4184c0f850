//! Converts messages to the JSON that Go writes of the same structs.

use core::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

use super::Object;
use super::schema::{Kind, Many, Member, Message, message};
use super::wire::{Field, Fields};

/// The deepest nesting of messages. Those of Kubernetes contain themselves only in schemas.
const DEEPEST: usize = 50;

/// The message that is read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reading {
    /// Whether messages are as in Kubernetes 1.37.
    pub(super) is_1_37: bool,
    /// The number of messages that it is within.
    depth: usize,
}

impl Reading {
    pub(super) const fn new(is_1_37: bool) -> Self {
        Self { is_1_37, depth: 0 }
    }
}

/// Reads a message; `None` if it isn't one. Default values are omitted, as by `omitempty`.
pub(super) fn read_message(message: &Message, bytes: &[u8], reading: Reading) -> Option<Object> {
    let mut object = Map::new();
    if reading.depth > DEEPEST {
        return None;
    }
    for field in Fields(bytes) {
        let (number, field) = field?;
        // An unknown field may be of a later version.
        let Some(member) = message.get(number) else { continue };
        match member.many {
            Many::One => {
                let value = read_value(member.kind, field, reading)?;
                match value {
                    Value::Object(members) if member.name == "^" => object.extend(members),
                    value if !member.is_optional && is_zero(&value) => {}
                    value => drop(object.insert(member.name.into(), value)),
                }
            }
            Many::List => {
                let list = object.entry(member.name).or_insert_with(|| Value::Array(Vec::new()));
                list.as_array_mut()?.push(read_value(member.kind, field, reading)?);
            }
            Many::Map => {
                let (key, value) = read_entry(member, field.bytes()?, reading)?;
                let map = object.entry(member.name).or_insert_with(|| Value::Object(Map::new()));
                map.as_object_mut()?.insert(key, value);
            }
        }
    }
    Some(object)
}

/// An entry of a map: a message with a key and a value.
fn read_entry(member: &Member, bytes: &[u8], reading: Reading) -> Option<(String, Value)> {
    let (mut key, mut value) = (String::new(), None);
    for field in Fields(bytes) {
        match field? {
            (1, field) => key = field.text()?,
            (2, field) => value = Some(read_value(member.kind, field, reading)?),
            _ => {}
        }
    }
    Some((key, value.unwrap_or_else(|| String::new().into())))
}

fn read_value(kind: Kind, field: Field<'_>, reading: Reading) -> Option<Value> {
    Some(match kind {
        Kind::Text => field.text()?.into(),
        Kind::Bytes => STANDARD.encode(field.bytes()?).into(),
        Kind::Integer => field.number()?.into(),
        Kind::Double => field.double()?.into(),
        Kind::Truth => (field.number()? != 0).into(),
        Kind::Message("Time") => time(field.bytes()?, false)?,
        Kind::Message("MicroTime") => time(field.bytes()?, true)?,
        // A quantity is its `string`. `IntOrString` is its `int` or its `string`, depending on its type. JSON is
        // copied.
        Kind::Message("Quantity") => part(field.bytes()?, 1)?.text()?.into(),
        Kind::Message("IntOrString") => match part(field.bytes()?, 1)?.number()? {
            0 => part(field.bytes()?, 2)?.number()?.into(),
            _ => part(field.bytes()?, 3)?.text()?.into(),
        },
        Kind::Message("FieldsV1" | "RawExtension") => {
            serde_json::from_slice(part(field.bytes()?, 1)?.bytes()?).unwrap_or(Value::Null)
        }
        Kind::Message(name) => {
            let inner = Reading { depth: reading.depth + 1, ..reading };
            read_message(message(name, reading.is_1_37)?, field.bytes()?, inner)?.into()
        }
    })
}

/// One field of a message.
fn part(bytes: &[u8], wanted: u64) -> Option<Field<'_>> {
    Fields(bytes).flatten().find_map(|(number, field)| (number == wanted).then_some(field))
}

/// Seconds and nanoseconds since 1970, as a date; nothing if there are none.
fn time(bytes: &[u8], with_micros: bool) -> Option<Value> {
    let number = |wanted| part(bytes, wanted).and_then(Field::number).and_then(|number| u64::try_from(number).ok());
    let Some(seconds) = number(1).filter(|seconds| (1..LAST).contains(seconds)) else {
        return Some(Value::Null);
    };
    let nanos = number(2).and_then(|nanos| u32::try_from(nanos).ok()).unwrap_or(0).min(999_999_999);
    let at = std::time::UNIX_EPOCH + Duration::new(seconds, nanos);
    let text = if with_micros { humantime::format_rfc3339_micros(at) } else { humantime::format_rfc3339_seconds(at) };
    Some(text.to_string().into())
}

/// The year 10000.
const LAST: u64 = 253_402_300_800;

fn is_zero(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(truth) => !truth,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty(),
        Value::Array(list) => list.is_empty(),
        Value::Object(members) => members.is_empty(),
    }
}
