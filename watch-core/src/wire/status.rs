//! `Status`: the error document of an API server.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;
use core::time::Duration;

use serde::{Deserialize, Serialize};

use super::printable::Printable;
use super::status_details::StatusDetails;

/// The most bytes of a message that are kept. A longer text is a page of HTML or an attack.
const LONGEST_MESSAGE: usize = 1024;

/// See [`Status::is_expired`].
const NO_PREVIOUS_VALUE: &str = "etcd event received with PrevKv=nil";

/// See [`Status::is_resource_version_too_large`].
const TOO_LARGE: &str = "Too large resource version";

/// A `Status` of `meta/v1`, as far as it matters to a client.
///
/// It is always complete enough to act on: fields that the server left out are derived from the HTTP status.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
#[non_exhaustive]
pub struct Status {
    /// The reason as one word, for programs: `Expired`, `Forbidden`, `Timeout` … May be empty.
    pub reason: String,
    /// The message, for people. At most 1 KiB is kept.
    pub message: String,
    /// The HTTP status. In a stream that began with 200, it is the one that the ERROR event contains.
    pub code: u16,
    /// More about the reason.
    pub details: StatusDetails,
    /// `metadata.continue`: in a 410 for a continue token, a token for an *inconsistent* rest of the list.
    pub continue_token: Option<Box<str>>,
}

/// The document. All fields are optional, with their types in `meta/v1`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct StatusDocument {
    kind: Option<String>,
    status: Option<String>,
    reason: Option<String>,
    message: Option<String>,
    code: Option<i64>,
    details: Option<StatusDetails>,
    metadata: Option<Metadata>,
}

#[derive(Deserialize)]
struct Metadata {
    r#continue: Option<Box<str>>,
}

impl Status {
    /// Creates a status. `reason` is for programs, `message` for people.
    pub fn new(code: u16, reason: impl Into<String>, message: impl Into<String>) -> Self {
        Self { code, reason: reason.into(), message: message.into(), ..Self::default() }
    }

