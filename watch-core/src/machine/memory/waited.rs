//! The time for which the machine has waited: the only time that deadlines count.

use core::time::Duration;

use crate::io::time::Instant;

/// For a driver that comes late with something, more may lie ready. This is how long it has to hand that in.
const MORE: Duration = Duration::from_secs(1);

/// A clock that runs from an [`Output::Wait`](crate::Output::Wait) to the next `poll`, and no further than the time that
/// this wait named. What a consumer takes its time for doesn't count, nor does a sleep of the computer: neither says
/// anything about the server.
#[derive(Clone, Debug, Default)]
pub(crate) struct Waited {
    total: Duration,
    /// What `poll` was given.
    now: Instant,
    /// Until when the machine said to wait, if that was the last that it said.
    until: Option<Option<Instant>>,
    /// The driver came when that was over.
    is_late: bool,
    /// Something was handed in since the last wait.
    is_fed: bool,
}

impl Waited {
    pub(crate) const fn total(&self) -> Duration {
        self.total
    }

    /// A `poll` begins.
    pub(crate) fn go_on(&mut self, now: Instant) {
        if let Some(until) = self.until.take() {
            let end = until.map_or(now, |until| until.min(now));
            self.total = self.total.saturating_add(end.since(self.now));
            self.is_late = until.is_some_and(|until| until <= now);
        }
        self.now = now;
    }

    /// The machine says to wait.
    pub(crate) const fn begin(&mut self, until: Option<Instant>) {
        self.until = Some(until);
        self.is_late = false;
        self.is_fed = false;
    }

    /// Something was handed in.
    pub(crate) const fn feed(&mut self) {
        self.is_fed = true;
    }

    /// The driver came later than it was asked to.
    pub(crate) const fn is_late(&self) -> bool {
        self.is_late
    }

    /// The same for a point in time: a moment later, if that is over and a late driver brings something.
    pub(crate) fn put_off(&self, due: Instant) -> Instant {
        if due <= self.now && self.is_late && self.is_fed { self.now + MORE } else { due }
    }

    /// When so much will have been waited; `None` if it has been, and nothing lies ready. A driver that comes late hands
    /// in what has come one input at a time, as the loop in the documentation does, so a deadline that it brings
    /// something for is put off for a moment.
    pub(crate) fn until(&self, due: &mut Duration) -> Option<Instant> {
        if *due <= self.total {
            if !(self.is_late && self.is_fed) {
                return None;
            }
            *due = self.total.saturating_add(MORE);
        }
        Some(self.now + (*due - self.total))
    }
}

#[cfg(test)]
mod tests {
    use super::{Instant, MORE, Waited};
    use core::time::Duration;

    fn at(seconds: u64) -> Instant {
        Instant::from_origin(Duration::from_secs(seconds))
    }

    #[test]
    fn it_runs_while_the_machine_waits_and_no_further_than_it_said() {
        let mut waited = Waited::default();
        waited.go_on(at(5));
        waited.begin(Some(at(10)));
        waited.go_on(at(8));
        assert_eq!(waited.total().as_secs(), 3);
        waited.go_on(at(100));
        assert_eq!(waited.total().as_secs(), 3, "nothing was waited for");
        waited.begin(Some(at(110)));
        waited.go_on(at(4000));
        assert_eq!(waited.total().as_secs(), 13);
        assert!(waited.is_late());
    }

    #[test]
    fn what_is_due_is_put_off_only_for_a_late_driver_that_brings_something() {
        let mut waited = Waited::default();
        let mut due = Duration::from_secs(10);
        waited.go_on(at(0));
        assert_eq!(waited.until(&mut due), Some(at(10)));
        waited.begin(Some(at(10)));
        waited.go_on(at(60));
        assert_eq!(waited.until(&mut due), None);
        waited.feed();
        assert_eq!(waited.until(&mut due), Some(at(60) + MORE));
        waited.begin(Some(at(61)));
        waited.go_on(at(61));
        assert_eq!(waited.until(&mut due), None, "nothing more came");
    }
}
