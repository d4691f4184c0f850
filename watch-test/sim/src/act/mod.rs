//! Executes the steps of a plan, with one file for each layer that causes them. A step without an object to act on has
//! no effect, and returns false.

mod client;
mod injected_lines;
mod network;
mod proxy;
mod server;
mod write;

use super::plan::{Action, Layer, Saved};
use super::violation::Violation;
use super::world::World;
use watch_test::check::{Line, Mark, Who};

impl World {
    /// Executes a step. Returns whether it had an effect.
    pub(crate) fn act(&mut self, action: &Action) -> Result<bool, Violation> {
        for client in 0..self.clients.len() {
            // A watch that ended as configured begins again.
            if self.clients[client].done.is_some() {
                self.begin_process(client, Saved::Newest)?;
            }
        }
        let done = self.do_it(action)?;
        let (topic, now) = (if action.is_workload() { "step" } else { "fault" }, self.now);
        if done {
            self.counts.one(topic, action.name());
            let revision = self.server.resource_version();
            let client = action.client().map(|client| self.client(client));
            self.transcript.lines(|| {
                let who = match (action.layer(), client) {
                    (Layer::Client, Some(client)) => Who::Client(client),
                    (Layer::Network | Layer::Proxy, _) => Who::Net,
                    (Layer::Workload | Layer::Server | Layer::Client, _) => Who::Server,
                };
                let line = Line::new(now, who, format!("{} (revision {revision})", describe(action)));
                [match action {
                    Action::Wait => line,
                    _ if action.is_workload() => line.drawn(Mark::Write, revision.to_string()),
                    _ => line.drawn(Mark::Fault, action.name().trim_start_matches("rule: ")),
                }]
            });
        }
        Ok(done)
    }

    fn do_it(&mut self, action: &Action) -> Result<bool, Violation> {
        if let Action::Rule(rule) = action {
            return Ok(self.rule(rule));
        }
        Ok(match action.layer() {
            Layer::Workload => self.workload(action),
            Layer::Server => self.server_side(action),
            Layer::Network => self.network(action),
            Layer::Proxy => self.proxy(action),
            Layer::Client => self.client_side(action)?,
        })
    }

    fn client(&self, client: u8) -> usize {
        usize::from(client) % self.clients.len().max(1)
    }
}

fn describe(action: &Action) -> String {
    serde_json::to_string(action).unwrap_or_else(|_| action.name().to_owned())
}
