//! Metrics, through the `metrics` facade. Without the feature `metrics` nothing is counted.
//!
//! The table in README.md documents each metric.

#[cfg(feature = "metrics")]
mod counted;
#[cfg(feature = "metrics")]
mod describe;
#[cfg(feature = "metrics")]
mod synced;
#[cfg(feature = "metrics")]
mod words;

use watch_core::{Config, Counters, Done, Event, Freshness, Instant, Notice, RequestKind};

#[cfg(feature = "metrics")]
use self::counted::Counted;
use crate::clock::Clock;

/// Counts what one watch does, from its first request on.
pub(crate) struct Meter {
    #[cfg(feature = "metrics")]
    state: State,
}

#[cfg(feature = "metrics")]
enum State {
    /// Metrics are disabled for this watch, or it has ended.
    Off,
    /// Nothing was sent yet. A recorder that is installed before the first request still gets all metrics.
    Ready(Config),
    On(Box<Counted>),
}

#[cfg(not(feature = "metrics"))]
#[expect(clippy::unused_self, clippy::needless_pass_by_ref_mut, reason = "the same interface as with the feature")]
impl Meter {
    pub(crate) fn new(_: &Config, _: bool) -> Self {
        Self {}
    }

    pub(crate) fn sending(&mut self, _: RequestKind, _: bool, _: Instant) {}

    pub(crate) fn head(&mut self, _: Instant) {}

    pub(crate) fn bytes(&mut self, _: u64, _: usize) {}

    pub(crate) fn event(&mut self, _: &Event, _: Instant) {}

    pub(crate) fn undecodable(&mut self) {}

    pub(crate) fn notice(&mut self, _: &Notice) {}

    pub(crate) fn freshness(&mut self, _: &Freshness<'_>, _: Clock) {}

    pub(crate) fn counters(&mut self, _: Counters) {}

    pub(crate) fn done(&mut self, _: &Done) {}
}

#[cfg(feature = "metrics")]
impl Meter {
    pub(crate) fn new(config: &Config, is_on: bool) -> Self {
        Self { state: if is_on { State::Ready(config.clone()) } else { State::Off } }
    }

    fn counted(&mut self) -> Option<&mut Counted> {
        match &mut self.state {
            State::On(counted) => Some(counted),
            State::Off | State::Ready(_) => None,
        }
    }

    /// Counts a request. `has_set`: whether a list was completed before.
    pub(crate) fn sending(&mut self, kind: RequestKind, has_set: bool, now: Instant) {
        if let State::Ready(config) = &self.state {
            self.state = State::On(Box::new(Counted::new(config)));
        }
        if let Some(counted) = self.counted() {
            counted.sending(kind, has_set, now);
        }
    }

    /// Records the response time.
    pub(crate) fn head(&mut self, now: Instant) {
        if let Some(counted) = self.counted() {
            counted.head(now);
        }
    }

    /// Counts received bytes of a body: before and after decompression.
    pub(crate) fn bytes(&mut self, wire: u64, body: usize) {
        if let Some(counted) = self.counted() {
            counted.bytes(wire, body);
        }
    }

    /// Counts an event that is handed out.
    pub(crate) fn event(&mut self, event: &Event, now: Instant) {
        if let Some(counted) = self.counted() {
            counted.event(event, now);
        }
    }

    /// Counts an object that didn't fit its type.
    pub(crate) fn undecodable(&mut self) {
        if let Some(counted) = self.counted() {
            counted.undecodable();
        }
    }

    pub(crate) fn notice(&mut self, notice: &Notice) {
        if let Some(counted) = self.counted() {
            counted.notice(notice);
        }
    }

    /// Updates the gauges. Called after each event, and before each wait.
    pub(crate) fn freshness(&mut self, freshness: &Freshness<'_>, clock: Clock) {
        if let Some(counted) = self.counted() {
            counted.freshness(freshness, clock);
        }
    }

    /// Adds the increase of the watcher's counters to the metrics.
    pub(crate) fn counters(&mut self, now: Counters) {
        if let Some(counted) = self.counted() {
            counted.counters(now);
        }
    }

    /// Counts the end of the watch.
    pub(crate) fn done(&mut self, done: &Done) {
        if let State::On(counted) = core::mem::replace(&mut self.state, State::Off) {
            counted.over(words::end(done));
        }
    }
}

#[cfg(feature = "metrics")]
impl Drop for Meter {
    fn drop(&mut self) {
        if let State::On(counted) = core::mem::replace(&mut self.state, State::Off) {
            counted.over(words::DROPPED);
        }
    }
}
