//! The kind and the version that a custom resource was written with (`ValidateTypeMeta` of
//! apiextensions-apiserver/pkg/registry/customresource/validator.go). Those of built-in types are decoded instead.

use serde_json::Value;
use watch_core::wire::{Status, StatusCause};

use crate::model::encode::kinds::GroupVersion;
use crate::model::storage::resource::Resource;
use crate::model::validation::errors::internal_error;
use crate::model::validation::field_errors::cause;

/// Returns the errors of the kind and the version.
///
/// # Errors
/// Fails with 500 if there is no version.
pub(crate) fn causes(resource: &Resource, value: &Value) -> Result<Vec<StatusCause>, Status> {
    if !resource.custom {
        return Ok(Vec::new());
    }
    let (kind, version) = given(value);
    if version.version.is_empty() {
        return Err(internal_error("Object 'apiVersion' is missing in 'object has no apiVersion field'"));
    }
    let mut causes = Vec::new();
    for (field, given, own) in
        [("kind", kind, resource.kind.clone()), ("apiVersion", &*version.to_string(), resource.api_version())]
    {
        if given != own {
            causes.push(cause("FieldValueInvalid", format!("Invalid value: {given:?}: must be {own}"), field));
        }
    }
    Ok(causes)
}

/// Returns the resource by which errors name an object: that of the kind and the version which it was written with.
pub(crate) fn written(resource: &Resource, value: &Value) -> Resource {
    if !resource.custom {
        return resource.clone();
    }
    let (kind, version) = given(value);
    Resource { kind: kind.to_owned(), group: version.group.to_owned(), ..resource.clone() }
}

fn given(value: &Value) -> (&str, GroupVersion<'_>) {
    let text = |field| value.get(field).and_then(Value::as_str).unwrap_or_default();
    (text("kind"), GroupVersion::parse(text("apiVersion")).unwrap_or(GroupVersion { group: "", version: "" }))
}
