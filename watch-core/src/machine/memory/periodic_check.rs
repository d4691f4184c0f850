//! When a periodic version check is due.

use core::mem;
use core::time::Duration;

use super::waited::{PutOff, Waited};
use crate::io::time::Instant;

/// The version checks of a watch that is open for longer than the configured period.
#[derive(Clone, Debug)]
pub(super) struct PeriodicCheck {
    every: Duration,
    /// When the version was last checked, or the watch after that was opened. The period begins here.
    asked: Option<Instant>,
    /// The check isn't due before this time, because inputs may have been ready when it was due.
    not_before: Instant,
    /// A wait named the time of the check, and the check has been possible ever since.
    is_awaited: bool,
    put_off: PutOff,
    /// A late driver handed in an input while the check wasn't possible.
    is_input_late: bool,
}

impl PeriodicCheck {
    pub(super) const fn new(every: Duration) -> Self {
        Self {
            every,
            asked: None,
            not_before: Instant::ORIGIN,
            is_awaited: false,
            put_off: PutOff::NEVER,
            is_input_late: false,
        }
    }

    pub(super) const fn begin_period(&mut self, now: Instant) {
        self.asked = Some(now);
        self.put_off = PutOff::NEVER;
    }

    /// Returns when the check is due. Like every timeout, it is due only after a wait for it. If its time passed while
    /// no check was possible, inputs that are ready come first.
    pub(super) fn due(&mut self, waited: &Waited, now: Instant) -> Instant {
        let due = (*self.asked.get_or_insert(now) + self.every).max(self.not_before);
        let is_input_late = mem::replace(&mut self.is_input_late, false);
        self.not_before = match mem::replace(&mut self.is_awaited, true) {
            true => waited.put_off(due, &mut self.put_off),
            false if due <= now => self.put_off.next(is_input_late).map_or(due, |moment| now + moment),
            false => due,
        };
        self.not_before
    }

    /// The check isn't possible now.
    pub(super) const fn interrupt(&mut self, waited: &Waited) {
        self.is_awaited = false;
        self.is_input_late |= waited.is_input_late();
    }

    /// Returns whether the check was due before now.
    pub(super) fn is_over(&self, now: Instant) -> bool {
        self.asked.is_some_and(|asked| asked + self.every <= now)
    }
}
