//! The options of a DELETE: preconditions, propagation, dry run.

use std::sync::Arc;

use serde_json::Value;
use watch_core::wire::Status;

use super::dry_run::{self, invalid_options};
use super::preconditions::Preconditions;
use crate::model::storage::object::Version;
use crate::model::storage::resource::Resource;
use crate::model::validation::field_errors::cause;

/// The propagation to the dependents of a deleted object (`meta/v1.DeletionPropagation`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Propagation {
    /// The dependents are deleted first. Those with `blockOwnerDeletion` keep the owner until then.
    Foreground,
    /// The dependents are deleted after the owner.
    Background,
    /// The dependents stay, without a reference to the owner.
    Orphan,
}

/// The finalizers for [`Propagation::Orphan`] and [`Propagation::Foreground`].
pub(crate) const ORPHAN: &str = "orphan";
pub(crate) const FOREGROUND: &str = "foregroundDeletion";

#[derive(Clone, Debug, Default)]
pub(crate) struct Deletion {
    pub(crate) preconditions: Preconditions,
    /// `None`: the object's finalizers decide, or else the default of its type.
    pub(crate) propagation: Option<Propagation>,
    /// Whether `orphanDependents` is explicitly false. Then the deletion of an object that isn't gone at once is
    /// answered with 202.
    pub(crate) is_cascading: bool,
    pub(crate) is_dry_run: bool,
}

/// An object that was deleted, or got a `deletionTimestamp`.
#[derive(Debug)]
pub(crate) struct Deleted {
    pub(crate) object: Arc<Version>,
    pub(crate) is_gone: bool,
}

impl Deletion {
    /// Checks the options of a request (`ValidateDeleteOptions`).
    pub(crate) fn of(options: &Value) -> Result<Self, Status> {
        let propagation = options.get("propagationPolicy").and_then(Value::as_str);
        let orphans = options.get("orphanDependents").and_then(Value::as_bool);
        let is_cascading = orphans == Some(false);
        let propagation = match (propagation, orphans) {
            (Some(text), Some(_)) => {
                let why = "orphanDependents and deletionPropagation cannot be both set";
                return Err(refuse("FieldValueInvalid", format!("Invalid value: {text:?}: {why}")));
            }
            (None, None) => None,
            (None, Some(orphans)) => Some(if orphans { Propagation::Orphan } else { Propagation::Background }),
            (Some("Foreground"), None) => Some(Propagation::Foreground),
            (Some("Background"), None) => Some(Propagation::Background),
            (Some("Orphan"), None) => Some(Propagation::Orphan),
            (Some(text), None) => {
                let supported = "\"Foreground\", \"Background\", \"Orphan\", \"nil\"";
                let message = format!("Unsupported value: {text:?}: supported values: {supported}");
                return Err(refuse("FieldValueNotSupported", message));
            }
        };
        let is_dry_run = dry_run::in_options(options, "DeleteOptions")?;
        Ok(Self { preconditions: Preconditions::of(options), propagation, is_cascading, is_dry_run })
    }

    /// Returns the finalizers of an object after the request to delete it (`deletionFinalizersForGarbageCollection` of
    /// registry/generic).
    pub(crate) fn finalizers(&self, resource: &Resource, present: &Value) -> Vec<Value> {
        let finalizers = present.pointer("/metadata/finalizers").and_then(Value::as_array);
        let finalizers = finalizers.into_iter().flatten();
        let is_of_collector = |finalizer: &&Value| *finalizer == ORPHAN || *finalizer == FOREGROUND;
        let given = finalizers.clone().find(is_of_collector).and_then(Value::as_str);
        let mut kept: Vec<Value> = finalizers.filter(|finalizer| !is_of_collector(finalizer)).cloned().collect();
        if resource.stored_in() == "events" {
            return kept;
        }
        let chosen = match (self.propagation, given) {
            (Some(Propagation::Orphan), _) | (None, Some(ORPHAN)) => Some(ORPHAN),
            (Some(Propagation::Foreground), _) | (None, Some(FOREGROUND)) => Some(FOREGROUND),
            (None, None) if orphans_by_default(resource) => Some(ORPHAN),
            _ => None,
        };
        kept.extend(chosen.map(Value::from));
        kept
    }
}

/// `DefaultGarbageCollectionPolicy` of the registries.
fn orphans_by_default(resource: &Resource) -> bool {
    matches!(resource.name().as_str(), "jobs.batch" | "replicationcontrollers")
}

fn refuse(reason: &str, message: String) -> Status {
    invalid_options("DeleteOptions", vec![cause(reason, message, "propagationPolicy")])
}
