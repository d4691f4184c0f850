//! An open watch.

use core::time::Duration;
use std::collections::VecDeque;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use watch_core::wire::{EventType, Status, write_event};

use super::active_faults::InjectedText;
use super::bookmark_times::BookmarkTimes;
use crate::model::rendering::bookmark::{bookmark_line, bookmark_metadata, metadata_bookmark_line};
use crate::model::rendering::representation::Representation;
use crate::model::rendering::table::Frame;
use crate::model::selector::selection::Selection;
use crate::model::storage::conversion::is_same;
use crate::model::storage::object::{Change, Version, event_line};
use crate::model::storage::resource::Resource;

/// Small events are combined up to this size, so that a backlog doesn't need one write per event.
const COALESCED: usize = 32 * 1024;

#[derive(Debug)]
pub(crate) struct Watch {
    pub(crate) resource: Arc<Resource>,
    /// The resource in the form that its objects are stored in.
    pub(crate) stored: Arc<Resource>,
    pub(crate) replica: usize,
    pub(crate) representation: Representation,
    /// Whether the columns of the table were not sent yet.
    pub(crate) needs_columns: bool,
    /// The time since 1970 when `now` is zero.
    pub(crate) epoch: Duration,
    pub(crate) selection: Selection,
    /// Only newer changes are sent.
    pub(crate) after: u64,
    /// Whether DELETED has the version that the object had before.
    pub(crate) has_old_deletions: bool,
    /// Whether no event is sent when an object stops matching.
    pub(crate) departs_silently: bool,
    pub(crate) ends_at: Duration,
    pub(crate) bookmarks: Option<BookmarkTimes>,
    /// The most queued events before the server ends this watch.
    pub(crate) backlog_limit: Option<usize>,
    pub(crate) queue: VecDeque<Queued>,
    /// The texts of faults, the next one first.
    pub(crate) texts: Vec<InjectedText>,
    /// The number of events sent, without bookmarks.
    pub(crate) events: u64,
    /// The code of the ERROR event that ends this watch.
    pub(crate) error: Option<u16>,
    /// Whether the queue is closed: the watch ends after its last entry.
    pub(crate) is_ending: bool,
}

/// An entry of the queue.
#[derive(Debug)]
pub(crate) enum Queued {
    /// An object of the initial state.
    Initial(Arc<Version>),
    /// A change.
    Change(Arc<Change>, EventType),
    /// The bookmark that ends the initial state, of this version.
    InitialEnd(u64),
    /// A bookmark on demand.
    Bookmark(u64),
    /// A line, sent as it is.
    Line(Bytes),
}

/// What a watch sends next.
#[derive(Debug)]
pub(crate) enum Next {
    Bytes(Bytes),
    End,
    Wait(Duration),
}

impl Watch {
    /// Returns whether the watch is of this resource, which is given as its objects are stored, on this replica.
    pub(super) fn shows(&self, replica: usize, stored: &Arc<Resource>) -> bool {
        self.replica == replica && Arc::ptr_eq(&self.stored, stored)
    }

    /// Returns whether the watch is of one of these versions of a resource.
    pub(super) fn is_of(&self, versions: &[Arc<Resource>]) -> bool {
        versions.iter().any(|version| Arc::ptr_eq(&self.resource, version))
    }

    /// Queues an ERROR event, and ends the watch after it. The event is never transformed, whatever representation was
    /// requested.
    pub(crate) fn fail(&mut self, status: &Status) {
        let mut line = Vec::new();
        write_event(&mut line, EventType::Error, &status.to_json());
        self.queue.push_back(Queued::Line(line.into()));
        self.error = Some(status.code);
        self.is_ending = true;
    }

    /// Queues a change, if the selection matches it. Returns whether the watch now has something to send.
    pub(crate) fn offer(&mut self, change: &Arc<Change>) -> bool {
        if self.is_ending || change.revision <= self.after {
            return false;
        }
        let Some(event) = self.selection.event(change) else {
            return false;
        };
        if self.departs_silently && event == EventType::Deleted && change.current.is_some() {
            return false;
        }
        if self.backlog_limit.is_some_and(|limit| self.queue.len() >= limit) {
            // `cacheWatcher.add`: the buffered events are still sent, and then the watch ends in order.
            self.is_ending = true;
            return true;
        }
        self.queue.push_back(Queued::Change(change.clone(), event));
        true
    }

