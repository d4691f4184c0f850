//! An exchange: a request, and the reply on its way out.

use core::fmt;
use core::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode};

use super::active_faults::Shaping;
use super::collection::Collection;
use super::watch::Watch;
use crate::fault::End;
use crate::model::endpoints::reply::{Reply, stream_headers};

/// Identifies a request until it is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ExchangeId(pub(crate) u64);

impl fmt::Display for ExchangeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", self.0)
    }
}

/// The next step of an exchange.
#[derive(Debug)]
#[expect(clippy::exhaustive_enums, reason = "a driver of the server must handle each")]
pub enum Step {
    /// Send the head of the reply. This comes first, and once.
    Head(ResponseHead),
    /// Send these bytes of the body.
    Body(Bytes),
    /// Finish. The exchange is removed.
    End(End),
    /// Nothing for now: poll again at this time, or when [`ApiServer::take_woken`](crate::model::ApiServer::take_woken)
    /// returns this exchange. `None` is a stall without end.
    Wait(Option<Duration>),
}

/// The head of a reply.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ResponseHead {
    /// The status.
    pub status: StatusCode,
    /// The headers, without those that the transport sets (`Date`, `Content-Length` of a stream, `Transfer-Encoding`).
    pub headers: HeaderMap,
    /// The length of the body, if the body is complete at the beginning.
    pub length: Option<u64>,
}

/// The state of a request that isn't answered yet.
#[derive(Debug)]
pub(crate) struct Exchange {
    pub(crate) state: State,
    pub(crate) head: Option<ResponseHead>,
    /// The earliest time of the head.
    pub(crate) head_at: Duration,
    /// See [`ActiveFaults::content_type`](super::active_faults::ActiveFaults::content_type).
    pub(crate) content_type: Option<Option<HeaderValue>>,
    pub(crate) output: Output,
    /// Set by an outage: the exchange ends this way, and the rest of it isn't sent.
    pub(crate) cut: Option<End>,
    /// Its number in the log.
    pub(crate) logged: usize,
}

#[derive(Debug)]
pub(crate) enum State {
    /// The rest of a body.
    Reply(Bytes),
    /// A read that waits for the cache to reach a version.
    Fresh {
        collection: Box<Collection>,
        needs: u64,
        until: Duration,
    },
    Watch(Box<Watch>),
}

impl Exchange {
    pub(crate) const fn is_watch(&self) -> bool {
        matches!(self.state, State::Watch(_))
    }

    /// Returns whether a body that was known from the beginning was sent completely.
    pub(super) const fn is_sent(&self) -> bool {
        matches!(&self.state, State::Reply(body) if body.is_empty()) && self.output.pending.is_empty()
    }

    /// Returns the code of the ERROR event that ends this watch.
    pub(super) const fn error(&self) -> Option<u16> {
        match &self.state {
            State::Watch(watch) => watch.error,
            _ => None,
        }
    }

    pub(crate) const fn is_waiting(&self) -> bool {
        matches!(self.state, State::Fresh { .. })
    }

    pub(crate) const fn watch_mut(&mut self) -> Option<&mut Watch> {
        match &mut self.state {
            State::Watch(watch) => Some(watch),
            _ => None,
        }
    }
}

/// The beginning of a reply.
#[derive(Debug)]
pub(crate) struct ReplyStart {
    pub(super) state: State,
    /// `None` while it isn't known yet.
    pub(super) head: Option<ResponseHead>,
}

impl ReplyStart {
    /// A reply whose body is known.
    pub(super) fn complete(reply: Reply) -> Self {
        let head = ResponseHead { status: reply.status, headers: reply.headers, length: Some(reply.body.len() as u64) };
        Self { state: State::Reply(reply.body), head: Some(head) }
    }

    /// A watch.
    pub(super) fn streamed(watch: Box<Watch>) -> Self {
        let head = ResponseHead { status: StatusCode::OK, headers: stream_headers(), length: None };
        Self { state: State::Watch(watch), head: Some(head) }
    }
}

/// The body on its way out, with its faults.
#[derive(Debug, Default)]
pub(crate) struct Output {
    pub(crate) shaping: Shaping,
    pub(crate) pending: Bytes,
    pub(crate) sent: u64,
    /// The earliest time of the next bytes.
    next_at: Duration,
    /// The end of the stall, once it stalls.
    stalled_until: Option<Option<Duration>>,
}

impl Output {
    pub(crate) fn new(shaping: Shaping) -> Self {
        Self { shaping, ..Self::default() }
    }

    /// Returns the steps that come before more of the body is produced.
    pub(crate) fn gate(&mut self, now: Duration) -> Option<Step> {
        if let Some((_, end)) = self.shaping.cut.filter(|(after, _)| self.sent >= *after) {
            return Some(Step::End(end));
        }
        if let Some((_, lasts)) = self.shaping.stall.filter(|(after, _)| self.sent >= *after) {
            let until = *self.stalled_until.get_or_insert_with(|| lasts.map(|lasts| now + lasts));
            match until {
                Some(until) if now >= until => self.shaping.stall = None,
                until => return Some(Step::Wait(until)),
            }
        }
        (now < self.next_at).then_some(Step::Wait(Some(self.next_at)))
    }

    /// Returns the pending bytes that may be sent now. There must be pending bytes.
    pub(crate) fn take(&mut self, now: Duration) -> Bytes {
        let left = |after: u64| usize::try_from(after.saturating_sub(self.sent)).unwrap_or(usize::MAX);
        let mut len = self.pending.len();
        if let Some((after, _)) = self.shaping.cut {
            len = len.min(left(after));
        }
        if let Some((after, _)) = self.shaping.stall {
            len = len.min(left(after));
        }
        if let Some((bytes, pause)) = self.shaping.pieces {
            len = len.min(bytes.max(1));
            self.next_at = now + pause;
        }
        self.sent += len as u64;
        self.pending.split_to(len)
    }
}
