//! How what somebody sends becomes an object: what is checked against the path and against the object that is there,
//! what is filled in, what is kept.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use watch_core::wire::Status;

use super::ApiServer;
use super::crd;
use super::meta::{self, invalid};
use super::namespace;
use super::object::Version;
use super::reply::{bad_request, conflict, no_such_resource};
use super::resource::Resource;
use super::validate::cause;

impl ApiServer {
    /// Checks that a body is an object of that resource and namespace, and fills in what it leaves out.
    pub(super) fn adopt(
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
pub(super) fn check_name(name: &str, value: &Value) -> Result<(), Status> {
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

/// Some resources can be replaced only by who says which version of them (`AllowUnconditionalUpdate`).
pub(super) fn check_conditional(resource: &Resource, name: &str, present: &Value, value: &Value) -> Result<(), Status> {
    fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
        value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
    }
    let (version, uid) = (text(value, "/metadata/resourceVersion"), text(value, "/metadata/uid"));
    // Who means another object is told that instead.
    let is_another = !uid.is_empty() && uid != text(present, "/metadata/uid");
    let is_free = !resource.custom && !matches!(resource.name().as_str(), crd::RESOURCE | "leases.coordination.k8s.io");
    if is_free || is_another || !version.is_empty() {
        return Ok(());
    }
    let message = "Invalid value: 0: must be specified for an update".to_owned();
    // It is said about the resource, not the kind.
    let resource = Resource { kind: resource.plural.clone(), ..resource.clone() };
    Err(invalid(&resource, name, vec![cause("FieldValueInvalid", message, "metadata.resourceVersion")]))
}

/// Optimistic concurrency: what the writer says about the present object must be true.
pub(super) fn check(resource: &Resource, name: &str, present: &Version, value: &Value) -> Result<(), Status> {
    let text = |pointer| value.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let version = text("/metadata/resourceVersion");
    if !version.is_empty() && version.parse::<u64>().is_err() {
        return Err(Status::new(500, "", format!("strconv.ParseUint: parsing {version:?}: invalid syntax")));
    }
    if !version.is_empty() && version != present.revision.to_string() {
        let why = "the object has been modified; please apply your changes to the latest version and try again";
        return Err(conflict(resource, name, why));
    }
    let uid = text("/metadata/uid");
    if !uid.is_empty() && uid != present.uid() {
        let why = format!(
            "StorageError: invalid object, Code: 4, Key: {}, ResourceVersion: 0, AdditionalErrorMsg: Precondition \
             failed: UID in precondition: {uid}, UID in object meta: {}",
            storage_key(resource, &present.value),
            present.uid()
        );
        return Err(conflict(resource, name, &why));
    }
    Ok(())
}

/// Where kube-apiserver keeps an object in etcd.
fn storage_key(resource: &Resource, object: &Value) -> String {
    let text = |pointer| object.pointer(pointer).and_then(Value::as_str).filter(|text| !text.is_empty());
    let group = Some(resource.group.as_str()).filter(|_| resource.custom);
    let parts = [group, Some(&resource.plural), text("/metadata/namespace"), text("/metadata/name")];
    parts.into_iter().flatten().fold("/registry".to_owned(), |key, part| key + "/" + part)
}

/// What a write to a subresource leaves of it: `status` changes the status alone.
pub(super) fn part_of(
    resource: &Resource,
    subresource: Option<&str>,
    present: &Value,
    mut value: Value,
) -> Result<Value, Status> {
    match subresource {
        None => {
            if resource.name() == crd::RESOURCE {
                crd::prepare(&mut value, Some(present));
            }
            if resource.name() == "namespaces" {
                namespace::keep(present, &mut value, false);
            }
            Ok(value)
        }
        Some("status") => {
            let mut whole = present.clone();
            whole["status"] = value.get("status").cloned().unwrap_or(Value::Null);
            if let Some(version) = value.pointer("/metadata/resourceVersion") {
                whole["metadata"]["resourceVersion"] = version.clone();
            }
            Ok(whole)
        }
        Some("finalize") if resource.name() == "namespaces" => {
            namespace::keep(present, &mut value, true);
            Ok(value)
        }
        Some(_) => Err(no_such_resource()),
    }
}

/// What a writer can't change.
pub(super) fn keep_system_fields(present: &Value, value: &mut Value) {
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

pub(super) fn spec_differs(a: &Value, b: &Value) -> bool {
    fn rest(value: &Value) -> BTreeMap<&String, &Value> {
        let members = value.as_object().into_iter().flatten();
        members.filter(|(name, _)| *name != "metadata" && *name != "status").collect()
    }
    rest(a) != rest(b)
}

pub(super) fn bump_generation(value: &mut Value) {
    let metadata = metadata(value);
    let generation = metadata.get("generation").and_then(Value::as_i64).unwrap_or(0);
    metadata.insert("generation".into(), (generation + 1).into());
}

/// Whether something keeps an object that is to be deleted. Namespaces are kept by `spec.finalizers` as well
/// (`ShouldDeleteNamespaceDuringUpdate`).
pub(super) fn has_finalizers(resource: &Resource, value: &Value) -> bool {
    let has =
        |pointer| value.pointer(pointer).and_then(Value::as_array).is_some_and(|finalizers| !finalizers.is_empty());
    has("/metadata/finalizers") || (resource.name() == "namespaces" && has("/spec/finalizers"))
}

/// `metadata`, made if it isn't there.
pub(super) fn metadata(value: &mut Value) -> &mut Map<String, Value> {
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
