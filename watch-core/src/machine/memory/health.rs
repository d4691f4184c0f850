//! The health of the watch.

use alloc::boxed::Box;
use core::time::Duration;

use super::backoff::{Backoff, Confirmations, LASTING, Restarts};
use super::reconnect::Reconnects;
use super::regression::{Looks, Regressions};
use super::rng::Rng;
use super::tally::{NONE, Tally};
use super::waited::{PutOff, Waited};
use crate::config::Timing;
use crate::io::cause::Cause;
use crate::io::counters::Counters;
use crate::io::time::Instant;
use crate::io::trouble::Trouble;

/// The failures since the last progress, and the waits that follow from them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Health {
    backoff: Backoff,
    /// The reconnects that need no backoff.
    reconnects: Reconnects,
    /// The backoff of relists. Events don't reset it; only time without a relist does. `None` if there was no relist.
    restarts: Option<Box<Restarts>>,
    /// The backoff of version checks that repeat because of their answers.
    confirmations: Confirmations,
    /// `None` if there was no failure since the last progress.
    tally: Option<Box<Tally>>,
    regressions: Regressions,
    counters: Counters,
    /// The watch doesn't give up before this time, because inputs may have been ready when giving up was due.
    gives_up: Instant,
    put_off: PutOff,
    /// The total duration of watches without any event.
    idle: Duration,
}

impl Health {
    pub(crate) fn tally(&self) -> &Tally {
        self.tally.as_deref().unwrap_or(&NONE)
    }

    fn tally_mut(&mut self) -> &mut Tally {
        self.tally.get_or_insert_with(|| Box::new(NONE.clone()))
    }

    pub(crate) const fn regressions(&self) -> &Regressions {
        &self.regressions
    }

    pub(crate) const fn counters(&self) -> Counters {
        self.counters
    }

    /// Returns the number of failed attempts since the last progress.
    pub(crate) const fn attempts(&self) -> u32 {
        self.backoff.attempts()
    }

    /// Returns when to give up, if there is no progress until then. As with other timeouts, only waited time counts:
    /// after a computer slept for hours, the server is tried again first.
    pub(crate) fn gives_up(&mut self, patience: Duration, waited: &Waited, now: Instant) -> Option<Instant> {
        let lasted = self.tally().lasted(waited)?;
        let due = now + patience.saturating_sub(lasted);
        if lasted < patience {
            self.put_off = PutOff::NEVER;
        }
        self.gives_up = waited.put_off(due.max(self.gives_up), &mut self.put_off);
        Some(self.gives_up)
    }

    /// Counts a failure.
    pub(crate) fn count(&mut self, trouble: &Trouble, waited: &Waited, now: Instant) {
        self.tally_mut().count(trouble, waited, now);
        if matches!(trouble.cause, Cause::Rollback { .. } | Cause::OldEvent { .. } | Cause::OldBookmark { .. }) {
            self.counters.regression();
        }
    }

    /// There was progress that requires a server with working watches.
    pub(crate) fn progress(&mut self) {
        self.backoff.reset();
        self.confirmations = Confirmations::default();
        self.tally = None;
    }

    /// The failures so far are overcome. Their numbers still count until there is progress.
    pub(crate) fn over(&mut self) {
        if let Some(tally) = &mut self.tally {
            tally.over();
        }
    }

    /// Takes the last failure.
    pub(crate) fn take_last(&mut self) -> Option<Box<Trouble>> {
        self.tally.as_mut()?.take_last()
    }

    /// Records the last failure, although there is no further attempt.
    pub(crate) fn set_last(&mut self, trouble: Box<Trouble>, waited: &Waited, now: Instant) {
        self.tally_mut().set_last(trouble, waited, now);
    }

    /// The server has what was seen.
    pub(crate) fn is_up_to_date(&mut self, now: Instant) {
        if let Some(tally) = &mut self.tally {
            tally.is_up_to_date();
        }
        self.regressions.refute(now);
    }

    /// A list isn't older than what was seen, or the version check isn't possible.
    pub(crate) const fn refute(&mut self, now: Instant) {
        self.regressions.refute(now);
    }

