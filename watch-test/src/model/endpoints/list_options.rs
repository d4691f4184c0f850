//! The valid combinations of parameters of a LIST or WATCH (`ValidateListOptions` of
//! apimachinery/pkg/apis/meta/internalversion/validation), and their meaning.

use watch_core::wire::{ListOptions, Status, StatusCause};

use crate::model::encode::go_errors::parse_unsigned;
use crate::model::validation::field_errors::{cause, sentences};

/// The support of `sendInitialEvents`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::exhaustive_enums, reason = "Kubernetes has had only these three")]
pub enum WatchList {
    /// As since Kubernetes 1.34 (and in 1.32): streaming lists work, and a watch without a version is one.
    #[default]
    On,
    /// The feature gate is off (1.27 to 1.31, and 1.33): `sendInitialEvents` is refused with 422.
    Off,
    /// Before 1.27: the parameter is unknown, and so is ignored.
    Unknown,
}

/// Adds initial events to a watch without a version (`SetListOptionsDefaults`).
pub(crate) fn set_defaults(options: &mut ListOptions, watch_list: WatchList) {
    match watch_list {
        WatchList::Unknown => {
            options.send_initial_events = None;
            if options.watch {
                options.resource_version_match = None;
            }
        }
        WatchList::Off => {}
        WatchList::On => {
            let is_open = options.send_initial_events.is_none() && options.resource_version_match.is_none();
            let anywhere = matches!(options.resource_version.as_deref(), None | Some("0"));
            if options.watch && is_open && anywhere {
                options.send_initial_events = Some(true);
                options.resource_version_match = Some(NOT_OLDER_THAN.into());
            }
        }
    }
}

pub(crate) const NOT_OLDER_THAN: &str = "NotOlderThan";
pub(crate) const EXACT: &str = "Exact";

/// Refuses invalid combinations with 422.
pub(crate) fn validate(options: &ListOptions, watch_list: WatchList) -> Result<(), Status> {
    let mut causes = Vec::new();
    if options.watch {
        validate_watch(options, watch_list, &mut causes);
    } else {
        validate_list(options, &mut causes);
    }
    if causes.is_empty() {
        return Ok(());
    }
    let message = format!("ListOptions.meta.k8s.io \"\" is invalid: {}", sentences(&causes));
    let mut status = Status::new(422, "Invalid", message);
    status.details.group = "meta.k8s.io".into();
    status.details.kind = "ListOptions".into();
    status.details.causes = causes;
    Err(status)
}

fn validate_watch(options: &ListOptions, watch_list: WatchList, causes: &mut Vec<StatusCause>) {
    let matching = options.resource_version_match.as_deref();
    if options.send_initial_events.is_some() {
        if matching != Some(NOT_OLDER_THAN) {
            causes.push(forbidden(
                "resourceVersionMatch",
                "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan",
            ));
        }
        if watch_list == WatchList::Off {
            causes.push(forbidden(
                "sendInitialEvents",
                "sendInitialEvents is forbidden for watch unless the WatchList feature gate is enabled",
            ));
        }
    }
    let Some(matching) = matching else { return };
    if options.send_initial_events.is_none() {
        causes.push(forbidden(
            "resourceVersionMatch",
            "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided",
        ));
    }
    if matching != NOT_OLDER_THAN {
        causes.push(unsupported(matching, "\"NotOlderThan\""));
    }
    if options.continue_token.is_some() {
        causes.push(forbidden("resourceVersionMatch", "resourceVersionMatch is forbidden when continue is provided"));
    }
}

fn validate_list(options: &ListOptions, causes: &mut Vec<StatusCause>) {
    if let Some(matching) = options.resource_version_match.as_deref() {
        let mut forbid = |detail| causes.push(forbidden("resourceVersionMatch", detail));
        if options.resource_version.is_none() {
            forbid("resourceVersionMatch is forbidden unless resourceVersion is provided");
        }
        if options.continue_token.is_some() {
            forbid("resourceVersionMatch is forbidden when continue is provided");
        }
        if matching != EXACT && matching != NOT_OLDER_THAN {
            causes.push(unsupported(matching, "\"Exact\", \"NotOlderThan\", \"\""));
        } else if matching == EXACT && options.resource_version.as_deref() == Some("0") {
            forbid("resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\"");
        }
    }
    if options.send_initial_events.is_some() {
        causes.push(forbidden("sendInitialEvents", "sendInitialEvents is forbidden for list"));
    }
}

fn forbidden(field: &str, detail: &str) -> StatusCause {
    cause("FieldValueForbidden", format!("Forbidden: {detail}"), field)
}

fn unsupported(value: &str, supported: &str) -> StatusCause {
    let message = format!("Unsupported value: {value:?}: supported values: {supported}");
    cause("FieldValueNotSupported", message, "resourceVersionMatch")
}

/// Parses a resourceVersion of a request; "" is 0 (`APIObjectVersioner.ParseResourceVersion`).
pub(crate) fn parse_version(text: Option<&str>) -> Result<u64, String> {
    let text = text.unwrap_or_default();
    if text.is_empty() {
        return Ok(0);
    }
    parse_unsigned(text).map_err(|why| format!("resourceVersion: Invalid value: {text:?}: {why}"))
}
