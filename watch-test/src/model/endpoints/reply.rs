//! Whole replies: heads as kube-apiserver writes them, and the bodies of its errors.

use std::io::Write as _;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use http::header::{CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, RETRY_AFTER, VARY, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderMap, HeaderValue, StatusCode};
use watch_core::wire::{Status, StatusDetails};

use crate::model::storage::resource::Resource;

/// Replies longer than this are compressed for those who accept it (`defaultGzipThresholdBytes` of
/// endpoints/handlers/responsewriters/writers.go).
const COMPRESSED_ABOVE: usize = 128 * 1024;

/// `application/json`
pub(crate) const JSON: HeaderValue = HeaderValue::from_static("application/json");
/// As Go's `http.Error` has it.
const TEXT: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");
const NOSNIFF: HeaderValue = HeaderValue::from_static("nosniff");
/// On every answer (`WithCacheControl` of the server's filters).
pub(crate) const NO_CACHE: HeaderValue = HeaderValue::from_static("no-cache, private");

/// A reply that is complete.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Reply {
    pub(crate) fn json(status: StatusCode, body: impl Into<Bytes>) -> Self {
        let mut headers = HeaderMap::new();
        headers.insert(CACHE_CONTROL, NO_CACHE);
        headers.insert(CONTENT_TYPE, JSON);
        Self { status, headers, body: body.into() }
    }

    /// Plain text, as written by filters in front of the API and by the router.
    pub(crate) fn text(status: StatusCode, body: impl Into<Bytes>) -> Self {
        let mut reply = Self::json(status, body);
        reply.headers.insert(CONTENT_TYPE, TEXT);
        reply.headers.insert(X_CONTENT_TYPE_OPTIONS, NOSNIFF);
        reply
    }

    /// Compresses a body that is worth it.
    pub(crate) fn compress(&mut self) {
        if self.body.len() <= COMPRESSED_ABOVE {
            return;
        }
        // Level 1 (`defaultGzipContentEncodingLevel`).
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        // Writing into memory can't fail.
        let written = encoder.write_all(&self.body).and_then(|()| encoder.finish());
        if let Ok(body) = written {
            self.body = body.into();
            self.headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
            self.headers.insert(VARY, HeaderValue::from_static("Accept-Encoding"));
        }
    }

    /// A refusal, compact or (for people and for those who accept nothing but transformed objects) on many lines.
    pub(crate) fn status(status: &Status, pretty: bool) -> Self {
        let mut json = status.to_json();
        if has_empty_details(status) {
            let at = json.windows(8).rposition(|window| window == b",\"code\":").unwrap_or(json.len());
            json.splice(at..at, *b",\"details\":{}");
        }
        json = escape(&json);
        if pretty {
            json = indent(&json);
        } else {
            json.push(b'\n');
        }
        let code = StatusCode::from_u16(status.code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut reply = Self::json(code, json);
        if let Some(after) = status.retry_after() {
            reply.headers.insert(RETRY_AFTER, after.as_secs().into());
        }
        // Only where access is refused (`responsewriters.Forbidden`).
        if status.reason == "Forbidden" && status.message.contains(" is forbidden: User ") {
            reply.headers.insert(X_CONTENT_TYPE_OPTIONS, NOSNIFF);
        }
        reply
    }
}

/// There is nothing at that path.
pub(crate) fn nothing() -> Reply {
    Reply::text(StatusCode::NOT_FOUND, "404 page not found\n")
}

/// Some refusals have details without anything in them: those that `NewGenericServerResponse` makes.
fn has_empty_details(status: &Status) -> bool {
    status.details == StatusDetails::default()
        && ([NO_SUCH_RESOURCE, NOT_ALLOWED, REJECTED, UNSUPPORTED].contains(&&*status.message)
            || status.message.starts_with("406: Not Acceptable"))
}

const NO_SUCH_RESOURCE: &str = "the server could not find the requested resource";
const NOT_ALLOWED: &str = "the server does not allow this method on the requested resource";
const REJECTED: &str = "the server rejected our request due to an error in our request";

/// What the router says of a media type that a route doesn't take.
pub(crate) const UNSUPPORTED: &str = "415: Unsupported Media Type";

