//! What the server says it has: `/version`, `/api`, `/apis` and the lists of resources.

use std::sync::Arc;

use serde_json::{Value, json};

use super::json::{KeyOrder, to_vec};
use super::resource::{Resource, Resources};

/// The version of Kubernetes whose behaviour this is.
const MINOR: u32 = 36;

/// `GET /version`
pub(crate) fn version() -> Vec<u8> {
    to_vec(
        &json!({
            "major": "1",
            "minor": MINOR.to_string(),
            "gitVersion": format!("v1.{MINOR}.0+watch-test"),
            "platform": "linux/amd64",
        }),
        KeyOrder::Sorted,
    )
}

/// `GET /api`
pub(crate) fn core_versions() -> Vec<u8> {
    let versions = json!({
        "kind": "APIVersions",
        "versions": ["v1"],
        "serverAddressByClientCIDRs": [{"clientCIDR": "0.0.0.0/0", "serverAddress": "127.0.0.1"}],
    });
    to_vec(&versions, KeyOrder::Struct("APIVersions"))
}

/// `GET /apis`
pub(crate) fn groups(resources: &Resources) -> Vec<u8> {
    let mut groups: Vec<Value> = Vec::new();
    for resource in resources.iter().filter(|resource| !resource.group.is_empty()) {
        if !groups.iter().any(|group| group["name"] == resource.group.as_str()) {
            groups.push(group_of(resource));
        }
    }
    let list = json!({"kind": "APIGroupList", "apiVersion": "v1", "groups": groups});
    to_vec(&list, KeyOrder::Struct("APIGroupList"))
}

/// `GET /apis/GROUP`
pub(crate) fn group(resources: &Resources, name: &str) -> Option<Vec<u8>> {
    let resource = resources.iter().find(|resource| resource.group == name && !name.is_empty())?;
    let mut group = group_of(resource);
    group["kind"] = "APIGroup".into();
    group["apiVersion"] = "v1".into();
    Some(to_vec(&group, KeyOrder::Struct("APIGroup")))
}

/// `GET /api/v1`, `GET /apis/GROUP/VERSION`
pub(crate) fn resource_list(resources: &Resources, group: &str, version: &str) -> Vec<u8> {
    let listed = resources.iter().filter(|resource| resource.group == group && resource.version == version);
    let mut entries: Vec<Value> = Vec::new();
    for resource in listed {
        let verbs = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];
        let mut entry = json!({
            "name": resource.plural,
            "singularName": resource.kind.to_lowercase(),
            "namespaced": resource.namespaced,
            "kind": resource.kind,
            "verbs": verbs,
        });
        if !resource.short_names.is_empty() {
            entry["shortNames"] = json!(resource.short_names);
        }
        entries.push(entry);
    }
    let mut list = json!({
        "kind": "APIResourceList",
        "groupVersion": if group.is_empty() { version.to_owned() } else { format!("{group}/{version}") },
        "resources": entries,
    });
    if !group.is_empty() {
        list["apiVersion"] = "v1".into();
    }
    to_vec(&list, KeyOrder::Struct("APIResourceList"))
}

/// `GET /openapi/v3`: where the documents of the groups are.
pub(crate) fn openapi_index(resources: &Resources) -> Vec<u8> {
    let path = |resource: &Resource| match resource.group.as_str() {
        "" => format!("api/{}", resource.version),
        group => format!("apis/{group}/{}", resource.version),
    };
    let entry = |resource: &Arc<Resource>| {
        let path = path(resource);
        let url = format!("/openapi/v3/{path}");
        (path, json!({ "serverRelativeURL": url }))
    };
    let paths: serde_json::Map<String, Value> = resources.iter().map(entry).collect();
    to_vec(&json!({ "paths": paths }), KeyOrder::Sorted)
}

/// `GET /openapi/v3/…`: no schemas, only that every resource can be patched and that the server itself finds unknown
/// fields. It is what kubectl asks for before it applies anything.
pub(crate) fn openapi(resources: &Resources, group: &str, version: &str) -> Vec<u8> {
    let listed = resources.iter().filter(|resource| resource.group == group && resource.version == version);
    let entry = |resource: &Arc<Resource>| {
        let patch = json!({
            "parameters": [{"name": "fieldValidation", "in": "query", "schema": {"type": "string"}}],
            "responses": {"200": {"description": "OK"}},
            "x-kubernetes-action": "patch",
            "x-kubernetes-group-version-kind": {"group": group, "version": version, "kind": resource.kind},
        });
        (format!("/{}/{{name}}", resource.plural), json!({ "patch": patch }))
    };
    let paths: serde_json::Map<String, Value> = listed.map(entry).collect();
    let info = json!({"title": "watch-test", "version": version});
    to_vec(&json!({"openapi": "3.0.0", "info": info, "paths": paths}), KeyOrder::Sorted)
}

fn group_of(resource: &Resource) -> Value {
    let version = json!({"groupVersion": resource.api_version(), "version": resource.version});
    json!({"name": resource.group, "versions": [version], "preferredVersion": version})
}
