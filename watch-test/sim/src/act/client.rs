//! The steps of the client: its driver, clock, consumer and process.

use core::time::Duration;

use watch_core::Input;

use crate::client::planned::{Crash, LateTimers};
use crate::plan::{Action, Label, Saved};
use crate::violation::{Oracle, Violation, broken};
use crate::world::World;

impl World {
    /// Executes a step of the client. Returns whether it had an effect.
    pub(super) fn client_side(&mut self, action: &Action) -> Result<bool, Violation> {
        let millis = Duration::from_millis;
        Ok(match action {
            Action::Reselect { client, label } => {
                let client = self.client(*client);
                self.reselect(client, *label)?;
                true
            }
            Action::Crash { client, from } => {
                let client = self.client(*client);
                self.begin_process(client, *from)?;
                true
            }
            Action::CrashBetween { client, outputs, from } => {
                let client = self.client(*client);
                self.clients[client].crash = Some(Crash { outputs: (*outputs).min(10_000), from: *from });
                true
            }
            Action::Stop { client } => {
                let client = self.client(*client);
                self.stop(client)?
            }
            Action::Relist { client } => {
                let client = self.client(*client);
                let can = self.clients[client].done.is_none() && self.clients[client].paused_until <= self.now;
                if can {
                    self.input(client, Input::Relist)?;
                }
                can
            }
            Action::Pause { client, lasts, hands_in } => {
                let client = self.client(*client);
                self.clients[client].paused_until = self.now + millis(*lasts);
                self.clients[client].hands_in = *hands_in;
                true
            }
            Action::LateTimers { client, by } => {
                let client = self.client(*client);
                self.clients[client].late_timers = LateTimers { times: 3, by: millis(*by) };
                true
            }
            Action::ClockBack { client, by } => {
                let client = self.client(*client);
                self.clients[client].clock_back = millis(*by);
                true
            }
            Action::Suspend { client, minutes } => {
                let client = self.client(*client);
                self.clients[client].paused_until = self.now + Duration::from_secs(60 * (*minutes).min(24 * 60));
                self.clients[client].hands_in = false;
                true
            }
            _ => unreachable!("`Action::layer` puts it elsewhere: {action:?}"),
        })
    }

    fn stop(&mut self, client: usize) -> Result<bool, Violation> {
        if self.clients[client].done.is_some() {
            return Ok(false);
        }
        self.clients[client].paused_until = Duration::ZERO;
        self.clients[client].crash = None;
        self.input(client, Input::Stop)?;
        self.settle()?;
        if self.clients[client].done.is_none() {
            return broken(Oracle::Silence, "the watch was stopped, but it isn't done");
        }
        // Bytes that arrive after the stop must have no effect.
        self.run_until(self.now + Duration::from_millis(self.setup.net.latency + 1))?;
        self.begin_process(client, Saved::Newest)?;
        Ok(true)
    }

    /// The consumer of a client selects other objects from now on.
    fn reselect(&mut self, client: usize, label: u8) -> Result<(), Violation> {
        self.hang_up(client);
        let label = match label % 3 {
            0 => None,
            1 => Some(Label::Is("x".into())),
            _ => Some(Label::IsNot("x".into())),
        };
        self.clients[client].reselect(label)?;
        self.inform_oracles();
        Ok(())
    }

    fn hang_up(&mut self, client: usize) {
        if let Some(number) = self.clients[client].link {
            self.close(number);
            self.links.remove(&number);
        }
    }

    /// The process of a client crashes, and another begins.
    pub(crate) fn begin_process(&mut self, client: usize, from: Saved) -> Result<(), Violation> {
        self.hang_up(client);
        self.clients[client].begin(from)?;
        self.inform_oracles();
        Ok(())
    }
}
