//! Checks a written object against the path and the present object, and restores fields that a write can't change.

use serde_json::Value;
use watch_core::wire::Status;

use super::meta::metadata;
use super::strategy::Strategy;
use super::{namespace, status};
use crate::model::encode::go_errors::parse_unsigned;
use crate::model::storage::object::Version;
use crate::model::storage::resource::Resource;
use crate::model::validation::errors::{bad_request, conflict, invalid, no_such_resource};
use crate::model::validation::field_errors::cause;

/// Checks that the name is the one of the path (`checkName` of endpoints/handlers/rest.go).
pub(crate) fn check_name(name: &str, value: &Value) -> Result<(), Status> {
    match value.pointer("/metadata/name").and_then(Value::as_str).unwrap_or_default() {
        given if given == name => Ok(()),
        "" => Err(bad_request(format!(
            "the name of the object ({name} based on URL) was undeterminable: name must be provided"
        ))),
        given => {
            Err(bad_request(format!("the name of the object ({given}) does not match the name on the URL ({name})")))
        }
    }
}

/// Checks that there is a resourceVersion, if the resource can be changed only with one.
pub(crate) fn check_conditional(resource: &Resource, name: &str, present: &Value, value: &Value) -> Result<(), Status> {
    fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
        value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
    }
    let uid = text(value, "/metadata/uid");
    // A write with another uid is refused for that reason instead.
    let is_another = !uid.is_empty() && uid != text(present, "/metadata/uid");
    if Strategy::of(resource).updates_unconditionally || is_another || written_version(value)? != 0 {
        return Ok(());
    }
    let message = "Invalid value: 0: must be specified for an update".to_owned();
    // The error names the resource, not the kind.
    let resource = Resource { kind: resource.plural.clone(), ..resource.clone() };
    Err(invalid(&resource, name, vec![cause("FieldValueInvalid", message, "metadata.resourceVersion")]))
}

/// Returns the version in a written object; 0 is the same as none (`APIObjectVersioner.ObjectResourceVersion`, whose
/// error isn't an APIStatus).
fn written_version(value: &Value) -> Result<u64, Status> {
    let version = value.pointer("/metadata/resourceVersion").and_then(Value::as_str).unwrap_or_default();
    if version.is_empty() {
        return Ok(0);
    }
    parse_unsigned(version).map_err(|why| Status::new(500, "", why))
}

/// A new object has no version yet. An invalid version is ignored, as etcd's `Create` does
/// (`ErrResourceVersionSetOnCreate` of apiserver/pkg/storage isn't an APIStatus).
pub(crate) fn check_unversioned(value: &Value) -> Result<(), Status> {
    match written_version(value) {
        Ok(0) | Err(_) => Ok(()),
        Ok(_) => Err(Status::new(500, "", "resourceVersion should not be set on objects to be created")),
    }
}

/// Optimistic concurrency: the version and uid in the written object must be those of the present object.
pub(crate) fn check_version(resource: &Resource, name: &str, present: &Version, value: &Value) -> Result<(), Status> {
    check_uid(resource, name, &present.value, value)?;
    let version = written_version(value)?;
    if version != 0 && version != present.revision {
        let why = "the object has been modified; please apply your changes to the latest version and try again";
        return Err(conflict(resource, name, why));
    }
    Ok(())
}

/// Refuses a write to another object than the present one, or to an object that doesn't exist (`present` is then null).
pub(crate) fn check_uid(resource: &Resource, name: &str, present: &Value, value: &Value) -> Result<(), Status> {
    let text = |value: &Value| {
        value.pointer("/metadata/uid").and_then(Value::as_str).filter(|uid| !uid.is_empty()).map(str::to_owned)
    };
    let (given, own) = (text(value), text(present).unwrap_or_default());
    let Some(given) = given.filter(|given| *given != own) else { return Ok(()) };
    let why = format!(
        "StorageError: invalid object, Code: 4, Key: {}, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: \
         UID in precondition: {given}, UID in object meta: {own}",
        storage_key(resource, value)
    );
    Err(conflict(resource, name, &why))
}

/// Returns the key of an object in kube-apiserver's etcd.
fn storage_key(resource: &Resource, object: &Value) -> String {
    let text = |pointer| object.pointer(pointer).and_then(Value::as_str).filter(|text| !text.is_empty());
    let group = Some(resource.group.as_str()).filter(|_| resource.custom);
    let place = Strategy::of(resource).stored_at.unwrap_or(&resource.plural);
    let parts = [group, Some(place), text("/metadata/namespace"), text("/metadata/name")];
    parts.into_iter().flatten().fold("/registry".to_owned(), |key, part| key + "/" + part)
}

/// Returns the object after a write to it, or to a subresource of it: the other parts are those of `present`.
pub(crate) fn part_of(
    resource: &Resource,
    subresource: Option<&str>,
    present: &Value,
    mut value: Value,
) -> Result<Value, Status> {
    match subresource {
        None => {
            status::keep(resource, present, &mut value);
            if resource.name() == "namespaces" {
                namespace::keep_finalizers(present, &mut value);
            }
            Ok(value)
        }
        Some("status") => Ok(status::write(resource, present, value)),
        Some("finalize") if resource.name() == "namespaces" => {
            status::keep(resource, present, &mut value);
            Ok(value)
        }
        Some(_) => Err(no_such_resource()),
    }
}

/// Restores the fields that a writer can't change.
pub(crate) fn keep_system_fields(present: &Value, value: &mut Value) {
    const KEPT: [&str; 6] = [
        "uid",
        "resourceVersion",
        "generation",
        "creationTimestamp",
        "deletionTimestamp",
        "deletionGracePeriodSeconds",
    ];
    let metadata = metadata(value);
    for field in KEPT {
        match present.get("metadata").and_then(|metadata| metadata.get(field)) {
            Some(kept) => metadata.insert(field.into(), kept.clone()),
            None => metadata.remove(field),
        };
    }
}

/// Returns whether something keeps an object that is being deleted. Namespaces are kept by `spec.finalizers` as well
/// (`ShouldDeleteNamespaceDuringUpdate`).
pub(crate) fn has_finalizers(resource: &Resource, value: &Value) -> bool {
    let has =
        |pointer| value.pointer(pointer).and_then(Value::as_array).is_some_and(|finalizers| !finalizers.is_empty());
    has("/metadata/finalizers") || (resource.name() == "namespaces" && has("/spec/finalizers"))
}
