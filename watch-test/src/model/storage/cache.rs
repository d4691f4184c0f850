//! The watch cache of one resource: its version, and the events before it.

use core::time::Duration;
use std::collections::VecDeque;
use std::sync::Arc;

use super::object::Change;

/// The initial number of events (`defaultLowerBoundCapacity` of storage/cacher/watch_cache.go).
const FEWEST: usize = 100;
/// The most events (`defaultUpperBoundCapacity`).
const MOST: usize = 100 * 1024;
/// A full window grows while its oldest event is younger than this (`DefaultEventFreshDuration`).
const FRESH: Duration = Duration::from_secs(75);

/// How many events back a watch may start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "either it grows or it doesn't")]
pub enum Window {
    /// 100 at first, doubled whenever it is full within 75 seconds, up to 102400, as in kube-apiserver
    /// (`resizeCacheLocked`).
    #[default]
    Adaptive,
    /// Always this number of events of each resource.
    Events(usize),
}

#[derive(Debug)]
pub(crate) struct Cache {
    /// The revision up to which it is complete: of the last event, or of a progress notification.
    pub(crate) version: u64,
    /// The revision of the list that it began with.
    list_version: u64,
    events: VecDeque<(Duration, Arc<Change>)>,
    capacity: usize,
    grows: bool,
    /// Whether an event has left the window since the list.
    evicted: bool,
    /// The time for which it is being filled and refuses reads.
    pub(crate) unready: Option<(Duration, Duration)>,
}

impl Cache {
    /// Creates a cache that has just listed its resource.
    pub(crate) fn new(window: Window, list_version: u64) -> Self {
        let (capacity, grows) = match window {
            Window::Adaptive => (FEWEST, true),
            Window::Events(events) => (events, false),
        };
        Self {
            version: list_version,
            list_version,
            events: VecDeque::new(),
            capacity,
            grows,
            evicted: false,
            unready: None,
        }
    }

    /// Adds an event.
    pub(crate) fn push(&mut self, now: Duration, change: Arc<Change>) {
        self.resize(now);
        self.version = self.version.max(change.revision);
        self.events.push_back((now, change));
        while self.events.len() > self.capacity {
            self.events.pop_front();
            self.evicted = true;
        }
    }

    /// Records that there were no events up to this revision.
    pub(crate) fn progress(&mut self, revision: u64) {
        self.version = self.version.max(revision);
    }

    /// Returns the events after a revision, or, if the window doesn't reach back to it, the oldest revision of the
    /// window (`getAllEventsSinceLocked`).
    pub(crate) fn since(&self, revision: u64) -> Result<impl Iterator<Item = &Arc<Change>>, u64> {
        let oldest = self.reaches_back_to();
        if revision < oldest {
            return Err(oldest);
        }
        let first = self.events.partition_point(|(_, change)| change.revision <= revision);
        Ok(self.events.range(first..).map(|(_, change)| change))
    }

    /// Returns the oldest version that a watch can start from.
    pub(crate) fn reaches_back_to(&self) -> u64 {
        match self.events.front() {
            Some((_, oldest)) if self.evicted => oldest.revision - 1,
            // An empty window reaches back to now.
            None if self.evicted => self.version,
            _ => self.list_version,
        }
    }

    /// Removes the events up to a revision.
    pub(crate) fn expire_before(&mut self, revision: u64) {
        self.events.retain(|(_, change)| change.revision > revision);
        self.list_version = self.reaches_back_to().max(revision);
        self.version = self.version.max(self.list_version);
        self.evicted = false;
    }

    fn resize(&mut self, now: Duration) {
        let is_full = self.events.len() >= self.capacity;
        let oldest = self.events.front().map(|(at, _)| *at);
        if self.grows && is_full && oldest.is_some_and(|at| now.saturating_sub(at) < FRESH) {
            self.capacity = (self.capacity * 2).min(MOST);
        }
    }
}
