//! A watch ends only when it must, and a body that breaks off doesn't count as complete.

use core::time::Duration;

use watch_core::{Done, Notice, Output};

use crate::plan::ClientSetup;
use crate::violation::{Oracle, Violation, broken};

/// The facts about a watch when it ends.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Known {
    /// The consumer stopped the watch.
    pub(crate) was_stopped: bool,
    /// The duration of the watch, and the duration of trouble.
    pub(crate) lasted: Duration,
    pub(crate) in_trouble: Duration,
}

/// Checks an end: the consumer, the server or the configuration must be the reason.
pub(crate) fn check(done: &Done, setup: &ClientSetup, known: Known) -> Result<(), Violation> {
    let is_over = |limit: Option<u64>, time| limit.is_some_and(|limit| time >= Duration::from_secs(limit));
    let is_right = known.was_stopped == (*done == Done::Stopped)
        && match done {
            Done::Stopped => true,
            // Only refusals that no retry resolves; the plan sends them on purpose.
            Done::Refused(trouble) => {
                trouble.cause.status().is_some_and(|status| matches!(status.code, 400 | 405 | 406 | 415 | 422))
            }
            Done::Expired(_) => setup.stop_on_expired,
            Done::DeadlineReached => is_over(setup.deadline, known.lasted),
            Done::GaveUp { .. } => is_over(setup.patience, known.in_trouble),
            _ => false,
        };
    if is_right { Ok(()) } else { broken(Oracle::Endings, format!("it ended: {done}")) }
}

/// Checks an output after the end: it must be the same end.
pub(crate) fn again(done: &Done, again: &Done) -> Result<(), Violation> {
    if again == done { Ok(()) } else { broken(Oracle::Silence, format!("{done}, and then {again}")) }
}

/// Records a body that is complete by HTTP but ended within an object.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct BrokenOff(bool);

impl BrokenOff {
    /// Records whether a watch ended within an object.
    pub(crate) const fn ended(&mut self, is_within: bool) {
        self.0 = is_within;
    }

    /// Checks that the next output after it reports trouble.
    pub(crate) fn output(&mut self, output: &Output) -> Result<(), Violation> {
        match output {
            Output::Notice(Notice::Retrying { .. } | Notice::NeedsAttention { .. } | Notice::FellBack { .. }) => {
                self.0 = false;
            }
            Output::Send(_) if core::mem::take(&mut self.0) => {
                return broken(Oracle::Endings, "a body that ended within an object isn't reported");
            }
            _ => {}
        }
        Ok(())
    }
}
