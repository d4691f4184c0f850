//! What the machine asks for.

use core::fmt;

use serde::{Deserialize, Serialize};

use crate::config::{Parts, Representation};
use crate::wire::ListOptions;

/// Names an HTTP exchange. Never given twice by one watcher.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RequestId(pub(crate) u64);

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", self.0)
    }
}

/// A request to send: always a GET without a body.
///
/// As a type of the `http` crate it is [`http`](Self::http), with the feature of that name (on by default); without it,
/// [`uri`](Self::uri) and [`headers`](Self::headers) say the same.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Request {
    /// Comes back with every [`Input`](crate::Input) about it.
    pub id: RequestId,
    /// What it asks for.
    pub kind: RequestKind,
    /// Always a GET without a body. The URI has path and query only: scheme, authority and credentials are the
    /// driver's. `Accept` is set, and `Accept-Encoding: identity` on watches, since proxies that compress a stream hold
    /// events back. A driver that can decompress may add its own on lists, and replace it on streaming lists
    /// (`sendInitialEvents`), which Kubernetes compresses from 1.37 on: in one gzip member a flush, so it must read several.
    #[cfg(feature = "http")]
    pub http: http::Request<()>,
    #[cfg(not(feature = "http"))]
    uri: alloc::string::String,
    accept: &'static str,
    /// The last answer was 401: the driver should get fresh credentials (read the token file again) before it sends
    /// this.
    pub refresh_credentials: bool,
}

/// See [`Request::kind`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[expect(clippy::exhaustive_enums, reason = "LIST and WATCH are all there is")]
pub enum RequestKind {
    /// A list, or a page of one: ends soon.
    List,
    /// A watch: goes on for minutes.
    Watch,
}

impl fmt::Display for RequestKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::List => "LIST",
            Self::Watch => "WATCH",
        })
    }
}

/// Plain JSON stands behind every other choice: with only `;as=` clauses, errors come pretty-printed or as 406
/// (`negotiate.go`, `DefaultEndpointRestrictions`).
const JSON: &str = "application/json";
const METADATA: &str = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json";
const METADATA_LIST: &str = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json";

impl Request {
    pub(crate) fn new(
        id: RequestId,
        kind: RequestKind,
        parts: &Parts,
        options: &ListOptions,
        refresh_credentials: bool,
    ) -> Self {
        let query = options.to_query();
        let uri = if query.is_empty() { parts.path.clone() } else { alloc::format!("{}?{query}", parts.path) };
        let accept = match (parts.representation, kind) {
            (Representation::Whole, _) => JSON,
            (Representation::Metadata, RequestKind::List) => METADATA_LIST,
            (Representation::Metadata, RequestKind::Watch) => METADATA,
        };
        Self {
            id,
            kind,
            #[cfg(feature = "http")]
            http: typed(uri, headers(kind, accept)),
            #[cfg(not(feature = "http"))]
            uri,
            accept,
            refresh_credentials,
        }
    }

    /// Path and query, percent-encoded, as they stand in the first line of the request.
    pub fn uri(&self) -> &str {
        #[cfg(feature = "http")]
        return self.http.uri().path_and_query().map_or("", |path_and_query| path_and_query.as_str());
        #[cfg(not(feature = "http"))]
        &self.uri
    }

    /// Names (in lower case) and values of the headers that the request needs; `host` and credentials are the driver's.
    pub fn headers(&self) -> impl Iterator<Item = (&'static str, &'static str)> + use<> {
        headers(self.kind, self.accept)
    }
}

fn headers(kind: RequestKind, accept: &'static str) -> impl Iterator<Item = (&'static str, &'static str)> {
    let identity = (kind == RequestKind::Watch).then_some(("accept-encoding", "identity"));
    [("accept", accept)].into_iter().chain(identity)
}

#[cfg(feature = "http")]
fn typed(uri: alloc::string::String, headers: impl Iterator<Item = (&'static str, &'static str)>) -> http::Request<()> {
    let mut request = http::Request::new(());
    *request.method_mut() = http::Method::GET;
    // The path is made of checked names, the query is percent-encoded, and `Config` and `Limits` see to it that both
    // together stay below the 64 KiB that a URI may have: this can't fail.
    *request.uri_mut() = uri.try_into().unwrap_or_default();
    for (name, value) in headers {
        request.headers_mut().insert(name, http::HeaderValue::from_static(value));
    }
    request
}
