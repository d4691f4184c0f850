//! What goes wrong, said in advance.
//!
//! A [`Rule`] says which requests a [`Fault`] befalls, and how often. Rules are values: they can be written down as
//! JSON (durations are numbers of milliseconds), sent to the server's admin path, and printed in a transcript.
//!
//! ```
//! use watch_test::fault::{Fault, Requests};
//!
//! // The next two watches of pods are refused, and told to come back in a second.
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

/// How many servers there can be in front of one store. Each has caches of its own.
pub const MOST_REPLICAS: usize = 16;

/// Something that goes wrong with the reply to one request.
///
/// [`layer`](Self::layer) names the layer that causes it where it happens: the server, a proxy, or the network. What a client
/// does wrong isn't done here.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub enum Fault {
    /// Server, or proxy by the [shape](Refusal::shape): it is refused, whatever it asks for.
    Refuse(Refusal),
    /// Network: the head comes late.
    DelayHead {
        /// How late.
        #[serde(with = "crate::millis")]
        by: Duration,
    },
    /// Network, or server if the end is [in order](End::Complete): the body ends early.
    Cut {
        /// Behind so many bytes; 0: behind the head.
        #[serde(default)]
        after_bytes: u64,
        /// How.
        end: End,
    },
    /// Network: nothing more comes, and the connection stays open.
    Stall {
        /// Behind so many bytes.
        #[serde(default)]
        after_bytes: u64,
        /// For how long; `None`: for ever.
        #[serde(default, with = "crate::millis::optional", skip_serializing_if = "Option::is_none")]
        lasts: Option<Duration>,
    },
    /// Network: the body comes in small pieces with pauses.
    Drip {
        /// Bytes a piece: 1 or more.
        bytes: usize,
        /// The pause behind each.
        #[serde(with = "crate::millis")]
        every: Duration,
    },
    /// Network: the body comes in pieces of this size, without pauses, so that events and pieces don't coincide.
    Split {
        /// Bytes a piece: 1 or more.
        bytes: usize,
    },
    /// Server: something is sent that it wouldn't send by itself: an ERROR event, half a line, anything.
    Say {
        /// What, byte for byte; a line needs its `\n`.
        text: String,
        /// Behind so many events.
        #[serde(default)]
        after_events: u64,
        /// Whether the watch ends behind it.
        #[serde(default)]
        then_end: bool,
    },
    /// Server: bookmarks come this often, whatever is usual; as usual, not before there is news since the watch began.
    Bookmarks {
        /// How often, at least a millisecond apart; `None`: never, not even where the client asks for them. (The end marker is another matter.)
        #[serde(default, with = "crate::millis::optional", skip_serializing_if = "Option::is_none")]
        every: Option<Duration>,
    },
    /// Server: the bookmark that ends the initial events never comes.
    NoEndMarker,
    /// Server: `sendInitialEvents` is ignored, as before Kubernetes 1.27.
    IgnoreSendInitialEvents,
    /// Server: of a watch: it begins with all objects of the version that it asks for, as ADDED, and goes on from there as it
    /// should. So do servers that ignore the version (tilt-apiserver, kmock), which forget what was deleted meanwhile.
    RepeatObjects,
    /// Server: of a watch: DELETED events have the version that the object had before, as without a watch cache of Kubernetes 1.10
    /// or newer (kubernetes#58545).
    OldDeletions,
    /// Server: of a watch with a selector: that an object no longer matches isn't said. kube-apiserver sends DELETED then; servers whose
    /// watches look at the object as it is, and not as it was, send nothing.
    SilentDepartures,
    /// Server: a reply in JSON says that it is something else, or nothing: kmock's watches are called `application/octet-stream`
    /// (aiohttp writes that where its user chooses nothing), and the errors of some servers have no content type.
    ContentType {
        /// `Content-Type`; `None`: there is none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        value: Option<String>,
    },
    /// Server: of a list: `limit` is ignored, and all objects are in one page. So do servers without pages (kmock).
    IgnoreLimit,
    /// Server: of a list: a version that the server doesn't have yet isn't waited for, nor refused by 504 ("Too large resource
    /// version"): the list is as of the present, with the present's version. So do servers that ignore the version (kmock).
    AnswerFuture,
    /// Proxy: another server answers, with caches of its own.
    Replica {
        /// Which; 0 is the first. One that doesn't exist yet is started; there are at most
        /// [`MOST_REPLICAS`].
        number: usize,
    },
}

/// See [`Fault::Refuse`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct Refusal {
    /// The HTTP status: 200 to 599.
    pub status: u16,
    /// What the body looks like.
    #[serde(default)]
    pub shape: Shape,
    /// The header `Retry-After`, in seconds (also one that makes no sense, as -1), and `details.retryAfterSeconds` where there are details.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<i64>,
    /// `reason`; if it isn't given, the one that goes with the status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// `message`, or the whole of a body that is text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// What the body of a refusal looks like: the five that kube-apiserver sends, and two of proxies in front of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Shape {
    /// A `Status` on one line.
    #[default]
    Json,
    /// A `Status` on many lines, as for people and for those who accept transformed objects only.
    Pretty,
    /// A `Status` without `kind` and `apiVersion`, called `text/plain`: what the 60 s timeout filter sends.
    Bare,
    /// Plain text: priority and fairness, aggregation, panics.
    Text,
    /// A `Status` in YAML.
    Yaml,
    /// A page of HTML.
    Html,
    /// Nothing.
    Empty,
}

/// Which requests a fault befalls: those for which all that is given holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct Requests {
    /// `get`, `list`, `watch`, `create`, `update`, `patch`, `delete`, `deletecollection`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verb: Option<String>,
    /// `pods`, `deployments.apps`
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource: Option<String>,
    /// A part of path and query, as they came.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contains: Option<String>,
}

/// A fault, and whom it befalls how often.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Rule {
    /// Which requests.
    #[serde(default, skip_serializing_if = "is_default")]
    pub on: Requests,
    /// How many of them go by first.
    #[serde(default, skip_serializing_if = "is_default")]
    pub skip: u64,
    /// How many of them; `None`: all from now on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u64>,
    /// What happens to them.
    #[serde(flatten)]
    pub fault: Fault,
}

impl fmt::Display for Rule {
    /// As JSON, which is how it can be repeated.
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