    /// Returns what to send next. `cached`: the version of the cache, which a bookmark has.
    pub(crate) fn next(&mut self, now: Duration, cached: impl Fn() -> u64) -> Next {
        if self.texts.first().is_some_and(|text| self.events >= text.after_events) {
            let InjectedText { text, then_end, .. } = self.texts.remove(0);
            if then_end {
                self.queue.clear();
                self.is_ending = true;
            }
            return Next::Bytes(text);
        }
        if !self.queue.is_empty() {
            return Next::Bytes(self.take_queued(now));
        }
        if self.is_ending || now >= self.ends_at {
            return Next::End;
        }
        while let Some(times) = &mut self.bookmarks
            && let Some(due) = times.due()
        {
            if now < due {
                return Next::Wait(due.min(self.ends_at));
            }
            times.sent(now);
            // No bookmark is older than the version of the request.
            let cached = cached();
            if cached > self.after {
                return Next::Bytes(self.bookmark_line(now, cached, false));
            }
        }
        Next::Wait(self.ends_at)
    }

    /// Returns the queued bytes: an event as it was encoded, or several small ones combined.
    fn take_queued(&mut self, now: Duration) -> Bytes {
        let Some(first) = self.queue.pop_front().map(|queued| self.line(now, &queued)) else {
            return Bytes::new();
        };
        // If a text follows some event, events are sent one by one.
        if self.queue.is_empty() || first.len() >= COALESCED || !self.texts.is_empty() {
            return first;
        }
        let mut together = BytesMut::with_capacity(COALESCED + first.len());
        together.extend_from_slice(&first);
        while together.len() < COALESCED
            && let Some(queued) = self.queue.pop_front()
        {
            together.extend_from_slice(&self.line(now, &queued));
        }
        together.freeze()
    }

    fn line(&mut self, now: Duration, queued: &Queued) -> Bytes {
        if matches!(queued, Queued::Initial(_) | Queued::Change(..)) {
            self.events += 1;
        }
        let is_stored_so = is_same(&self.stored, &self.resource);
        let (event, object) = match queued {
            Queued::Initial(object) => (EventType::Added, object),
            Queued::Change(change, EventType::Deleted) if self.has_old_deletions => match &change.previous {
                Some(previous) => (EventType::Deleted, previous),
                None => return Bytes::new(),
            },
            Queued::Change(change, event) => match self.representation {
                Representation::Full if is_stored_so => return change.line(*event, false),
                Representation::Metadata => return change.line(*event, true),
                Representation::Full | Representation::Table(_) => match change.object(*event) {
                    Some(object) => (*event, object),
                    None => return Bytes::new(),
                },
            },
            Queued::InitialEnd(version) => return self.bookmark_line(now, *version, true),
            Queued::Bookmark(version) => return self.bookmark_line(now, *version, false),
            Queued::Line(line) => return line.clone(),
        };
        let object = &object.shown_as(&self.resource);
        match self.representation {
            Representation::Full => event_line(event, object, false),
            Representation::Metadata => event_line(event, object, true),
            Representation::Table(include) => {
                let has_columns = core::mem::take(&mut self.needs_columns);
                Frame { resource: &self.resource, now: self.epoch + now, has_columns, include }.event(event, object)
            }
        }
    }

    fn bookmark_line(&mut self, now: Duration, version: u64, ends_initial_events: bool) -> Bytes {
        let metadata = bookmark_metadata(version, ends_initial_events);
        match self.representation {
            Representation::Full => bookmark_line(&self.resource, metadata),
            Representation::Metadata => metadata_bookmark_line(metadata),
            Representation::Table(include) => {
                let has_columns = core::mem::take(&mut self.needs_columns);
                Frame { resource: &self.resource, now: self.epoch + now, has_columns, include }.bookmark(&metadata)
            }
        }
    }
}
