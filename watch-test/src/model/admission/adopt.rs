//! How what somebody sends becomes an object: what is checked against the path and against the object that is there,
//! what is filled in, what is kept.

use serde_json::{Map, Value};
use watch_core::wire::Status;

use super::meta::{self, invalid};
use super::namespace;
use super::status;
use super::strategy::Strategy;
use crate::model::ApiServer;
use crate::model::crd;
use crate::model::endpoints::list_options::{cause, parse_unsigned};
use crate::model::endpoints::reply::{bad_request, conflict, no_such_resource};
use crate::model::storage::object::Version;
use crate::model::storage::resource::Resource;

impl ApiServer {
    /// Checks that a body is an object of that resource and namespace, and fills in what it leaves out.
    pub(crate) fn adopt(
        &self,
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
            return Err(bad_request(self.unfit(resource, given)));
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

    /// Why something of another kind or version isn't taken (`transformDecodeError` of endpoints/handlers/rest.go).
    fn unfit(&self, resource: &Resource, (kind, api_version): (&str, &str)) -> String {
        let own = &resource.kind;
        if resource.custom && api_version != resource.api_version() {
            let expected = resource.api_version();
            return format!(
                "the API version in the data ({api_version}) does not match the expected API version ({expected})"
            );
        }
        let version = api_version.rsplit('/').next().unwrap_or_default();
        let is_known = |known: &Resource| known.kind == kind && known.api_version() == api_version;
        let why = if self.resources.iter().any(|known| is_known(known)) {
            let group = resource.group.split('.').next().filter(|group| !group.is_empty()).unwrap_or("core");
            format!("converting ({version}.{kind}) to ({group}.{own}): unknown conversion")
        } else {
            format!(
                "no kind {kind:?} is registered for version {api_version:?} in scheme \"pkg/runtime/scheme.go:111\""
            )
        };
        format!("{kind} in version {version:?} cannot be handled as a {own}: {why}")
    }
}

/// An object is called as the path says (`checkName` of endpoints/handlers/rest.go).
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

/// Some resources can be changed only by who says which version of them.
pub(crate) fn check_conditional(resource: &Resource, name: &str, present: &Value, value: &Value) -> Result<(), Status> {
    fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
        value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
    }
    let uid = text(value, "/metadata/uid");
    // Who means another object is refused for that.
    let is_another = !uid.is_empty() && uid != text(present, "/metadata/uid");
    if Strategy::of(resource).updates_unconditionally || is_another || written_version(value)? != 0 {
        return Ok(());
    }
    let message = "Invalid value: 0: must be specified for an update".to_owned();
    // It is said about the resource, not the kind.
    let resource = Resource { kind: resource.plural.clone(), ..resource.clone() };
    Err(invalid(&resource, name, vec![cause("FieldValueInvalid", message, "metadata.resourceVersion")]))
}

/// The version that a writer says an object has; 0 is as if none was said (`APIObjectVersioner.ObjectResourceVersion`,
/// whose error isn't an APIStatus).
fn written_version(value: &Value) -> Result<u64, Status> {
    let version = value.pointer("/metadata/resourceVersion").and_then(Value::as_str).unwrap_or_default();
    if version.is_empty() {
        return Ok(0);
    }
    parse_unsigned(version).map_err(|why| Status::new(500, "", why))
}

/// A new object has no version yet. What can't be read as one is ignored, as etcd's `Create` does
/// (`ErrResourceVersionSetOnCreate` of apiserver/pkg/storage isn't an APIStatus).
pub(crate) fn check_unversioned(value: &Value) -> Result<(), Status> {
    match written_version(value) {
        Ok(0) | Err(_) => Ok(()),
        Ok(_) => Err(Status::new(500, "", "resourceVersion should not be set on objects to be created")),
    }
}

/// Optimistic concurrency: what the writer says about the present object must be true.
pub(crate) fn check(resource: &Resource, name: &str, present: &Version, value: &Value) -> Result<(), Status> {
    check_uid(resource, name, &present.value, value)?;
    let version = written_version(value)?;
    if version != 0 && version != present.revision {
        let why = "the object has been modified; please apply your changes to the latest version and try again";
        return Err(conflict(resource, name, why));
    }
    Ok(())
}

/// Refuses a write that means another object than the one that is there, or one where there is none (`present` is then
/// null).
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

/// Where kube-apiserver keeps an object in etcd.
fn storage_key(resource: &Resource, object: &Value) -> String {
    let text = |pointer| object.pointer(pointer).and_then(Value::as_str).filter(|text| !text.is_empty());
    let group = Some(resource.group.as_str()).filter(|_| resource.custom);
    let place = Strategy::of(resource).stored_at.unwrap_or(&resource.plural);
    let parts = [group, Some(place), text("/metadata/namespace"), text("/metadata/name")];
    parts.into_iter().flatten().fold("/registry".to_owned(), |key, part| key + "/" + part)
}

/// What a write to an object, or to a subresource of it, leaves as it was.
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

/// What a writer can't change.
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

/// Whether something keeps an object that is to be deleted. Namespaces are kept by `spec.finalizers` as well
/// (`ShouldDeleteNamespaceDuringUpdate`).
pub(crate) fn has_finalizers(resource: &Resource, value: &Value) -> bool {
    let has =
        |pointer| value.pointer(pointer).and_then(Value::as_array).is_some_and(|finalizers| !finalizers.is_empty());
    has("/metadata/finalizers") || (resource.name() == "namespaces" && has("/spec/finalizers"))
}

/// `metadata`, made if it isn't there.
pub(crate) fn metadata(value: &mut Value) -> &mut Map<String, Value> {
    if !value.is_object() {
        *value = Value::Object(Map::new());
    }
    let metadata = &mut value["metadata"];
    if !metadata.is_object() {
        *metadata = Value::Object(Map::new());
    }
    match metadata {
        Value::Object(map) => map,
        _ => unreachable!("it was just made an object"),
    }
}
