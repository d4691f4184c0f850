//! Serialises the outputs of a watcher as JSON.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::string::String;

use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

use crate::io::output::Output;
use crate::io::request::{Request, RequestId, RequestKind};
use crate::wire::object::Object;

/// An output always serialises.
///
/// A trace has one entry a line, and the JSON of an object may have line breaks between its tokens, as a server writes
/// it. Spaces take the place of these line breaks. (JSON allows no line break within a string.)
pub(super) fn output(output: &Output) -> Option<Box<RawValue>> {
    let output = serde_json::value::to_raw_value(output).ok()?;
    if !output.get().contains(['\n', '\r']) {
        return Some(output);
    }
    RawValue::from_string(output.get().replace(['\n', '\r'], " ")).ok()
}

impl Serialize for Object {
    /// Serialises the JSON of the object, unchanged. This works only with the format JSON. Without the full check
    /// ([`JsonCheck`](crate::JsonCheck)), the inside of an object may not be JSON. Then the object becomes a string
    /// with its bytes.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match serde_json::from_slice::<&RawValue>(self.raw()) {
            Ok(raw) => raw.serialize(serializer),
            Err(_) => String::from_utf8_lossy(self.raw()).serialize(serializer),
        }
    }
}

impl Serialize for Request {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct WrittenRequest<'a> {
            id: RequestId,
            kind: RequestKind,
            uri: &'a str,
            headers: BTreeMap<&'a str, &'a str>,
            refresh_credentials: bool,
        }
        WrittenRequest {
            id: self.id,
            kind: self.kind,
            uri: self.uri(),
            headers: self.headers().collect(),
            refresh_credentials: self.refresh_credentials,
        }
        .serialize(serializer)
    }
}
