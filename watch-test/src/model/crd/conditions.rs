//! The conditions of a definition, and its accepted names.

use serde_json::{Value, json};

use crate::model::storage::conditions;

/// A condition of a definition.
pub(crate) struct Condition {
    kind: &'static str,
    status: &'static str,
    reason: &'static str,
    message: &'static str,
}

const fn condition(kind: &'static str, status: &'static str, reason: &'static str, message: &'static str) -> Condition {
    Condition { kind, status, reason, message }
}

/// The type of the condition of a definition that is being deleted.
pub(crate) const TERMINATING: &str = "Terminating";

/// No other definition has these names.
pub(crate) const NAMES_ACCEPTED: Condition = condition("NamesAccepted", "True", "NoConflicts", "no conflicts found");
/// Not served yet.
pub(crate) const INSTALLING: Condition =
    condition("Established", "False", "Installing", "the initial names have been accepted");
/// Served.
pub(crate) const ESTABLISHED: Condition =
    condition("Established", "True", "InitialNamesAccepted", "the initial names have been accepted");
/// Its deletion was requested.
pub(crate) const DELETION_PENDING: Condition = condition(
    TERMINATING,
    "True",
    "InstanceDeletionPending",
    "CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon",
);
/// Its objects are deleted.
pub(crate) const DELETION_IN_PROGRESS: Condition =
    condition(TERMINATING, "True", "InstanceDeletionInProgress", "CustomResource deletion is in progress");
/// Its objects are gone.
pub(crate) const DELETION_COMPLETED: Condition =
    condition(TERMINATING, "False", "InstanceDeletionCompleted", "removed all instances");

impl Condition {
    /// Sets it in a definition (`SetCRDCondition`).
    pub(crate) fn set(&self, definition: &mut Value, now: &str) {
        let Self { kind, status, reason, message } = self;
        conditions::set(
            definition,
            json!({"type": kind, "status": status, "lastTransitionTime": now, "reason": reason, "message": message}),
        );
    }
}
