//! The watch cache of one resource: how far it has got, and how far back it can go.

use core::time::Duration;
use std::collections::VecDeque;
use std::sync::Arc;

use super::object::Change;

/// Events kept at first (`defaultLowerBoundCapacity` of storage/cacher/watch_cache.go).
const FEWEST: usize = 100;
/// Events kept at most (`defaultUpperBoundCapacity`).
const MOST: usize = 100 * 1024;
/// A full window grows while its oldest event is younger than this (`DefaultEventFreshDuration`).
const FRESH: Duration = Duration::from_secs(75);

/// How many events back a watch may begin.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "either it grows or it doesn't")]
pub enum Window {
    /// 100 at first, doubled whenever it is full within 75 seconds, up to 102400: what kube-apiserver does
    /// (`resizeCacheLocked`).
    #[default]
    Adaptive,
    /// Always that many events of each resource.
    Events(usize),
}

/// See the module.
#[derive(Debug)]
pub(crate) struct Cache {
    /// The revision up to which it knows everything: of the last event, or of a progress notification.
    pub(crate) version: u64,
    /// The revision of the list that it began with.
    list_version: u64,
    events: VecDeque<(Duration, Arc<Change>)>,
    capacity: usize,
    grows: bool,
    /// Whether an event has left the window since the list.
    evicted: bool,
    /// Since when and until when it is being filled, and refuses to answer.
    pub(crate) unready: Option<(Duration, Duration)>,
}

impl Cache {
    /// A cache that has just listed its resource.
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

    /// Takes in an event.
    pub(crate) fn push(&mut self, now: Duration, change: Arc<Change>) {
        self.resize(now);
        self.version = self.version.max(change.revision);
        self.events.push_back((now, change));
        while self.events.len() > self.capacity {
            self.events.pop_front();
            self.evicted = true;
        }
    }

    /// Knows that nothing happened up to there.
    pub(crate) fn progress(&mut self, revision: u64) {
        self.version = self.version.max(revision);
    }

    /// The events behind a revision, or, if the window doesn't reach back to there, how far it does
    /// (`getAllEventsSinceLocked`).
    pub(crate) fn since(&self, revision: u64) -> Result<impl Iterator<Item = &Arc<Change>>, u64> {
        let oldest = self.reaches_back_to();
        if revision < oldest {
            return Err(oldest);
        }
        let first = self.events.partition_point(|(_, change)| change.revision <= revision);
        Ok(self.events.range(first..).map(|(_, change)| change))
    }

    /// The oldest version from which a watch can begin.
    pub(crate) fn reaches_back_to(&self) -> u64 {
        match self.events.front() {
            Some((_, oldest)) if self.evicted => oldest.revision - 1,
            // A window of no events reaches back to now.
            None if self.evicted => self.version,
            _ => self.list_version,
        }
    }

    /// Forgets the events up to a revision.
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
