//! `dryRun`: everything is checked and answered as if it were done, and nothing is written.

use http::Method;
use watch_core::wire::{Status, StatusCause};

use super::meta::invalid;
use crate::model::endpoints::list_options::cause;
use crate::model::server::serve::Asked;
use crate::model::storage::resource::Resource;

/// Whether a write is to be tried only. The options of a DELETE can stand in its body, and are read elsewhere.
pub(crate) fn of(asked: &Asked<'_>) -> Result<bool, Status> {
    let options = match *asked.method {
        Method::POST => "CreateOptions",
        Method::PUT => "UpdateOptions",
        Method::PATCH => "PatchOptions",
        _ => return Ok(false),
    };
    check(&values(asked.query), options)
}

pub(crate) fn values(query: &str) -> Vec<String> {
    let parameters = form_urlencoded::parse(query.as_bytes());
    parameters.filter(|(name, _)| name == "dryRun").map(|(_, value)| value.into_owned()).collect()
}

/// `ValidateDryRun` of apimachinery/pkg/apis/meta/v1/validation.
pub(crate) fn check(values: &[String], options: &str) -> Result<bool, Status> {
    if values.iter().all(|value| value == "All") {
        return Ok(!values.is_empty());
    }
    let shown = serde_json::Value::from(values.to_vec());
    let message = format!("Unsupported value: {shown}: supported values: \"All\"");
    Err(invalid_options(options, vec![cause("FieldValueNotSupported", message, "dryRun")]))
}

/// The refusal of the options of a request.
pub(crate) fn invalid_options(kind: &str, causes: Vec<StatusCause>) -> Status {
    invalid(&Resource::built_in("meta.k8s.io", "v1", "", kind), "", causes)
}
