//! Unreadable bytes are reported, and never skipped silently.
//!
//! The oracle of the stream detects lost events, but only when another event follows. Here the report is required, also
//! for the last event.

use watch_core::{During, Next, Notice, Output, Request, RequestKind};

use crate::violation::{Oracle, Violation, broken};

/// The unreadable bytes that arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Arrived {
    /// A complete document of a watch. The machine can't wait for more of it.
    Document,
    /// Bytes of a watch that may belong to an incomplete document.
    Bytes,
    /// A complete list.
    List,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Unreadable {
    owed: Option<Arrived>,
    /// Whether the machine has waited since, so all earlier events were delivered.
    has_waited: bool,
    /// Whether the open exchange was aborted. Its remaining bytes are never read.
    is_deaf: bool,
    /// Bytes of the open exchange may belong to an incomplete document, and later ones to the same.
    is_within_a_document: bool,
    /// The open exchange is a version check.
    is_check: bool,
    /// A version check wasn't answered, and that was reported. The machine reports it again only after progress.
    is_unchecked: bool,
}

impl Unreadable {
    /// Records that unreadable bytes were handed in. `is_blocked`: a failure was reported as needing attention, and the
    /// same kind isn't reported again until there is progress.
    pub(crate) const fn handed_in(&mut self, what: Arrived, is_blocked: bool) {
        if self.is_deaf {
            return;
        }
        self.is_within_a_document |= matches!(what, Arrived::Bytes);
        if is_blocked || self.is_check && self.is_unchecked {
            return;
        }
        // Within a document without an end, a complete document doesn't count.
        let what = if self.is_within_a_document { Arrived::Bytes } else { what };
        if !matches!(self.owed, Some(Arrived::Bytes)) {
            self.owed = Some(what);
            self.has_waited = false;
        }
    }

    /// Records that the exchange is over.
    pub(crate) const fn given_up(&mut self) {
        self.owed = None;
        self.is_deaf = true;
    }

    pub(crate) fn output(&mut self, output: &Output) -> Result<(), Violation> {
        if let Output::Notice(Notice::Retrying { trouble, next: Next::Resume, .. }) = output {
            self.is_unchecked |= trouble.during == During::VersionCheck;
        }
        match output {
            Output::Notice(Notice::Retrying { .. } | Notice::NeedsAttention { .. } | Notice::FellBack { .. })
            | Output::Done(_) => self.owed = None,
            Output::Wait(_) if self.owed == Some(Arrived::Document) => {
                return broken(
                    Oracle::Unreadable,
                    "an event can't be read, and the machine waits for the next one without a report",
                );
            }
            Output::Wait(_) => self.has_waited = true,
            Output::Event(event) if self.owed.is_some() && self.has_waited => {
                return broken(Oracle::Unreadable, format!("{event} after unreadable bytes that weren't reported"));
            }
            Output::Send(request) if self.owed.is_some() => {
                let uri = request.http.uri();
                return broken(
                    Oracle::Unreadable,
                    format!("unreadable bytes weren't reported before the next request: {uri}"),
                );
            }
            Output::Send(request) => {
                (self.is_deaf, self.is_within_a_document) = (false, false);
                self.is_check = is_version_check(request);
            }
            _ => {}
        }
        Ok(())
    }
}

/// Returns whether a request asks only for the version of the server.
fn is_version_check(request: &Request) -> bool {
    let mut pairs = request.http.uri().query().unwrap_or_default().split('&');
    request.kind == RequestKind::List && pairs.any(|pair| pair == "limit=1")
}
