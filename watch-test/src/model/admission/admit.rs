//! Turns the body of a client into an object.

use serde_json::Value;
use watch_core::wire::Status;

use super::meta::{self, metadata};
use super::namespace;
use crate::model::crd;
use crate::model::storage::resource::Resource;
use crate::model::storage::resources::Resources;
use crate::model::validation::errors::bad_request;

/// Checks that a body is an object of this resource and namespace, and fills in what is missing.
pub(crate) fn admit(
    resources: &Resources,
    resource: &Resource,
    namespace: Option<&str>,
    mut value: Value,
) -> Result<Value, Status> {
    let Some(object) = value.as_object_mut() else {
        return Err(bad_request("the body of the request is no JSON object"));
    };
    let text = |field| object.get(field).and_then(Value::as_str).filter(|text| !text.is_empty());
    let (kind, api_version) = (resource.kind.as_str(), resource.api_version());
    let given = (text("kind").unwrap_or(kind), text("apiVersion").unwrap_or(&api_version));
    if given != (kind, &api_version) {
        return Err(bad_request(unfit(resources, resource, given)));
    }
    let kind = kind.to_owned();
    object.insert("kind".into(), kind.into());
    object.insert("apiVersion".into(), api_version.into());
    let mut read = meta::read(resource, &mut value);
    if resource.name() == crd::RESOURCE {
        read = read.and_then(|()| crd::read(&mut value));
    }
    read.map_err(|why| {
        let (kind, version) = (&resource.kind, &resource.version);
        bad_request(format!("{kind} in version {version:?} cannot be handled as a {kind}: {why}"))
    })?;
    if resource.name() == "namespaces" {
        namespace::label(&mut value);
        namespace::tidy(&mut value);
    }
    let metadata = metadata(&mut value);
    let Some(namespace) = namespace else {
        metadata.remove("namespace");
        return Ok(value);
    };
    let given = metadata.get("namespace").and_then(Value::as_str).unwrap_or_default();
    if !given.is_empty() && given != namespace {
        return Err(bad_request(
            "the namespace of the provided object does not match the namespace sent on the request",
        ));
    }
    metadata.insert("namespace".into(), namespace.into());
    Ok(value)
}

/// Returns why an object of another kind or version is refused (`transformDecodeError` of endpoints/handlers/rest.go).
fn unfit(resources: &Resources, resource: &Resource, (kind, api_version): (&str, &str)) -> String {
    let own = &resource.kind;
    if resource.custom && api_version != resource.api_version() {
        let expected = resource.api_version();
        return format!(
            "the API version in the data ({api_version}) does not match the expected API version ({expected})"
        );
    }
    let version = api_version.rsplit('/').next().unwrap_or_default();
    let is_known = |known: &Resource| known.kind == kind && known.api_version() == api_version;
    let why = if resources.iter().any(|known| is_known(known)) {
        let group = resource.group.split('.').next().filter(|group| !group.is_empty()).unwrap_or("core");
        format!("converting ({version}.{kind}) to ({group}.{own}): unknown conversion")
    } else {
        format!("no kind {kind:?} is registered for version {api_version:?} in scheme \"pkg/runtime/scheme.go:111\"")
    };
    format!("{kind} in version {version:?} cannot be handled as a {own}: {why}")
}
