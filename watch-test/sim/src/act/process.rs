//! Processes that end, and others that begin.

use core::time::Duration;

use watch_core::Input;

use crate::plan::{Label, Saved};
use crate::violation::{Oracle, Violation, broken};
use crate::world::World;

impl World {
    pub(super) fn stop(&mut self, client: usize) -> Result<bool, Violation> {
        if self.clients[client].done.is_some() {
            return Ok(false);
        }
        self.clients[client].paused_until = Duration::ZERO;
        self.clients[client].crash = None;
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

    /// The consumer of a client wants other objects from now on.
    pub(super) fn reselect(&mut self, client: usize, label: u8) -> Result<(), Violation> {
        self.hang_up(client);
        let label = match label % 3 {
            0 => None,
            1 => Some(Label::Is("x".into())),
            _ => Some(Label::IsNot("x".into())),
        };
        self.clients[client].reselect(label)?;
        self.tell_lies();
        Ok(())
    }

    fn hang_up(&mut self, client: usize) {
        if let Some(number) = self.clients[client].link {
            self.close(number);
            self.links.remove(&number);
        }
    }

    /// The process of a client ends without a word, and another begins.
    pub(crate) fn begin_process(&mut self, client: usize, from: Saved) -> Result<(), Violation> {
        self.hang_up(client);
        self.clients[client].begin(from)?;
        self.tell_lies();
        Ok(())
    }
}