    /// A complete list was handed out.
    pub(crate) fn synced(&mut self, now: Instant) {
        if let Some(tally) = &mut self.tally {
            tally.caught_up();
        }
        self.regressions.listed(now);
    }

    /// The server's history was replaced.
    pub(crate) fn roll_back(&mut self) {
        if let Some(tally) = &mut self.tally {
            tally.caught_up();
        }
    }

    /// A watch is opened. Returns whether a list came directly before it.
    pub(crate) const fn open(&mut self) -> bool {
        self.regressions.open()
    }

    /// A watch is over. The list that it may have had counts only for a moment.
    pub(crate) fn is_past(&mut self, now: Instant) {
        self.regressions.is_past(now);
    }

    /// An event is older than what was seen. Returns whether to emit it, because the server repeats objects.
    pub(crate) const fn is_repeat(&mut self, looks: Looks) -> bool {
        let is_repeat = self.regressions.is_repeat(looks);
        if is_repeat {
            self.counters.regression();
        }
        is_repeat
    }

    /// A duplicate event arrived.
    pub(crate) const fn duplicate(&mut self) {
        self.counters.duplicate();
    }

    /// A watch of this duration ended, `was_idle` if it had no event. Returns whether the total time of idle watches is
    /// long enough for an unnoticed restore of the server. Many short watches prove no more than a single watch of the
    /// same total duration.
    pub(crate) fn watched(&mut self, lasted: Duration, was_idle: bool) -> bool {
        self.idle = if was_idle { self.idle.saturating_add(lasted) } else { Duration::ZERO };
        let is_long = self.idle >= LASTING;
        if is_long {
            self.idle = Duration::ZERO;
        }
        is_long
    }

    /// Counts one more failure, and returns how long to wait: the backoff plus the time that reconnects saved, but no
    /// longer than `longest`.
    pub(crate) fn backoff(&mut self, longest: Duration, timing: &Timing, rng: &mut Rng) -> Duration {
        let delay = self.backoff.next(timing, rng);
        delay.saturating_add(self.backoff.take_saved()).min(longest)
    }

    /// Counts one more failure, of a connection that broke, and returns how long to wait.
    pub(crate) fn reconnect(&mut self, timing: &Timing, rng: &mut Rng, now: Instant) -> Duration {
        // The same random number decides the short wait and the backoff that it replaces.
        match self.reconnects.next(self.attempts(), timing.shortest_backoff, &mut rng.clone(), now) {
            Some(spread) => {
                self.backoff.shorten(spread, timing, rng);
                spread
            }
            None => self.backoff(Duration::MAX, timing, rng),
        }
    }

    /// Counts one more failure without a wait, for what may be retried immediately once.
    pub(crate) const fn attempt_at_once(&mut self) {
        self.backoff.count();
    }

    /// Returns how long to wait before the version check that confirms another.
    pub(crate) fn confirmation(&mut self, timing: &Timing, rng: &mut Rng) -> Duration {
        self.confirmations.next(timing, rng)
    }

    /// Returns how long to wait before a relist: zero if the last one was long ago.
    pub(crate) fn restart(&mut self, timing: &Timing, rng: &mut Rng, now: Instant) -> Duration {
        self.restarts.get_or_insert_default().next(timing, rng, now)
    }

    /// The watch falls back from a streaming list to LIST. If the LIST fails too, the backoff starts small: failures of
    /// another request don't count for this one. This happens once until there is progress; otherwise a server on which
    /// nothing works would get more requests.
    pub(crate) fn fall_back(&mut self) {
        if !self.tally_mut().fall_back() {
            self.backoff.begin_again();
        }
    }

    /// This failure needs attention. Returns whether it wasn't reported yet.
    pub(crate) fn blocks(&mut self, trouble: &Trouble) -> bool {
        self.tally_mut().blocks(trouble)
    }

    /// The version check isn't possible. Returns whether that was already reported.
    pub(crate) fn report_unchecked(&mut self) -> bool {
        self.tally_mut().report_unchecked()
    }
}
