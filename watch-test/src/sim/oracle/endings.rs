//! A watch ends only when it must, and what breaks off isn't taken for an end in good order.

use watch_core::{Done, Notice, Output};

use super::sequence::broken;
use crate::sim::violation::{Oracle, Violation};

/// Judges an end: the consumer asked for it, or the server said so, or the configuration does.
pub(crate) fn judge(done: &Done, was_stopped: bool, stops_on_expired: bool) -> Result<(), Violation> {
    let is_right = match done {
        Done::Stopped => was_stopped,
        Done::Expired(_) => stops_on_expired && !was_stopped,
        // Only if the server said so: the plan refuses with these on purpose.
        Done::Refused(_) => !was_stopped,
        _ => false,
    };
    if is_right { Ok(()) } else { broken(Oracle::Endings, format!("it ended: {done}")) }
}

/// A body that HTTP says is complete, and that ended within an object.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct BrokenOff(bool);

impl BrokenOff {
    /// A watch ended, within an object or not.
    pub(crate) const fn ended(&mut self, is_within: bool) {
        self.0 = is_within;
    }

    /// The next that is said of it must be that there was trouble.
    pub(crate) fn output(&mut self, output: &Output) -> Result<(), Violation> {
        match output {
            Output::Notice(Notice::Retrying { .. } | Notice::Blocked { .. } | Notice::FellBack { .. }) => {
                self.0 = false
            }
            Output::Send(_) if core::mem::take(&mut self.0) => {
                return broken(Oracle::Endings, "a body that broke off within an object was taken for one that ended");
            }
            _ => {}
        }
        Ok(())
    }
}
