//! Counts failures since the last progress.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::mem::{self, Discriminant};
use core::time::Duration;

use super::elapsed::Elapsed;
use super::waited::Waited;
use crate::io::cause::{Cause, TimedOut};
use crate::io::input::TransportErrorKind;
use crate::io::time::Instant;
use crate::io::trouble::{During, Trouble};
use crate::wire::Status;

/// After this many failures for which the server is responsible, another way is tried: LIST instead of a streaming
/// list, a relist instead of a resume, the server's version instead of the version seen.
pub(crate) const ENOUGH: u32 = 3;

/// A watch that ended sooner without an event is a failure, whatever its status: client-go's `VeryShortWatchError`
/// (`handleAnyWatch`).
pub(crate) const SHORT: Duration = Duration::from_secs(1);

/// The number of failures of each kind since the last progress. The policy reads them; only this file writes them.
#[derive(Clone, Debug)]
pub(crate) struct Tally {
    /// Bytes that can't be read.
    pub(crate) unreadable: u32,
    /// Watches that ended immediately.
    pub(crate) short: u32,
    /// Server errors (5xx) while watching.
    pub(crate) server: u32,
    /// Failed streaming lists.
    pub(crate) streaming: u32,
    /// Consecutive answers that were older than what was seen.
    pub(crate) outdated: u32,
    /// Expired versions.
    pub(crate) expired: u32,
    /// Responses 429 to a consistent LIST.
    pub(crate) busy: u32,
    /// Consecutive failures to reach the server for a reason that persists.
    pub(crate) unreachable: u32,
    /// Responses 401.
    pub(crate) unauthorized: u32,
    /// Consecutive version checks without a list as the answer.
    pub(crate) unanswered: u32,
    /// It was reported that the version check isn't possible.
    unchecked: bool,
    /// The watch fell back from a streaming list to LIST.
    fell_back: bool,
    /// When trouble began.
    since: Option<Instant>,
    /// The waited time at that moment.
    waited: Elapsed,
    /// The last failure.
    last: Option<Box<Trouble>>,
    /// What was reported as needing attention.
    blocked: Vec<Need>,
}

/// A kind of failure that needs attention. Each is reported once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Need {
    /// The request, and the HTTP status of the response.
    Answer(Discriminant<During>, Option<u16>),
    /// The server can't be reached.
    Connection(TransportErrorKind),
}

/// The most kinds that are remembered as reported. Servers have fewer kinds of errors.
const MOST_BLOCKED: usize = 16;

/// The counts without a failure.
pub(super) static NONE: Tally = Tally {
    unreadable: 0,
    short: 0,
    server: 0,
    streaming: 0,
    outdated: 0,
    expired: 0,
    busy: 0,
    unreachable: 0,
    unauthorized: 0,
    unanswered: 0,
    unchecked: false,
    fell_back: false,
    since: None,
    waited: Elapsed::ZERO,
    last: None,
    blocked: Vec::new(),
};

impl Tally {
    /// Returns when trouble began.
    pub(crate) const fn since(&self) -> Option<Instant> {
        self.since
    }

    /// Returns how long there has been trouble, in waited time.
    pub(crate) fn lasted(&self, waited: &Waited) -> Option<Duration> {
        let last = self.last.as_ref().and(self.since);
        last.map(|_| waited.since(self.waited))
    }

    /// Returns the last failure, unless it was overcome.
    pub(crate) fn last(&self) -> Option<&Trouble> {
        self.last.as_deref()
    }

    /// Returns whether a failure needs attention.
    pub(crate) const fn is_blocked(&self) -> bool {
        !self.blocked.is_empty()
    }

    /// Counts a failure.
    pub(super) fn count(&mut self, trouble: &Trouble, waited: &Waited, now: Instant) {
        self.set_last(Box::new(trouble.clone()), waited, now);
        let code = trouble.cause.http_status();
        // A failure of the network, or a busy server, shows nothing about the request.
        let is_network = matches!(trouble.cause, Cause::Transport(_) | Cause::Timeout { of: TimedOut::Head, .. });
        let says_nothing = matches!(code, Some(401 | 403 | 429));
        let is_answer = !is_network && !says_nothing;
        // A connection that wasn't established shows nothing about the request.
        let is_about_request = match &trouble.cause {
            Cause::Transport(error) => error.kind.is_after_connecting(),
            _ => !says_nothing,
        };
        let is_watch = matches!(trouble.during, During::Watch { .. });
        let one = |counter: &mut u32, holds: bool| *counter = counter.saturating_add(u32::from(holds));
        one(&mut self.unreadable, matches!(trouble.cause, Cause::Unreadable(_)));
        one(&mut self.short, matches!(trouble.cause, Cause::ShortWatch { lasted } if lasted < SHORT));
        one(&mut self.streaming, is_about_request && trouble.during == During::StreamingList);
        one(&mut self.server, is_answer && is_watch);
        // Any other failure shows that the server can be reached.
        let is_unreachable = matches!(&trouble.cause, Cause::Transport(error) if error.kind.needs_attention());
        self.unreachable = if is_unreachable { self.unreachable.saturating_add(1) } else { 0 };
        one(&mut self.unauthorized, code == Some(401));
        one(&mut self.expired, code == Some(410) || trouble.cause.status().is_some_and(Status::is_expired));
        let is_outdated = matches!(trouble.cause, Cause::Rollback { .. })
            || trouble.cause.status().is_some_and(|status| status.is_resource_version_too_large());
        one(&mut self.outdated, is_outdated && !is_watch);
        // Without a connection or credentials, a watch would fail too.
        let is_answered = is_outdated || code == Some(401) || matches!(trouble.cause, Cause::Transport(_));
        one(&mut self.unanswered, trouble.during == During::VersionCheck && !is_answered);
        if is_outdated {
            self.unanswered = 0;
        }
        one(&mut self.busy, code == Some(429) && !is_watch);
    }

    pub(super) fn set_last(&mut self, trouble: Box<Trouble>, waited: &Waited, now: Instant) {
        if self.since.is_none() {
            (self.since, self.waited) = (Some(now), waited.total());
        }
        self.last = Some(trouble);
    }

    pub(super) const fn take_last(&mut self) -> Option<Box<Trouble>> {
        self.last.take()
    }

    /// The failures so far are overcome. Their numbers still count until there is progress.
    pub(super) fn over(&mut self) {
        self.since = None;
        self.last = None;
    }

    /// The server has what was seen, or what was seen no longer counts.
    pub(super) const fn caught_up(&mut self) {
        self.outdated = 0;
    }

    /// A version check was answered: the server has what was seen.
    pub(super) const fn is_up_to_date(&mut self) {
        self.caught_up();
        self.unanswered = 0;
    }

    /// The watch falls back from a streaming list to LIST. Returns whether it already did.
    pub(super) const fn fall_back(&mut self) -> bool {
        mem::replace(&mut self.fell_back, true)
    }

    /// The version check isn't possible. Returns whether that was already reported.
    pub(super) const fn report_unchecked(&mut self) -> bool {
        mem::replace(&mut self.unchecked, true)
    }

    /// This failure needs attention. Returns whether it wasn't reported yet.
    pub(super) fn blocks(&mut self, trouble: &Trouble) -> bool {
        let what = match &trouble.cause {
            Cause::Transport(error) => Need::Connection(error.kind),
            _ => Need::Answer(mem::discriminant(&trouble.during), trouble.cause.http_status()),
        };
        let is_news = !self.blocked.contains(&what) && self.blocked.len() < MOST_BLOCKED;
        if is_news {
            self.blocked.push(what);
        }
        is_news
    }
}
