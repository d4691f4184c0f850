//! The end of a namespace (pkg/controller/namespace/deletion/namespaced_resources_deleter.go).

use core::time::Duration;
use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};

use crate::model::admission::deletion::{Deletion, Propagation};
use crate::model::admission::namespace::{KUBERNETES, finalizers};
use crate::model::cluster::ClusterState;
use crate::model::storage::conditions;
use crate::model::storage::object::{Key, Version};
use crate::model::storage::resource::Resource;

/// The remaining contents of a namespace.
#[derive(Default)]
struct Remaining {
    /// The number of objects of each resource, in the form of `GroupVersionResource`.
    objects: BTreeMap<String, usize>,
    /// The number of objects that each finalizer keeps.
    finalizers: BTreeMap<String, usize>,
}

pub(super) fn end(cluster: &mut ClusterState, now: Duration, name: &str) {
    let key = Key::new(None, name);
    let Some(present) = cluster.store.get("namespaces", &key).cloned() else { return };
    if !finalizers(&present.value).iter().any(|finalizer| finalizer == KUBERNETES) {
        return;
    }
    // Events are counted in both of their groups, as all resources that discovery lists.
    let same = cluster.resources.iter().filter(|known| known.stored_in() != known.name());
    let all = cluster.resources.all_stored().chain(same);
    let (pods, others): (Vec<_>, Vec<_>) =
        all.filter(|known| known.namespaced).cloned().partition(|known| known.name() == "pods");
    // `OrderedNamespaceDeletion`: while there are pods, nothing else is deleted, and the conditions don't mention them.
    let are_pods_gone = empty(cluster, now, &pods, name).objects.is_empty();
    let remaining = if are_pods_gone { empty(cluster, now, &others, name) } else { Remaining::default() };
    let is_empty = are_pods_gone && remaining.objects.is_empty();
    let mut value = present.value.clone();
    let timestamp = cluster.timestamp(now);
    let is_changed = set_conditions(&mut value, &remaining, &timestamp);
    let present = if is_changed { cluster.put(now, &present.resource, key.clone(), value) } else { present };
    if is_empty {
        finalize(cluster, now, key, &present);
    }
}

/// Deletes the objects of these resources in a namespace. Returns the objects that remain.
fn empty(cluster: &mut ClusterState, now: Duration, resources: &[Arc<Resource>], namespace: &str) -> Remaining {
    let deletion = Deletion { propagation: Some(Propagation::Background), ..Deletion::default() };
    let mut remaining = Remaining::default();
    for resource in resources {
        for object in in_namespace(cluster, resource, namespace) {
            // This can't fail, because the objects exist.
            drop(cluster.delete_with(now, resource, Some(namespace), object.name(), &deletion));
        }
        let left = in_namespace(cluster, resource, namespace);
        if !left.is_empty() {
            remaining.objects.insert(format!("{}.{}", resource.plural, resource.group), left.len());
        }
        for object in left {
            let finalizers = object.value.pointer("/metadata/finalizers").and_then(Value::as_array);
            for finalizer in finalizers.into_iter().flatten().filter_map(Value::as_str) {
                *remaining.finalizers.entry(finalizer.to_owned()).or_default() += 1;
            }
        }
    }
    remaining
}

fn in_namespace(cluster: &ClusterState, resource: &Resource, namespace: &str) -> Vec<Arc<Version>> {
    let prefix = Key::prefix(Some(namespace));
    let objects = cluster.store.at(&resource.stored_in(), &prefix, None, cluster.store.revision());
    objects.map(|(_, object)| object.clone()).collect()
}

/// Removes the controller's finalizer. If it was the last finalizer, this deletes the namespace.
fn finalize(cluster: &mut ClusterState, now: Duration, key: Key, present: &Arc<Version>) {
    let others: Vec<Value> =
        finalizers(&present.value).into_iter().filter(|finalizer| finalizer != KUBERNETES).collect();
    let is_kept = present.value.pointer("/metadata/finalizers").is_some();
    if others.is_empty() && !is_kept {
        cluster.remove(now, &present.resource, key);
        return;
    }
    let mut value = present.value.clone();
    value["spec"] = if others.is_empty() { json!({}) } else { json!({ "finalizers": others }) };
    cluster.put(now, &present.resource, key, value);
}

/// Reports in the conditions what remains. Returns whether they changed (status_condition_utils.go).
fn set_conditions(namespace: &mut Value, remaining: &Remaining, timestamp: &str) -> bool {
    let list = |counts: &BTreeMap<String, usize>, what: &str| {
        let parts: Vec<String> =
            counts.iter().map(|(name, count)| format!("{name} {what} {count} resource instances")).collect();
        parts.join(", ")
    };
    let content = (!remaining.objects.is_empty())
        .then(|| ("SomeResourcesRemain", format!("Some resources are remaining: {}", list(&remaining.objects, "has"))));
    let finalizers = (!remaining.finalizers.is_empty()).then(|| {
        let message = "Some content in the namespace has finalizers remaining";
        ("SomeFinalizersRemain", format!("{message}: {}", list(&remaining.finalizers, "in")))
    });
    let mut is_changed = false;
    for (kind, reason, message, problem) in [
        ("NamespaceDeletionDiscoveryFailure", "ResourcesDiscovered", "All resources successfully discovered", None),
        (
            "NamespaceDeletionGroupVersionParsingFailure",
            "ParsedGroupVersions",
            "All legacy kube types successfully parsed",
            None,
        ),
        (
            "NamespaceDeletionContentFailure",
            "ContentDeleted",
            "All content successfully deleted, may be waiting on finalization",
            None,
        ),
        ("NamespaceContentRemaining", "ContentRemoved", "All content successfully removed", content),
        (
            "NamespaceFinalizersRemaining",
            "ContentHasNoFinalizers",
            "All content-preserving finalizers finished",
            finalizers,
        ),
    ] {
        let status = if problem.is_some() { "True" } else { "False" };
        let (reason, message) = problem.unwrap_or_else(|| (reason, message.to_owned()));
        is_changed |= conditions::set(
            namespace,
            json!({"type": kind, "status": status, "lastTransitionTime": timestamp, "reason": reason, "message": message}),
        );
    }
    is_changed
}
