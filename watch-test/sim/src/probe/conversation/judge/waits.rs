//! Checks waits against the table of deadlines. No wait is longer than documented. A wait for a head and a backoff
//! aren't shorter either.

use core::time::Duration;

use watch_core::{Instant, Notice, Output, Phase, Timing, Wait, Waiting, Watcher};

use super::clock::Clock;
use super::depth::Depth;
use crate::probe::conversation::setup::Setup;
use crate::violation::{Oracle, Violation, broken};

/// The additional time after a late driver handed in an input.
const MORE: Duration = Duration::from_secs(1);
/// The longest time for the body of an error, and for the next piece of it.
const ERROR: Duration = Duration::from_secs(10);
const QUIET: Duration = Duration::from_secs(2);

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Waits {
    /// The end of the wait in this phase, on the clock of waited time.
    due: Option<(Phase, Duration)>,
    /// The time of the next attempt, by a notice since the last wait.
    next: Option<Duration>,
    /// The end of a backoff.
    backoff: Option<Duration>,
    /// The bytes of the open exchange.
    within: Depth,
    /// A piece of the body arrived since the last wait. Every piece so far ended within the first document.
    has_piece: bool,
    is_unfinished: bool,
    /// The end of the time for the body of an error.
    error: Option<Duration>,
}

impl Waits {
    pub(super) fn body(&mut self, bytes: &[u8]) {
        let is_first = !self.within.is_within();
        self.within.follow(bytes);
        self.is_unfinished = self.within.is_within() && (self.is_unfinished || is_first && bytes.starts_with(b"{"));
        self.has_piece = true;
    }

    pub(super) fn output(&mut self, output: &Output, clock: &Clock) {
        match output {
            Output::Send(_) => *self = Self::default(),
            Output::Notice(Notice::Retrying { after, .. } | Notice::NeedsAttention { after, .. }) => {
                self.next = Some(clock.now() + *after);
            }
            _ => {}
        }
    }

    pub(super) fn wait(
        &mut self,
        wait: &Wait,
        setup: &Setup,
        clock: &Clock,
        watcher: &Watcher,
    ) -> Result<(), Violation> {
        let phase = watcher.phase();
        let now = clock.now();
        let until = wait.until.map_or(Duration::MAX, Instant::since_origin);
        let broken = |what: String| broken(Oracle::Liveness, format!("at {now:?}, {phase}, {wait:?}: {what}"));
        let on = match phase {
            Phase::Opening => Waiting::Head,
            Phase::BackingOff => Waiting::Backoff,
            _ => Waiting::Data,
        };
        if wait.on != on {
            return broken("it waits for something else".into());
        }
        let timing = &setup.timing;
        let (most, is_exact) = match phase {
            Phase::Opening => (timing.response_timeout, true),
            Phase::Refused => (ERROR, false),
            Phase::Listing => (timing.page_timeout, false),
            Phase::StreamingList | Phase::Live => (timing.watch + MORE + timing.grace, false),
            _ => return self.backs_off(until, setup, now),
        };
        let due = match &mut self.due {
            Some((of, due)) if *of == phase => due,
            _ => &mut self.due.insert((phase, clock.total() + most)).1,
        };
        if phase == Phase::Live {
            *due = (*due).max(clock.total() + most);
        }
        if *due <= clock.total() {
            if !clock.is_late_and_fed() {
                return broken(format!("that was due at {due:?} of waited time; now it is {:?}", clock.total()));
            }
            *due = clock.total() + MORE;
        }
        if !is_exact && clock.is_late_and_fed() {
            // Another timer may have been postponed.
            *due = (*due).max(clock.total() + MORE);
        }
        let end = now + (*due - clock.total());
        if until > end {
            return broken(format!("it is due at {end:?}"));
        }
        if is_exact && until < end && setup.deadline.is_none() && setup.patience.is_none() {
            return broken(format!("that is before it is due at {end:?}"));
        }
        if phase == Phase::Refused && setup.deadline.is_none() && setup.patience.is_none() {
            let last = *self.error.get_or_insert_with(|| clock.total() + ERROR);
            let next = now + QUIET.min(last.saturating_sub(clock.total()));
            // A document that is nested too deep isn't read any further.
            let is_read = self.is_unfinished && self.within.deepest() as usize <= setup.limits.nesting;
            if core::mem::take(&mut self.has_piece) && is_read && until < next {
                return broken(format!("a piece of the body arrived, so {QUIET:?} are allowed for the next one"));
            }
        }
        let piece = match phase {
            Phase::Refused => QUIET,
            Phase::Listing => timing.list_item_timeout,
            Phase::StreamingList => timing.initial_events_timeout,
            Phase::Live if !self.within.is_within() && can_check(watcher) => match setup.check_every {
                Some(period) => period,
                None => return Ok(()),
            },
            _ => return Ok(()),
        };
        if until > now + piece.max(MORE) {
            return broken(format!("{piece:?} are allowed for the next piece"));
        }
        Ok(())
    }

    /// Checks that a backoff lasts as long as the notice reported.
    fn backs_off(&mut self, until: Duration, setup: &Setup, now: Duration) -> Result<(), Violation> {
        let end = match (self.next.take(), self.backoff) {
            (Some(next), _) => next,
            (None, Some(backoff)) => backoff,
            // Without a notice: after a watch that ended well, or trouble that was reported before.
            (None, None) => until,
        };
        let is_capped = until < end && (setup.deadline.is_some() || setup.patience.is_some());
        if until != end && !is_capped {
            return broken(Oracle::Rate, format!("it backs off until {until:?}; the notice reported {end:?}"));
        }
        let Timing { shortest_backoff: shortest, longest_backoff: longest, .. } = setup.timing;
        // Two reconnects without a backoff save at most their backoffs.
        let saved = 2 * shortest + 2 * (2 * shortest).min(longest);
        let longest = (2 * longest + saved).max(setup.timing.longest_retry_after);
        if until > now + longest {
            return broken(Oracle::Rate, format!("at {now:?} it backs off until {until:?}"));
        }
        self.backoff = Some(end);
        Ok(())
    }
}

/// Returns whether a version is a number, which a version check can compare.
pub(super) fn can_check(watcher: &Watcher) -> bool {
    let version = watcher.freshness().resource_version;
    version.is_some_and(|version| version.text().bytes().all(|byte| byte.is_ascii_digit()))
}
