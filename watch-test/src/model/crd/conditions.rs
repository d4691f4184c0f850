//! The conditions of a definition, and its names once they are accepted.

use serde_json::{Value, json};

/// What is the case with a definition.
pub(super) struct Condition {
    kind: &'static str,
    status: &'static str,
    reason: &'static str,
    message: &'static str,
}

const fn condition(kind: &'static str, status: &'static str, reason: &'static str, message: &'static str) -> Condition {
    Condition { kind, status, reason, message }
}

/// No other definition has these names.
pub(super) const NAMES_ACCEPTED: Condition = condition("NamesAccepted", "True", "NoConflicts", "no conflicts found");
/// Not served yet.
pub(super) const INSTALLING: Condition =
    condition("Established", "False", "Installing", "the initial names have been accepted");
/// Served.
pub(super) const ESTABLISHED: Condition =
    condition("Established", "True", "InitialNamesAccepted", "the initial names have been accepted");
/// Somebody wants to be rid of it.
pub(super) const DELETION_PENDING: Condition = condition(
    "Terminating",
    "True",
    "InstanceDeletionPending",
    "CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon",
);
/// Its objects are deleted.
pub(super) const DELETION_IN_PROGRESS: Condition =
    condition("Terminating", "True", "InstanceDeletionInProgress", "CustomResource deletion is in progress");
/// Its objects are gone.
pub(super) const DELETION_COMPLETED: Condition =
    condition("Terminating", "False", "InstanceDeletionCompleted", "removed all instances");

/// Says of a definition that something is the case, from now on if it wasn't before (`SetCRDCondition`).
pub(super) fn set(definition: &mut Value, condition: &Condition, now: &str) {
    let Condition { kind, status, reason, message } = condition;
    let conditions = &mut definition["status"]["conditions"];
    if !conditions.is_array() {
        *conditions = json!([]);
    }
    let Some(conditions) = conditions.as_array_mut() else { return };
    let present = conditions.iter().position(|present| present["type"] == *kind);
    let since = present.map(|at| &conditions[at]).filter(|present| present["status"] == *status);
    let since = since.map_or_else(|| now.into(), |present| present["lastTransitionTime"].clone());
    let value =
        json!({"type": kind, "status": status, "lastTransitionTime": since, "reason": reason, "message": message});
    match present {
        Some(at) => conditions[at] = value,
        None => conditions.push(value),
    }
}

/// Whether a definition says that something is the case.
pub(super) fn is_true(definition: &Value, kind: &str) -> bool {
    let conditions = definition.pointer("/status/conditions").and_then(Value::as_array);
    conditions.into_iter().flatten().any(|present| present["type"] == kind && present["status"] == "True")
}
