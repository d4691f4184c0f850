//! A watch is open.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::mem::{self, Discriminant};
use core::time::Duration;

use bytes::Bytes;

use super::alarm::Alarm;
use super::asked::AskedWatch;
use super::exchange::{Exchange, Fact};
use super::memory::Memory;
use super::memory::backoff::LASTING;
use super::memory::position::Standing;
use super::memory::regression::Looks;
use super::recover::{SPACING, ended, recover};
use super::{State, Step};
use crate::io::event::Event;
use crate::io::notice::{Notice, Skipped};
use crate::io::output::{Output, Wait, Waiting};
use crate::io::phase::Phase;
use crate::io::time::Instant;
use crate::io::trouble::{Cause, During, Silence};
use crate::wire::object::Object;
use crate::wire::version::{InvalidResourceVersion, ResourceVersion};
use crate::wire::{Bookmark, Frames, Malformed, WatchEvent};

#[derive(Clone, Debug)]
pub(crate) struct Watching {
    pub(super) exchange: Exchange,
    set: SetStage,
    /// Only whether the server has the version is asked: whatever comes says so.
    is_version_check: bool,
    frames: Frames,
    /// A list came directly before, so that the server was no less far than what was seen; and nothing but ADDED since.
    is_checked: bool,
    /// When its head came.
    opened: Instant,
    /// When the server said it would end it.
    ends: Instant,
    /// It brought something new.
    useful: bool,
    /// It brought a bookmark, so that more of them can be expected.
    bookmarked: bool,
    /// How many objects of the set came.
    objects: u64,
    /// An event that came before the set was announced.
    held: Option<Event>,
    /// What was left out and said to be, once of each kind: a server may repeat itself for ever.
    skipped: Vec<Discriminant<Skipped>>,
    silence: Alarm,
    partial: Alarm,
    /// For how long the machine had waited when this began.
    began: Duration,
    /// Since the last object of the set.
    initial: Alarm,
    /// For the whole set.
    set_whole: Alarm,
}

/// Where the streaming list stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum SetStage {
    /// Its objects are awaited; nothing came.
    Awaited,
    /// It was announced.
    Begun,
    /// There is none, or it is complete.
    Whole,
}

/// What exists when a watch begins comes without a pause that is longer than this.
const AT_ONCE: Duration = Duration::from_secs(10);

impl Watching {
    pub(super) fn new(
        exchange: Exchange,
        asked: &AskedWatch,
        opened: Instant,
        ends: Instant,
        memory: &mut Memory,
    ) -> Self {
        let is_checked = memory.regressions.open();
        let limits = &memory.parts().limits;
        Self {
            exchange,
            set: if asked.is_streaming_list() { SetStage::Awaited } else { SetStage::Whole },
            is_version_check: asked.checked_version().is_some(),
            frames: Frames::new(limits.object, limits.nesting),
            is_checked,
            opened,
            ends,
            useful: false,
            bookmarked: false,
            objects: 0,
            held: None,
            began: memory.waited.total(),
            skipped: Vec::new(),
            silence: Alarm::default(),
            partial: Alarm::default(),
            initial: Alarm::default(),
            set_whole: Alarm::default(),
        }
    }

    pub(super) const fn phase(&self) -> Phase {
        match self.set {
            SetStage::Awaited | SetStage::Begun => Phase::StreamingList,
            SetStage::Whole => Phase::Live,
        }
    }

    pub(super) fn step(mut self: Box<Self>, memory: &mut Memory, now: Instant) -> Step {
        if let Some(event) = self.held.take() {
            return self.emit(event);
        }
        let cause = match self.frames.next() {
            Err(error) => Cause::Unreadable(error.into()),
            Ok(Some(frame)) => {
                self.partial.clear();
                match self.event(&frame, memory) {
                    Ok(Some(_)) if self.is_version_check => return Step::Go(self.has_version(memory, now)),
                    Ok(Some(event)) => {
                        // Only what says something breaks the silence: white space, or the same events again, could
                        // come for ever.
                        if !memory.position.is_before(&event) {
                            self.silence.clear();
                        }
                        return self.announce(event, memory);
                    }
                    Ok(None) => return Step::Go(State::Watching(self)),
                    Err(cause) => cause,
                }
            }
            Ok(None) => match self.exchange.next() {
                Some(Fact::Bytes(bytes)) => {
                    self.frames.push(bytes);
                    return Step::Go(State::Watching(self));
                }
                Some(Fact::End) => match self.cut_short(now) {
                    Some(cause) => cause,
                    None => {
                        let during = self.during(memory);
                        self.judge(memory, now);
                        return Step::Go(ended(
                            memory,
                            self.exchange,
                            during,
                            self.opened,
                            self.ends,
                            self.useful,
                            now,
                        ));
                    }
                },
                Some(Fact::Failed(error)) => Cause::Transport(error),
                Some(Fact::Head(_)) => return Step::Go(State::Watching(self)),
                None if self.is_checkable() && memory.check_due(now).is_some_and(|due| due <= now) => {
                    self.judge(memory, now);
                    self.exchange.close(memory);
                    memory.probe = true;
                    return Step::Go(State::START);
                }
                None => match self.wait(memory, now) {
                    Ok(wait) => return Step::Emit(Output::Wait(wait), State::Watching(self)),
                    Err(cause) => cause,
                },
            },
        };
        let during = self.during(memory);
        self.judge(memory, now);
        Step::Go(recover(memory, self.exchange, during, cause, None, now))
    }

