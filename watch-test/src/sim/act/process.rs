//! Processes that end, and others that begin.

use core::time::Duration;

use watch_core::Input;

use crate::sim::oracle::sequence::broken;
use crate::sim::plan::Saved;
use crate::sim::violation::{Oracle, Violation};
use crate::sim::world::World;

impl World {
    pub(super) fn stop(&mut self, client: usize) -> Result<bool, Violation> {
        if self.clients[client].done.is_some() {
            return Ok(false);
        }
        self.clients[client].paused_until = Duration::ZERO;
        self.tell(client, Input::Stop)?;
        self.settle()?;
        if self.clients[client].done.is_none() {
            return broken(Oracle::Silence, "it was stopped, and goes on");
        }
        // What is still under way must not wake it up.
        self.run_until(self.now + Duration::from_millis(self.setup.net.latency + 1))?;
        self.begin_process(client, Saved::Newest)?;
        Ok(true)
    }

    /// The process of a client ends without a word, and another begins.
    pub(crate) fn begin_process(&mut self, client: usize, from: Saved) -> Result<(), Violation> {
        if let Some(number) = self.clients[client].link {
            self.close(number);
            self.links.remove(&number);
        }
        self.clients[client].begin(from)
    }
}
