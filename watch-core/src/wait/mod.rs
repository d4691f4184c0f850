//! Waits until a condition holds.

mod condition;
mod many;
mod one;
mod outcome;
mod outcome_of_many;

use alloc::boxed::Box;

pub use self::condition::Condition;
pub use self::many::WaitForMany;
pub use self::one::WaitFor;
pub use self::outcome::{LastKnown, ObjectState, Outcome};
pub use self::outcome_of_many::{LastKnownOfMany, OutcomeOfMany};
use crate::config::{Config, ConfigError, Start};
use crate::io::output::Done;
use crate::io::trouble::Trouble;
use crate::watcher::Watcher;

/// Returns the watcher of a wait: it begins with the present state, and reads it once more before the deadline.
fn watcher_of(config: Config) -> Result<Watcher, ConfigError> {
    if !matches!(config.parts().start, Start::InitialList(_)) {
        return Err(ConfigError::NoInitialList);
    }
    let mut watcher = Watcher::new(config);
    watcher.read_finally();
    Ok(watcher)
}

/// Returns the last failure of a wait that ended before its condition was met, if it wasn't overcome. `at_stop` is the
/// last failure at the time of a stop.
fn last_trouble(done: &Done, watcher: &Watcher, at_stop: Option<&Trouble>) -> Option<Box<Trouble>> {
    match done {
        Done::Refused(trouble) | Done::Expired(trouble) | Done::GaveUp { last: trouble, .. } => Some(trouble.clone()),
        Done::DeadlineReached => watcher.last_trouble().cloned().map(Box::new),
        Done::Stopped => at_stop.cloned().map(Box::new),
    }
}
