//! The end of a watch: what it shows about the server, and when the next one may be opened.

use core::time::Duration;

use super::{SetStage, Watching};
use crate::io::cause::{Cause, TimedOut};
use crate::io::time::Instant;
use crate::machine::State;
use crate::machine::backing_off::BackingOff;
use crate::machine::memory::Memory;
use crate::machine::memory::backoff::LASTING;
use crate::machine::memory::tally::SHORT;

/// The least time between the openings of two watches, also when each returns events: client-go's `RetryWatcher` has
/// the same (`minRestartDelay`).
const SPACING: Duration = Duration::from_secs(1);

/// The least time between watches that repeatedly return nothing new.
const WIDE_SPACING: Duration = Duration::from_secs(10);

impl Watching {
    /// Records what the end of the watch shows, whatever ended it.
    pub(super) fn judge(&self, memory: &mut Memory, now: Instant) {
        let lasted = now.since(self.opened);
        // The duration of a streaming list without its end marker shows nothing: the next may fail in the same way.
        if self.set == SetStage::Whole && lasted >= LASTING {
            memory.health.progress();
        }
        let is_idle = self.set == SetStage::Whole && !self.useful && !self.bookmarked;
        let is_suspicious = memory.health.watched(lasted, is_idle);
        memory.intent.check.want_if(is_suspicious || memory.health.regressions().are_due(now));
    }

    /// Returns what is wrong with an end that is valid HTTP.
    pub(super) fn cut_short(&self, now: Instant) -> Option<Cause> {
        if self.events.is_partial() {
            return Some(Cause::Truncated { bytes: self.events.buffered() });
        }
        let lasted = now.since(self.opened);
        match self.set {
            SetStage::Whole if lasted < SHORT && !self.useful => Some(Cause::ShortWatch { lasted }),
            SetStage::Whole => None,
            // It lasted for its `timeoutSeconds`.
            SetStage::Awaited | SetStage::Begun if self.ends <= now + SPACING => {
                Some(Cause::Timeout { of: TimedOut::InitialEnd, lasted })
            }
            SetStage::Awaited | SetStage::Begun => Some(Cause::NoInitialEnd),
        }
    }

    /// The watch ended without an error. Decides when the next one may be opened.
    pub(super) fn ended(&self, memory: &mut Memory, now: Instant) -> State {
        // It lasted, so earlier failures are over, even without an event.
        memory.health.over();
        // A proxy that closes idle watches (after 20 s of silence) is not a failure, but must not make the machine
        // reconnect every second.
        let is_early = self.ends > now + SPACING;
        // A driver that comes late doesn't know when it ended.
        let is_due = is_early || memory.waited.is_late() || memory.is_check_due(now);
        memory.intent.check.want_if(is_due);
        let is_fruitless = now.since(self.opened) < LASTING && !self.useful && is_early;
        let spacing = if is_fruitless { memory.health.backoff(&mut memory.rng).min(WIDE_SPACING) } else { SPACING };
        State::BackingOff(BackingOff::new(self.opened + spacing))
    }
}
