//! No watch resumes from a version that the server may not have, without a version check. If the answer is older than
//! what was delivered, a rollback is accepted within 10 s.

use core::time::Duration;

use watch_core::{Cause, During, Event, Next, Notice, Output, Phase, Trouble};

use crate::violation::{Oracle, Violation, broken};

/// A watch that is opened later than this may be that of a restored server.
const SLOW: Duration = Duration::from_secs(3);

/// A rollback is accepted after this many answers, within this time.
const ENOUGH: u32 = 3;
const SOON: Duration = Duration::from_secs(10);

/// After this many checks that no list answers, watches continue without a check.
const MOST_UNANSWERED: u32 = 6;

/// An end that is read more than this after the announced time may be the end of a dead connection.
const LATE: Duration = Duration::from_secs(10);

/// A watch may end this much earlier than announced.
const SLACK: Duration = Duration::from_secs(1);

#[derive(Clone, Debug, Default)]
pub(crate) struct Checks {
    /// Whether a check is required: a watch ended unannounced, or wasn't opened, and no check followed.
    is_owed: bool,
    /// Since when the head of a watch from a version is awaited; `None` once it is known to be open.
    sent: Option<Duration>,
    /// Whether the machine waits for that head. What its driver does before doesn't count.
    is_awaited: bool,
    /// Whether the clock went back. Then it isn't known which ends are early.
    has_lost_time: bool,
    /// Whether the server has shown its version, and no watch was opened since.
    is_fresh: bool,
    /// Whether a list was answered, and no trouble followed.
    has_answer: bool,
    /// The number of consecutive older answers, and the time waited between them.
    confirmed: u32,
    waited: Duration,
    /// The number of checks since the last event. After enough checks without an answer, watches continue without a
    /// check.
    asked: u32,
    /// Whether a check was sent, and no watch was opened since.
    is_asking: bool,
    /// Whether the last check was a WATCH, because LIST is forbidden, and hasn't failed.
    is_by_watch: bool,
    /// The number of repeated checks since the last event.
    asked_again: u32,
    /// The progress of the open or the last watch.
    watch: Watch,
}

/// The progress of a watch towards an end that needs no check.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Watch {
    /// The watch has shown nothing, or another kind of event followed.
    #[default]
    Unproven,
    /// The watch was opened in time and had a new event.
    Useful,
    /// The watch was useful, and then ended as announced, at this time.
    EndedInOrder(Duration),
}

impl Checks {
    /// Records that a process resumed from a checkpoint.
    pub(crate) const fn resumed(&mut self) {
        self.is_owed = true;
        self.is_by_watch = false;
        self.watch = Watch::Unproven;
    }

    /// Records that a watch ended without an error. `announced`: when the end was due. `is_late`: the driver is late,
    /// so the time of the end isn't known.
    pub(crate) fn ended(&mut self, now: Duration, announced: Duration, is_late: bool) {
        self.is_owed |= now + SLACK < announced && !self.has_lost_time;
        self.is_fresh = false;
        let is_as_announced = now >= announced && now <= announced + LATE && !is_late;
        let is_in_order = is_as_announced && self.watch == Watch::Useful && !self.has_lost_time;
        self.watch = if is_in_order { Watch::EndedInOrder(now) } else { Watch::Unproven };
    }

    /// Records that a watch ended without an error, and that the driver polls only later. The time of the end isn't
    /// known then.
    pub(crate) const fn ended_during_a_pause(&mut self) {
        self.is_fresh = false;
        self.watch = Watch::Unproven;
    }

    /// Records that a list was answered: completely, or by a refusal that no retry resolves.
    pub(crate) const fn answered(&mut self) {
        self.is_owed = false;
        self.is_fresh = true;
        self.has_answer = true;
    }

    /// Records that the time for which a watch took to open is unknown.
    pub(crate) const fn clock_went_back(&mut self) {
        self.sent = None;
        self.has_lost_time = true;
    }

    /// Records that a new event was delivered.
    pub(crate) const fn news(&mut self) {
        self.asked = 0;
        self.asked_again = 0;
        // It isn't known yet whether the watch was opened late.
        self.watch = if self.sent.is_none() { Watch::Useful } else { Watch::Unproven };
    }

    /// Returns whether the last answer was older than the delivered version, and is being confirmed.
    pub(crate) const fn is_confirming(&self) -> bool {
        self.confirmed > 0
    }

    /// Returns whether the events of a WATCH answered the last check, so a watch is open. A server that doesn't know
    /// streaming lists and repeats objects answers so at any version, also at an older one. No client can detect that.
    pub(crate) const fn is_answered_by_events(&self) -> bool {
        self.is_by_watch && !self.is_asking
    }

