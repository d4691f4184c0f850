//! Which of the forms of discovery a request gets: the list of groups, or all of it in one document (KEP-3352).

use bytes::Bytes;
use http::header::{ACCEPT, CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY};
use http::{HeaderMap, HeaderValue, StatusCode};
use ring::digest::{SHA512, digest};
use watch_core::wire::Status;

use super::negotiate::is_for_people;
use super::reply::{Reply, indent};
use super::serve::Asked;

/// The media type of a document with all resources of all groups.
const AGGREGATED: HeaderValue =
    HeaderValue::from_static("application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList");

/// What clients find out about the server by.
pub(super) fn discovered(mut body: Vec<u8>, asked: &Asked<'_>) -> Reply {
    finish(&mut body, asked);
    Reply::json(StatusCode::OK, body)
}

/// `/api` and `/apis`: one document with everything for those who ask for it, the plain list for the others
/// (`WrappedHandler` of apiserver/pkg/endpoints/discovery/aggregated).
///
/// `refusal` is what stands before the media types where a client accepts none of them: `/api` and `/apis` differ.
pub(super) fn negotiated(
    asked: &Asked<'_>,
    refusal: &str,
    plain: impl FnOnce() -> Vec<u8>,
    all: impl FnOnce() -> Vec<u8>,
) -> Reply {
    match preferred(asked.headers) {
        Some(true) => aggregated(all(), asked),
        Some(false) => discovered(plain(), asked),
        None => {
            let message = format!("{refusal}application/json, application/yaml, application/vnd.kubernetes.protobuf");
            Reply::status(&Status::new(406, "NotAcceptable", message), true)
        }
    }
}

/// The document, or word that the client has it already (`ServeHTTPWithETag`).
fn aggregated(mut body: Vec<u8>, asked: &Asked<'_>) -> Reply {
    use core::fmt::Write as _;

    let mut tag = String::from("\"");
    for byte in digest(&SHA512, &body).as_ref() {
        // Writing into a string can't fail.
        let _ = write!(tag, "{byte:02X}");
    }
    tag.push('"');
    finish(&mut body, asked);
    let is_known = asked.headers.get(IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == tag.as_bytes());
    let mut reply = if is_known {
        let mut reply = Reply::json(StatusCode::NOT_MODIFIED, Bytes::new());
        reply.headers.remove(CONTENT_TYPE);
        reply
    } else {
        let mut reply = Reply::json(StatusCode::OK, body);
        reply.headers.insert(CONTENT_TYPE, AGGREGATED);
        reply
    };
    reply.headers.insert(CACHE_CONTROL, HeaderValue::from_static("public"));
    reply.headers.insert(VARY, HeaderValue::from_static("Accept"));
    if let Ok(tag) = HeaderValue::try_from(tag) {
        reply.headers.insert(ETAG, tag);
    }
    reply
}

fn finish(body: &mut Vec<u8>, asked: &Asked<'_>) {
    if is_for_people(asked.headers, asked.query) {
        *body = indent(body);
    } else {
        body.push(b'\n');
    }
}

/// Whether the first clause of an Accept header that can be served is about the aggregated form; `None` if none can be.
fn preferred(headers: &HeaderMap) -> Option<bool> {
    let accept = headers.get(ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
    if accept.trim().is_empty() {
        return Some(false);
    }
    let mut clauses: Vec<(f32, Option<bool>)> = accept.split(',').map(clause).collect();
    clauses.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    clauses.into_iter().find_map(|(_, form)| form)
}

/// A clause's quality, and whether it means the aggregated form; `None` if nothing that is served.
fn clause(clause: &str) -> (f32, Option<bool>) {
    let mut parts = clause.split(';').map(str::trim);
    let is_json = matches!(parts.next(), Some("application/json" | "application/*" | "*/*"));
    let (mut quality, mut group, mut version, mut form) = (1.0, "", "", "");
    for (name, value) in parts.filter_map(|part| part.split_once('=')) {
        match name {
            "q" => quality = value.parse().unwrap_or(1.0),
            "g" => group = value,
            "v" => version = value,
            "as" => form = value,
            _ => {}
        }
    }
    let form = match (form, group, version) {
        ("", ..) => Some(false),
        ("APIGroupDiscoveryList", "apidiscovery.k8s.io", "v2") => Some(true),
        _ => None,
    };
    (quality, form.filter(|_| is_json))
}
