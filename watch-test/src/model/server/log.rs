//! The log of requests and their replies.

use core::fmt;
use core::time::Duration;

use http::header::{ACCEPT, ACCEPT_ENCODING, CONTENT_TYPE, USER_AGENT};
use http::{HeaderMap, Method};
use serde::Serialize;

use crate::fault::End;

/// The number of requests that are kept at least; at most twice as many are.
pub const LONGEST_LOG: usize = 100_000;

/// The requests since the beginning, or since the log was cleared; only the last ones, if there are very many.
#[derive(Debug, Default)]
pub(crate) struct Log {
    requests: Vec<LoggedRequest>,
    forgotten: usize,
}

impl Log {
    /// Adds a request, and returns its number.
    pub(crate) fn push(&mut self, request: LoggedRequest) -> usize {
        if self.requests.len() >= 2 * LONGEST_LOG {
            self.requests.drain(..LONGEST_LOG);
            self.forgotten += LONGEST_LOG;
        }
        self.requests.push(request);
        self.forgotten + self.requests.len() - 1
    }

    pub(crate) fn get_mut(&mut self, number: usize) -> Option<&mut LoggedRequest> {
        self.requests.get_mut(number.checked_sub(self.forgotten)?)
    }

    pub(crate) fn get(&self, number: usize) -> Option<&LoggedRequest> {
        self.requests.get(number.checked_sub(self.forgotten)?)
    }

    pub(crate) const fn requests(&self) -> &[LoggedRequest] {
        self.requests.as_slice()
    }

    /// Removes all requests, including those that aren't answered yet.
    pub(crate) fn clear(&mut self) {
        self.forgotten += self.requests.len();
        self.requests = Vec::new();
    }
}

/// A request as the server received it.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct LoggedRequest {
    /// The time of the request, since the server started. (In JSON: milliseconds.)
    #[serde(serialize_with = "crate::millis::serialize")]
    pub at: Duration,
    /// The method, for example `GET`.
    pub method: String,
    /// The path, for example `/api/v1/namespaces/default/pods`.
    pub path: String,
    /// The query as it was sent, without `?`, for example `watch=true&resourceVersion=228`.
    pub query: String,
    /// The headers `Accept`, `Accept-Encoding`, `Content-Type` and `User-Agent`, in lower case, and whether there was
    /// an `authorization` (without its value).
    pub headers: Vec<(String, String)>,
    /// The status of the reply; `None` if there is none yet.
    pub status: Option<u16>,
    /// The code of the ERROR event that the server ended the watch with. The status of such a reply is 200. Faults that
    /// send an ERROR event aren't recorded here.
    pub error: Option<u16>,
    /// The faults that were injected.
    pub fault: Option<String>,
    /// The bytes of the body sent so far.
    pub bytes: u64,
    /// How the reply ended; `None` if it hasn't ended, and if the client disconnected.
    pub end: Option<End>,
    /// The time of its end, or when the client disconnected.
    #[serde(serialize_with = "crate::millis::optional::serialize")]
    pub ended_at: Option<Duration>,
}

impl LoggedRequest {
    pub(crate) fn new(at: Duration, method: &Method, path: &str, query: &str, headers: &HeaderMap) -> Self {
        let interesting = [ACCEPT, ACCEPT_ENCODING, CONTENT_TYPE, USER_AGENT];
        let mut kept: Vec<(String, String)> = interesting
            .iter()
            .filter_map(|name| Some((name.to_string(), headers.get(name)?.to_str().ok()?.to_owned())))
            .collect();
        if headers.contains_key(http::header::AUTHORIZATION) {
            kept.push(("authorization".into(), "(given)".into()));
        }
        Self {
            at,
            method: method.to_string(),
            path: path.to_owned(),
            query: query.to_owned(),
            headers: kept,
            status: None,
            error: None,
            fault: None,
            bytes: 0,
            end: None,
            ended_at: None,
        }
    }

    /// Returns whether it is a watch.
    pub fn is_watch(&self) -> bool {
        self.parameter("watch").is_some_and(|value| value != "0" && !value.eq_ignore_ascii_case("false"))
            || self.path.contains("/watch/")
    }

    /// Returns a parameter of the query, decoded.
    pub fn parameter(&self, name: &str) -> Option<String> {
        let mut parameters = form_urlencoded::parse(self.query.as_bytes());
        parameters.find(|(given, _)| given == name).map(|(_, value)| value.into_owned())
    }

    /// Returns a header, if it is one of those that are kept.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(given, _)| given == name).map(|(_, value)| value.as_str())
    }
}

impl fmt::Display for LoggedRequest {
    /// Writes, for example, `    1.204s GET /api/v1/pods?watch=1 -> 200, 1532 bytes, cut after 3.1s [fault]`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:>9.3}s {} {}", self.at.as_secs_f64(), self.method, self.path)?;
        if !self.query.is_empty() {
            write!(f, "?{}", self.query)?;
        }
        match self.status {
            Some(status) => {
                write!(f, " -> {status}, {} bytes", self.bytes)?;
                if let Some(error) = self.error {
                    write!(f, ", ERROR {error}")?;
                }
            }
            None => f.write_str(" -> no reply yet")?,
        }
        let after = self.ended_at.map(|ended| ended.saturating_sub(self.at).as_secs_f64());
        match (self.end, after) {
            (Some(End::Complete), _) if !self.is_watch() => {}
            (Some(End::Complete), Some(after)) => write!(f, ", complete after {after:.3}s")?,
            (Some(End::Cut), Some(after)) => write!(f, ", cut after {after:.3}s")?,
            (Some(End::Reset), Some(after)) => write!(f, ", reset after {after:.3}s")?,
            (None, Some(after)) => write!(f, ", left by the client after {after:.3}s")?,
            (_, None) => f.write_str(", open")?,
        }
        if let Some(fault) = &self.fault {
            write!(f, " [{fault}]")?;
        }
        Ok(())
    }
}
