//! `dryRun`: everything is checked and answered as for a write, and nothing is written.

use http::Method;
use serde_json::Value;
use watch_core::wire::{Status, StatusCause};

use crate::model::storage::resource::Resource;
use crate::model::validation::errors::invalid;
use crate::model::validation::field_errors::cause;

/// Returns whether a write is a dry run. The options of a DELETE can be in its body, and are read elsewhere.
pub(crate) fn of(method: &Method, query: &str) -> Result<bool, Status> {
    let options = match *method {
        Method::POST => "CreateOptions",
        Method::PUT => "UpdateOptions",
        Method::PATCH => "PatchOptions",
        _ => return Ok(false),
    };
    check(&values(query), options)
}

pub(crate) fn values(query: &str) -> Vec<String> {
    let parameters = form_urlencoded::parse(query.as_bytes());
    parameters.filter(|(name, _)| name == "dryRun").map(|(_, value)| value.into_owned()).collect()
}

/// Returns whether the options of a request ask for a dry run. `kind` is the kind of the options.
pub(crate) fn in_options(options: &Value, kind: &str) -> Result<bool, Status> {
    let values = options.get("dryRun").and_then(Value::as_array).into_iter().flatten();
    let values: Vec<String> = values.filter_map(Value::as_str).map(str::to_owned).collect();
    check(&values, kind)
}

/// `ValidateDryRun` of apimachinery/pkg/apis/meta/v1/validation.
fn check(values: &[String], options: &str) -> Result<bool, Status> {
    if values.iter().all(|value| value == "All") {
        return Ok(!values.is_empty());
    }
    let shown = Value::from(values.to_vec());
    let message = format!("Unsupported value: {shown}: supported values: \"All\"");
    Err(invalid_options(options, vec![cause("FieldValueNotSupported", message, "dryRun")]))
}

/// The refusal of the options of a request.
pub(crate) fn invalid_options(kind: &str, causes: Vec<StatusCause>) -> Status {
    invalid(&Resource::built_in("meta.k8s.io", "v1", "", kind), "", causes)
}
