//! The requests of the machine.

use core::fmt;

use serde::{Deserialize, Serialize};

use crate::config::{Parts, Representation};
use crate::wire::ListOptions;

/// Identifies an HTTP exchange. A watcher never uses an id twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RequestId(pub(crate) u64);

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", self.0)
    }
}

/// A request to send: always a GET without a body.
///
/// With the feature `http` (on by default), [`http`](Self::http) is the request as a type of the `http` crate. Without
/// it, [`uri`](Self::uri) and [`headers`](Self::headers) return the same.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Request {
    /// Identifies the request in every [`Input`](crate::Input) about it.
    pub id: RequestId,
    /// Whether it is a LIST or a WATCH.
    pub kind: RequestKind,
    /// Always a GET without a body. The URI has path and query only: the driver adds scheme, authority and credentials.
    ///
    /// `Accept` is always set. `Accept-Encoding: identity` is set on watches, because proxies that compress a stream
    /// delay its events. It is also set on lists after a compressed body couldn't be read
    /// ([`ResponseHead::decompressed`](crate::ResponseHead::decompressed)). A driver that can decompress may add its
    /// own `Accept-Encoding` where there is none. It may also replace this header on streaming lists
    /// (`sendInitialEvents`). Kubernetes compresses these from 1.37 on, with one gzip member per flush, so the driver
    /// must read several members.
    #[cfg(feature = "http")]
    pub http: http::Request<()>,
    #[cfg(not(feature = "http"))]
    uri: alloc::string::String,
    accept: &'static str,
    /// The request excludes compression.
    is_plain: bool,
    /// The last response was 401. The driver should get fresh credentials (read the token file again) before it sends
    /// this.
    pub refresh_credentials: bool,
}

/// LIST or WATCH: see [`Request::kind`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[expect(clippy::exhaustive_enums, reason = "the protocol has only LIST and WATCH")]
pub enum RequestKind {
    /// A list, or one page of it. It ends soon.
    List,
    /// A watch. It lasts for minutes.
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

/// Plain JSON is the last choice of each `Accept`: with only `;as=` clauses, errors come pretty-printed or as 406
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
        is_plain: bool,
        refresh_credentials: bool,
    ) -> Self {
        let query = options.to_query();
        let uri = if query.is_empty() { parts.path.clone() } else { alloc::format!("{}?{query}", parts.path) };
        let accept = match (parts.representation, kind) {
            (Representation::Full, _) => JSON,
            (Representation::Metadata, RequestKind::List) => METADATA_LIST,
            (Representation::Metadata, RequestKind::Watch) => METADATA,
        };
        Self {
            id,
            kind,
            #[cfg(feature = "http")]
            http: typed(uri, headers(accept, is_plain)),
            #[cfg(not(feature = "http"))]
            uri,
            accept,
            is_plain,
            refresh_credentials,
        }
    }

    /// Returns path and query, percent-encoded, as in the request line.
    pub fn uri(&self) -> &str {
        #[cfg(feature = "http")]
        return self.http.uri().path_and_query().map_or("", |path_and_query| path_and_query.as_str());
        #[cfg(not(feature = "http"))]
        &self.uri
    }

    /// Returns the headers that the request needs, with names in lower case. The driver adds `host` and credentials.
    pub fn headers(&self) -> impl Iterator<Item = (&'static str, &'static str)> + use<> {
        headers(self.accept, self.is_plain)
    }
}

fn headers(accept: &'static str, is_plain: bool) -> impl Iterator<Item = (&'static str, &'static str)> {
    let identity = is_plain.then_some(("accept-encoding", "identity"));
    [("accept", accept)].into_iter().chain(identity)
}

#[cfg(feature = "http")]
fn typed(uri: alloc::string::String, headers: impl Iterator<Item = (&'static str, &'static str)>) -> http::Request<()> {
    let mut request = http::Request::new(());
    *request.method_mut() = http::Method::GET;
    // This can't fail: path segments are checked names, the query is percent-encoded, and `Config` and `Limits` keep
    // both together below the 64 KiB that a URI may have.
    *request.uri_mut() = uri.try_into().unwrap_or_default();
    for (name, value) in headers {
        request.headers_mut().insert(name, http::HeaderValue::from_static(value));
    }
    request
}
