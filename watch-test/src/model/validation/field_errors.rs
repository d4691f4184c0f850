//! What is wrong with a field (apimachinery/pkg/util/validation/field/errors.go).

use std::collections::BTreeSet;

use watch_core::wire::StatusCause;

/// One thing that is wrong with a field.
pub(crate) fn cause(reason: &str, message: String, field: &str) -> StatusCause {
    let mut cause = StatusCause::default();
    cause.reason = reason.into();
    cause.message = message;
    cause.field = field.into();
    cause
}

/// All causes in one message (`ToAggregate` of an `ErrorList`).
pub(crate) fn sentences(causes: &[StatusCause]) -> String {
    let mut sentences: Vec<String> = causes.iter().map(|cause| format!("{}: {}", cause.field, cause.message)).collect();
    // What is said twice is one sentence.
    let mut said = BTreeSet::new();
    sentences.retain(|sentence| said.insert(sentence.clone()));
    match sentences.as_slice() {
        [one] => one.clone(),
        several => format!("[{}]", several.join(", ")),
    }
}
