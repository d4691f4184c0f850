//! Checks that a watch ends when it must and not before, and that nothing follows its end. A wait for an object must
//! read the object once more before its deadline.

use core::time::Duration;

use watch_core::{Cause, Done, During, Instant, Notice, OnExpired, Output, Phase, TimedOut, Trouble, Watcher};

use super::relists::is_expired;
use crate::probe::conversation::asked::{Asked, Class};
use crate::probe::conversation::setup::{Purpose, Setup};
use crate::violation::{Oracle, Violation, broken};

/// The longest time before the deadline at which the final read is sent.
const AHEAD: Duration = Duration::from_secs(5);

#[derive(Clone, Debug, Default)]
pub(super) struct Ends {
    deadline: Option<Duration>,
    /// The time between the final read and the deadline; `None` once the read was sent.
    final_read: Option<Duration>,
    /// The last failure that was reported since the final read.
    failed: Option<Box<Trouble>>,
    was_asked: bool,
    is_begun: bool,
    is_stopped: bool,
    done: Option<Done>,
}

impl Ends {
    pub(super) fn polls(&mut self, now: Duration, setup: &Setup) {
        if !core::mem::replace(&mut self.is_begun, true) {
            self.deadline = setup.deadline.map(|deadline| now + deadline);
            self.final_read =
                setup.deadline.filter(|_| setup.purpose == Purpose::WaitFor).map(|all| (all / 4).min(AHEAD));
        }
    }

    pub(super) const fn is_over(&self) -> bool {
        self.done.is_some()
    }

    pub(super) const fn stopped(&mut self) {
        self.is_stopped = true;
    }

    /// Returns the time of the final read, if there is one and it wasn't sent yet.
    fn final_read_at(&self) -> Option<Duration> {
        Some(self.deadline?.saturating_sub(self.final_read?))
    }

    /// Returns whether an output is the final read.
    pub(super) fn reads_finally(&self, output: &Output, now: Duration) -> bool {
        let Output::Send(request) = output else { return false };
        self.final_read_at().is_some_and(|at| at <= now) && Asked::read(request).class == Class::List
    }

    pub(super) fn output(
        &mut self,
        output: &Output,
        setup: &Setup,
        watcher: &Watcher,
        now: Duration,
    ) -> Result<(), Violation> {
        if self.done.is_some() && !matches!(output, Output::Done(_)) {
            return broken(Oracle::Silence, format!("{output:?} after the end"));
        }
        match output {
            Output::Send(request) => {
                let asked = Asked::read(request);
                if self.final_read_at().is_some_and(|at| at <= now) && asked.class != Class::Page {
                    if asked.class != Class::List || asked.version.is_some() {
                        return broken(Oracle::Endings, format!("the final read was due: {}", request.uri()));
                    }
                    let ahead = self.final_read.take().unwrap_or_default();
                    self.was_asked = true;
                    // After a late poll, the final read is still sent.
                    self.deadline = self.deadline.map(|deadline| deadline.max(now + ahead));
                }
                Ok(())
            }
            Output::Notice(Notice::Retrying { trouble, .. } | Notice::NeedsAttention { trouble, .. })
                if setup.on_expired == OnExpired::Stop && has_expired(trouble) =>
            {
                broken(Oracle::Endings, format!("{output:?}: the version expired, which is to end the watch"))
            }
            Output::Notice(
                Notice::Retrying { trouble, .. }
                | Notice::NeedsAttention { trouble, .. }
                | Notice::FellBack { trouble },
            ) if self.was_asked => {
                self.failed = Some(trouble.clone());
                Ok(())
            }
            Output::Wait(wait) => self.wait(wait.until.map(Instant::since_origin), watcher, now),
            Output::Done(done) => self.done(done, setup, watcher, now),
            _ => Ok(()),
        }
    }

    fn wait(&self, until: Option<Duration>, watcher: &Watcher, now: Duration) -> Result<(), Violation> {
        let broken = |what: &str| broken(Oracle::Endings, format!("at {now:?} it waits until {until:?}: {what}"));
        if until.is_none_or(|until| until <= now) {
            return broken("that time is over");
        }
        if self.deadline.is_some_and(|deadline| until > Some(deadline)) {
            return broken(&format!("its deadline is {:?}", self.deadline));
        }
        let freshness = watcher.freshness();
        let is_asked_to_wait = freshness.phase == Phase::BackingOff
            && freshness.trouble.is_some_and(|trouble| trouble.retry_after.is_some());
        if self.final_read_at().is_some_and(|at| until > Some(at)) && !is_asked_to_wait {
            return broken(&format!("its final read is due at {:?}", self.final_read_at()));
        }
        Ok(())
    }

    fn done(&mut self, done: &Done, setup: &Setup, watcher: &Watcher, now: Duration) -> Result<(), Violation> {
        let broken = |what: &str| broken(Oracle::Endings, format!("{done:?} at {now:?}: {what}"));
        if let Some(last) = &self.done {
            return if last == done { Ok(()) } else { broken("it reported another end before") };
        }
        // A wait ends by itself when its predicate holds.
        let may_stop = self.is_stopped || setup.purpose == Purpose::WaitFor;
        let is_right = match done {
            Done::Stopped => may_stop,
            Done::DeadlineReached => self.deadline.is_some_and(|deadline| now >= deadline),
            Done::Expired(trouble) => setup.on_expired == OnExpired::Stop && has_expired(trouble),
            Done::Refused(trouble) => {
                trouble.cause.status().is_some_and(|status| matches!(status.code, 400 | 405 | 406 | 415 | 422))
            }
            Done::GaveUp { .. } => setup.patience.is_some(),
            _ => false,
        };
        if !is_right || self.is_stopped && *done != Done::Stopped {
            return broken("there is no reason for that end");
        }
        // A final read that failed was answered, so its failure is the last one.
        if let (Done::DeadlineReached, Some(failed), Some(trouble)) = (done, &self.failed, watcher.freshness().trouble)
            && matches!(trouble.cause, Cause::Timeout { of: TimedOut::Head | TimedOut::List, .. })
            && trouble != &**failed
        {
            return broken(&format!("the last failure is {failed}, not {trouble}"));
        }
        if watcher.phase() != Phase::Done {
            return broken("its phase isn't Done");
        }
        self.done = Some(done.clone());
        Ok(())
    }
}

/// Returns whether the version to resume from expired, in whatever form the server reports that.
fn has_expired(trouble: &Trouble) -> bool {
    matches!(trouble.during, During::Watch { .. }) && is_expired(trouble)
}
