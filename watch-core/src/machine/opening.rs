//! A request was sent, and the head of its response is awaited.

use alloc::boxed::Box;
use core::time::Duration;

use super::alarm::Alarm;
use super::asked::Asked;
use super::exchange::{Exchange, Fact};
use super::listing::Listing;
use super::memory::{Elapsed, Memory};
use super::refusal::Refusal;
use super::watching::Watching;
use super::{Failure, State, Step};
use crate::io::cause::{Cause, TimedOut};
use crate::io::input::ResponseHead;
use crate::io::output::{Output, Wait, Waiting};
use crate::io::request::RequestId;
use crate::io::time::Instant;

/// kube-apiserver sends the head of a watch at once (`watch.go`, `HandleHTTP` flushes before the first event). A server
/// that takes longer may have accepted the connection before it began to serve, and may have another store by then.
const SLOW: Duration = Duration::from_secs(3);

#[derive(Clone, Debug)]
pub(crate) struct Opening {
    pub(super) exchange: Exchange,
    asked: Asked,
    /// When the request was sent, and its `timeoutSeconds`.
    sent: Instant,
    promised: Duration,
    /// The waited time at that moment.
    waited: Elapsed,
    alarm: Alarm,
}

impl Opening {
    pub(super) fn new(id: RequestId, asked: Asked, sent: Instant, promised: Duration, waited: Elapsed) -> Self {
        Self { exchange: Exchange::new(id), asked, sent, promised, waited, alarm: Alarm::default() }
    }

    pub(super) fn step(mut self: Box<Self>, memory: &mut Memory, now: Instant) -> Step {
        let cause = match self.exchange.next() {
            Some(Fact::Head(head)) => return (*self).opened(*head, memory, now),
            Some(Fact::Failed(error)) => Cause::Transport(error),
            // The exchange accepts neither bytes nor an end before the head.
            Some(Fact::Bytes(_) | Fact::End) => return Step::Go(State::Opening(self)),
            None => match self.alarm.wait(&memory.waited, memory.parts().timing.response_timeout, TimedOut::Head) {
                Ok(until) => {
                    let wait = Wait { until: Some(until), on: Waiting::Head };
                    return Step::Emit(Output::Wait(wait), State::Opening(self));
                }
                Err(cause) => cause,
            },
        };
        let during = self.asked.during(&memory.progress);
        Step::Fail(Failure { exchange: self.exchange, during, cause, retry_after: None })
    }

    fn opened(self, head: ResponseHead, memory: &mut Memory, now: Instant) -> Step {
        if head.status != 200 || !head.is_json() || head.foreign_encoding().is_some() {
            let refusal = Refusal::new(self.exchange, self.asked, head, &memory.parts().limits);
            return Step::Go(State::Refusal(Box::new(refusal)));
        }
        if let Some(lasted) = self.too_slow(memory, now) {
            let during = self.asked.during(&memory.progress);
            let cause = Cause::SlowOpening { lasted };
            return Step::Fail(Failure { exchange: self.exchange, during, cause, retry_after: None });
        }
        Step::Go(match self.asked {
            Asked::List(page) => State::Listing(Box::new(Listing::new(self.exchange, page, memory.parts()))),
            Asked::Watch(asked) => {
                State::Watching(Box::new(Watching::new(self.exchange, &asked, now, self.sent + self.promised, memory)))
            }
        })
    }

    /// Returns how long the response to a watch from a version took, if that is suspicious. A watch that follows a
    /// version check isn't suspicious: otherwise a slow server, or a rate limiter that many watches share, would cause
    /// each watch to be closed for a check.
    fn too_slow(&self, memory: &mut Memory, now: Instant) -> Option<Duration> {
        let Asked::Watch(asked) = &self.asked else { return None };
        let lasted = memory.waited.since(self.waited);
        let is_checked = memory.intent.check.take_fresh(now);
        (lasted > SLOW && !is_checked && asked.resume_from().is_some() && memory.progress.can_check()).then_some(lasted)
    }
}
