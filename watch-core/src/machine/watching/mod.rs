//! A watch is open.

mod document;
mod end;

use alloc::boxed::Box;

use super::alarm::Alarm;
use super::asked::AskedWatch;
use super::exchange::{Exchange, Fact};
use super::memory::{Elapsed, Memory, Progress};
use super::{Failure, State, Step};
use crate::config::Parts;
use crate::io::cause::{Cause, TimedOut};
use crate::io::event::Event;
use crate::io::output::{Output, Wait, Waiting};
use crate::io::phase::Phase;
use crate::io::time::Instant;
use crate::io::trouble::During;
use crate::wire::EventParser;

#[derive(Clone, Debug)]
pub(crate) struct Watching {
    pub(super) exchange: Exchange,
    /// The streaming list, until it is complete. Boxed, because most of the time there is none.
    list: Option<Box<StreamingList>>,
    /// The watch only checks whether the server has the version: see [`is_answer`].
    is_version_check: bool,
    events: EventParser,
    /// A list came directly before, so the server had what was seen, and there were only ADDED events since.
    is_checked: bool,
    /// When the head of the response arrived.
    opened: Instant,
    /// The head was handed in late, so how long the watch lasted isn't known.
    is_opened_late: bool,
    /// The waited time at which a late driver last handed in something.
    late: Option<Elapsed>,
    /// When the server is due to end the watch.
    ends: Instant,
    /// The watch returned something new.
    useful: bool,
    /// The watch returned a bookmark, so more can be expected.
    bookmarked: bool,
    /// The [bits](crate::Skipped::bit) of the kinds of skipped events that were already reported. Each is reported once per
    /// watch, because a server may repeat itself.
    skipped: u8,
    silence: Alarm,
    partial: Alarm,
    /// The waited time at which this watch began.
    began: Elapsed,
}

/// A streaming list that isn't complete.
#[derive(Clone, Debug, Default)]
struct StreamingList {
    /// `InitialBegin` was emitted.
    begun: bool,
    /// An event that is waiting for the `InitialBegin` before it.
    held: Option<Event>,
    /// The number of objects so far.
    objects: u64,
    /// Runs since the last object.
    pause: Alarm,
    /// Runs for the complete list.
    complete: Alarm,
}

impl Watching {
    pub(super) fn new(
        exchange: Exchange,
        asked: &AskedWatch,
        opened: Instant,
        ends: Instant,
        memory: &mut Memory,
    ) -> Self {
        let is_checked = memory.health.open();
        memory.intent.check.interrupt(&memory.waited);
        let Parts { limits, json_check, strip_managed_fields, .. } = memory.parts();
        Self {
            exchange,
            list: asked.is_streaming_list().then(Box::default),
            is_version_check: asked.checked_version().is_some(),
            events: EventParser::with_check(limits.object, limits.nesting, *json_check)
                .strip_managed_fields(*strip_managed_fields),
            is_checked,
            opened,
            is_opened_late: memory.waited.is_late(),
            late: memory.waited.is_late().then(|| memory.waited.total()),
            ends,
            useful: false,
            bookmarked: false,
            began: memory.waited.total(),
            skipped: 0,
            silence: Alarm::default(),
            partial: Alarm::default(),
        }
    }

    pub(super) const fn phase(&self) -> Phase {
        if self.is_live() { Phase::Live } else { Phase::StreamingList }
    }

    /// Returns whether there is no streaming list, or it is complete.
    const fn is_live(&self) -> bool {
        self.list.is_none()
    }

    /// Returns when the watch was opened, if it is live.
    pub(crate) fn live_since(&self) -> Option<Instant> {
        self.is_live().then_some(self.opened)
    }

