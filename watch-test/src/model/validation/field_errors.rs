//! Errors of fields (apimachinery/pkg/util/validation/field/errors.go).

use std::collections::BTreeSet;

use watch_core::wire::StatusCause;

/// One error of a field.
pub(crate) fn cause(reason: &str, message: String, field: &str) -> StatusCause {
    let mut cause = StatusCause::default();
    cause.reason = reason.into();
    cause.message = message;
    cause.field = field.into();
    cause
}

/// Removes each cause that is equal to an earlier one.
pub(crate) fn remove_duplicates(causes: &mut Vec<StatusCause>) {
    let mut seen = BTreeSet::new();
    causes.retain(|cause| seen.insert((cause.field.clone(), cause.message.clone())));
}

/// Returns all causes in one message (`ToAggregate` of an `ErrorList`).
pub(crate) fn sentences(causes: &[StatusCause]) -> String {
    let mut sentences: Vec<String> = causes.iter().map(|cause| format!("{}: {}", cause.field, cause.message)).collect();
    // Duplicates are removed.
    let mut seen = BTreeSet::new();
    sentences.retain(|sentence| seen.insert(sentence.clone()));
    match sentences.as_slice() {
        [one] => one.clone(),
        several => format!("[{}]", several.join(", ")),
    }
}
