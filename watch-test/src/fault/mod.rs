//! Faults of replies, configured in advance.
//!
//! A [`Rule`] states which requests a [`Fault`] applies to, and how often. Rules are values: they can be written as
//! JSON (durations are numbers of milliseconds), sent to the server's admin path, and printed in a transcript.
//!
//! ```
//! use watch_test::fault::{Fault, Requests};
//!
//! // The next two watches of pods are refused, with `Retry-After: 1`.
//! let rule = Fault::refuse(429).retry_after(1).times(2).on(Requests::watch("pods"));
//! assert_eq!(
//!     serde_json::to_string(&rule).unwrap(),
//!     r#"{"on":{"verb":"watch","resource":"pods"},"times":2,"refuse":{"status":429,"shape":"json","retryAfter":1}}"#
//! );
//! ```

mod build;
mod check;
mod end;
mod layer;
mod read;

use core::fmt;
use core::time::Duration;

use serde::{Deserialize, Serialize};

pub use self::check::InvalidRule;
pub use self::end::End;
pub use self::layer::Layer;

/// The most servers in front of one store. Each has its own caches.
pub const MOST_REPLICAS: usize = 16;

/// A fault of the reply to one request.
///
/// [`layer`](Self::layer) returns the layer that would cause it: the server, a proxy, or the network. Faults of clients
/// aren't included.
///
/// Its methods return a [`Rule`] with the fault, which [`inject`](crate::Handle::inject) adds to a server:
///
/// ```
/// use watch_test::TestServer;
/// use watch_test::fault::{Fault, Layer, Requests};
///
/// // The connection of the first watch of pods breaks after 400 bytes.
/// let rule = Fault::cut(400).once().on(Requests::watch("pods"));
/// assert_eq!(rule.fault.layer(), Layer::Network);
///
/// let server = TestServer::builder().start_blocking()?;
/// server.inject(rule);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub enum Fault {
    /// Server or proxy, depending on the [shape](Refusal::shape): the request is refused.
    Refuse(Refusal),
    /// Network: the head comes late.
    DelayHead {
        /// The delay. (In JSON: milliseconds.)
        #[serde(with = "crate::millis")]
        by: Duration,
    },
    /// Network, or server if the end is [in order](End::Complete): the body ends early.
    Cut {
        /// The number of bytes before the end; 0 ends the body right after the head.
        #[serde(default)]
        after_bytes: u64,
        /// How the body ends.
        end: End,
    },
    /// Network: no more bytes come, and the connection stays open.
    Stall {
        /// The number of bytes before the silence.
        #[serde(default)]
        after_bytes: u64,
        /// How long it lasts; `None` means forever. (In JSON: milliseconds.)
        #[serde(default, with = "crate::millis::optional", skip_serializing_if = "Option::is_none")]
        lasts: Option<Duration>,
    },
    /// Network: the body comes in small pieces with pauses.
    Drip {
        /// Bytes per piece: 1 or more.
        bytes: usize,
        /// The pause after each piece. (In JSON: milliseconds.)
        #[serde(with = "crate::millis")]
        every: Duration,
    },
    /// Network: the body comes in pieces of this size, without pauses, so that the boundaries of events and pieces
    /// differ.
    Split {
        /// Bytes per piece: 1 or more.
        bytes: usize,
    },
    /// Server: a text is sent that the server wouldn't send by itself: an ERROR event, half a line, anything.
    Say {
        /// The bytes to send; a line needs its `\n`.
        text: String,
        /// The number of events before the text.
        #[serde(default)]
        after_events: u64,
        /// Whether the watch ends after the text.
        #[serde(default)]
        then_end: bool,
    },
    /// Server: bookmarks come at this interval instead of the configured one. As usual, no bookmark comes before
    /// something changed since the watch began.
    Bookmarks {
        /// The interval, at least a millisecond; `None` means never, even if the client asks for bookmarks. This
        /// doesn't affect the end marker. (In JSON: milliseconds.)
        #[serde(default, with = "crate::millis::optional", skip_serializing_if = "Option::is_none")]
        every: Option<Duration>,
    },
    /// Server: the bookmark that ends the initial events never comes.
    NoEndMarker,
    /// Server: `sendInitialEvents` is ignored, as before Kubernetes 1.27.
    IgnoreSendInitialEvents,
    /// Server: a watch begins with all objects of its start version, as ADDED, and then continues normally. Servers
    /// that ignore the version do this (tilt-apiserver, kmock); they don't report what was deleted in the gap.
    RepeatObjects,
    /// Server: DELETED events of a watch have the version that the object had before. Servers without the watch cache
    /// of Kubernetes 1.10 or newer do this (kubernetes#58545).
    OldDeletions,
    /// Server: a watch with a selector doesn't report that an object no longer matches. kube-apiserver sends DELETED in
    /// this case. Servers whose watches compare only the new object send nothing.
    SilentDepartures,
    /// Server: a reply in JSON has another `Content-Type`, or none. kmock's watches have `application/octet-stream`
    /// (aiohttp writes that by default), and the errors of some servers have no content type.
    ContentType {
        /// `Content-Type`; `None` removes the header.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        value: Option<String>,
    },
    /// Server: a list ignores `limit` and has all objects in one page, as servers without pages do (kmock).
    IgnoreLimit,
    /// Server: a list at a version that the server doesn't have yet is answered at once, with the present state and
    /// version. Servers that ignore the version do this (kmock). kube-apiserver waits, and then refuses with 504 ("Too
    /// large resource version").
    AnswerFuture,
    /// Proxy: another server answers, with its own caches.
    Replica {
        /// The number of the server; 0 is the first. A server that doesn't exist yet is started; there are at most
        /// [`MOST_REPLICAS`].
        number: usize,
    },
}

