//! Failures as errors of kube's watcher.

use kube_client::core::Status;
use kube_client::core::response::{StatusCause, StatusDetails, StatusSummary};
use kube_runtime::watcher::Error;
use watch_core::{Cause, DecodeError, During, Trouble};

/// Returns kube's error for a failure that needs attention.
pub(super) fn of_trouble(trouble: &Trouble) -> Error {
    if matches!(trouble.cause, Cause::NoVersion) {
        return Error::NoResourceVersion;
    }
    let error = status_of(&trouble.cause).map_or_else(
        || kube_client::Error::Service(Box::new(trouble.clone())),
        |status| kube_client::Error::Api(Box::new(status)),
    );
    match &trouble.during {
        During::List { .. } | During::StreamingList => Error::InitialListFailed(error),
        _ => Error::WatchStartFailed(error),
    }
}

/// Returns kube's error for an object that doesn't fit its type.
pub(super) fn of_object(error: DecodeError) -> Error {
    Error::WatchFailed(kube_client::Error::Service(Box::new(error)))
}

fn status_of(cause: &Cause) -> Option<Status> {
    let Cause::Status(status) = cause else { return None };
    let details = &status.details;
    let causes = details.causes.iter().map(|cause| StatusCause {
        reason: cause.reason.clone(),
        message: cause.message.clone(),
        field: cause.field.clone(),
    });
    Some(Status {
        code: status.code,
        reason: status.reason.clone(),
        message: status.message.clone(),
        status: Some(StatusSummary::Failure),
        metadata: None,
        details: Some(StatusDetails {
            name: details.name.clone(),
            group: details.group.clone(),
            kind: details.kind.clone(),
            uid: String::new(),
            causes: causes.collect(),
            retry_after_seconds: u32::try_from(details.retry_after_seconds).unwrap_or(0),
        }),
    })
}
