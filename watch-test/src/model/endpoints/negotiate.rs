//! Negotiates by the Accept header: the media type, the representation, and the form of errors.
//!
//! Of kube-apiserver's media types only JSON is served. A client that accepts nothing else is refused.

use http::HeaderMap;
use http::header::{ACCEPT, ACCEPT_ENCODING, USER_AGENT};
use watch_core::wire::Status;

use super::reply::Reply;
use crate::model::rendering::representation::Representation;
use crate::model::rendering::table::Include;
use crate::model::storage::resource::Resource;
use crate::model::validation::errors::bad_request;

/// The form of a reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Content {
    Object,
    List,
    Watch,
}

/// The outcome.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Negotiated {
    pub(crate) representation: Representation,
    /// The watch asked for a *list* of metadata, which the server answers with an empty body.
    pub(crate) is_mute: bool,
    /// Indented, for browsers.
    pub(crate) pretty: bool,
    /// Compressed, if it is long.
    pub(crate) gzip: bool,
}

/// The form of errors for this client: on many lines for browsers (`isPrettyPrint`), and for clients that accept
/// transformed objects only, since no error can be one (`DefaultEndpointRestrictions`).
pub(crate) fn pretty_errors(headers: &HeaderMap, query: &str) -> bool {
    let clauses = clauses(headers);
    let accepts_plain = clauses.is_empty() || clauses.iter().any(|clause| clause.is_json() && clause.form.is_none());
    !accepts_plain || is_for_people(headers, query)
}

/// Chooses the first clause that can be served.
pub(crate) fn negotiate(
    headers: &HeaderMap,
    query: &str,
    shape: Content,
    resource: &Resource,
) -> Result<Negotiated, Reply> {
    let pretty = shape != Content::Watch && is_for_people(headers, query);
    let gzip = shape != Content::Watch && accepts_gzip(headers);
    let clauses = clauses(headers);
    if clauses.is_empty() {
        return Ok(Negotiated { representation: Representation::Full, is_mute: false, pretty, gzip });
    }
    let refuse = |status: &Status| Reply::status(status, pretty_errors(headers, query));
    let not_acceptable = |message: String| refuse(&Status::new(406, "NotAcceptable", message));
    // Paths below the groups of custom resources aren't routed by media types.
    if !resource.custom && !clauses.iter().any(Clause::is_routed) {
        let streams = if shape == Content::Object { "" } else { ROUTED_STREAMS };
        return Err(not_acceptable(format!("406: Not Acceptable\n\nAvailable representations: {ROUTED}{streams}")));
    }
    for clause in clauses.iter().filter(|clause| clause.is_json()) {
        let (representation, is_mute) = match clause.form.as_deref() {
            None => (Representation::Full, false),
            Some("PartialObjectMetadata") if shape == Content::List => {
                return Err(not_acceptable(format!(
                    "you requested PartialObjectMetadata, but the requested object is a list ({})",
                    go_type(resource, true)
                )));
            }
            Some("PartialObjectMetadata") => (Representation::Metadata, false),
            Some("PartialObjectMetadataList") if shape == Content::Object && resource.custom => {
                return Err(refuse(&Status::new(500, "", "content is not a list")));
            }
            Some("PartialObjectMetadataList") if shape == Content::Object => {
                return Err(not_acceptable(format!(
                    "you requested PartialObjectMetadataList, but the requested object is not a list ({})",
                    go_type(resource, false)
                )));
            }
            Some("PartialObjectMetadataList") => (Representation::Metadata, shape == Content::Watch),
            Some("Table") => (Representation::Table(included(query).map_err(|status| refuse(&status))?), false),
            Some(_) => continue,
        };
        return Ok(Negotiated { representation, is_mute, pretty, gzip });
    }
    Err(not_acceptable(format!("only the following media types are accepted: {ROUTED}")))
}

/// Returns what the rows of a table contain.
fn included(query: &str) -> Result<Include, Status> {
    let policy = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "includeObject");
    match policy.as_ref().map_or("", |(_, value)| value.as_ref()) {
        "None" => Ok(Include::Nothing),
        "" | "Metadata" => Ok(Include::Metadata),
        "Object" => Ok(Include::Object),
        other => Err(bad_request(format!(
            "Unable to convert to Table as requested: includeObject: Invalid value: {other:?}: must be 'Metadata', \
             'Object', 'None', or empty"
        ))),
    }
}

/// Returns whether `gzip` is requested, as a separate word and without a quality (`negotiateContentEncoding`).
fn accepts_gzip(headers: &HeaderMap) -> bool {
    let given = headers.get(ACCEPT_ENCODING).and_then(|given| given.to_str().ok()).unwrap_or_default();
    given.split(',').any(|token| token.trim() == "gzip")
}

/// The media types of the router's error (`restful.Route.Produces`), and the further ones of collections.
const ROUTED: &str = "application/json, application/yaml, application/vnd.kubernetes.protobuf";
const ROUTED_STREAMS: &str = ", application/json;stream=watch, application/vnd.kubernetes.protobuf;stream=watch";

/// The media types that the router passes to the negotiation of the handlers.
const MEDIA_TYPES: [&str; 4] = ["*/*", "application/json", "application/yaml", "application/vnd.kubernetes.protobuf"];

/// Returns the name of the Go type of an object, or of a list, in kube-apiserver.
fn go_type(resource: &Resource, is_list: bool) -> String {
    let list = if is_list { "List" } else { "" };
    if resource.custom {
        return format!("*unstructured.Unstructured{list}");
    }
    let package = match resource.group.split('.').next() {
        None | Some("") => "core",
        Some(package) => package,
    };
    format!("*{package}.{}{list}", resource.kind)
}

/// `isPrettyPrint` of endpoints/handlers/negotiation.
pub(crate) fn is_for_people(headers: &HeaderMap, query: &str) -> bool {
    let pretty = form_urlencoded::parse(query.as_bytes()).find(|(name, value)| name == "pretty" && !value.is_empty());
    if let Some((_, value)) = pretty {
        return matches!(value.as_ref(), "1" | "t" | "T" | "true" | "TRUE" | "True");
    }
    let agent = headers.get(USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or_default();
    ["curl", "Wget", "Mozilla/5.0"].iter().any(|person| agent.starts_with(person))
}

struct Clause {
    media_type: String,
    /// The parameter `as`.
    form: Option<String>,
    quality: f32,
}

impl Clause {
    fn is_json(&self) -> bool {
        matches!(self.media_type.as_str(), "application/json" | "application/*" | "*/*")
    }

    fn is_routed(&self) -> bool {
        MEDIA_TYPES.contains(&self.media_type.as_str())
    }
}

fn clauses(headers: &HeaderMap) -> Vec<Clause> {
    let accept = headers.get(ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
    let mut clauses: Vec<Clause> = accept
        .split(',')
        .filter(|clause| !clause.trim().is_empty())
        .map(|clause| {
            let mut parts = clause.split(';').map(str::trim);
            let mut clause = Clause { media_type: parts.next().unwrap_or_default().into(), form: None, quality: 1.0 };
            for (name, value) in parts.filter_map(|part| part.split_once('=')) {
                match name {
                    "as" => clause.form = Some(value.into()),
                    "q" => clause.quality = value.parse().unwrap_or(1.0),
                    _ => {}
                }
            }
            clause
        })
        .collect();
    clauses.sort_by(|a, b| b.quality.total_cmp(&a.quality));
    clauses
}
