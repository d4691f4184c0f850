//! The server returned an error, or something unexpected. Its body is read within limits.

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

/// How long the body of an error may take. The machine continues with what arrived by then.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long the body of an error may be silent. Servers send it together with the head, so what is missing after this
/// time won't arrive. Proxies and dying servers leave such bodies open, and each attempt would have to wait for all of
/// [`PATIENCE`].
const QUIET: Duration = Duration::from_secs(2);

/// How long the end may take after a complete body. It isn't zero, because an exchange that is aborted costs an
/// HTTP/1.1 connection.
const LAST: Duration = Duration::from_millis(250);

/// How many bytes of an unexpected body are quoted.
const EXCERPT: usize = 120;

#[derive(Clone)]
pub(crate) struct Refusal {
    pub(super) exchange: Exchange,
    asked: Asked,
    head: ResponseHead,
    body: Vec<u8>,
    /// Detects when the body is a complete document.
    frames: Frames,
    says_enough: bool,
    /// As much of the body was read as the limit allows.
    is_full: bool,
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
            is_full: false,
            quiet: Alarm::default(),
            last: Alarm::default(),
            alarm: Alarm::default(),
        }
    }

    pub(super) fn step(mut self: Box<Self>, memory: &Memory) -> Step {
        // A body that is truncated, or doesn't end, still counts as far as it was read.
        match self.exchange.next() {
            Some(Fact::Bytes(bytes)) => {
                self.quiet.clear();
                let room = memory.parts().limits.error_body.saturating_sub(self.body.len());
                self.is_full = bytes.len() >= room;
                let bytes = bytes.slice(..room.min(bytes.len()));
                self.body.extend_from_slice(&bytes);
                self.frames.push(bytes);
                self.says_enough = self.says_enough || self.look();
                if !self.is_full {
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
        let cut_at = self.is_full.then_some(self.body.len());
        let cause = cause(&self.head, &self.body, cut_at);
        let during = self.asked.during(&memory.progress);
        Step::Fail(Failure { exchange: self.exchange, during, cause, retry_after: self.head.retry_after })
    }
}

impl Refusal {
    /// Returns whether more of the body can't add anything: a complete `Status` is enough, and only the beginning of a
    /// body that isn't JSON is quoted.
    fn look(&mut self) -> bool {
        loop {
            match self.frames.next() {
                Ok(Some(document)) if Status::parse(&document).is_some() => return true,
                Ok(Some(_)) => {}
                Ok(None) => return false,
                Err(_) => return self.body.len() >= EXCERPT,
            }
        }
    }
}

impl fmt::Debug for Refusal {
    /// Shows the length of the body, not its content, because it may be a Secret's.
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

/// Returns a `Status` if the body is one; otherwise its type and its beginning.
fn cause(head: &ResponseHead, body: &[u8], cut_at: Option<usize>) -> Cause {
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
        cut_at,
    }
}
