//! The discovery documents: `/version`, `/api`, `/apis` and the lists of resources.

use std::collections::BTreeSet;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::digest::{SHA256, digest};
use serde_json::{Value, json};

use crate::model::crd;
use crate::model::encode::indent::indent;
use crate::model::encode::json::{KeyOrder, to_vec};
use crate::model::endpoints::subresource::subresources;
use crate::model::storage::release::Release;
use crate::model::storage::resource::Resource;
use crate::model::storage::resources::Resources;

/// `GET /version`, always on many lines (`version.Info` of apimachinery/pkg/version).
pub(crate) fn version(release: Release) -> Vec<u8> {
    let minor = release.minor().to_string();
    let info = json!({
        "major": "1",
        "minor": minor,
        "emulationMajor": "1",
        "emulationMinor": minor,
        "minCompatibilityMajor": "1",
        "minCompatibilityMinor": (release.minor() - 1).to_string(),
        "gitVersion": format!("v{release}.0+watch-test"),
        // Clients need these fields. For a program that isn't written in Go, they are empty.
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
    let groups: Vec<Value> = group_names(resources).into_iter().map(|name| group_of(resources, name)).collect();
    let list = json!({"kind": "APIGroupList", "apiVersion": "v1", "groups": groups});
    to_vec(&list, KeyOrder::Struct("APIGroupList"))
}

/// `GET /apis/GROUP`
pub(crate) fn group(resources: &Resources, name: &str) -> Option<Vec<u8>> {
    if name.is_empty() || !resources.iter().any(|resource| resource.group == name) {
        return None;
    }
    let mut group = group_of(resources, name);
    group["kind"] = "APIGroup".into();
    group["apiVersion"] = "v1".into();
    Some(to_vec(&group, KeyOrder::Struct("APIGroup")))
}

/// `GET /api/v1`, `GET /apis/GROUP/VERSION`
pub(crate) fn resource_list(resources: &Resources, group: &str, version: &str) -> Vec<u8> {
    let mut entries: Vec<Value> = Vec::new();
    for resource in listed(resources, group, version) {
        entries.push(entry(resources, resource));
        for subresource in subresources(resource) {
            let mut entry = json!({
                "name": format!("{}/{}", resource.plural, subresource.name),
                "singularName": "",
                "namespaced": resource.namespaced,
                "kind": resource.kind,
                "verbs": subresource.verbs,
            });
            if let Some((group, version, kind)) = subresource.kind {
                entry["group"] = group.into();
                entry["version"] = version.into();
                entry["kind"] = kind.into();
            }
            entries.push(entry);
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

/// Returns all of discovery in one document: of the core group, or of all other groups.
pub(crate) fn aggregated(resources: &Resources, of_core: bool) -> Vec<u8> {
    let names = if of_core { vec![""] } else { group_names(resources) };
    let version_of = |group: &str, version: &str| {
        let resources: Vec<Value> =
            listed(resources, group, version).map(|resource| aggregated_entry(resource)).collect();
        json!({"version": version, "resources": resources, "freshness": "Current"})
    };
    let group = |name: &str| {
        let versions: Vec<Value> =
            versions_of(resources, name).into_iter().map(|version| version_of(name, version)).collect();
        let metadata = if name.is_empty() { json!({}) } else { json!({ "name": name }) };
        json!({"metadata": metadata, "versions": versions})
    };
    let items: Vec<Value> = names.into_iter().map(group).collect();
    let list = json!({
        "kind": "APIGroupDiscoveryList",
        "apiVersion": "apidiscovery.k8s.io/v2",
        "metadata": {},
        "items": items,
    });
    to_vec(&list, KeyOrder::Struct("APIGroupDiscoveryList"))
}

fn listed<'a>(resources: &'a Resources, group: &str, version: &str) -> impl Iterator<Item = &'a Arc<Resource>> {
    resources.iter().filter(move |resource| resource.group == group && resource.version == version)
}

fn aggregated_entry(resource: &Resource) -> Value {
    // The group and version of built-in types are those around them.
    let (group, version) = if resource.custom { (&*resource.group, &*resource.version) } else { ("", "") };
    let own_kind = (group, version, &*resource.kind);
    let kind = |(group, version, kind): (&str, &str, &str)| json!({"group": group, "version": version, "kind": kind});
    let mut entry = json!({
        "resource": resource.plural,
        "responseKind": kind(own_kind),
        "scope": if resource.namespaced { "Namespaced" } else { "Cluster" },
        "singularResource": resource.singular,
        "verbs": verbs(resource),
    });
    add_names(&mut entry, resource);
    let subresources: Vec<Value> = subresources(resource)
        .map(|part| {
            let kind = kind(part.kind.unwrap_or(own_kind));
            json!({"subresource": part.name, "responseKind": kind, "verbs": part.verbs})
        })
        .collect();
    if !subresources.is_empty() {
        entry["subresources"] = subresources.into();
    }
    entry
}

/// The groups that every cluster has, in the order of `APIService` priorities (kube-apiserver's
/// `apiVersionPriorities`). Those of custom resources come after them, by name.
const GROUPS: [&str; 14] = [
    "apps",
    "events.k8s.io",
    "autoscaling",
    "batch",
    "networking.k8s.io",
    "policy",
    "rbac.authorization.k8s.io",
    "storage.k8s.io",
    "admissionregistration.k8s.io",
    "apiextensions.k8s.io",
    "scheduling.k8s.io",
    "coordination.k8s.io",
    "node.k8s.io",
    "discovery.k8s.io",
];

fn group_names(resources: &Resources) -> Vec<&str> {
    let names: BTreeSet<&str> =
        resources.iter().map(|resource| &*resource.group).filter(|name| !name.is_empty()).collect();
    let mut names: Vec<&str> = names.into_iter().collect();
    names.sort_by_key(|name| GROUPS.iter().position(|known| known == name).unwrap_or(GROUPS.len()));
    names
}

/// The versions of a group, the preferred one first.
fn versions_of<'a>(resources: &'a Resources, group: &str) -> Vec<&'a str> {
    let versions: BTreeSet<&str> =
        resources.iter().filter(|resource| resource.group == group).map(|resource| &*resource.version).collect();
    let mut versions: Vec<&str> = versions.into_iter().collect();
    versions.sort_by_key(|version| core::cmp::Reverse(rank(version)));
    versions
}

/// Returns the sort key of a version, the greatest first: `v2`, `v1`, `v2beta1`, `v1alpha1`, then other forms by name
/// (`CompareKubeAwareVersionStrings` of apimachinery/pkg/version).
fn rank(version: &str) -> (u8, u64, u64, core::cmp::Reverse<&str>) {
    let name = core::cmp::Reverse(version);
    let parse = || {
        let rest = version.strip_prefix('v')?;
        let major_len = rest.bytes().take_while(u8::is_ascii_digit).count();
        let (major, rest) = rest.split_at(major_len);
        let major = major.parse().ok()?;
        match rest {
            "" => Some((3, major, 0)),
            _ => {
                let beta = rest.strip_prefix("beta").map(|minor| (2, minor));
                let (stability, minor) = beta.or_else(|| rest.strip_prefix("alpha").map(|minor| (1, minor)))?;
                Some((stability, major, minor.parse().ok()?))
            }
        }
    };
    parse().map_or((0, 0, 0, name), |(stability, major, minor)| (stability, major, minor, name))
}

fn group_of(resources: &Resources, name: &str) -> Value {
    let version = |version: &&str| json!({"groupVersion": format!("{name}/{version}"), "version": version});
    let versions: Vec<Value> = versions_of(resources, name).iter().map(version).collect();
    json!({"name": name, "versions": versions, "preferredVersion": versions.first()})
}

fn verbs(resource: &Resource) -> &'static [&'static str] {
    if resource.custom {
        &["delete", "deletecollection", "get", "list", "patch", "create", "update", "watch"]
    } else if resource.has_deletecollection() {
        &["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"]
    } else {
        &["create", "delete", "get", "list", "patch", "update", "watch"]
    }
}

fn entry(resources: &Resources, resource: &Arc<Resource>) -> Value {
    let mut entry = json!({
        "name": resource.plural,
        "singularName": resource.singular,
        "namespaced": resource.namespaced,
        "kind": resource.kind,
        "verbs": verbs(resource),
        "storageVersionHash": storage_version_hash(&resources.stored(resource)),
    });
    add_names(&mut entry, resource);
    entry
}

fn add_names(entry: &mut Value, resource: &Resource) {
    for (field, names) in [("shortNames", &resource.short_names), ("categories", &resource.categories)] {
        if !names.is_empty() {
            entry[field] = json!(names);
        }
    }
}

/// Returns the hash by which clients notice a new storage version (`StorageVersionHash` of endpoints/discovery).
fn storage_version_hash(resource: &Resource) -> String {
    // Definitions are still stored in their first version.
    let version = if resource.name() == crd::RESOURCE { "v1beta1" } else { &resource.version };
    let hash = digest(&SHA256, format!("{}/{version}/{}", resource.group, resource.kind).as_bytes());
    STANDARD.encode(&hash.as_ref()[..8])
}
