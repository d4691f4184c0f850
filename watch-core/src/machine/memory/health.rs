//! How it goes.

use alloc::boxed::Box;
use core::time::Duration;

use super::backoff::{Backoff, Confirmations, LASTING, Restarts};
use super::regression::{Looks, Regressions};
use super::rng::Rng;
use super::tally::Tally;
use super::waited::Waited;
use crate::io::cause::Cause;
use crate::io::counters::Counters;
use crate::io::time::Instant;
use crate::io::trouble::Trouble;

/// What went wrong since the last progress, and how long to wait for it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Health {
    backoff: Backoff,
    /// That of restarts: no event makes it small again, only time without one.
    restarts: Restarts,
    /// The backoff of checks that are repeated because of what they showed.
    confirmations: Confirmations,
    tally: Tally,
    regressions: Regressions,
    counters: Counters,
    /// For how long watches lasted that brought nothing at all.
    idle: Duration,
}

impl Health {
    pub(crate) const fn tally(&self) -> &Tally {
        &self.tally
    }

    pub(crate) const fn regressions(&self) -> &Regressions {
        &self.regressions
    }

    pub(crate) const fn counters(&self) -> Counters {
        self.counters
    }

    /// How many attempts failed since the last progress.
    pub(crate) const fn attempts(&self) -> u32 {
        self.backoff.attempts()
    }

    /// When it is to give up, if there is no progress until then. As for other deadlines only the time counts for which was
    /// waited: after a computer has slept for hours, the server is asked again before it is given up.
    pub(crate) fn gives_up(&self, patience: Duration, waited: &Waited, now: Instant) -> Option<Instant> {
        let lasted = self.tally.lasted(waited)?;
        Some(waited.put_off(now + patience.saturating_sub(lasted)))
    }

    /// Counts what went wrong.
    pub(crate) fn count(&mut self, trouble: &Trouble, waited: &Waited, now: Instant) {
        self.tally.count(trouble, waited, now);
        if matches!(trouble.cause, Cause::Rollback { .. } | Cause::OldEvent { .. } | Cause::OldBookmark { .. }) {
            self.counters.regression();
        }
    }

    /// Something happened that a server without working watches can't bring about.
    pub(crate) fn progress(&mut self) {
        self.backoff.reset();
        self.confirmations = Confirmations::default();
        self.tally = Tally::default();
    }

    /// What went wrong so far has passed; how often it did still counts until there is progress.
    pub(crate) fn over(&mut self) {
        self.tally.over();
    }

    /// Takes the last trouble.
    pub(crate) const fn take_last(&mut self) -> Option<Box<Trouble>> {
        self.tally.take_last()
    }

    /// This is the last trouble, though nothing is tried any more.
    pub(crate) fn set_last(&mut self, trouble: Box<Trouble>) {
        self.tally.set_last(trouble);
    }

    /// The server has what was seen.
    pub(crate) const fn is_up_to_date(&mut self, now: Instant) {
        self.tally.is_up_to_date();
        self.regressions.refute(now);
    }

    /// A list isn't older than what was seen, or the server doesn't answer the question.
    pub(crate) const fn refute(&mut self, now: Instant) {
        self.regressions.refute(now);
    }

    /// A set is complete, and was handed out.
    pub(crate) const fn synced(&mut self, now: Instant) {
        self.tally.caught_up();
        self.regressions.listed(now);
    }

    /// The server's history is another one than was seen.
    pub(crate) const fn roll_back(&mut self) {
        self.tally.caught_up();
    }

    /// A watch is opened. Whether a list came directly before it.
    pub(crate) const fn open(&mut self) -> bool {
        self.regressions.open()
    }

    /// An event came that is older than what was seen. Whether it is to be handed out, since the server repeats objects.
    pub(crate) const fn is_repeat(&mut self, looks: Looks) -> bool {
        let is_repeat = self.regressions.is_repeat(looks);
        if is_repeat {
            self.counters.regression();
        }
        is_repeat
    }

    /// An event came again.
    pub(crate) const fn duplicate(&mut self) {
        self.counters.duplicate();
    }

    /// A watch ended that lasted this long, and brought nothing at all if it was idle. Whether idle watches lasted for so
    /// long together that the server may have gone back unseen: many short ones prove no more than one that lasts.
    pub(crate) fn watched(&mut self, lasted: Duration, was_idle: bool) -> bool {
        self.idle = if was_idle { self.idle.saturating_add(lasted) } else { Duration::ZERO };
        let is_long = self.idle >= LASTING;
        if is_long {
            self.idle = Duration::ZERO;
        }
        is_long
    }

    /// Counts one more trouble, and says how long to wait.
    pub(crate) fn backoff(&mut self, rng: &mut Rng) -> Duration {
        self.backoff.next(rng)
    }

    /// Counts one more trouble without a wait: for what may be tried again at once, once.
    pub(crate) const fn attempt_at_once(&mut self) {
        self.backoff.count();
    }

    /// How long to wait for another version check that is to confirm what one showed.
    pub(crate) fn confirmation(&mut self, rng: &mut Rng) -> Duration {
        self.confirmations.next(rng)
    }

    /// How long to wait before the set is asked for again: not at all, if it wasn't for a while.
    pub(crate) fn restart(&mut self, rng: &mut Rng, now: Instant) -> Duration {
        self.restarts.next(now, rng)
    }

    /// A streaming list is given up for a LIST. If that fails too, the waits begin small again: how often another way
    /// failed says nothing about this one. Only once until there is progress, or a server on which nothing works would be
    /// asked more often for it.
    pub(crate) const fn fall_back(&mut self) {
        if !self.tally.fall_back() {
            self.backoff.begin_again();
        }
    }

    /// This needs attention. Whether that wasn't reported yet.
    pub(crate) fn blocks(&mut self, trouble: &Trouble) -> bool {
        self.tally.blocks(trouble)
    }

    /// The version check can't be had. Whether that was reported before.
    pub(crate) const fn report_unchecked(&mut self) -> bool {
        self.tally.report_unchecked()
    }
}