/// JSON with the characters escaped that Go's encoder escapes. They stand in strings only.
fn escape(json: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(json.len());
    for &byte in json {
        match byte {
            b'<' => out.extend_from_slice(b"\\u003c"),
            b'>' => out.extend_from_slice(b"\\u003e"),
            b'&' => out.extend_from_slice(b"\\u0026"),
            _ => out.push(byte),
        }
    }
    out
}

/// There is nothing of that kind to be done there.
pub(crate) fn not_allowed() -> Status {
    Status::new(405, "MethodNotAllowed", NOT_ALLOWED)
}

/// A custom resource isn't used so (`NewMethodNotSupported`).
pub(crate) fn not_supported(resource: &Resource, verb: &str) -> Status {
    let message = format!("{verb} is not supported on resources of kind \"{}\"", resource.name());
    about(Status::new(405, "MethodNotAllowed", message), resource, "")
}

/// A JSON patch that doesn't apply (`NewGenericServerResponse`).
pub(crate) fn rejected() -> Status {
    Status::new(422, "Invalid", REJECTED)
}

/// The group is known, the resource is not.
pub(crate) fn no_such_resource() -> Status {
    Status::new(404, "NotFound", NO_SUCH_RESOURCE)
}

/// The request makes no sense.
pub(crate) fn bad_request(message: impl Into<String>) -> Status {
    Status::new(400, "BadRequest", message)
}

/// There is no object of that name.
pub(crate) fn not_found(resource: &Resource, name: &str) -> Status {
    about(Status::new(404, "NotFound", format!("{} \"{name}\" not found", resource.name())), resource, name)
}

/// There is an object of that name already.
pub(crate) fn already_exists(resource: &Resource, name: &str) -> Status {
    let message = format!("{} \"{name}\" already exists", resource.name());
    about(Status::new(409, "AlreadyExists", message), resource, name)
}

/// There is one, but it is going (`Store.Create` of registry/generic).
pub(crate) fn being_deleted(resource: &Resource, name: &str) -> Status {
    let mut status = already_exists(resource, name);
    status.message.insert_str(0, "object is being deleted: ");
    status
}

/// It can't be done now.
pub(crate) fn forbidden(resource: &Resource, name: &str, why: &str) -> Status {
    let message = format!("{} \"{name}\" is forbidden: {why}", resource.name());
    about(Status::new(403, "Forbidden", message), resource, name)
}

/// The object is not as the writer believed.
pub(crate) fn conflict(resource: &Resource, name: &str, why: &str) -> Status {
    let message = format!("Operation cannot be fulfilled on {} \"{name}\": {why}", resource.name());
    about(Status::new(409, "Conflict", message), resource, name)
}

/// Fills in the details: which object of which resource.
fn about(mut status: Status, resource: &Resource, name: &str) -> Status {
    name.clone_into(&mut status.details.name);
    status.details.group.clone_from(&resource.group);
    status.details.kind.clone_from(&resource.plural);
    status
}

/// JSON on many lines, as `json.MarshalIndent` with two spaces writes it.
pub(crate) fn indent(json: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(json.len() * 2);
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    let line = |out: &mut Vec<u8>, depth: usize| {
        out.push(b'\n');
        out.resize(out.len() + 2 * depth, b' ');
    };
    for (at, &byte) in json.iter().enumerate() {
        let next = json.get(at + 1).copied();
        match byte {
            _ if in_string => {
                out.push(byte);
                in_string = escaped || byte != b'"';
                escaped = !escaped && byte == b'\\';
            }
            b'"' => {
                out.push(byte);
                in_string = true;
            }
            b'{' | b'[' => {
                out.push(byte);
                depth += 1;
                if !matches!(next, Some(b'}' | b']')) {
                    line(&mut out, depth);
                }
            }
            b'}' | b']' => {
                depth = depth.saturating_sub(1);
                if !matches!(out.last(), Some(b'{' | b'[')) {
                    line(&mut out, depth);
                }
                out.push(byte);
            }
            b',' => {
                out.push(byte);
                line(&mut out, depth);
            }
            b':' => out.extend_from_slice(b": "),
            b'\n' => {}
            _ => out.push(byte),
        }
    }
    out
}

/// The headers of a watch: no length, and no `;stream=watch` for JSON.
pub(crate) fn stream_headers() -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(CACHE_CONTROL, NO_CACHE);
    headers.insert(CONTENT_TYPE, JSON);
    headers
}
