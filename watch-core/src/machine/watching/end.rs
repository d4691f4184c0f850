//! What the end of a watch says of the server, and when the next may be opened.

use core::time::Duration;

use super::{SetStage, Watching};
use crate::io::cause::{Cause, TimedOut};
use crate::io::time::Instant;
use crate::machine::State;
use crate::machine::backing_off::BackingOff;
use crate::machine::memory::Memory;
use crate::machine::memory::backoff::LASTING;
use crate::machine::memory::tally::SHORT;

/// Watches are opened no more often than this, also when each brings something: client-go's `RetryWatcher` has the same
/// (`minRestartDelay`).
const SPACING: Duration = Duration::from_secs(1);

/// And those that bring nothing new, again and again, no more often than this.
const WIDE_SPACING: Duration = Duration::from_secs(10);

impl Watching {
    /// What the end of the watch tells, whatever ended it.
    pub(super) fn judge(&self, memory: &mut Memory, now: Instant) {
        let lasted = now.since(self.opened);
        // Of a streaming list without its end it says nothing that it lasted: the next may come to as little.
        if self.set == SetStage::Whole && lasted >= LASTING {
            memory.health.progress();
        }
        let is_idle = self.set == SetStage::Whole && !self.useful && !self.bookmarked;
        let is_suspicious = memory.health.watched(lasted, is_idle);
        memory.intent.check.want_if(is_suspicious || memory.health.regressions().are_due(now));
    }

    /// What is wrong with an end that HTTP calls good.
    pub(super) fn cut_short(&self, now: Instant) -> Option<Cause> {
        if self.frames.is_partial() {
            return Some(Cause::Truncated { bytes: self.frames.buffered() });
        }
        let lasted = now.since(self.opened);
        match self.set {
            SetStage::Whole if lasted < SHORT && !self.useful => Some(Cause::ShortWatch { lasted }),
            SetStage::Whole => None,
            // It had all the time it was promised.
            SetStage::Awaited | SetStage::Begun if self.ends <= now + SPACING => {
                Some(Cause::Timeout { of: TimedOut::InitialEnd, lasted })
            }
            SetStage::Awaited | SetStage::Begun => Some(Cause::NoInitialEnd),
        }
    }

    /// It ended in good order: when the next may be opened.
    pub(super) fn ended(&self, memory: &mut Memory, now: Instant) -> State {
        // It stood: what went wrong before is over, though no event says so.
        memory.health.over();
        // A proxy that closes idle watches (after 20 s of silence) is no failure, but must not set the pace.
        let is_early = self.ends > now + SPACING;
        // A driver that comes late can't say when it ended.
        let is_due = is_early || memory.waited.is_late() || memory.is_check_due(now);
        memory.intent.check.want_if(is_due);
        let is_fruitless = now.since(self.opened) < LASTING && !self.useful && is_early;
        let spacing = if is_fruitless { memory.health.backoff(&mut memory.rng).min(WIDE_SPACING) } else { SPACING };
        State::BackingOff(BackingOff::new(self.opened + spacing))
    }
}
