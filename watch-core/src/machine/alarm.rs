//! A timeout that runs only while the machine waits.

use core::time::Duration;

use super::memory::waited::PutOff;
use super::memory::{Elapsed, Waited};
use crate::io::cause::{Cause, TimedOut};
use crate::io::time::Instant;

/// The first wait after a `clear` sets the alarm, so the time that the consumer spends on its events doesn't count.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Alarm(Option<Running>);

/// Both times are on the clock of [`Waited`].
#[derive(Clone, Copy, Debug)]
struct Running {
    at: Elapsed,
    due: Elapsed,
    put_off: PutOff,
    of: TimedOut,
}

impl Alarm {
    /// Begins or continues a wait, and returns its end.
    ///
    /// # Errors
    /// Fails if the wait lasted too long.
    pub(super) fn wait(&mut self, waited: &Waited, patience: Duration, of: TimedOut) -> Result<Instant, Cause> {
        let at = waited.total();
        let running = self.0.get_or_insert_with(|| Running { at, due: at.plus(patience), put_off: PutOff::NEVER, of });
        let lasted = at.since(running.at);
        waited.until(&mut running.due, &mut running.put_off).ok_or(Cause::Timeout { of: running.of, lasted })
    }

    /// Clears the alarm, because the awaited data arrived.
    pub(super) const fn clear(&mut self) {
        self.0 = None;
    }
}
