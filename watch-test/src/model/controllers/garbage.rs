//! Garbage collection by `ownerReferences` (pkg/controller/garbagecollector/garbagecollector.go).

use core::time::Duration;
use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use super::owners::{blocks, owner_references, text};
use super::{Place, has_finalizer, is_deleted};
use crate::model::ApiServer;
use crate::model::deletion::{Deletion, FOREGROUND, ORPHAN, Propagation};
use crate::model::object::{Key, Version};
use crate::model::write::Preconditions;

/// The dependents of each owner, by its uid.
type Dependents = BTreeMap<String, Vec<Arc<Version>>>;

/// What is known of an owner that an object names.
enum Owner {
    /// It is there.
    Solid,
    /// There is none of that name and uid.
    Dangling,
    /// It is to go once its dependents have gone.
    Waiting,
}

impl ApiServer {
    pub(super) fn collect(&mut self, now: Duration) {
        let owned: Vec<Arc<Version>> = self.work.owned.iter().filter_map(|place| self.there(place)).collect();
        let leaving: Vec<Arc<Version>> = self.work.leaving.iter().filter_map(|place| self.there(place)).collect();
        let mut dependents = Dependents::new();
        for object in &owned {
            for reference in owner_references(&object.value) {
                dependents.entry(text(reference, "uid").to_owned()).or_default().push(object.clone());
            }
        }
        for owner in leaving {
            self.release(now, &owner, &dependents);
        }
        for object in owned {
            self.attempt_to_delete(now, &object, &dependents);
        }
    }

    fn there(&self, (resource, key): &Place) -> Option<Arc<Version>> {
        self.store.get(resource, key).cloned()
    }

    /// The object as it is now, unless it was deleted or replaced.
    fn latest(&self, object: &Version) -> Option<Arc<Version>> {
        let latest = self.store.get(&object.resource.name(), &key_of(object))?;
        (latest.uid() == object.uid()).then(|| latest.clone())
    }

    /// An owner that is to go: its dependents are made orphans, or it goes if none of them keeps it
    /// (`attemptToOrphanWorker`, `processDeletingDependentsItem`).
    fn release(&mut self, now: Duration, owner: &Version, dependents: &Dependents) {
        let dependents = dependents.get(owner.uid()).map(Vec::as_slice).unwrap_or_default();
        if has_finalizer(&owner.value, ORPHAN) {
            for dependent in dependents {
                self.drop_owners(now, dependent, &[owner.uid()]);
            }
            self.remove_finalizer(now, owner, ORPHAN);
        } else if !dependents.iter().any(|dependent| blocks(dependent, owner.uid())) {
            self.remove_finalizer(now, owner, FOREGROUND);
        }
    }

    /// Deletes an object that has no owner left (`attemptToDeleteItem`).
    fn attempt_to_delete(&mut self, now: Duration, object: &Version, dependents: &Dependents) {
        // It may have been written in this pass.
        let Some(object) = self.latest(object).filter(|latest| !is_deleted(&latest.value)) else { return };
        let references = owner_references(&object.value);
        let (mut solid, mut dangling, mut waiting) = (0, Vec::new(), Vec::new());
        for reference in references {
            match self.owner(&object, reference) {
                // Its kind isn't known, or it can't be an owner: nothing is done about it.
                None => return,
                Some(Owner::Solid) => solid += 1,
                Some(Owner::Dangling) => dangling.push(text(reference, "uid")),
                Some(Owner::Waiting) => waiting.push(text(reference, "uid")),
            }
        }
        if references.is_empty() {
            return;
        }
        let own = dependents.get(object.uid()).map(Vec::as_slice).unwrap_or_default();
        if solid > 0 {
            dangling.extend(waiting);
            if !dangling.is_empty() {
                self.drop_owners(now, &object, &dangling);
            }
        } else if !waiting.is_empty() && !own.is_empty() {
            // A cycle of owners would wait for itself.
            if own.iter().any(|dependent| is_deleted(&dependent.value) && has_finalizer(&dependent.value, FOREGROUND)) {
                self.unblock_owners(now, &object);
            }
            self.delete_as_garbage(now, &object, Propagation::Foreground);
        } else {
            let propagation = if has_finalizer(&object.value, ORPHAN) {
                Propagation::Orphan
            } else if has_finalizer(&object.value, FOREGROUND) {
                Propagation::Foreground
            } else {
                Propagation::Background
            };
            self.delete_as_garbage(now, &object, propagation);
        }
    }

    /// What has become of an owner; nothing if that can't be known (`isDangling`, `classifyReferences`).
    fn owner(&self, object: &Version, reference: &Value) -> Option<Owner> {
        let (kind, api_version) = (text(reference, "kind"), text(reference, "apiVersion"));
        let resource = self.resources.iter().find(|known| known.kind == kind && known.api_version() == api_version)?;
        let namespace = object.text("/metadata/namespace");
        if resource.namespaced && namespace.is_empty() {
            return None;
        }
        let key = Key::new(resource.namespaced.then_some(namespace), text(reference, "name"));
        let owner = self.store.get(&resource.stored_in(), &key).filter(|owner| owner.uid() == text(reference, "uid"));
        Some(match owner {
            None => Owner::Dangling,
            Some(owner) if is_deleted(&owner.value) && has_finalizer(&owner.value, FOREGROUND) => Owner::Waiting,
            Some(_) => Owner::Solid,
        })
    }

    fn delete_as_garbage(&mut self, now: Duration, object: &Version, propagation: Propagation) {
        let preconditions = Preconditions { uid: Some(object.uid().to_owned()), resource_version: None };
        let deletion = Deletion { preconditions, propagation: Some(propagation), is_dry_run: false };
        let namespace = Some(object.text("/metadata/namespace")).filter(|namespace| !namespace.is_empty());
        // If it is gone meanwhile, that is as good.
        drop(self.delete_with(now, &object.resource, namespace, object.text("/metadata/name"), &deletion));
    }

    fn drop_owners(&mut self, now: Duration, object: &Version, uids: &[&str]) {
        self.rewrite_list(now, object, "ownerReferences", |references| {
            references.retain(|reference| !uids.contains(&text(reference, "uid")));
        });
    }

    fn unblock_owners(&mut self, now: Duration, object: &Version) {
        self.rewrite_list(now, object, "ownerReferences", |references| {
            for reference in references.iter_mut().filter(|reference| reference["blockOwnerDeletion"] == true) {
                reference["blockOwnerDeletion"] = false.into();
            }
        });
    }

    fn remove_finalizer(&mut self, now: Duration, object: &Version, finalizer: &str) {
        self.rewrite_list(now, object, "finalizers", |finalizers| finalizers.retain(|present| present != finalizer));
    }

    /// Changes a list in the metadata of an object. An object that was only kept by a finalizer is gone then.
    fn rewrite_list(&mut self, now: Duration, object: &Version, list: &str, change: impl FnOnce(&mut Vec<Value>)) {
        let namespace = Some(object.text("/metadata/namespace")).filter(|namespace| !namespace.is_empty());
        let rewritten = |present: &Value| {
            let mut value = present.clone();
            if let Some(list) = value["metadata"][list].as_array_mut() {
                change(list);
            }
            Ok(value)
        };
        // If it is gone meanwhile, that is as good.
        drop(self.replace(now, &object.resource, namespace, object.text("/metadata/name"), rewritten));
    }
}

fn key_of(object: &Version) -> Key {
    let namespace = Some(object.text("/metadata/namespace")).filter(|namespace| !namespace.is_empty());
    Key::new(namespace, object.text("/metadata/name"))
}
