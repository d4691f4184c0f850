//! Garbage collection by `ownerReferences` (pkg/controller/garbagecollector/garbagecollector.go).

use core::time::Duration;
use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use crate::model::admission::deletion::{Deletion, FOREGROUND, ORPHAN, Propagation};
use crate::model::admission::owners::{blocks, has_finalizer, is_deleted, owner_references, text};
use crate::model::admission::preconditions::Preconditions;
use crate::model::cluster::{ClusterState, Place};
use crate::model::storage::object::{Key, Version};

/// The dependents of each owner, by its uid.
type Dependents = BTreeMap<String, Vec<Arc<Version>>>;

/// The action for an object.
enum Action {
    /// Remove these owners.
    DropOwners(Vec<String>),
    Delete(Propagation),
    /// Don't let its owners wait for it, because they would wait for each other.
    Unblock,
    /// Remove this finalizer: the object is being deleted, and no dependent keeps it any more.
    Release(&'static str),
}

/// The state of an owner that an object names.
enum Owner {
    /// The owner exists.
    Solid,
    /// No object has this name and uid.
    Dangling,
    /// The owner is being deleted, and waits for its dependents.
    Waiting,
}

pub(super) fn collect(cluster: &mut ClusterState, now: Duration) {
    let owned: Vec<Arc<Version>> = cluster.work.owned.iter().filter_map(|place| object_at(cluster, place)).collect();
    let leaving: Vec<Arc<Version>> =
        cluster.work.leaving.iter().filter_map(|place| object_at(cluster, place)).collect();
    let mut dependents = Dependents::new();
    for object in &owned {
        for reference in owner_references(&object.value) {
            dependents.entry(text(reference, "uid").to_owned()).or_default().push(object.clone());
        }
    }
    // All decisions precede all actions, so that the consequences are visible in the next pass.
    let released = leaving.iter().filter_map(|owner| Some((owner, release(owner, &dependents)?)));
    let attempted = owned.iter().filter_map(|object| Some((object, attempt_to_delete(cluster, object, &dependents)?)));
    let actions: Vec<(&Arc<Version>, Action)> = released.chain(attempted).collect();
    for (object, action) in actions {
        perform(cluster, now, object, &action, &dependents);
    }
}

fn object_at(cluster: &ClusterState, (resource, key): &Place) -> Option<Arc<Version>> {
    cluster.store.get(resource, key).cloned()
}

fn perform(cluster: &mut ClusterState, now: Duration, object: &Version, action: &Action, dependents: &Dependents) {
    match action {
        Action::DropOwners(owners) => drop_owners(cluster, now, object, owners),
        Action::Delete(propagation) => delete_as_garbage(cluster, now, object, *propagation),
        Action::Unblock => unblock_owners(cluster, now, object),
        Action::Release(finalizer) => {
            if *finalizer == ORPHAN {
                for orphan in dependents.get(object.uid()).into_iter().flatten() {
                    drop_owners(cluster, now, orphan, &[object.uid().to_owned()]);
                }
            }
            remove_finalizer(cluster, now, object, finalizer);
        }
    }
}

/// Returns the action for an object that has owners (`attemptToDeleteItem`).
fn attempt_to_delete(cluster: &ClusterState, object: &Version, dependents: &Dependents) -> Option<Action> {
    if is_deleted(&object.value) || owner_references(&object.value).is_empty() {
        return None;
    }
    let (mut solid, mut dangling, mut waiting) = (false, Vec::new(), Vec::new());
    for reference in owner_references(&object.value) {
        let uid = text(reference, "uid").to_owned();
        // If its kind is unknown, or it can't be an owner, nothing is done.
        match owner(cluster, object, reference)? {
            Owner::Solid => solid = true,
            Owner::Dangling => dangling.push(uid),
            Owner::Waiting => waiting.push(uid),
        }
    }
    if solid {
        dangling.extend(waiting);
        return (!dangling.is_empty()).then_some(Action::DropOwners(dangling));
    }
    let own = dependents.get(object.uid()).map(Vec::as_slice).unwrap_or_default();
    if !waiting.is_empty() && !own.is_empty() {
        let is_cycle =
            own.iter().any(|dependent| is_deleted(&dependent.value) && has_finalizer(&dependent.value, FOREGROUND));
        if is_cycle && waiting.iter().any(|owner| blocks(object, owner)) {
            // The real one also tries to delete the object, but at the version before, which is a conflict.
            return Some(Action::Unblock);
        }
        if is_cycle && waiting.iter().all(|owner| !is_kept(owner, dependents)) {
            // Its owners go in this pass, which decides about it.
            return None;
        }
        return Some(Action::Delete(Propagation::Foreground));
    }
    let propagation = if has_finalizer(&object.value, ORPHAN) {
        Propagation::Orphan
    } else if has_finalizer(&object.value, FOREGROUND) {
        Propagation::Foreground
    } else {
        Propagation::Background
    };
    Some(Action::Delete(propagation))
}

/// Returns the state of an owner; `None` if it can't be determined (`isDangling`, `classifyReferences`).
fn owner(cluster: &ClusterState, object: &Version, reference: &Value) -> Option<Owner> {
    let (kind, api_version) = (text(reference, "kind"), text(reference, "apiVersion"));
    let resource = cluster.resources.iter().find(|known| known.kind == kind && known.api_version() == api_version)?;
    let namespace = object.text("/metadata/namespace");
    if resource.namespaced && namespace.is_empty() {
        return None;
    }
    let key = Key::new(resource.namespaced.then_some(namespace), text(reference, "name"));
    let owner = cluster.store.get(&resource.stored_in(), &key).filter(|owner| owner.uid() == text(reference, "uid"));
    Some(match owner {
        None if cluster.controllers().collect_unknown || cluster.work.gone.contains(text(reference, "uid")) => {
            Owner::Dangling
        }
        None => Owner::Solid,
        Some(owner) if is_deleted(&owner.value) && has_finalizer(&owner.value, FOREGROUND) => Owner::Waiting,
        Some(_) => Owner::Solid,
    })
}

fn delete_as_garbage(cluster: &mut ClusterState, now: Duration, object: &Version, propagation: Propagation) {
    let preconditions = Preconditions { uid: Some(object.uid().to_owned()), resource_version: None };
    let deletion = Deletion { preconditions, propagation: Some(propagation), ..Deletion::default() };
    // It may be gone already.
    drop(cluster.delete_with(now, &object.resource, object.namespace(), object.name(), &deletion));
}

fn drop_owners(cluster: &mut ClusterState, now: Duration, object: &Version, uids: &[String]) {
    rewrite_list(cluster, now, object, "ownerReferences", |references| {
        references.retain(|reference| !uids.iter().any(|uid| uid == text(reference, "uid")));
    });
}

fn unblock_owners(cluster: &mut ClusterState, now: Duration, object: &Version) {
    rewrite_list(cluster, now, object, "ownerReferences", |references| {
        for reference in references.iter_mut().filter(|reference| reference["blockOwnerDeletion"] == true) {
            reference["blockOwnerDeletion"] = false.into();
        }
    });
}

fn remove_finalizer(cluster: &mut ClusterState, now: Duration, object: &Version, finalizer: &str) {
    rewrite_list(cluster, now, object, "finalizers", |finalizers| finalizers.retain(|present| present != finalizer));
}

/// Changes a list in the metadata of an object. The object is removed if only a finalizer kept it.
fn rewrite_list(
    cluster: &mut ClusterState,
    now: Duration,
    object: &Version,
    list: &str,
    change: impl FnOnce(&mut Vec<Value>),
) {
    let rewritten = |present: &Value| {
        let mut value = present.clone();
        if let Some(list) = value["metadata"][list].as_array_mut() {
            change(list);
        }
        Ok(value)
    };
    // It may be gone already.
    drop(cluster.replace(now, &object.resource, object.namespace(), object.name(), None, rewritten));
}

/// Returns whether an owner can be removed: its dependents are orphans now, or none of them keeps it any more
/// (`attemptToOrphanWorker`, `processDeletingDependentsItem`).
fn release(owner: &Version, dependents: &Dependents) -> Option<Action> {
    if has_finalizer(&owner.value, ORPHAN) {
        return Some(Action::Release(ORPHAN));
    }
    (!is_kept(owner.uid(), dependents)).then_some(Action::Release(FOREGROUND))
}

/// Returns whether dependents keep an owner with `foregroundDeletion`.
fn is_kept(owner: &str, dependents: &Dependents) -> bool {
    dependents.get(owner).into_iter().flatten().any(|dependent| blocks(dependent, owner))
}
