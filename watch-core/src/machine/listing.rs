//! Reads a LIST.

use alloc::boxed::Box;

use super::alarm::Alarm;
use super::ask::send;
use super::asked::Asked;
use super::exchange::{Exchange, Fact};
use super::memory::Memory;
use super::page::{Before, Listed, Page};
use super::{Failure, State, Step};
use crate::config::Parts;
use crate::io::cause::{Cause, TimedOut};
use crate::io::event::Event;
use crate::io::output::{Output, Wait, Waiting};
use crate::io::time::Instant;
use crate::wire::object::Object;
use crate::wire::version::InvalidResourceVersion;
use crate::wire::{LIST_META, ListMeta, ListParser, ListPart, Malformed, WireError};

/// The most consecutive empty pages. kube-apiserver fills its pages (`etcd3.store.GetList` continues until it has
/// `limit` items that match). So empty pages come from other servers, which may send them for ever.
const MOST_EMPTY: u32 = 10;

/// Reads one page. Its objects are emitted as they arrive.
#[derive(Clone, Debug)]
pub(crate) struct Listing {
    pub(super) exchange: Exchange,
    page: Page,
    parser: ListParser,
    /// The metadata of the list, after the list was read to its end.
    meta: Option<ListMeta>,
    /// An item that is waiting for the `InitialBegin` before it.
    held: Option<Object>,
    has_items: bool,
    silence: Alarm,
    partial: Alarm,
    /// Runs for the complete page.
    total: Alarm,
}

impl Listing {
    pub(super) fn new(exchange: Exchange, page: Page, parts: &Parts) -> Self {
        let Parts { limits, json_check, strip_managed_fields, .. } = parts;
        Self {
            exchange,
            page,
            parser: ListParser::with_check(limits.object, limits.nesting, *json_check)
                .strip_managed_fields(*strip_managed_fields),
            meta: None,
            held: None,
            has_items: false,
            silence: Alarm::default(),
            partial: Alarm::default(),
            total: Alarm::default(),
        }
    }

    pub(super) fn step(mut self: Box<Self>, memory: &mut Memory, now: Instant) -> Step {
        if let Some(object) = self.held.take() {
            return Step::Emit(Output::Event(Event::Initial(object)), State::Listing(self));
        }
        let cause = match self.parser.next() {
            Err(error) if is_version_missing(&error) => Cause::NoVersion,
            Err(error) => match self.parser.meta().filter(|_| self.page.wants_version_only()).cloned() {
                // Only the version is needed, so an object that is unreadable or too large doesn't matter.
                Some(meta) => return self.end(meta, memory, now),
                None => Cause::Unreadable(error),
            },
            Ok(Some(ListPart::Item(_))) if self.page.objects >= memory.parts().limits.objects => {
                Cause::TooManyObjects { limit: memory.parts().limits.objects }
            }
            Ok(Some(part)) => {
                // Only complete items reset the timeout: white space could arrive for ever.
                self.silence.clear();
                self.partial.clear();
                self.has_items |= matches!(part, ListPart::Item(_));
                // If the list has its version before its items, no item of a wrong version is emitted.
                match self.parser.meta().and_then(|meta| self.objection(meta, memory)) {
                    Some(cause) => cause,
                    None => return self.part(part, memory),
                }
            }
            Ok(None) => match self.exchange.next() {
                Some(Fact::Bytes(bytes)) => {
                    self.parser.push(bytes);
                    return Step::Go(State::Listing(self));
                }
                Some(Fact::End) => match self.meta.take() {
                    Some(meta) => return self.end(meta, memory, now),
                    None => Cause::Truncated { bytes: self.parser.buffered() },
                },
                Some(Fact::Failed(error)) => Cause::Transport(error),
                Some(Fact::Head(_)) => return Step::Go(State::Listing(self)),
                None => match self.wait(memory) {
                    Ok(wait) => return Step::Emit(Output::Wait(wait), State::Listing(self)),
                    Err(cause) => cause,
                },
            },
        };
        Step::Fail(Failure { exchange: self.exchange, during: self.page.during(), cause, retry_after: None })
    }

