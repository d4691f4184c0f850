//! In which shape objects are sent: whole, their metadata only, or as rows of a table.

use serde_json::{Value, json};

use super::json::{KeyOrder, to_vec};
use super::object::Version;

/// What the `as` of an Accept header asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Representation {
    Whole,
    /// `PartialObjectMetadata` of `meta.k8s.io/v1`, which even of custom resources is a struct.
    Metadata,
}

impl Representation {
    /// One object alone or in an event.
    pub(crate) fn object(self, object: &Version) -> Vec<u8> {
        match self {
            Self::Whole => object.json().to_vec(),
            Self::Metadata => to_vec(&partial(object), KeyOrder::Struct("")),
        }
    }
}

/// An object with nothing but its metadata.
pub(crate) fn partial(object: &Version) -> Value {
    json!({
        "kind": "PartialObjectMetadata",
        "apiVersion": "meta.k8s.io/v1",
        "metadata": object.value.get("metadata").unwrap_or(&Value::Null),
    })
}
