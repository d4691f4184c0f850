//! The form of discovery for a request: the list of groups, or one document (KEP-3352).

use bytes::Bytes;
use http::header::{ACCEPT, CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY};
use http::{HeaderMap, HeaderValue, StatusCode};
use ring::digest::{SHA512, digest};
use watch_core::wire::Status;

use crate::model::encode::indent::indent;
use crate::model::endpoints::negotiate::is_for_people;
use crate::model::endpoints::reply::Reply;
use crate::model::endpoints::request::ApiRequest;

/// The media type of a document with all resources of all groups.
const AGGREGATED: HeaderValue =
    HeaderValue::from_static("application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList");

/// Returns a reply of discovery.
pub(crate) fn discovered(mut body: Vec<u8>, request: &ApiRequest<'_>) -> Reply {
    finish(&mut body, request);
    Reply::json(StatusCode::OK, body)
}

/// `/api` and `/apis`: one document for clients that accept it, the plain list for others (`WrappedHandler` of
/// apiserver/pkg/endpoints/discovery/aggregated).
///
/// `refusal` is the text before the media types if a client accepts none of them: `/api` and `/apis` differ.
pub(crate) fn negotiated(
    request: &ApiRequest<'_>,
    refusal: &str,
    plain: impl FnOnce() -> Vec<u8>,
    all: impl FnOnce() -> Vec<u8>,
) -> Reply {
    let forms = forms(request.headers);
    if forms.contains(&DiscoveryForm::Aggregated) {
        return aggregated(all(), request);
    }
    if forms.is_empty() || forms.contains(&DiscoveryForm::Plain) {
        return discovered(plain(), request);
    }
    // JSON of a form that isn't served gets past the router.
    let refusal = if forms.contains(&DiscoveryForm::UnknownJson) { REFUSAL } else { refusal };
    let message = format!("{refusal}application/json, application/yaml, application/vnd.kubernetes.protobuf");
    Reply::status(&Status::new(406, "NotAcceptable", message), true)
}

/// The text before the served media types, if a client accepts none of them.
pub(crate) const REFUSAL: &str = "only the following media types are accepted: ";

/// The meaning of a clause of an Accept header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum DiscoveryForm {
    Plain,
    /// It is chosen at any position and with any quality.
    Aggregated,
    UnknownJson,
    Unknown,
}

/// Returns the document, or 304 if the client has it already (`ServeHTTPWithETag`).
fn aggregated(mut body: Vec<u8>, request: &ApiRequest<'_>) -> Reply {
    use core::fmt::Write as _;

    let mut tag = String::from("\"");
    for byte in digest(&SHA512, &body).as_ref() {
        // Writing into a string can't fail.
        let _ = write!(tag, "{byte:02X}");
    }
    tag.push('"');
    finish(&mut body, request);
    let is_known = request.headers.get(IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == tag.as_bytes());
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

fn finish(body: &mut Vec<u8>, request: &ApiRequest<'_>) {
    if is_for_people(request.headers, request.query) {
        *body = indent(body);
    } else {
        body.push(b'\n');
    }
}

/// Returns the meanings of the clauses of an Accept header.
fn forms(headers: &HeaderMap) -> Vec<DiscoveryForm> {
    let accept = headers.get(ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
    accept.split(',').filter(|clause| !clause.trim().is_empty()).map(form).collect()
}

fn form(clause: &str) -> DiscoveryForm {
    let mut parts = clause.split(';').map(str::trim);
    if !matches!(parts.next(), Some("application/json" | "application/*" | "*/*")) {
        return DiscoveryForm::Unknown;
    }
    let (mut group, mut version, mut form) = ("", "", "");
    for (name, value) in parts.filter_map(|part| part.split_once('=')) {
        match name {
            "g" => group = value,
            "v" => version = value,
            "as" => form = value,
            _ => {}
        }
    }
    match (form, group, version) {
        ("", ..) => DiscoveryForm::Plain,
        ("APIGroupDiscoveryList", "apidiscovery.k8s.io", "v2") => DiscoveryForm::Aggregated,
        _ => DiscoveryForm::UnknownJson,
    }
}
