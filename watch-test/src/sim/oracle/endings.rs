//! A watch ends only when it must.

use watch_core::Done;

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
