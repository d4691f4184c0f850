//! Reads the bodies of requests as JSON objects of a kind.

use http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use serde_json::{Map, Value};
use watch_core::wire::Status;

use super::request::ApiRequest;
use crate::model::admission::decode::{Origin, decode, unreadable_kind, unrecognized};
use crate::model::admission::dry_run;
use crate::model::admission::options::undecodable;
use crate::model::encode::go_errors::syntax;
use crate::model::encode::protobuf::{self, Unread};
use crate::model::storage::release::Release;
use crate::model::storage::resource::Resource;
use crate::model::validation::errors::bad_request;

/// The most bytes of a body (`MaxRequestBodyBytes` of the generic server: 3 MiB). A longer body is refused with 413.
pub const LONGEST_BODY: usize = 3 * 1024 * 1024;

/// `NewRequestEntityTooLargeError` of apimachinery/pkg/api/errors.
pub(crate) fn refuse_too_long(body: &[u8]) -> Result<(), Status> {
    if body.len() <= LONGEST_BODY {
        return Ok(());
    }
    let message = format!("Request entity too large: limit is {LONGEST_BODY}");
    Err(Status::new(413, "RequestEntityTooLarge", message))
}

/// Returns the object in the body of a request.
pub(crate) fn read_object(resource: &Resource, request: &ApiRequest<'_>) -> Result<Value, Status> {
    let form = body_format(resource, request)?;
    refuse_too_long(request.body)?;
    let unrecognized = |why: String| bad_request(unrecognized(resource, &why, request.body));
    let mut value = if form == BodyFormat::Protobuf {
        protobuf::read(request.body, &resource.kind, resource.release >= Release::V1_37).map_err(
            |unread| match unread {
                Unread::UnknownKind => unknown_format(),
                Unread::Malformed(why) => unrecognized(why),
            },
        )?
    } else {
        interpret(request.body).map_err(unrecognized)?
    };
    let decoded = decode(resource, &mut value, Origin::Body).map_err(|why| why.refuse(resource, request.body))?;
    decoded.check(resource)?;
    Ok(value)
}

/// Returns the options of a DELETE: those in the body, or without one those in the query (`DeleteResource` of
/// endpoints/handlers/delete.go).
pub(crate) fn read_options(resource: &Resource, request: &ApiRequest<'_>) -> Result<Value, Status> {
    refuse_too_long(request.body)?;
    if request.body.is_empty() {
        return Ok(options_in(request.query));
    }
    if body_format(resource, request)? == BodyFormat::Protobuf {
        return protobuf::read(request.body, "DeleteOptions", resource.release >= Release::V1_37).map_err(|unread| {
            match unread {
                Unread::UnknownKind => unknown_format(),
                Unread::Malformed(why) => bad_request(why),
            }
        });
    }
    let options = interpret(request.body).map_err(bad_request)?;
    match undecodable(&options) {
        None => Ok(options),
        Some(why) => Err(bad_request(why)),
    }
}

/// Returns the value in a body (`Interpret` of apimachinery/pkg/runtime/serializer/json/meta.go).
fn interpret(body: &[u8]) -> Result<Value, String> {
    let no_json = |why: &str| format!("couldn't get version/kind; json parse error: {why}");
    // An empty struct, in Go.
    let value = match serde_json::from_slice(body).map_err(|error| no_json(&syntax(&error)))? {
        Value::Null => Value::Object(Map::new()),
        other => other,
    };
    match unreadable_kind(&value) {
        None => Ok(value),
        Some(why) => Err(no_json(&why)),
    }
}

/// Returns the options in a query (`Convert_url_Values_To_v1_DeleteOptions`). In a collection, `resourceVersion` is
/// also that of the list: each object must have it.
fn options_in(query: &str) -> Value {
    let (mut options, mut preconditions) = (Map::new(), Map::new());
    // If a parameter is given twice, the first one counts.
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        match &*name {
            "uid" | "resourceVersion" if !value.is_empty() => {
                preconditions.entry(name).or_insert_with(|| value.into_owned().into());
            }
            "propagationPolicy" => {
                options.entry(name).or_insert_with(|| value.into_owned().into());
            }
            // `Convert_Slice_string_To_bool`
            "orphanDependents" => {
                options
                    .entry(name)
                    .or_insert_with(|| Value::Bool(value != "0" && !value.eq_ignore_ascii_case("false")));
            }
            _ => {}
        }
    }
    options.insert("dryRun".into(), dry_run::values(query).into());
    options.insert("preconditions".into(), preconditions.into());
    options.into()
}

/// The format of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum BodyFormat {
    Json,
    Protobuf,
}

fn body_format(resource: &Resource, request: &ApiRequest<'_>) -> Result<BodyFormat, Status> {
    let given = request.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if request.headers.contains_key(CONTENT_ENCODING) {
        return Err(unknown_format());
    }
    match media_type(given).as_deref() {
        Some("" | "application/json") => Ok(BodyFormat::Json),
        Some(protobuf::MEDIA_TYPE) if !resource.custom => Ok(BodyFormat::Protobuf),
        _ => Err(unknown_format()),
    }
}

/// Returns the media type of a `Content-Type`, in lower case; `None` if its parameters are invalid
/// (`mime.ParseMediaType`). In patches and in `Accept`, case matters.
fn media_type(given: &str) -> Option<String> {
    let mut parts = given.split(';').map(str::trim);
    let media_type = parts.next().unwrap_or_default().to_ascii_lowercase();
    let is_parameter = |part: &str| {
        part.split_once('=').is_some_and(|(name, value)| {
            let is_quoted = value.len() > 1 && value.starts_with('"') && value.ends_with('"');
            is_token(name) && (is_quoted || is_token(value))
        })
    };
    parts.filter(|part| !part.is_empty()).all(is_parameter).then_some(media_type)
}

/// A token of RFC 9110.
fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}

/// The text is the same for custom resources, which are never read in protobuf.
fn unknown_format() -> Status {
    let message = "the body of the request was in an unknown format - accepted media types include: application/json, \
                   application/yaml, application/vnd.kubernetes.protobuf";
    Status::new(415, "UnsupportedMediaType", message)
}
