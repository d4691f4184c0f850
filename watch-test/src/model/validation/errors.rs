//! The errors of the API, with the texts of the server (apimachinery/pkg/api/errors).

use watch_core::wire::{Status, StatusCause, StatusDetails};

use super::field_errors::{cause, remove_duplicates, sentences};
use crate::model::storage::release::Release;
use crate::model::storage::resource::Resource;

/// Returns whether a refusal has an empty `details`: one that `NewGenericServerResponse` makes.
pub(crate) fn has_empty_details(status: &Status) -> bool {
    status.details == StatusDetails::default()
        && ([NO_SUCH_RESOURCE, NOT_ALLOWED, REJECTED, UNSUPPORTED].contains(&&*status.message)
            || status.message.starts_with("406: Not Acceptable"))
}

const NO_SUCH_RESOURCE: &str = "the server could not find the requested resource";
const NOT_ALLOWED: &str = "the server does not allow this method on the requested resource";
const REJECTED: &str = "the server rejected our request due to an error in our request";

/// The router's error for a media type that a route doesn't accept.
pub(crate) const UNSUPPORTED: &str = "415: Unsupported Media Type";

/// Returns the error for a method that a path doesn't support (`NewGenericServerResponse`).
pub(crate) fn not_allowed() -> Status {
    Status::new(405, "MethodNotAllowed", NOT_ALLOWED)
}

/// Returns the error for a verb that a custom resource doesn't support (`NewMethodNotSupported`).
pub(crate) fn not_supported(resource: &Resource, verb: &str) -> Status {
    let message = format!("{verb} is not supported on resources of kind \"{}\"", resource.name());
    about(Status::new(405, "MethodNotAllowed", message), resource, "")
}

/// Returns the error for a JSON patch that doesn't apply (`NewGenericServerResponse`).
pub(crate) fn rejected() -> Status {
    Status::new(422, "Invalid", REJECTED)
}

/// Returns the error for an unknown resource of a known group.
pub(crate) fn no_such_resource() -> Status {
    Status::new(404, "NotFound", NO_SUCH_RESOURCE)
}

/// Returns the error for an invalid request.
pub(crate) fn bad_request(message: impl Into<String>) -> Status {
    Status::new(400, "BadRequest", message)
}

/// Returns the error for a failure of the server (`NewInternalError`).
pub(crate) fn internal_error(why: &str) -> Status {
    let mut status = Status::new(500, "InternalError", format!("Internal error occurred: {why}"));
    status.details.causes.push(cause("", why.to_owned(), ""));
    status
}

/// Returns the error for an object that doesn't exist.
pub(crate) fn not_found(resource: &Resource, name: &str) -> Status {
    about(Status::new(404, "NotFound", format!("{} \"{name}\" not found", resource.name())), resource, name)
}

/// Returns the error for a new object whose name is in use.
pub(crate) fn already_exists(resource: &Resource, name: &str) -> Status {
    let message = format!("{} \"{name}\" already exists", resource.name());
    about(Status::new(409, "AlreadyExists", message), resource, name)
}

/// Returns the error for a new object whose name belongs to one that is being deleted (`Store.Create` of
/// registry/generic).
pub(crate) fn being_deleted(resource: &Resource, name: &str) -> Status {
    let mut status = already_exists(resource, name);
    status.message.insert_str(0, "object is being deleted: ");
    status
}

/// Returns the error for a request that isn't possible now.
pub(crate) fn forbidden(resource: &Resource, name: &str, why: &str) -> Status {
    let message = format!("{} \"{name}\" is forbidden: {why}", resource.name());
    about(Status::new(403, "Forbidden", message), resource, name)
}

/// Returns the error for a write to an object that has changed since it was read.
pub(crate) fn conflict(resource: &Resource, name: &str, why: &str) -> Status {
    let message = format!("Operation cannot be fulfilled on {} \"{name}\": {why}", resource.name());
    about(Status::new(409, "Conflict", message), resource, name)
}

/// Fills in the details: the object and its resource.
fn about(mut status: Status, resource: &Resource, name: &str) -> Status {
    name.clone_into(&mut status.details.name);
    status.details.group.clone_from(&resource.group);
    status.details.kind.clone_from(&resource.plural);
    status
}

/// `NewInvalid` of apimachinery/pkg/api/errors.
pub(crate) fn invalid(resource: &Resource, name: &str, mut causes: Vec<StatusCause>) -> Status {
    let sentences = sentences(&causes);
    // Custom resources have no declarative validation, with which the removal came.
    if resource.release >= Release::V1_37 && !resource.custom {
        remove_duplicates(&mut causes);
    }
    let group = resource.group_of_kind();
    let dot = if group.is_empty() { "" } else { "." };
    let kind = format!("{}{dot}{group}", resource.kind);
    let mut status = Status::new(422, "Invalid", format!("{kind} {name:?} is invalid: {sentences}"));
    status.details.name = name.into();
    group.clone_into(&mut status.details.group);
    status.details.kind.clone_from(&resource.kind);
    status.details.causes = causes;
    status
}

/// `NewTooLargeResourceVersionError` of apiserver/pkg/storage.
pub(crate) fn too_large(needs: u64, current: u64) -> Status {
    let message = format!("Timeout: Too large resource version: {needs}, current: {current}");
    let mut status = Status::new(504, "Timeout", message);
    status.details.causes.push(cause("ResourceVersionTooLarge", "Too large resource version".into(), ""));
    status.details.retry_after_seconds = 1;
    status
}