    /// Whether it may end for a version check that is due by time: not while an object is on its way, which may prove
    /// unreadable.
    fn is_checkable(&self) -> bool {
        self.set == SetStage::Whole && !self.frames.is_partial()
    }

    /// The server has the version that it was asked about.
    fn has_version(self: Box<Self>, memory: &mut Memory, now: Instant) -> State {
        self.exchange.close(memory);
        memory.is_up_to_date();
        memory.regressions.refute(now);
        State::START
    }

    /// What a document comes to: an event for the consumer, nothing, or the end of this watch.
    fn event(&mut self, frame: &Bytes, memory: &mut Memory) -> Result<Option<Event>, Cause> {
        let event = WatchEvent::parse(frame).map_err(|error| Cause::Unreadable(error.into()))?;
        let is_live = self.set == SetStage::Whole;
        match event {
            WatchEvent::Added(object) if is_live => self.live(Event::Added(object), memory),
            WatchEvent::Modified(object) if is_live => self.live(Event::Modified(object), memory),
            WatchEvent::Deleted(object) if is_live => self.live(Event::Deleted(object), memory),
            WatchEvent::Added(object) => {
                self.initial.clear();
                self.initial(object, memory)
            }
            // kube-apiserver sends only ADDED before the end marker. client-go accepts the others, and so must we; but a
            // server that sends them may well have ignored `sendInitialEvents`, so they don't prolong the wait.
            WatchEvent::Modified(object) => self.initial(object, memory),
            WatchEvent::Deleted(object) => Ok(Some(Event::Deleted(object))),
            WatchEvent::Bookmark(bookmark) => self.bookmark(bookmark, memory),
            WatchEvent::Error(status) => Err(Cause::Status(status.into())),
        }
    }

    /// One object more of the set.
    fn initial(&mut self, object: Object, memory: &Memory) -> Result<Option<Event>, Cause> {
        let limit = memory.parts().limits.objects;
        if self.objects >= limit {
            return Err(Cause::TooManyObjects { limit });
        }
        self.objects += 1;
        Ok(Some(Event::Initial(object)))
    }

    fn live(&mut self, event: Event, memory: &mut Memory) -> Result<Option<Event>, Cause> {
        let Some(found) = event.change().map(Object::resource_version) else { return Ok(Some(event)) };
        // Repeats come first, and as ADDED (client-go's `eventReceivedBesidesAdded`).
        self.is_checked &=
            matches!(event, Event::Added(_)) && memory.waited.total().saturating_sub(self.began) <= AT_ONCE;
        match memory.position.standing(&event) {
            // What a watch without a version begins with came before, as far as anyone can tell.
            Standing::New => self.useful |= memory.position.moves(&event),
            Standing::Duplicate => {
                memory.counters.duplicate();
                self.skip(Skipped::Duplicate { found: found.clone() }, memory);
                return Ok(None);
            }
            Standing::Old => {
                let looks = match event {
                    Event::Added(_) if self.is_checked => Looks::Repeated,
                    Event::Added(_) => Looks::Added,
                    _ => Looks::Changed,
                };
                if !memory.regressions.is_repeat(looks) {
                    memory.probe |= !memory.regressions.had_list();
                    return Err(Cause::OldEvent { seen: seen(memory, found), found: found.clone() });
                }
                memory.counters.regression();
            }
        }
        Ok(Some(event))
    }

    fn bookmark(&mut self, bookmark: Bookmark, memory: &mut Memory) -> Result<Option<Event>, Cause> {
        if let (SetStage::Awaited | SetStage::Begun, true, Some(error)) =
            (self.set, bookmark.initial_events_end, bookmark.invalid_version)
        {
            return Err(Cause::Unreadable(Malformed::version("end marker", error).into()));
        }
        let Some(resource_version) = bookmark.resource_version else {
            self.skip(
                match bookmark.invalid_version {
                    Some(InvalidResourceVersion::TooLong { bytes }) => Skipped::BookmarkVersionTooLong { bytes },
                    _ => Skipped::BookmarkWithoutVersion,
                },
                memory,
            );
            return Ok(None);
        };
        match self.set {
            SetStage::Awaited | SetStage::Begun if bookmark.initial_events_end => {
                if let Some(seen) = memory.set_must_have().filter(|seen| resource_version.is_before(seen)) {
                    return Err(Cause::WentBack { seen: seen.clone(), found: resource_version });
                }
                Ok(Some(Event::InitialEnd { resource_version }))
            }
            // Without the annotation it says nothing about the set.
            SetStage::Awaited | SetStage::Begun => Ok(None),
            // kube-apiserver's never are (`cacheWatcher.process`). What sends it is behind what was seen, so that nothing
            // may come from there for long; it is asked how far it is.
            SetStage::Whole if memory.position.version().is_some_and(|version| resource_version.is_before(version)) => {
                memory.probe = true;
                Err(Cause::OldBookmark { seen: seen(memory, &resource_version), found: resource_version })
            }
            SetStage::Whole => {
                self.bookmarked = true;
                self.is_checked = false;
                self.useful |= memory.position.version() != Some(&resource_version);
                Ok(Some(Event::Bookmark { resource_version }))
            }
        }
    }

