//! No watch goes on from a version that the server may not have: it is asked first how far it is. And when it shows that
//! it is behind what was told, that is believed within 10 s.

use core::time::Duration;

use watch_core::{Cause, During, Event, Next, Notice, Output, Phase, Trouble};

use crate::violation::{Oracle, Violation, broken};

/// A watch that is opened later than this may be that of a restored server.
const SLOW: Duration = Duration::from_secs(3);

/// A server that shows it was restored is believed after so many answers, within this.
const ENOUGH: u32 = 3;
const SOON: Duration = Duration::from_secs(10);

/// After this many checks that the server didn't answer with a list, watches go on without.
const MOST_UNANSWERED: u32 = 6;

/// An end that is read later than this after it was announced may be that of a connection that had died.
const LATE: Duration = Duration::from_secs(10);

/// A watch may end so much earlier than announced.
const SLACK: Duration = Duration::from_secs(1);

/// See the module.
#[derive(Clone, Debug, Default)]
pub(crate) struct Checks {
    /// A watch ended as nobody had announced, or wasn't opened, and the server wasn't asked since.
    is_owed: bool,
    /// When the watch was asked for that is to go on from a version; `None` once it was seen to be open.
    sent: Option<Duration>,
    /// The clock went back, so that what ends early isn't known.
    has_lost_time: bool,
    /// The server has shown how far it is, and no watch was opened since.
    is_fresh: bool,
    /// A list was answered, and no trouble came of it so far.
    has_answer: bool,
    /// Answers in a row that were behind, and how long was waited between them.
    confirmed: u32,
    waited: Duration,
    /// Checks since the last news. After enough of them without an answer, watches go on without.
    asked: u32,
    /// How often was asked again since the last news.
    asked_again: u32,
    /// What the watch that is open has shown, and whether it was the last thing that happened.
    watch: Watch,
}

/// How far a watch has come that needs no check after it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Watch {
    /// It has shown nothing, or something else happened since.
    #[default]
    Unproven,
    /// It was opened in time and brought something new.
    Useful,
    /// And then it ended as announced, at this time.
    EndedInOrder(Duration),
}

impl Checks {
    /// A process goes on from where another one was.
    pub(crate) const fn resumed(&mut self) {
        self.is_owed = true;
        self.watch = Watch::Unproven;
    }

    /// An end of a watch in good order arrives; `announced`: when it was to come.
    pub(crate) fn ended(&mut self, now: Duration, announced: Duration) {
        self.is_owed |= now + SLACK < announced && !self.has_lost_time;
        let is_as_announced = now >= announced && now <= announced + LATE;
        let is_in_order = is_as_announced && self.watch == Watch::Useful && !self.has_lost_time;
        self.watch = if is_in_order { Watch::EndedInOrder(now) } else { Watch::Unproven };
    }

    /// A list was answered: whole, or by a refusal that no patience helps against.
    pub(crate) const fn answered(&mut self) {
        self.is_owed = false;
        self.is_fresh = true;
        self.has_answer = true;
    }

    /// How long a watch took to be opened isn't known any more.
    pub(crate) const fn clock_went_back(&mut self) {
        self.sent = None;
        self.has_lost_time = true;
    }

    /// Something new was told.
    pub(crate) const fn news(&mut self) {
        self.asked = 0;
        self.asked_again = 0;
        // While its beginning is still being checked, it may turn out to have been opened late.
        self.watch = if self.sent.is_none() { Watch::Useful } else { Watch::Unproven };
    }

    /// The last answer was older than what was seen, and is being confirmed.
    pub(crate) const fn is_confirming(&self) -> bool {
        self.confirmed > 0
    }

    pub(crate) const fn is_owed(&self) -> bool {
        self.is_owed && self.asked < MOST_UNANSWERED
    }

    /// The server is asked how far it is; `is_due`: time alone is a reason for it. A driver that polls after the time of the
    /// end can't say when the watch ended, which is a reason too.
    pub(crate) fn asks(&mut self, now: Duration, is_due: bool) -> Result<(), Violation> {
        self.asked += 1;
        if core::mem::take(&mut self.watch) == Watch::EndedInOrder(now) && !is_due {
            return broken(Oracle::Checks, "the server is asked how far it is after a watch that ended as announced");
        }
        Ok(())
    }

    /// The server couldn't be reached, or didn't look at what was asked: that is no answer.
    pub(crate) const fn unanswered(&mut self) {
        self.asked = self.asked.saturating_sub(1);
    }

    /// A watch is asked for, to go on from a version that was told.
    pub(crate) fn resumes(&mut self, clock: Duration) -> Result<(), Violation> {
        self.sent = (!core::mem::take(&mut self.is_fresh)).then_some(clock);
        self.watch = Watch::Unproven;
        // An answer that wasn't older refuted the ones before.
        (self.confirmed, self.waited) = (0, Duration::ZERO);
        if self.is_owed() {
            return broken(Oracle::Checks, "a watch goes on, and the server wasn't asked how far it is");
        }
        // Checks without an answer were enough: what this watch brings doesn't make them due again.
        self.is_owed = false;
        Ok(())
    }

    /// Checks what the machine says, having been told that time.
    pub(crate) fn output(&mut self, clock: Duration, output: &Output, phase: Phase) -> Result<(), Violation> {
        if matches!(output, Output::Notice(_) | Output::Abort(_) | Output::Event(Event::InitialBegin { .. })) {
            self.watch = Watch::Unproven;
        }
        match output {
            Output::Event(Event::InitialEnd { .. }) => self.answered(),
            Output::Notice(Notice::Retrying { trouble, after, next, .. }) => self.trouble(trouble, *after, *next)?,
            Output::Notice(Notice::NeedsAttention { trouble, .. }) => self.is_owed |= is_watch(trouble),
            Output::Wait(_) if phase == Phase::Live => {
                if let Some(sent) = self.sent.take()
                    && clock.saturating_sub(sent) > SLOW
                {
                    let late = clock.saturating_sub(sent);
                    return broken(Oracle::Checks, format!("a watch that was opened after {late:?} is taken as it is"));
                }
            }
            Output::Send(_) => {
                self.sent = None;
                // An answer that wasn't followed by trouble refutes the ones before.
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
        let is_behind = matches!(trouble.cause, Cause::Rollback { .. })
            || trouble.cause.status().is_some_and(|status| status.is_resource_version_too_large());
        if next != Next::Check {
            (self.confirmed, self.waited) = (0, Duration::ZERO);
            return Ok(());
        }
        self.asked_again += 1;
        self.confirmed += u32::from(is_behind);
        self.waited += after.saturating_sub(trouble.retry_after.unwrap_or_default());
        if self.confirmed >= ENOUGH || self.asked_again <= ENOUGH && self.waited > SOON {
            let (count, waited) = (self.confirmed, self.waited);
            return broken(Oracle::Checks, format!("{trouble}; {count} such answers in {waited:?} aren't believed"));
        }
        Ok(())
    }
}

fn is_watch(trouble: &Trouble) -> bool {
    matches!(trouble.during, During::Watch { .. })
}
