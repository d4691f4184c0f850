//! The parts of an object that are compared: its key, its version, its content.

use serde_json::Value;
use watch_core::{Object, ResourceVersion};

use crate::check::violation::{Invariant, Violation};

pub(super) fn key_of(object: &Object) -> String {
    format!("{}/{}", object.namespace().unwrap_or_default(), object.name())
}

pub(super) fn broken<T>(invariant: Invariant, message: impl Into<String>) -> Result<T, Violation> {
    Err(Violation::new(invariant, message))
}

pub(super) fn number(version: &ResourceVersion) -> Result<u64, Violation> {
    let text = version.text();
    text.parse().or_else(|_| broken(Invariant::Invention, format!("{text} isn't a version of this server")))
}

pub(super) fn version_of(object: &Value) -> u64 {
    let text = object.get("metadata").and_then(|metadata| metadata.get("resourceVersion")).and_then(Value::as_str);
    text.and_then(|text| text.parse().ok()).unwrap_or_default()
}

pub(super) fn parse(object: &Object) -> Result<Value, Violation> {
    serde_json::from_slice(object.raw()).or_else(|error| broken(Invariant::Invention, format!("{object}: {error}")))
}

/// Returns whether two objects are equal. The version is compared with `version` if one is given.
pub(super) fn same(written: &Value, delivered: &Value, version: Option<u64>, metadata_only: bool) -> bool {
    let has_version = |delivered: &Value| match version {
        Some(version) => {
            delivered.pointer("/metadata/resourceVersion").and_then(Value::as_str) == Some(version.to_string().as_str())
        }
        None => delivered.pointer("/metadata/resourceVersion") == written.pointer("/metadata/resourceVersion"),
    };
    let without_version = |value: &Value| {
        let mut metadata = value.get("metadata").cloned().unwrap_or_default();
        metadata.as_object_mut().map(|metadata| metadata.remove("resourceVersion"));
        metadata
    };
    let same_rest = || match (written.as_object(), delivered.as_object()) {
        (Some(written), Some(delivered)) => {
            written.len() == delivered.len()
                && written.iter().all(|(name, value)| name == "metadata" || delivered.get(name) == Some(value))
        }
        _ => false,
    };
    has_version(delivered) && without_version(written) == without_version(delivered) && (metadata_only || same_rest())
}