    pub(crate) const fn is_owed(&self) -> bool {
        self.is_owed && self.asked < MOST_UNANSWERED
    }

    /// Checks a version check. `is_by_watch`: it is a WATCH. `is_due`: a check by time is due. If the driver polls
    /// after the announced end, it can't know when the watch ended, which is a reason for a check too.
    pub(crate) fn asks(&mut self, now: Duration, is_by_watch: bool, is_due: bool) -> Result<(), Violation> {
        self.asked += 1;
        self.is_asking = true;
        self.is_by_watch = is_by_watch;
        if core::mem::take(&mut self.watch) == Watch::EndedInOrder(now) && !is_due {
            return broken(Oracle::Checks, "a version check after a watch that ended as announced");
        }
        Ok(())
    }

    /// Records that a check wasn't answered: the server couldn't be reached, or didn't process the request.
    pub(crate) const fn unanswered(&mut self) {
        self.asked = self.asked.saturating_sub(1);
    }

    /// Records that a watch is opened from a version whose order isn't known, so it may resume without a check.
    pub(crate) const fn opens(&mut self) {
        self.watch = Watch::Unproven;
    }

    /// Checks a watch that resumes from a delivered version.
    pub(crate) fn resumes(&mut self, clock: Duration) -> Result<(), Violation> {
        // After enough checks, one without an answer counts as answered. Only the first of these is reported.
        self.is_fresh |= core::mem::take(&mut self.is_asking) && self.asked >= MOST_UNANSWERED;
        self.sent = (!core::mem::take(&mut self.is_fresh)).then_some(clock);
        self.is_awaited = false;
        self.watch = Watch::Unproven;
        // An answer that wasn't older refutes the previous ones.
        (self.confirmed, self.waited) = (0, Duration::ZERO);
        if self.is_owed() {
            return broken(Oracle::Checks, "a watch resumes without a version check");
        }
        // There were enough checks without an answer, so the events of this watch don't require another check.
        self.is_owed = false;
        Ok(())
    }

    /// Checks an output of the machine at its own time.
    pub(crate) fn output(&mut self, clock: Duration, output: &Output, phase: Phase) -> Result<(), Violation> {
        if matches!(output, Output::Notice(_) | Output::Abort(_) | Output::Event(Event::InitialBegin { .. })) {
            self.watch = Watch::Unproven;
        }
        match output {
            Output::Event(Event::InitialBegin { .. }) => self.is_by_watch = false,
            Output::Event(Event::InitialEnd { .. }) => self.answered(),
            Output::Notice(Notice::Retrying { trouble, after, next, .. }) => self.trouble(trouble, *after, *next)?,
            Output::Notice(Notice::NeedsAttention { trouble, .. }) => self.is_owed |= is_watch(trouble),
            Output::Wait(_) if phase == Phase::Opening && !self.is_awaited => {
                self.sent = self.sent.map(|_| clock);
                self.is_awaited = true;
            }
            Output::Wait(_) if phase == Phase::Live => {
                if let Some(sent) = self.sent.take()
                    && clock.saturating_sub(sent) > SLOW
                {
                    let late = clock.saturating_sub(sent);
                    return broken(Oracle::Checks, format!("a watch that was opened after {late:?} isn't checked"));
                }
            }
            Output::Send(_) => {
                self.sent = None;
                // An answer that no trouble follows refutes the previous ones.
                if core::mem::take(&mut self.has_answer) {
                    (self.confirmed, self.waited) = (0, Duration::ZERO);
                }
            }
            Output::Abort(_) => self.sent = None,
            _ => {}
        }
        Ok(())
    }

    fn trouble(&mut self, trouble: &Trouble, after: Duration, next: Next) -> Result<(), Violation> {
        self.is_owed |= is_watch(trouble);
        self.has_answer = false;
        self.is_by_watch = false;
        let is_older = matches!(trouble.cause, Cause::Rollback { .. })
            || trouble.cause.status().is_some_and(|status| status.is_resource_version_too_large());
        if next != Next::Check {
            (self.confirmed, self.waited) = (0, Duration::ZERO);
            return Ok(());
        }
        self.asked_again += 1;
        self.confirmed += u32::from(is_older);
        self.waited += after.saturating_sub(trouble.retry_after.unwrap_or_default());
        if self.confirmed >= ENOUGH || self.asked_again <= ENOUGH && self.waited > SOON {
            let (count, waited) = (self.confirmed, self.waited);
            return broken(Oracle::Checks, format!("{trouble}; {count} such answers in {waited:?} aren't accepted"));
        }
        Ok(())
    }
}

fn is_watch(trouble: &Trouble) -> bool {
    matches!(trouble.during, During::Watch { .. })
}
