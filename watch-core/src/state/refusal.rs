//! The server said no, or something that isn't an answer. What it says is read as far as it is worth it.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

use super::alarm::Alarm;
use super::asked::Asked;
use super::exchange::{Exchange, Fact};
use super::recover::recover;
use super::{State, Step};
use crate::input::ResponseHead;
use crate::memory::Memory;
use crate::output::{Output, Wait, Waiting};
use crate::time::Instant;
use crate::trouble::{Cause, Silence};
use crate::wire::Status;

/// How long the body of an error may take. What there is by then must do.
const PATIENCE: Duration = Duration::from_secs(10);

/// How much of a foreign body is quoted, in bytes.
const EXCERPT: usize = 120;

#[derive(Clone, Debug)]
pub(crate) struct Refusal {
    pub(super) exchange: Exchange,
    asked: Asked,
    head: ResponseHead,
    body: Vec<u8>,
    alarm: Alarm,
}

impl Refusal {
    pub(super) fn new(exchange: Exchange, asked: Asked, head: ResponseHead) -> Self {
        Self { exchange, asked, head, body: Vec::new(), alarm: Alarm::default() }
    }

    pub(super) fn step(mut self: Box<Self>, memory: &mut Memory, now: Instant) -> Step {
        // A body that breaks off, or doesn't end, still says what it said.
        match self.exchange.next() {
            Some(Fact::Bytes(bytes)) => {
                let room = memory.parts().limits.error_body.saturating_sub(self.body.len());
                self.body.extend_from_slice(bytes.get(..room).unwrap_or(&bytes));
                if bytes.len() < room {
                    return Step::Go(State::Refusal(self));
                }
            }
            Some(Fact::End | Fact::Failed(_) | Fact::Head(_)) => {}
            None => {
                if let Ok(until) = self.alarm.wait(&memory.waited, PATIENCE, Silence::ErrorBody) {
                    let wait = Wait { until: Some(until), on: Waiting::Data };
                    return Step::Emit(Output::Wait(wait), State::Refusal(self));
                }
            }
        }
        let cause = cause(&self.head, &self.body);
        let during = self.asked.during(memory);
        Step::Go(recover(memory, self.exchange, during, cause, self.head.retry_after, now))
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
    Cause::Foreign { status: head.status, kind: kind.chars().take(EXCERPT).collect(), excerpt: excerpt.trim().into() }
}
