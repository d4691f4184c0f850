//! Turns the body of a client into an object.

use serde_json::Value;
use watch_core::wire::Status;

use super::decode::{Origin, decode};
use super::meta::{self, metadata};
use super::namespace;
use crate::model::encode::json::{KeyOrder, to_vec};
use crate::model::storage::resource::Resource;
use crate::model::validation::errors::bad_request;

/// Checks that a value is an object of this resource and namespace, and fills in what is missing.
pub(crate) fn admit(resource: &Resource, namespace: Option<&str>, value: Value) -> Result<Value, Status> {
    complete(resource, namespace, read(resource, value)?)
}

/// Checks that a value is an object of this resource. A missing kind or version is that of the resource.
pub(crate) fn read(resource: &Resource, mut value: Value) -> Result<Value, Status> {
    if !value.is_object() {
        return Err(bad_request("the body of the request is no JSON object"));
    }
    match decode(resource, &mut value, Origin::Method) {
        Ok(decoded) => decoded.check(resource)?,
        Err(why) => return Err(why.refuse(resource, &to_vec(&value, KeyOrder::Sorted))),
    }
    Ok(value)
}

/// Puts an object into the namespace of a request, and removes from its metadata what Go omits.
pub(crate) fn complete(resource: &Resource, namespace: Option<&str>, mut value: Value) -> Result<Value, Status> {
    if resource.name() == "namespaces" {
        namespace::label(&mut value);
        namespace::tidy(&mut value);
    }
    meta::tidy(&mut value);
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
