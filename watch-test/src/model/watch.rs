//! An open watch.

use core::time::Duration;
use std::collections::VecDeque;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use watch_core::wire::EventType;

use super::bookmark::{BookmarkTimes, bookmark_line};
use super::object::{Change, Version, event_line};
use super::representation::Representation;
use super::resource::Resource;
use super::selection::Selection;

/// Small events are put together up to this size, so that a backlog doesn't cost a write an event.
const COALESCED: usize = 32 * 1024;

/// See the module.
#[derive(Debug)]
pub(crate) struct Watch {
    pub(crate) resource: Arc<Resource>,
    pub(crate) replica: usize,
    pub(crate) representation: Representation,
    pub(crate) selection: Selection,
    /// Only what is newer is sent.
    pub(crate) after: u64,
    pub(crate) ends_at: Duration,
    pub(crate) bookmarks: Option<BookmarkTimes>,
    /// How many events may wait before the server gives up on this watch.
    pub(crate) backlog_limit: Option<usize>,
    pub(crate) queue: VecDeque<Queued>,
    /// Nothing will be added to the queue: the watch ends behind what is in it.
    pub(crate) is_ending: bool,
    /// Events sent so far, without bookmarks.
    pub(crate) events: u64,
}

/// What waits to be sent.
#[derive(Debug)]
pub(crate) enum Queued {
    /// An object of the initial state.
    Initial(Arc<Version>),
    /// Something that happened.
    Change(Arc<Change>, EventType),
    /// The bookmark that ends the initial state, of this version.
    InitialEnd(u64),
    /// A line as it stands.
    Line(Bytes),
}

/// What a watch has to say.
#[derive(Debug)]
pub(crate) enum Next {
    Bytes(Bytes),
    /// A bookmark is due, if there is news for it.
    Bookmark,
    End,
    Wait(Duration),
}

impl Watch {
    /// Takes note of a change, if it is in the selection. Whether the watch now has something to send.
    pub(crate) fn offer(&mut self, change: &Arc<Change>) -> bool {
        if self.is_ending || change.revision <= self.after {
            return false;
        }
        let Some(event) = self.selection.event(change) else {
            return false;
        };
        if self.backlog_limit.is_some_and(|limit| self.queue.len() >= limit) {
            // `cacheWatcher.add`: what is buffered still goes out, then the watch ends as if in order.
            self.is_ending = true;
            return true;
        }
        self.queue.push_back(Queued::Change(change.clone(), event));
        true
    }

    /// What comes next.
    pub(crate) fn next(&mut self, now: Duration) -> Next {
        if !self.queue.is_empty() {
            return Next::Bytes(self.take_queued());
        }
        if self.is_ending || now >= self.ends_at {
            return Next::End;
        }
        let due = self.bookmarks.as_ref().and_then(BookmarkTimes::due);
        match due {
            Some(due) if due <= now => {
                if let Some(times) = &mut self.bookmarks {
                    times.sent(now);
                }
                Next::Bookmark
            }
            Some(due) => Next::Wait(due.min(self.ends_at)),
            None => Next::Wait(self.ends_at),
        }
    }

    /// A bookmark of this version.
    pub(crate) fn bookmark(&self, version: u64) -> Bytes {
        bookmark_line(&self.resource, self.representation, version, false)
    }

    /// What is queued: an event as it was prepared, or several small ones put together.
    fn take_queued(&mut self) -> Bytes {
        let Some(first) = self.queue.pop_front().map(|queued| self.line(&queued)) else {
            return Bytes::new();
        };
        if self.queue.is_empty() || first.len() >= COALESCED {
            return first;
        }
        let mut together = BytesMut::with_capacity(COALESCED + first.len());
        together.extend_from_slice(&first);
        while together.len() < COALESCED
            && let Some(queued) = self.queue.pop_front()
        {
            together.extend_from_slice(&self.line(&queued));
        }
        together.freeze()
    }

    fn line(&mut self, queued: &Queued) -> Bytes {
        match queued {
            Queued::Initial(object) => {
                self.events += 1;
                event_line(EventType::Added, object, self.representation)
            }
            Queued::Change(change, event) => {
                self.events += 1;
                change.line(*event, self.representation)
            }
            Queued::InitialEnd(version) => bookmark_line(&self.resource, self.representation, *version, true),
            Queued::Line(line) => line.clone(),
        }
    }
}
