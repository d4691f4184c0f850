//! The time that the machine has waited. Timeouts count only this time.

use core::mem;
use core::time::Duration;

use super::elapsed::Elapsed;
use crate::io::time::Instant;

/// The time that a late driver gets to hand in the other inputs that are ready.
pub(super) const MORE: Duration = Duration::from_secs(1);

/// The time that a punctual driver gets the second time. It hands in the inputs that are ready at the same moment.
const BRIEF: Duration = Duration::from_millis(15);

/// A `poll` this soon after the end of a wait is punctual: timers fire a moment late.
const PUNCTUAL: Duration = Duration::from_millis(100);

/// A clock that runs from an [`Output::Wait`](crate::Output::Wait) to the next `poll`, up to the time that the wait
/// named. The time that a consumer needs doesn't count, nor does a sleep of the computer: neither shows anything about
/// the server.
#[derive(Clone, Debug, Default)]
pub(crate) struct Waited {
    total: Elapsed,
    /// The time of the last `poll`.
    now: Instant,
    /// The end of the wait, if the last output was a wait.
    until: Option<Option<Instant>>,
    /// How late the last `poll` was.
    lateness: Lateness,
    /// There was an input since the last wait.
    is_fed: bool,
    /// There was an input that changes nothing since the last `poll`.
    has_ignored: bool,
    /// When the wait was first found to be over, if it goes on nevertheless.
    over_since: Option<Instant>,
}

/// How long after the end of the wait the driver polled.
#[derive(Clone, Copy, Debug, Default)]
enum Lateness {
    /// It polled before the end, or the last output is a wait.
    #[default]
    None,
    /// No later than timers fire.
    Punctual,
    /// Later than that.
    Late,
}

impl Waited {
    pub(crate) const fn total(&self) -> Elapsed {
        self.total
    }

    /// Returns how long the machine has waited since the total was `then`.
    pub(crate) const fn since(&self, then: Elapsed) -> Duration {
        self.total.since(then)
    }

    /// A `poll` begins.
    pub(crate) fn go_on(&mut self, now: Instant) {
        if let Some(until) = self.until.take() {
            let end = until.map_or(now, |until| until.min(now));
            self.total = self.total.plus(end.since(self.now));
            self.lateness = match until.filter(|until| *until <= now) {
                None => Lateness::None,
                Some(until) if now.since(until) <= PUNCTUAL => Lateness::Punctual,
                Some(_) => Lateness::Late,
            };
        }
        self.now = now;
    }

    /// The machine returns a wait.
    pub(crate) const fn begin(&mut self, until: Option<Instant>) {
        self.until = Some(until);
        self.lateness = Lateness::None;
        self.is_fed = false;
        self.over_since = None;
    }

    /// An input was handed in.
    pub(crate) const fn feed(&mut self) {
        self.is_fed = true;
    }

    /// An input was handed in that changes nothing.
    pub(crate) const fn ignore(&mut self) {
        self.has_ignored = true;
    }

    /// A `poll` begins. Returns the end of the wait if the wait goes on: there were only inputs that change nothing. If
    /// its time is over, they may be the first of those that a late driver hands in one per `poll`. So it goes on then
    /// too, but not for longer than a moment.
    pub(crate) fn goes_on(&mut self, now: Instant) -> Option<Option<Instant>> {
        let is_unchanged = mem::take(&mut self.has_ignored) && !self.is_fed;
        let until = self.until.filter(|_| is_unchanged)?;
        let is_over = until.is_some_and(|until| until <= now);
        let is_held_back = is_over && *self.over_since.get_or_insert(now) + MORE < now;
        (!is_held_back).then_some(until)
    }

    /// Returns whether the driver polled later than requested.
    pub(crate) const fn is_late(&self) -> bool {
        !matches!(self.lateness, Lateness::None)
    }

    /// Returns whether the machine has waited for no more than a moment since the total was `then`.
    pub(crate) fn is_soon_after(&self, then: Elapsed) -> bool {
        self.since(then) <= MORE
    }

    /// Returns whether the driver polled later than timers do, with an input.
    pub(crate) const fn is_input_late(&self) -> bool {
        self.is_fed && matches!(self.lateness, Lateness::Late)
    }

    /// Returns for how long a timeout that is due is put off, if it is: the driver handed in an input.
    fn moment(&self, put_off: &mut PutOff) -> Option<Duration> {
        if self.is_late() && self.is_fed { put_off.next(self.is_input_late()) } else { None }
    }

    /// Returns `due`, or a time shortly after now if `due` has passed and is put off.
    pub(crate) fn put_off(&self, due: Instant, put_off: &mut PutOff) -> Instant {
        if due > self.now {
            return due;
        }
        self.moment(put_off).map_or(due, |moment| self.now + moment)
    }

    /// Returns when the waited time will reach `due`. Returns `None` if it has already, and `due` isn't put off.
    pub(crate) fn until(&self, due: &mut Elapsed, put_off: &mut PutOff) -> Option<Instant> {
        if *due <= self.total {
            *due = self.total.plus(self.moment(put_off)?);
        }
        Some(self.now + due.since(self.total))
    }
}

/// How often a timeout that was due was put off.
///
/// A late driver may hand in its inputs one per call, as the loop in the documentation does. So it gets a moment after
/// each of them. A punctual driver gets one moment, then a brief one, and then none. Otherwise a body could put a
/// timeout off for ever: by one byte each time the timeout is due.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct PutOff(u8);

impl PutOff {
    pub(crate) const NEVER: Self = Self(0);

    /// Returns for how long to put the timeout off now, if at all.
    pub(crate) const fn next(&mut self, is_input_late: bool) -> Option<Duration> {
        let moment = match self.0 {
            _ if is_input_late => MORE,
            0 => MORE,
            1 => BRIEF,
            _ => return None,
        };
        self.0 = self.0.saturating_add(1);
        Some(moment)
    }
}

#[cfg(test)]
mod tests {
    use super::{Elapsed, Instant, MORE, PutOff, Waited};
    use core::time::Duration;

    fn at(seconds: u64) -> Instant {
        Instant::from_origin(Duration::from_secs(seconds))
    }

    #[test]
    fn it_runs_up_to_the_time_that_the_wait_named() {
        let mut waited = Waited::default();
        waited.go_on(at(5));
        waited.begin(Some(at(10)));
        waited.go_on(at(8));
        assert_eq!(waited.since(Elapsed::ZERO).as_secs(), 3);
        waited.go_on(at(100));
        assert_eq!(waited.since(Elapsed::ZERO).as_secs(), 3, "nothing was waited for");
        waited.begin(Some(at(110)));
        waited.go_on(at(4000));
        assert_eq!(waited.since(Elapsed::ZERO).as_secs(), 13);
        assert!(waited.is_late());
    }

    #[test]
    fn due_timers_wait_only_for_a_late_driver_with_input() {
        let mut waited = Waited::default();
        let (mut due, mut put_off) = (Elapsed::ZERO.plus(Duration::from_secs(10)), PutOff::default());
        waited.go_on(at(0));
        assert_eq!(waited.until(&mut due, &mut put_off), Some(at(10)));
        waited.begin(Some(at(10)));
        waited.go_on(at(60));
        assert_eq!(waited.until(&mut due, &mut put_off), None);
        waited.feed();
        assert_eq!(waited.until(&mut due, &mut put_off), Some(at(60) + MORE));
        waited.begin(Some(at(61)));
        waited.go_on(at(61));
        assert_eq!(waited.until(&mut due, &mut put_off), None, "nothing more came");
    }
}
