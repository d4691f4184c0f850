//! The end of a watch: what it shows about the server, and when the next one may be opened.

use core::time::Duration;

use super::Watching;
use crate::io::cause::{Cause, TimedOut};
use crate::io::time::Instant;
use crate::machine::State;
use crate::machine::backing_off::BackingOff;
use crate::machine::memory::Memory;
use crate::machine::memory::backoff::LASTING;
use crate::machine::memory::tally::SHORT;

/// The least time between the openings of two watches, even if each returns events. client-go's `RetryWatcher` has the
/// same minimum (`minRestartDelay`).
const SPACING: Duration = Duration::from_secs(1);

/// The least time between watches that repeatedly return nothing new.
const WIDE_SPACING: Duration = Duration::from_secs(10);

impl Watching {
    /// Records what the end of the watch shows, whatever ended it.
    pub(super) fn judge(&self, memory: &mut Memory, now: Instant) {
        memory.intent.check.is_past();
        memory.health.is_past(now);
        // The duration of a streaming list without its end marker shows nothing: the next may fail in the same way.
        if let Some(opened) = self.live_since() {
            memory.lasted(opened, now);
        }
        let lasted = now.since(self.opened);
        let is_idle = self.is_live() && !self.useful && !self.bookmarked;
        let is_suspicious = memory.health.watched(lasted, is_idle);
        memory.intent.check.want_if(is_suspicious || memory.health.regressions().are_due(now));
    }

    /// Returns what is wrong with an end that is valid HTTP.
    pub(super) fn cut_short(&self, now: Instant) -> Option<Cause> {
        if self.events.is_partial() {
            return Some(Cause::Truncated { bytes: self.events.buffered() });
        }
        let lasted = now.since(self.opened);
        match self.is_live() {
            true if lasted < SHORT && !self.useful && !self.is_opened_late => Some(Cause::ShortWatch { lasted }),
            true => None,
            // It lasted for its `timeoutSeconds`.
            false if self.ends <= now + SPACING => Some(Cause::Timeout { of: TimedOut::InitialEnd, lasted }),
            false => Some(Cause::NoInitialEnd),
        }
    }

    /// The watch ended without an error. Decides when the next one may be opened.
    pub(super) fn ended(&self, memory: &mut Memory, now: Instant) -> State {
        // It lasted, so earlier failures are over, even without an event.
        memory.health.over();
        // A proxy that closes idle watches (after 20 s of silence) is not a failure, but must not make the machine
        // reconnect every second.
        let is_early = self.ends > now + SPACING;
        // If the driver is late, the time at which the watch ended is unknown. This also holds if the driver hands in
        // one input per `poll`.
        let is_late = memory.waited.is_late() || self.late.is_some_and(|late| memory.waited.is_soon_after(late));
        let is_due = is_early || is_late || memory.is_check_over(now);
        memory.intent.check.want_if(is_due);
        let is_fruitless = now.since(self.opened) < LASTING && !self.useful && is_early;
        let spacing = if is_fruitless { memory.backoff_within(WIDE_SPACING) } else { SPACING };
        // A server that shuts down ends the watches of all clients at once.
        let spread = if is_early { memory.spread() } else { Duration::ZERO };
        State::BackingOff(BackingOff::new((self.opened + spacing).max(now + spread)))
    }
}