/// The reply of [`Fault::Refuse`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct Refusal {
    /// The HTTP status: 200 to 599.
    pub status: u16,
    /// The shape of the body.
    #[serde(default)]
    pub shape: Shape,
    /// The header `Retry-After`, in seconds, and `details.retryAfterSeconds` if there are details. Invalid values such
    /// as -1 are sent as they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<i64>,
    /// `reason`; the default is the reason that belongs to the status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// `message`, or the complete body if the body is text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// The shape of a refusal's body: the five that kube-apiserver sends, and two of proxies in front of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Shape {
    /// A `Status` on one line.
    #[default]
    Json,
    /// A `Status` on many lines, as for browsers and for clients that accept transformed objects only.
    Pretty,
    /// A `Status` without `kind` and `apiVersion`, with `Content-Type: text/plain`: what the 60 s timeout filter sends.
    Bare,
    /// Plain text, as sent by priority and fairness, aggregation, and panics.
    Text,
    /// A `Status` in YAML.
    Yaml,
    /// An HTML page.
    Html,
    /// No body.
    Empty,
}

/// The requests that a fault applies to: those that match all fields that are set.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct Requests {
    /// The verb: `get`, `list`, `watch`, `create`, `update`, `patch`, `delete` or `deletecollection`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verb: Option<String>,
    /// The resource: `pods`, `deployments.apps`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource: Option<String>,
    /// A substring of the path and query, as they were sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contains: Option<String>,
}

/// A fault, the requests that it applies to, and how often.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Rule {
    /// The requests that the fault applies to.
    #[serde(default, skip_serializing_if = "is_default")]
    pub on: Requests,
    /// The number of matching requests to skip first.
    #[serde(default, skip_serializing_if = "is_default")]
    pub skip: u64,
    /// The number of requests to affect; `None` means all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u64>,
    /// The fault.
    #[serde(flatten)]
    pub fault: Fault,
}

impl fmt::Display for Rule {
    /// Writes the rule as JSON, which can be read again.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match serde_json::to_string(self) {
            Ok(json) => f.write_str(&json),
            Err(error) => write!(f, "{error}"),
        }
    }
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}