    fn skip(&mut self, what: Skipped, memory: &mut Memory) {
        let kind = mem::discriminant(&what);
        if !self.skipped.contains(&kind) {
            self.skipped.push(kind);
            memory.say(Notice::Skipped { what });
        }
    }

    /// Puts `InitialBegin` before the first that is told of a set.
    fn announce(mut self: Box<Self>, event: Event, memory: &Memory) -> Step {
        match self.set {
            SetStage::Awaited => {
                self.set = SetStage::Begun;
                self.held = Some(event);
                let begin = Event::InitialBegin { cause: memory.initial_cause() };
                Step::Emit(Output::Event(begin), State::Watching(self))
            }
            SetStage::Begun | SetStage::Whole => self.emit(event),
        }
    }

    fn emit(mut self: Box<Self>, event: Event) -> Step {
        if matches!(event, Event::InitialEnd { .. }) {
            self.set = SetStage::Whole;
            self.useful = true;
            self.is_checked = true;
        }
        Step::Emit(Output::Event(event), State::Watching(self))
    }

    /// What the end of the watch tells, whatever ended it.
    fn judge(&self, memory: &mut Memory, now: Instant) {
        let lasted = now.since(self.opened);
        // Of a streaming list without its end it says nothing that it lasted: the next may come to as little.
        if self.set == SetStage::Whole && lasted >= LASTING {
            memory.progress();
        }
        // Many short watches that bring nothing prove no more than one that lasts.
        let is_idle = self.set == SetStage::Whole && !self.useful && !self.bookmarked;
        memory.idle = if is_idle { memory.idle.saturating_add(lasted) } else { Duration::ZERO };
        if memory.idle >= LASTING {
            memory.probe = true;
            memory.idle = Duration::ZERO;
        }
        memory.probe |= memory.regressions.are_due(now);
    }

    /// What is wrong with an end that HTTP calls good.
    fn cut_short(&self, now: Instant) -> Option<Cause> {
        if self.frames.is_partial() {
            return Some(Cause::Truncated { bytes: self.frames.buffered() });
        }
        match self.set {
            SetStage::Whole => None,
            // It had all the time it was promised.
            SetStage::Awaited | SetStage::Begun if self.ends <= now + SPACING => {
                Some(Cause::Silence { of: Silence::InitialEnd, lasted: now.since(self.opened) })
            }
            SetStage::Awaited | SetStage::Begun => Some(Cause::NoInitialEnd),
        }
    }

    fn during(&self, memory: &Memory) -> During {
        match self.set {
            _ if self.is_version_check => During::Probe,
            SetStage::Awaited | SetStage::Begun => During::StreamingList,
            SetStage::Whole => During::Watch { after: memory.position.version().cloned() },
        }
    }

    fn wait(&mut self, memory: &mut Memory, now: Instant) -> Result<Wait, Cause> {
        let check = memory.check_due(now).filter(|_| self.is_checkable());
        let timing = &memory.parts().timing;
        // Who was busy elsewhere when the server ended the watch gets the chance to read that it did.
        let until_end = self.ends.since(now) + timing.grace;
        let (silence, of) = if self.bookmarked && timing.idle < until_end {
            (timing.idle, Silence::Bookmarks)
        } else {
            (until_end, Silence::Watch)
        };
        let mut until = self.silence.wait(&memory.waited, silence, of)?;
        if self.frames.is_partial() {
            until = until.min(self.partial.wait(&memory.waited, timing.object, Silence::Object)?);
        }
        if self.set != SetStage::Whole {
            until = until.min(self.initial.wait(&memory.waited, timing.initial_events, Silence::InitialEnd)?);
            // A server that ignores `sendInitialEvents` goes on with what is created, and no marker ever comes. The set
            // has as long as a watch has.
            until = until.min(self.set_whole.wait(&memory.waited, until_end, Silence::InitialEnd)?);
        }
        Ok(Wait { until: check.into_iter().chain([until]).min(), on: Waiting::Data })
    }
}

fn seen(memory: &Memory, found: &ResourceVersion) -> ResourceVersion {
    memory.position.seen().unwrap_or(found).clone()
}
