//! The watcher of a wait.

use alloc::boxed::Box;

use crate::config::{Config, ConfigError, Start};
use crate::io::input::{Input, Misuse};
use crate::io::output::Done;
use crate::io::trouble::Trouble;
use crate::watcher::Watcher;

/// A watcher that begins with the present state, and reads it once more before the deadline. It keeps the last failure at
/// the time of a stop, because a stopped watcher has none.
#[derive(Clone, Debug)]
pub(super) struct PresentState {
    pub(super) watcher: Watcher,
    at_stop: Option<Box<Trouble>>,
}

impl PresentState {
    pub(super) fn new(config: Config) -> Result<Self, ConfigError> {
        if !matches!(config.parts().start, Start::InitialList(_)) {
            return Err(ConfigError::NoInitialList);
        }
        let mut watcher = Watcher::new(config);
        watcher.read_finally();
        Ok(Self { watcher, at_stop: None })
    }

    pub(super) fn handle(&mut self, input: Input) -> Result<(), Misuse> {
        if matches!(input, Input::Stop) && self.at_stop.is_none() {
            self.at_stop = self.watcher.last_trouble().cloned().map(Box::new);
        }
        self.watcher.handle(input)
    }

    /// Stops the watcher, because the condition is met.
    pub(super) fn stop(&mut self) {
        // A stop is never a misuse.
        _ = self.watcher.handle(Input::Stop);
    }

    /// Returns the last failure of a wait that ended before its condition was met, if it wasn't overcome.
    pub(super) fn last_trouble(&self, done: &Done) -> Option<Box<Trouble>> {
        match done {
            Done::DeadlineReached => self.watcher.last_trouble().cloned().map(Box::new),
            Done::Stopped => self.at_stop.clone(),
            Done::Refused(_) | Done::Expired(_) | Done::GaveUp { .. } | Done::WrongType(_) => {
                done.trouble().cloned().map(Box::new)
            }
        }
    }
}
