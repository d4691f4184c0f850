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

use core::fmt;
use core::time::Duration;

use serde::{Deserialize, Serialize};

use crate::model::End;

/// Something that goes wrong with the reply to one request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub enum Fault {
    /// It is refused, whatever it asks for.
    Refuse(Refusal),
    /// The head comes late.
    DelayHead {
        /// How late.
        #[serde(with = "crate::millis")]
        by: Duration,
    },
    /// The body ends early.
    Cut {
        /// Behind so many bytes; 0: behind the head.
        #[serde(default)]
        after_bytes: u64,
        /// How.
        end: End,
    },
    /// Nothing more comes, and the connection stays open.
    Stall {
        /// Behind so many bytes.
        #[serde(default)]
        after_bytes: u64,
        /// For how long; `None`: for ever.
        #[serde(default, with = "crate::millis::optional", skip_serializing_if = "Option::is_none")]
        lasts: Option<Duration>,
    },
    /// The body comes in small pieces with pauses.
    Drip {
        /// Bytes a piece.
        bytes: usize,
        /// The pause behind each.
        #[serde(with = "crate::millis")]
        every: Duration,
    },
    /// The body comes in pieces of this size, without pauses: events and pieces don't coincide.
    Split {
        /// Bytes a piece.
        bytes: usize,
    },
    /// Something is said that the server wouldn't say: an ERROR event, half a line, anything.
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
    /// Bookmarks come this often, whatever is usual.
    Bookmarks {
        /// How often; `None`: never, not even where the client asks for them. (The end marker is another matter.)
        #[serde(default, with = "crate::millis::optional", skip_serializing_if = "Option::is_none")]
        every: Option<Duration>,
    },
    /// The bookmark that ends the initial events never comes.
    NoEndMarker,
    /// `sendInitialEvents` is ignored, as before Kubernetes 1.27.
    IgnoreSendInitialEvents,
    /// Another server answers, with caches of its own.
    Replica {
        /// Which; 0 is the first. One that doesn't exist yet is started.
        number: usize,
    },
}

/// See [`Fault::Refuse`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct Refusal {
    /// The HTTP status.
    pub status: u16,
    /// What the body looks like.
    #[serde(default)]
    pub shape: Shape,
    /// The header `Retry-After`, in seconds, and `details.retryAfterSeconds` where there are details.
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
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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

impl Fault {
    /// A refusal with this status, in JSON.
    pub const fn refuse(status: u16) -> Self {
        Self::Refuse(Refusal { status, shape: Shape::Json, retry_after: None, reason: None, message: None })
    }

    /// The end of a body behind so many bytes, in the middle of it.
    pub const fn cut(after_bytes: u64) -> Self {
        Self::Cut { after_bytes, end: End::Cut }
    }

    /// Silence behind so many bytes, for ever.
    pub const fn stall(after_bytes: u64) -> Self {
        Self::Stall { after_bytes, lasts: None }
    }

    /// An ERROR event behind so many events, and the end.
    pub fn error(code: u16, reason: &str, message: &str, after_events: u64) -> Self {
        let status = watch_core::wire::Status::new(code, reason, message);
        let mut line = Vec::new();
        watch_core::wire::write_event(&mut line, watch_core::wire::EventType::Error, &status.to_json());
        Self::Say { text: String::from_utf8_lossy(&line).into_owned(), after_events, then_end: true }
    }

    /// Of a refusal: the shape of its body. Nothing else has one.
    #[must_use]
    pub const fn shape(mut self, shape: Shape) -> Self {
        if let Self::Refuse(refusal) = &mut self {
            refusal.shape = shape;
        }
        self
    }

    /// Of a refusal: `Retry-After`, in seconds. Nothing else has one.
    #[must_use]
    pub const fn retry_after(mut self, seconds: i64) -> Self {
        if let Self::Refuse(refusal) = &mut self {
            refusal.retry_after = Some(seconds);
        }
        self
    }

    /// Of a refusal: its message, or its whole text. Nothing else has one.
    #[must_use]
    pub fn message(mut self, message: &str) -> Self {
        if let Self::Refuse(refusal) = &mut self {
            refusal.message = Some(message.to_owned());
        }
        self
    }

    /// For all requests from now on.
    pub fn always(self) -> Rule {
        self.into()
    }

    /// For the next request.
    pub fn once(self) -> Rule {
        self.times(1)
    }

    /// For so many requests.
    pub fn times(self, times: u64) -> Rule {
        Rule { times: Some(times), ..self.always() }
    }
}

impl From<Fault> for Rule {
    fn from(fault: Fault) -> Self {
        Self { on: Requests::default(), skip: 0, times: None, fault }
    }
}

impl Rule {
    /// For those requests only.
    #[must_use]
    pub fn on(self, requests: Requests) -> Self {
        Self { on: requests, ..self }
    }

    /// So many of them go by first.
    #[must_use]
    pub fn after(self, skip: u64) -> Self {
        Self { skip, ..self }
    }
}

impl Requests {
    /// Those that watch a resource.
    pub fn watch(resource: &str) -> Self {
        Self::verb("watch").of(resource)
    }

    /// Those that list a resource.
    pub fn list(resource: &str) -> Self {
        Self::verb("list").of(resource)
    }

    /// Those with this verb, of any resource.
    pub fn verb(verb: &str) -> Self {
        Self { verb: Some(verb.to_owned()), ..Self::default() }
    }

    /// Of these, those of a resource.
    #[must_use]
    pub fn of(self, resource: &str) -> Self {
        Self { resource: Some(resource.to_owned()), ..self }
    }

    /// Of these, those with that text in path or query.
    #[must_use]
    pub fn containing(self, text: &str) -> Self {
        Self { contains: Some(text.to_owned()), ..self }
    }
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
