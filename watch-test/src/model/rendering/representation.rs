//! The representations of objects: complete, metadata only, or rows of a table.

use core::time::Duration;

use serde_json::json;

use super::table::{Frame, Include};
use crate::model::storage::object::Version;

/// The representation that the `as` of an Accept header names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Representation {
    Full,
    /// `PartialObjectMetadata` of `meta.k8s.io/v1`, which even of custom resources is a struct.
    Metadata,
    /// A `Table` of `meta.k8s.io/v1`.
    Table(Include),
}

impl Representation {
    /// Returns a single object. `clock`: the time since 1970.
    pub(crate) fn object(self, object: &Version, clock: Duration) -> Vec<u8> {
        match self {
            Self::Full => object.json().to_vec(),
            Self::Metadata => object.partial(),
            Self::Table(include) => {
                let frame = Frame { resource: &object.resource, now: clock, has_columns: true, include };
                frame.list(json!({ "resourceVersion": object.revision.to_string() }), &[&object.value])
            }
        }
    }
}