    /// Parses a `Status`, also without `kind` (as the timeout filter of kube-apiserver writes it). Returns `None` for
    /// other JSON: without a `kind`, a `Status` has a numeric `code` or `"status":"Failure"`.
    pub fn parse(json: &[u8]) -> Option<Self> {
        let document: StatusDocument = serde_json::from_slice(json).ok()?;
        let is_status = match document.kind.as_deref() {
            Some(kind) => kind == "Status",
            None => document.code.is_some() || document.status.as_deref() == Some("Failure"),
        };
        if !is_status {
            return None;
        }
        let mut status = Self {
            reason: document.reason.unwrap_or_default(),
            message: document.message.unwrap_or_default(),
            code: document.code.and_then(|code| u16::try_from(code).ok()).unwrap_or_default(),
            details: document.details.unwrap_or_default(),
            continue_token: document.metadata.and_then(|meta| meta.r#continue).filter(|token| !token.is_empty()),
        };
        truncate(&mut status.message);
        truncate(&mut status.reason);
        if status.code == 0 && status.is_expired() {
            status.code = 410;
        }
        Some(status)
    }

    /// Fills in a missing code, and a missing reason, from the HTTP status.
    #[must_use]
    pub(crate) fn with_code(mut self, code: u16) -> Self {
        if self.code == 0 {
            self.code = code;
        }
        if self.reason.is_empty() {
            self.reason = reason_of(self.code).into();
        }
        self
    }

    /// Returns the `Status` of an HTTP error: its body if that is a `Status`; otherwise one that is created from the
    /// HTTP status and the text of the body, as `NewGenericServerResponse` of apimachinery does.
    pub fn from_response(code: u16, body: &[u8]) -> Self {
        if let Some(status) = Self::parse(body) {
            return status.with_code(code);
        }
        let text = body.get(..LONGEST_MESSAGE).unwrap_or(body);
        let text = String::from_utf8_lossy(text);
        let mut message = text.trim().to_string();
        truncate(&mut message);
        Self::new(code, reason_of(code), message)
    }

    /// Returns whether the resourceVersion or the continue token expired: the server's history no longer has it
    /// (`apierrors.IsResourceExpired` and `IsGone`; some servers have neither reason, only the code 410).
    ///
    /// Without a watch cache, kube-apiserver may find in the middle of a watch that etcd has compacted the state before
    /// an event. It reports that with a 500 (`etcd3/event.go`, `parseEvent`), and the same version then fails for ever.
    pub fn is_expired(&self) -> bool {
        self.code == 410
            || self.reason == "Expired"
            || self.reason == "Gone"
            || self.message.contains(NO_PREVIOUS_VALUE)
    }

    /// Returns whether the server hasn't reached the requested resourceVersion (`storage.IsTooLargeResourceVersion`; up
    /// to Kubernetes 1.18, only the message shows it).
    pub fn is_resource_version_too_large(&self) -> bool {
        self.details.causes.iter().any(|cause| cause.reason == "ResourceVersionTooLarge")
            || self.message.contains(TOO_LARGE)
    }

    /// Replaces the server's messages by this text. The constant texts by which [`is_expired`](Self::is_expired) and
    /// [`is_resource_version_too_large`](Self::is_resource_version_too_large) recognise a status are kept, because
    /// decisions depend on them.
    pub(crate) fn hide_messages(&mut self, instead: &str) {
        if !self.message.is_empty() {
            let known = [NO_PREVIOUS_VALUE, TOO_LARGE].into_iter().find(|words| self.message.contains(words));
            self.message = known.unwrap_or(instead).into();
        }
        for cause in &mut self.details.causes {
            if !cause.message.is_empty() {
                cause.message = instead.into();
            }
        }
    }

    /// Returns how long the server asks to wait before a retry: `details.retryAfterSeconds`.
    pub fn retry_after(&self) -> Option<Duration> {
        let seconds = u64::try_from(self.details.retry_after_seconds).ok()?;
        (seconds > 0).then(|| Duration::from_secs(seconds))
    }

    /// Returns the document as kube-apiserver writes it: compact, keys in its order.
    pub fn to_json(&self) -> Vec<u8> {
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct WrittenStatus<'a> {
            kind: &'a str,
            api_version: &'a str,
            metadata: BTreeMap<&'a str, &'a str>,
            status: &'a str,
            #[serde(skip_serializing_if = "str::is_empty")]
            message: &'a str,
            #[serde(skip_serializing_if = "str::is_empty")]
            reason: &'a str,
            #[serde(skip_serializing_if = "Option::is_none")]
            details: Option<&'a StatusDetails>,
            code: u16,
        }
        let written = WrittenStatus {
            kind: "Status",
            api_version: "v1",
            metadata: self.continue_token.iter().map(|token| ("continue", token.as_ref())).collect(),
            status: if self.code < 400 { "Success" } else { "Failure" },
            message: &self.message,
            reason: &self.reason,
            details: (self.details != StatusDetails::default()).then_some(&self.details),
            code: self.code,
        };
        // Serialising can't fail here: all keys are strings.
        serde_json::to_vec(&written).unwrap_or_default()
    }
}

fn truncate(text: &mut String) {
    if text.len() > LONGEST_MESSAGE {
        text.truncate((0..=LONGEST_MESSAGE).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0));
        text.push('…');
    }
}

/// Returns the reason for an HTTP status (`NewGenericServerResponse`).
fn reason_of(code: u16) -> &'static str {
    match code {
        400 => "BadRequest",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "NotFound",
        405 => "MethodNotAllowed",
        406 => "NotAcceptable",
        409 => "Conflict",
        410 => "Gone",
        413 => "RequestEntityTooLarge",
        415 => "UnsupportedMediaType",
        422 => "Invalid",
        429 => "TooManyRequests",
        500 => "InternalError",
        503 => "ServiceUnavailable",
        504 => "Timeout",
        _ => "",
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.code)?;
        if !self.reason.is_empty() {
            write!(f, " {}", Printable(&self.reason))?;
        }
        if !self.message.is_empty() {
            write!(f, ": {}", Printable(&self.message))?;
        }
        Ok(())
    }
}

impl core::error::Error for Status {}
