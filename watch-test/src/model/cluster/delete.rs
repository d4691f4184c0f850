//! Deletions.

use core::time::Duration;
use std::sync::Arc;

use watch_core::wire::Status;

use super::ClusterState;
use crate::model::admission::deletion::{Deleted, Deletion};
use crate::model::admission::generation;
use crate::model::admission::meta::metadata;
use crate::model::admission::owners::is_deleted;
use crate::model::admission::preconditions::Preconditions;
use crate::model::crd;
use crate::model::storage::object::{Key, Version};
use crate::model::storage::resource::Resource;
use crate::model::validation::errors::forbidden;

/// The namespaces that can't be deleted (`NewLifecycle` of apiserver/pkg/admission/plugin/namespace/lifecycle).
const UNDELETABLE: [&str; 3] = ["default", "kube-system", "kube-public"];

impl ClusterState {
    /// Deletes an object, or sets its `deletionTimestamp` if it has finalizers.
    pub(crate) fn delete_object(
        &mut self,
        now: Duration,
        resource: &Arc<Resource>,
        namespace: Option<&str>,
        name: &str,
        preconditions: &Preconditions,
    ) -> Result<Arc<Version>, Status> {
        let deletion = Deletion { preconditions: preconditions.clone(), ..Deletion::default() };
        self.delete_with(now, resource, namespace, name, &deletion).map(|deleted| deleted.object)
    }

    /// Does the same with the options of a request.
    pub(crate) fn delete_with(
        &mut self,
        now: Duration,
        resource: &Arc<Resource>,
        namespace: Option<&str>,
        name: &str,
        deletion: &Deletion,
    ) -> Result<Deleted, Status> {
        let present = self.existing(resource, namespace, name)?;
        match resource.name().as_str() {
            "namespaces" => {
                deletion.preconditions.check_early(resource, name, &present)?;
                if UNDELETABLE.contains(&name) {
                    return Err(forbidden(resource, name, "this namespace may not be deleted"));
                }
                if let Some(kept) = self.terminate_namespace(now, &present, deletion) {
                    return Ok(kept);
                }
            }
            crd::RESOURCE => {
                deletion.preconditions.check_early(resource, name, &present)?;
                if !is_deleted(&present.value) {
                    return Ok(Deleted { object: self.terminate(now, present), is_gone: false });
                }
            }
            _ => {}
        }
        self.delete_stored(now, resource, namespace, name, deletion)
    }

    /// Does the same without the steps that only some types have (`Store.Delete` of registry/generic).
    pub(crate) fn delete_stored(
        &mut self,
        now: Duration,
        resource: &Arc<Resource>,
        namespace: Option<&str>,
        name: &str,
        deletion: &Deletion,
    ) -> Result<Deleted, Status> {
        let key = Key::new(namespace, name);
        let present = self.existing(resource, namespace, name)?;
        let is_terminating = is_deleted(&present.value);
        deletion.preconditions.check(resource, name, &present)?;
        let finalizers = deletion.finalizers(resource, &present.value);
        let is_kept = !finalizers.is_empty();
        let mut value = present.value.clone();
        if is_kept || value.pointer("/metadata/finalizers").is_some() {
            value["metadata"]["finalizers"] = finalizers.into();
        }
        // Pods are deleted gracefully. That is visible even if the grace period is zero seconds.
        let is_graceful = resource.name() == "pods";
        if (is_kept || is_graceful) && !is_terminating {
            let timestamp = self.timestamp(now);
            let metadata = metadata(&mut value);
            metadata.insert("deletionTimestamp".into(), timestamp.into());
            metadata.insert("deletionGracePeriodSeconds".into(), 0.into());
            if metadata.contains_key("generation") {
                generation::advance(&mut value);
            }
        }
        if is_kept && value == present.value {
            return Ok(Deleted { object: present, is_gone: false });
        }
        if is_kept || (is_graceful && !is_terminating) {
            let marked = self.put(now, resource, key.clone(), value);
            if is_kept || self.is_dry_run {
                return Ok(Deleted { object: marked, is_gone: !is_kept });
            }
        }
        self.before_removal(now, &present);
        Ok(Deleted { object: self.remove(now, resource, key), is_gone: true })
    }
}