    pub(super) fn step(mut self: Box<Self>, memory: &mut Memory, now: Instant) -> Step {
        if let Some(event) = self.list.as_mut().and_then(|list| list.held.take()) {
            return self.emit(event);
        }
        let cause = match self.events.next() {
            Err(error) => Cause::Unreadable(error),
            Ok(Some(event)) => {
                self.partial.clear();
                match self.event(event, memory) {
                    Ok(Some(event)) => {
                        // Only an event with information resets the timeout: white space, or the same events repeated,
                        // could arrive for ever.
                        if !memory.progress.position().is_repeat(&event) {
                            self.silence.clear();
                        }
                        return match self.is_version_check {
                            false => self.announce(event, memory),
                            true if is_answer(&event, memory) => Step::Go(self.has_version(memory, now)),
                            true => Step::Go(State::Watching(self)),
                        };
                    }
                    Ok(None) => return Step::Go(State::Watching(self)),
                    Err(cause) => cause,
                }
            }
            Ok(None) => match self.exchange.next() {
                Some(Fact::Bytes(bytes)) => {
                    self.events.push(bytes);
                    if memory.waited.is_late() {
                        self.late = Some(memory.waited.total());
                    }
                    return Step::Go(State::Watching(self));
                }
                Some(Fact::End) => match self.cut_short(now) {
                    Some(cause) => cause,
                    None => {
                        self.judge(memory, now);
                        return Step::Go(self.ended(memory, now));
                    }
                },
                Some(Fact::Failed(error)) => Cause::Transport(error),
                Some(Fact::Head(_)) => return Step::Go(State::Watching(self)),
                None if memory.check_due(self.is_checkable(), now).is_some_and(|due| due <= now) => {
                    self.judge(memory, now);
                    self.exchange.close(&mut memory.outbox);
                    memory.intent.check.want();
                    return Step::Go(State::START);
                }
                None => match self.wait(memory, now) {
                    Ok(wait) => return Step::Emit(Output::Wait(wait), State::Watching(self)),
                    Err(cause) => cause,
                },
            },
        };
        let during = self.during(&memory.progress);
        self.judge(memory, now);
        Step::Fail(Failure { exchange: self.exchange, during, cause, retry_after: None })
    }

    /// Returns whether the watch may end for a version check that is due: not while an object is arriving, which may be
    /// unreadable.
    fn is_checkable(&self) -> bool {
        self.is_live() && !self.events.is_partial()
    }

    /// The server has the version of the check.
    fn has_version(self: Box<Self>, memory: &mut Memory, now: Instant) -> State {
        self.exchange.close(&mut memory.outbox);
        memory.is_up_to_date(now);
        State::START
    }

    /// Emits `InitialBegin` before the first object of a list.
    fn announce(mut self: Box<Self>, event: Event, memory: &Memory) -> Step {
        match &mut self.list {
            Some(list) if !list.begun => {
                list.begun = true;
                list.held = Some(event);
                let begin = Event::InitialBegin { cause: memory.progress.initial_cause() };
                Step::Emit(Output::Event(begin), State::Watching(self))
            }
            _ => self.emit(event),
        }
    }

    fn emit(mut self: Box<Self>, event: Event) -> Step {
        if matches!(event, Event::InitialEnd { .. }) {
            self.list = None;
            self.useful = true;
            self.is_checked = true;
        }
        Step::Emit(Output::Event(event), State::Watching(self))
    }

    fn during(&self, progress: &Progress) -> During {
        match self.phase() {
            _ if self.is_version_check => During::VersionCheck,
            Phase::StreamingList => During::StreamingList,
            _ => During::Watch { after: progress.version().cloned() },
        }
    }

    fn wait(&mut self, memory: &mut Memory, now: Instant) -> Result<Wait, Cause> {
        let check = memory.check_due(self.is_checkable(), now);
        let timing = &memory.parts().timing;
        // A driver that was late when the server ended the watch gets a chance to read the end.
        let until_end = self.ends.since(now) + timing.grace;
        let (silence, of) = if self.bookmarked && timing.idle_timeout < until_end {
            (timing.idle_timeout, TimedOut::Bookmarks)
        } else {
            (until_end, TimedOut::Watch)
        };
        let mut until = self.silence.wait(&memory.waited, silence, of)?;
        if self.events.is_partial() {
            until = until.min(self.partial.wait(&memory.waited, timing.object_timeout, TimedOut::Object)?);
        }
        if let Some(list) = &mut self.list {
            until = until.min(list.pause.wait(&memory.waited, timing.initial_events_timeout, TimedOut::InitialEnd)?);
            // A server that ignores `sendInitialEvents` continues with new objects, and never sends the marker. The
            // list may take as long as a watch.
            until = until.min(list.complete.wait(&memory.waited, until_end, TimedOut::InitialEnd)?);
        }
        Ok(Wait { until: check.into_iter().chain([until]).min(), on: Waiting::Data })
    }
}

/// Returns whether an event shows that the server has the version of the check. Any event does: kube-apiserver sends
/// nothing before it has the version. But if a list or another check was older, the server may ignore the version that
/// the check asks for. Then an older object isn't an answer: it would refute each older list, and a restore would never
/// be accepted. The end marker has the server's version.
fn is_answer(event: &Event, memory: &Memory) -> bool {
    match event {
        Event::Initial(object) if memory.health.tally().outdated > 0 => {
            memory.progress.seen().is_none_or(|seen| !object.resource_version().is_before(seen))
        }
        _ => true,
    }
}
