//! What went wrong since the last progress.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::mem::{self, Discriminant};
use core::time::Duration;

use super::waited::Waited;
use crate::io::cause::{Cause, TimedOut};
use crate::io::input::TransportErrorKind;
use crate::io::time::Instant;
use crate::io::trouble::{During, Trouble};
use crate::wire::Status;

/// After this many failures that the server itself is to blame for, something else is tried: LIST instead of a streaming
/// list, the whole set instead of a resume, what the server has instead of what was seen.
pub(crate) const ENOUGH: u32 = 3;

/// A watch that ended sooner and brought nothing is a failure, whatever its status says: client-go's
/// `VeryShortWatchError` (`handleAnyWatch`).
pub(crate) const SHORT: Duration = Duration::from_secs(1);

/// How often something happened since the last progress. Read by the table of what to do, and written here alone.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tally {
    /// Bytes that can't be read.
    pub(crate) unreadable: u32,
    /// Watches that ended at once.
    pub(crate) short: u32,
    /// Troubles of the server's own (5xx) while watching.
    pub(crate) server: u32,
    /// Troubles during a streaming list.
    pub(crate) streaming: u32,
    /// Answers in a row that were older than what was seen.
    pub(crate) behind: u32,
    /// Versions that had expired.
    pub(crate) expired: u32,
    /// 429s to a consistent LIST.
    pub(crate) busy: u32,
    /// How often in a row the server couldn't be reached for a reason that doesn't go away by itself.
    pub(crate) unreachable: u32,
    /// 401s.
    pub(crate) unauthorized: u32,
    /// Version checks in a row that the server didn't answer, or not with a list.
    pub(crate) unanswered: u32,
    /// The version check can't be had, and that was said.
    unchecked: bool,
    /// A streaming list was given up for a LIST.
    fell_back: bool,
    /// When trouble began.
    since: Option<Instant>,
    /// For how long the machine had waited by then.
    waited: Duration,
    /// The last of it.
    last: Option<Box<Trouble>>,
    /// What needs attention, and was said to.
    blocked: Vec<Need>,
}

/// What needs attention: of each, it is said once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Need {
    /// What was asked for, and the HTTP status of the answer.
    Answer(Discriminant<During>, Option<u16>),
    /// There is no way to the server.
    Connection(TransportErrorKind),
}

/// So many different things that need somebody are said. More than there are that a server has words for.
const MOST_BLOCKED: usize = 16;

impl Tally {
    /// When trouble began.
    pub(crate) const fn since(&self) -> Option<Instant> {
        self.since
    }

    /// For how long there has been trouble, of the time for which was waited.
    pub(crate) fn lasted(&self, waited: &Waited) -> Option<Duration> {
        let last = self.last.as_ref().and(self.since);
        last.map(|_| waited.total().saturating_sub(self.waited))
    }

    /// The last trouble, unless it has passed.
    pub(crate) fn last(&self) -> Option<&Trouble> {
        self.last.as_deref()
    }

    /// Something needs somebody.
    pub(crate) const fn is_blocked(&self) -> bool {
        !self.blocked.is_empty()
    }

    /// Counts what went wrong.
    pub(super) fn count(&mut self, trouble: &Trouble, waited: &Waited, now: Instant) {
        if self.since.is_none() {
            (self.since, self.waited) = (Some(now), waited.total());
        }
        self.set_last(Box::new(trouble.clone()));
        let code = trouble.cause.http_status();
        // Neither the network nor a busy server says anything about what was asked.
        let is_network = matches!(trouble.cause, Cause::Transport(_) | Cause::Timeout { of: TimedOut::Head, .. });
        let says_nothing = matches!(code, Some(401 | 403 | 429));
        let is_answer = !is_network && !says_nothing;
        // A connection that never came about has nothing to do with what was to be asked on it.
        let is_about_request = match &trouble.cause {
            Cause::Transport(error) => error.kind.is_behind_connecting(),
            _ => !says_nothing,
        };
        let is_watch = matches!(trouble.during, During::Watch { .. });
        let one = |counter: &mut u32, holds: bool| *counter = counter.saturating_add(u32::from(holds));
        one(&mut self.unreadable, matches!(trouble.cause, Cause::Unreadable(_)));
        one(&mut self.short, matches!(trouble.cause, Cause::ShortWatch { lasted } if lasted < SHORT));
        one(&mut self.streaming, is_about_request && trouble.during == During::StreamingList);
        one(&mut self.server, is_answer && is_watch);
        // Whatever else happens shows that it has passed.
        let is_unreachable = matches!(&trouble.cause, Cause::Transport(error) if error.kind.needs_attention());
        self.unreachable = if is_unreachable { self.unreachable.saturating_add(1) } else { 0 };
        one(&mut self.unauthorized, code == Some(401));
        one(&mut self.expired, trouble.cause.status().is_some_and(Status::is_expired));
        let is_behind = matches!(trouble.cause, Cause::Rollback { .. })
            || trouble.cause.status().is_some_and(|status| status.is_resource_version_too_large());
        one(&mut self.behind, is_behind && !is_watch);
        // Where there is no connection, or no credentials, a watch fares no better.
        let is_answered = is_behind || code == Some(401) || matches!(trouble.cause, Cause::Transport(_));
        one(&mut self.unanswered, trouble.during == During::VersionCheck && !is_answered);
        if is_behind {
            self.unanswered = 0;
        }
        one(&mut self.busy, code == Some(429) && !is_watch);
    }

    pub(super) fn set_last(&mut self, trouble: Box<Trouble>) {
        self.last = Some(trouble);
    }

    pub(super) const fn take_last(&mut self) -> Option<Box<Trouble>> {
        self.last.take()
    }

    /// What went wrong so far has passed; how often it did still counts until there is progress.
    pub(super) fn over(&mut self) {
        self.since = None;
        self.last = None;
    }

    /// The server has what was seen, or what was seen counts no more.
    pub(super) const fn caught_up(&mut self) {
        self.behind = 0;
    }

    /// A version check was answered: the server has what was seen.
    pub(super) const fn is_up_to_date(&mut self) {
        self.caught_up();
        self.unanswered = 0;
    }

    /// A streaming list is given up for a LIST. Whether one was before.
    pub(super) const fn fall_back(&mut self) -> bool {
        mem::replace(&mut self.fell_back, true)
    }

    /// The version check can't be had. Whether that was reported before.
    pub(super) const fn report_unchecked(&mut self) -> bool {
        mem::replace(&mut self.unchecked, true)
    }

    /// This needs attention. Whether that wasn't reported yet.
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
