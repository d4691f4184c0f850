//! The server said no, or something that isn't an answer. What it says is read as far as it is worth it.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::time::Duration;

use super::alarm::Alarm;
use super::asked::Asked;
use super::exchange::{Exchange, Fact};
use super::memory::Memory;
use super::{Failure, State, Step};
use crate::config::Limits;
use crate::io::cause::{Cause, TimedOut};
use crate::io::input::ResponseHead;
use crate::io::output::{Output, Wait, Waiting};
use crate::wire::{Frames, Status};

/// How long the body of an error may take. What there is by then must do.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long nothing of it may come. Servers send it together with the head, so what hasn't come by now won't: proxies and
/// servers that die leave such bodies open, and each attempt would have to wait for all of [`PATIENCE`].
const QUIET: Duration = Duration::from_secs(2);

/// How long its end may take when all was said. Not no time at all: an exchange that is aborted costs an HTTP/1.1
/// connection.
const LAST: Duration = Duration::from_millis(250);

/// How much of a foreign body is quoted, in bytes.
const EXCERPT: usize = 120;

#[derive(Clone)]
pub(crate) struct Refusal {
    pub(super) exchange: Exchange,
    asked: Asked,
    head: ResponseHead,
    body: Vec<u8>,
    /// Finds out when the body is a complete document.
    frames: Frames,
    says_enough: bool,
    quiet: Alarm,
    last: Alarm,
    alarm: Alarm,
}

impl Refusal {
    pub(super) fn new(exchange: Exchange, asked: Asked, head: ResponseHead, limits: &Limits) -> Self {
        Self {
            exchange,
            asked,
            head,
            body: Vec::new(),
            frames: Frames::new(limits.error_body, limits.nesting),
            says_enough: false,
            quiet: Alarm::default(),
            last: Alarm::default(),
            alarm: Alarm::default(),
        }
    }

    pub(super) fn step(mut self: Box<Self>, memory: &Memory) -> Step {
        // A body that breaks off, or doesn't end, still says what it said.
        match self.exchange.next() {
            Some(Fact::Bytes(bytes)) => {
                self.quiet.clear();
                let room = memory.parts().limits.error_body.saturating_sub(self.body.len());
                let is_full = bytes.len() >= room;
                let bytes = bytes.slice(..room.min(bytes.len()));
                self.body.extend_from_slice(&bytes);
                self.frames.push(bytes);
                self.says_enough = self.says_enough || self.look();
                if !is_full {
                    return Step::Go(State::Refusal(self));
                }
            }
            Some(Fact::End | Fact::Failed(_) | Fact::Head(_)) => {}
            None => {
                let all = self.alarm.wait(&memory.waited, PATIENCE, TimedOut::ErrorBody);
                let more = match self.says_enough {
                    true => self.last.wait(&memory.waited, LAST, TimedOut::ErrorBody),
                    false => self.quiet.wait(&memory.waited, QUIET, TimedOut::ErrorBody),
                };
                if let (Ok(all), Ok(more)) = (all, more) {
                    let wait = Wait { until: Some(all.min(more)), on: Waiting::Data };
                    return Step::Emit(Output::Wait(wait), State::Refusal(self));
                }
            }
        }
        let cause = cause(&self.head, &self.body);
        let during = self.asked.during(&memory.progress);
        Step::Fail(Failure { exchange: self.exchange, during, cause, retry_after: self.head.retry_after })
    }
}

impl Refusal {
    /// Whether more of the body could add anything: a complete `Status` is all that there is to say, and of what isn't JSON
    /// no more is quoted.
    fn look(&mut self) -> bool {
        match self.frames.next() {
            Ok(Some(document)) => Status::parse(&document).is_some(),
            Ok(None) => false,
            Err(_) => self.body.len() >= EXCERPT,
        }
    }
}

impl fmt::Debug for Refusal {
    /// Shows how long the body is, not what it says: it may be a Secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Refusal")
            .field("exchange", &self.exchange)
            .field("asked", &self.asked)
            .field("head", &self.head)
            .field("body", &self.body.len())
            .field("says_enough", &self.says_enough)
            .finish_non_exhaustive()
    }
}

/// A `Status` if it is one; otherwise what it is and how it begins.
fn cause(head: &ResponseHead, body: &[u8]) -> Cause {
    if head.status != 200
        && let Some(status) = Status::parse(body)
    {
        return Cause::Status(Box::new(status.with_code(head.status)));
    }
    let kind = match (head.foreign_encoding(), head.media_type()) {
        (Some(encoding), _) => alloc::format!("content encoding {encoding}"),
        (None, Some(content_type)) => String::from(content_type),
        (None, None) => String::from("no content type"),
    };
    let excerpt = String::from_utf8_lossy(body.get(..EXCERPT).unwrap_or(body));
    Cause::UnexpectedResponse {
        status: head.status,
        kind: kind.chars().take(EXCERPT).collect(),
        excerpt: excerpt.trim().into(),
    }
}
