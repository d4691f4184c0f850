//! Numbers for those who run it, through the `metrics` facade. Without the feature `metrics` nothing is counted.
//!
//! What each metric means is in the table of README.md.

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
    /// It isn't to be counted.
    Off,
    /// Nothing was sent yet. A recorder that is installed until then still hears of everything.
    Ready(Config),
    On(Box<Counted>),
}

#[cfg(not(feature = "metrics"))]
#[expect(clippy::unused_self, clippy::needless_pass_by_ref_mut, reason = "the same face as with the feature")]
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

    /// A request is sent, for the set if there is none.
    pub(crate) fn sending(&mut self, kind: RequestKind, has_set: bool, now: Instant) {
        if let State::Ready(config) = &self.state {
            self.state = State::On(Box::new(Counted::new(config)));
        }
        if let Some(counted) = self.counted() {
            counted.sending(kind, has_set, now);
        }
    }

    /// The head of its response came.
    pub(crate) fn head(&mut self, now: Instant) {
        if let Some(counted) = self.counted() {
            counted.head(now);
        }
    }

    /// Bytes of its body came: their number as HTTP brought them, and when decompressed.
    pub(crate) fn bytes(&mut self, wire: u64, body: usize) {
        if let Some(counted) = self.counted() {
            counted.bytes(wire, body);
        }
    }

    /// An event is handed out.
    pub(crate) fn event(&mut self, event: &Event, now: Instant) {
        if let Some(counted) = self.counted() {
            counted.event(event, now);
        }
    }

    /// An object didn't fit its type.
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

    /// Where it stands: after each event, and each time that it has nothing to do.
    pub(crate) fn freshness(&mut self, freshness: &Freshness<'_>, clock: Clock) {
        if let Some(counted) = self.counted() {
            counted.freshness(freshness, clock);
        }
    }

    /// What the watcher counts itself, as of now.
    pub(crate) fn counters(&mut self, now: Counters) {
        if let Some(counted) = self.counted() {
            counted.counters(now);
        }
    }

    /// It is over.
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
