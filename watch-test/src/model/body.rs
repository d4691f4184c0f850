//! Bodies of requests, up to where they are JSON objects of some kind.

use http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use serde_json::{Map, Value};
use watch_core::wire::Status;

use super::go::{found, summary};
use super::protobuf::{self, Unread};
use super::reply::bad_request;
use super::resource::Resource;
use super::serve::Asked;

/// The most bytes of a body (`MaxRequestBodyBytes` of the generic server: 3 MiB). What is longer is refused with 413.
pub const LONGEST_BODY: usize = 3 * 1024 * 1024;

/// `NewRequestEntityTooLargeError` of apimachinery/pkg/api/errors.
pub(super) fn refuse_too_long(body: &[u8]) -> Result<(), Status> {
    if body.len() <= LONGEST_BODY {
        return Ok(());
    }
    let message = format!("Request entity too large: limit is {LONGEST_BODY}");
    Err(Status::new(413, "RequestEntityTooLarge", message))
}

/// The object that somebody sends.
pub(super) fn read_object(resource: &Resource, asked: &Asked<'_>) -> Result<Value, Status> {
    let form = form(resource, asked)?;
    refuse_too_long(asked.body)?;
    let unrecognized = |why: &str| {
        let (kind, summary) = (&resource.kind, summary(asked.body));
        bad_request(format!("the object provided is unrecognized (must be of type {kind}): {why} ({summary})"))
    };
    let no_json = |why: &str| unrecognized(&format!("couldn't get version/kind; json parse error: {why}"));
    if form == Form::Protobuf {
        return protobuf::read(asked.body, &resource.kind).map_err(|unread| match unread {
            Unread::UnknownKind => unknown_format(resource),
            Unread::Malformed(why) => unrecognized(&why),
        });
    }
    let value: Value = serde_json::from_slice(asked.body).map_err(|error| no_json(&syntax(&error)))?;
    let value = match value {
        // An empty struct, in Go.
        Value::Null => Value::Object(Map::new()),
        Value::Object(_) => value,
        other => {
            return Err(no_json(&format!(
                "json: cannot unmarshal {} into Go value of type struct {{ APIVersion string \
                 \"json:\\\"apiVersion,omitempty\\\"\"; Kind string \"json:\\\"kind,omitempty\\\"\" }}",
                found(&other)
            )));
        }
    };
    for field in ["apiVersion", "kind"] {
        let given = value.get(field).unwrap_or(&Value::Null);
        if !given.is_string() && !given.is_null() {
            let found = found(given);
            return Err(no_json(&format!(
                "json: cannot unmarshal {found} into Go struct field .{field} of type string"
            )));
        }
        // Built-in types are known from the path. Custom ones have no Go type that would tell.
        if resource.custom && given.as_str().unwrap_or_default().is_empty() && field == "kind" {
            let body = String::from_utf8_lossy(asked.body);
            return Err(unrecognized(&format!("Object 'Kind' is missing in '{body}'")));
        }
    }
    Ok(value)
}

/// The options of a DELETE, if it has some.
pub(super) fn read_options(resource: &Resource, asked: &Asked<'_>) -> Result<Value, Status> {
    refuse_too_long(asked.body)?;
    if asked.body.is_empty() {
        return Ok(Value::Null);
    }
    if form(resource, asked) == Ok(Form::Protobuf) {
        return protobuf::read(asked.body, "DeleteOptions").map_err(|unread| match unread {
            Unread::UnknownKind => unknown_format(resource),
            Unread::Malformed(why) => bad_request(why),
        });
    }
    serde_json::from_slice(asked.body)
        .map_err(|error| bad_request(format!("couldn't get version/kind; json parse error: {}", syntax(&error))))
}

/// What a body is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Json,
    Protobuf,
}

fn form(resource: &Resource, asked: &Asked<'_>) -> Result<Form, Status> {
    let media_type = asked.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if asked.headers.contains_key(CONTENT_ENCODING) {
        return Err(unknown_format(resource));
    }
    match media_type.split(';').next().unwrap_or_default().trim() {
        // The last is what curl says of `-d`.
        "" | "application/json" | "*/*" | "application/x-www-form-urlencoded" => Ok(Form::Json),
        protobuf::MEDIA_TYPE if !resource.custom => Ok(Form::Protobuf),
        _ => Err(unknown_format(resource)),
    }
}

fn unknown_format(resource: &Resource) -> Status {
    let mut message = "the body of the request was in an unknown format - accepted media types include: \
                       application/json, application/yaml"
        .to_owned();
    if !resource.custom {
        message.push_str(", application/vnd.kubernetes.protobuf");
    }
    Status::new(415, "UnsupportedMediaType", message)
}

/// A patch that is merged.
pub(super) fn read_patch(body: &[u8]) -> Result<Value, Status> {
    match serde_json::from_slice(body).map_err(undecodable)? {
        patch @ Value::Object(_) => Ok(patch),
        Value::Null => Err(bad_request("Invalid JSON Patch")),
        other => Err(bad_request(format!(
            "error decoding patch: json: cannot unmarshal {} into Go value of type map[string]interface {{}}",
            found(&other)
        ))),
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it is what `map_err` passes")]
pub(super) fn undecodable(error: serde_json::Error) -> Status {
    bad_request(format!("error decoding patch: {}", syntax(&error)))
}

/// What is wrong with JSON; in Go's words where it just ends too early.
fn syntax(error: &serde_json::Error) -> String {
    if error.is_eof() { "unexpected end of JSON input".into() } else { error.to_string() }
}
