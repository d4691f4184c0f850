//! What the server says it has: `/version`, `/api`, `/apis` and the lists of resources.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::digest::{SHA256, digest};
use serde_json::{Value, json};

use super::crd;
use super::json::{KeyOrder, to_vec};
use super::reply::indent;
use super::resource::{Resource, Resources};

/// The version of Kubernetes whose behaviour this is.
const MINOR: u32 = 36;

/// `GET /version`, always on many lines (`version.Info` of apimachinery/pkg/version).
pub(crate) fn version() -> Vec<u8> {
    let minor = MINOR.to_string();
    let info = json!({
        "major": "1",
        "minor": minor,
        "emulationMajor": "1",
        "emulationMinor": minor,
        "minCompatibilityMajor": "1",
        "minCompatibilityMinor": (MINOR - 1).to_string(),
        "gitVersion": format!("v1.{MINOR}.0+watch-test"),
        // Clients want these to be there. Of a program that isn't written in Go there is nothing to say.
        "gitCommit": "",
        "gitTreeState": "",
        "buildDate": "1970-01-01T00:00:00Z",
        "goVersion": "",
        "compiler": "",
        "platform": "linux/amd64",
    });
    indent(&to_vec(&info, KeyOrder::Struct("Info")))
}

/// `GET /api`. `host`: where the client found the server.
pub(crate) fn core_versions(host: &str) -> Vec<u8> {
    let versions = json!({
        "kind": "APIVersions",
        "versions": ["v1"],
        "serverAddressByClientCIDRs": [{"clientCIDR": "0.0.0.0/0", "serverAddress": host}],
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
        entries.push(entry(resource));
        if resource.has_status {
            entries.push(json!({
                "name": format!("{}/status", resource.plural),
                "singularName": "",
                "namespaced": resource.namespaced,
                "kind": resource.kind,
                "verbs": ["get", "patch", "update"],
            }));
        }
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

fn group_of(resource: &Resource) -> Value {
    let version = json!({"groupVersion": resource.api_version(), "version": resource.version});
    json!({"name": resource.group, "versions": [version], "preferredVersion": version})
}

fn entry(resource: &Resource) -> Value {
    let verbs: &[&str] = if resource.custom {
        &["delete", "deletecollection", "get", "list", "patch", "create", "update", "watch"]
    } else if resource.has_deletecollection() {
        &["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"]
    } else {
        &["create", "delete", "get", "list", "patch", "update", "watch"]
    };
    let mut entry = json!({
        "name": resource.plural,
        "singularName": resource.singular,
        "namespaced": resource.namespaced,
        "kind": resource.kind,
        "verbs": verbs,
        "storageVersionHash": storage_version_hash(resource),
    });
    for (field, names) in [("shortNames", &resource.short_names), ("categories", &resource.categories)] {
        if !names.is_empty() {
            entry[field] = json!(names);
        }
    }
    entry
}

/// What tells clients that objects are stored in another version than before (`StorageVersionHash` of
/// endpoints/discovery).
fn storage_version_hash(resource: &Resource) -> String {
    // Definitions are still stored as they were in the beginning.
    let version = if resource.name() == crd::RESOURCE { "v1beta1" } else { &resource.version };
    let hash = digest(&SHA256, format!("{}/{version}/{}", resource.group, resource.kind).as_bytes());
    STANDARD.encode(&hash.as_ref()[..8])
}
