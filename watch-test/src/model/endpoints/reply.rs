//! Replies whose body is known: heads as kube-apiserver writes them, and the bodies of its errors.

use std::io::Write as _;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use http::header::{CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, RETRY_AFTER, VARY, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderMap, HeaderValue, StatusCode};
use watch_core::wire::Status;

use crate::model::encode::indent::indent;
use crate::model::encode::json::escape;
use crate::model::validation::errors::has_empty_details;

/// The size above which replies are compressed for clients that accept it (`defaultGzipThresholdBytes` of
/// endpoints/handlers/responsewriters/writers.go).
const COMPRESSED_ABOVE: usize = 128 * 1024;

/// `application/json`
pub(crate) const JSON: HeaderValue = HeaderValue::from_static("application/json");
/// As Go's `http.Error` has it.
const TEXT: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");
const NOSNIFF: HeaderValue = HeaderValue::from_static("nosniff");
/// On every answer (`WithCacheControl` of the server's filters).
pub(crate) const NO_CACHE: HeaderValue = HeaderValue::from_static("no-cache, private");

/// A complete reply.
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

    /// Compresses a body that is long enough.
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

    /// Returns a refusal, compact or on many lines (for browsers and for clients that accept only transformed objects).
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

/// The reason why a request isn't answered as requested.
#[derive(Debug)]
pub(crate) enum ErrorReply {
    /// A `Status`, in the form that the client accepts.
    Status(Box<Status>),
    /// A reply, sent as it is.
    Reply(Reply),
}

impl ErrorReply {
    pub(crate) fn into_reply(self, pretty: bool) -> Reply {
        match self {
            Self::Status(status) => Reply::status(&status, pretty),
            Self::Reply(reply) => reply,
        }
    }
}

impl From<Status> for ErrorReply {
    fn from(status: Status) -> Self {
        Self::Status(Box::new(status))
    }
}

/// Returns the reply for an unknown path.
pub(crate) fn nothing() -> Reply {
    Reply::text(StatusCode::NOT_FOUND, "404 page not found\n")
}

/// The headers of a watch: no length, and no `;stream=watch` for JSON.
pub(crate) fn stream_headers() -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(CACHE_CONTROL, NO_CACHE);
    headers.insert(CONTENT_TYPE, JSON);
    headers
}