    fn part(mut self: Box<Self>, part: ListPart, memory: &Memory) -> Step {
        match part {
            ListPart::Item(object) => {
                self.page.objects += 1;
                self.item(object, memory)
            }
            ListPart::End(meta) => {
                self.meta = Some(meta);
                if self.page.begun || self.page.wants_version_only() {
                    return Step::Go(State::Listing(self));
                }
                self.begin(memory)
            }
        }
    }

    fn item(mut self: Box<Self>, object: Object, memory: &Memory) -> Step {
        if self.page.wants_version_only() {
            return Step::Go(State::Listing(self));
        }
        if self.page.begun {
            return Step::Emit(Output::Event(Event::Initial(object)), State::Listing(self));
        }
        self.held = Some(object);
        self.begin(memory)
    }

    /// Emits `InitialBegin`, but only after the server returned a list, so that failing requests emit nothing.
    fn begin(mut self: Box<Self>, memory: &Memory) -> Step {
        self.page.begun = true;
        let begin = Event::InitialBegin { cause: memory.progress.initial_cause() };
        Step::Emit(Output::Event(begin), State::Listing(self))
    }

    /// The page is complete. Checks that it has the version of the other pages and isn't old, and whether it is the
    /// last.
    fn end(self: Box<Self>, meta: ListMeta, memory: &mut Memory, now: Instant) -> Step {
        if let Some(cause) = self.objection(&meta, memory) {
            return Step::Fail(Failure {
                exchange: self.exchange,
                during: self.page.during(),
                cause,
                retry_after: None,
            });
        }
        match self.page.of {
            Listed::Objects => {}
            Listed::Version => {
                self.exchange.close(&mut memory.outbox);
                memory.progress.jump(meta.resource_version);
                memory.health.refute(now);
                return Step::Go(State::START);
            }
            // The server has what was seen.
            Listed::VersionCheck => {
                self.exchange.close(&mut memory.outbox);
                memory.is_up_to_date(now);
                return Step::Go(State::START);
            }
        }
        match meta.continue_token {
            Some(continue_token) => {
                let next = self.page.next(continue_token, meta.resource_version, self.has_items);
                send(Asked::List(next), memory, now)
            }
            None => {
                memory.intent.listed();
                let end = Event::InitialEnd { resource_version: meta.resource_version };
                Step::Emit(Output::Event(end), State::START)
            }
        }
    }

    fn objection(&self, meta: &ListMeta, memory: &Memory) -> Option<Cause> {
        let found = &meta.resource_version;
        let before = self.page.before.as_ref();
        if let Some(Before { version: first, .. }) = before.filter(|before| before.version != *found) {
            return Some(Cause::MixedPages { first: first.clone(), then: found.clone() });
        }
        let limits = &memory.parts().limits;
        if let Some(token) = &meta.continue_token
            && !self.page.wants_version_only()
            && (self.page.number >= limits.pages
                || token.len() > limits.continue_token
                || (self.page.empty >= MOST_EMPTY && !self.has_items)
                || before.is_some_and(|before| before.has_had(token))
                // The server continues with pages although none were requested. Don't request more.
                || memory.intent.is_unpaged())
        {
            return Some(Cause::EndlessList { pages: self.page.number });
        }
        let seen = memory.progress.seen();
        let least = if self.page.of == Listed::Objects { memory.intent.least_version(seen) } else { seen };
        let seen = least.filter(|seen| found.is_before(seen))?;
        Some(Cause::Rollback { seen: seen.clone(), found: found.clone() })
    }

    fn wait(&mut self, memory: &Memory) -> Result<Wait, Cause> {
        let timing = &memory.parts().timing;
        let mut until = self.total.wait(&memory.waited, timing.page_timeout, TimedOut::ListEnd)?;
        until = until.min(self.silence.wait(&memory.waited, timing.list_item_timeout, TimedOut::List)?);
        if self.parser.is_partial() {
            until = until.min(self.partial.wait(&memory.waited, timing.object_timeout, TimedOut::Object)?);
        }
        Ok(Wait { until: Some(until), on: Waiting::Data })
    }
}

/// The list has no version.
fn is_version_missing(error: &WireError) -> bool {
    use InvalidResourceVersion::{Empty, Zero};
    matches!(error, WireError::Malformed(Malformed { what: LIST_META, version: Some(Empty | Zero), .. }))
}
