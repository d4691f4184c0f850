//! What each step of a plan does. A step that has nothing to act upon does nothing, and says so.

mod process;
mod say;
mod trouble;
mod write;

use core::time::Duration;

use watch_core::Input;
use watch_test::fault::{Fault, Requests};
use watch_test::model::{Access, Anonymous};

use super::damage::Pending;
use super::net::Fate;
use super::plan::{Action, Saved};
use super::violation::Violation;
use super::world::World;
use watch_test::check::Who;

impl World {
    /// Does a step. Whether it did anything.
    pub(crate) fn act(&mut self, action: &Action) -> Result<bool, Violation> {
        for client in 0..self.clients.len() {
            // A watch that ended as it should begins again.
            if self.clients[client].done.is_some() {
                self.begin_process(client, Saved::Newest)?;
            }
        }
        let done = self.do_it(action)?;
        let (topic, now) = (if action.is_workload() { "step" } else { "fault" }, self.now);
        if done {
            self.counts.one(topic, action.name());
            let who = match action {
                Action::Cut { .. }
                | Action::Break { .. }
                | Action::Damage { .. }
                | Action::Stall { .. }
                | Action::Unreachable { .. } => Who::Net,
                _ => Who::Server,
            };
            let revision = self.server.resource_version();
            self.transcript.line(now, who, || format!("{} (revision {revision})", describe(action)));
        }
        Ok(done)
    }

    fn do_it(&mut self, action: &Action) -> Result<bool, Violation> {
        let millis = Duration::from_millis;
        Ok(match action {
            Action::Wait => true,
            Action::Put { key, label, size, depth } => self.put(*key, *label, (*size, *depth)),
            Action::Touch { key } => self.touch(*key),
            Action::Delete { key } => self.delete(*key),
            Action::Finalize { key } => self.finalize(*key),
            Action::Mark { key } => self.mark(*key),
            Action::Recreate { key } => self.delete(*key) && self.put(*key, 1, (0, 0)),
            Action::Burst { writes } => self.burst(*writes),
            Action::Trickle { watches, writes } => {
                let fault = Fault::Say { text: String::new(), after_events: 1, then_end: true };
                self.server.inject(fault.times((*watches).min(100)).on(Requests::verb("watch")));
                self.server.end_watches();
                self.burst(*writes)
            }
            Action::Clear => self.clear(),
            Action::Elsewhere { revisions } => {
                self.server.skip_revisions((*revisions).min(1_000_000));
                true
            }
            Action::Bookmarks => {
                self.server.send_bookmarks();
                self.server.open_watches() > 0
            }
            // Caches that show what is no more can't show what was compacted.
            Action::Expire { .. } if self.lies => false,
            Action::Expire { keep } => {
                // The model's caches can't show what was compacted, so none may be behind.
                for replica in (0..4).filter(|_| self.lags) {
                    self.server.set_lagging(self.now, replica, false);
                }
                self.lags = false;
                self.server.expire_before(self.server.resource_version().saturating_sub(*keep));
                true
            }
            Action::EndWatches => {
                self.server.end_watches();
                self.server.open_watches() > 0
            }
            Action::Say { what, then_end } => self.say(*what, *then_end),
            Action::Restart { gap } => {
                self.server.restart((*gap).min(1_000_000));
                true
            }
            Action::SayNext { what, after, then_end, times } => self.say_next(*what, *after, *then_end, *times),
            Action::Lie { client, how, times } => {
                let client = self.client(*client);
                self.clients[client].lies = (*times, *how);
                *times > 0
            }
            Action::Parrot { client, watches } => {
                let client = self.client(*client);
                self.clients[client].parrots = *watches;
                *watches > 0
            }
            Action::Drain { lasts, beside: false } => self.drain(millis(*lasts)),
            Action::Drain { lasts, beside: true } => self.replace(millis(*lasts)),
            Action::Undefine => self.undefine(),
            Action::Define => self.define(),
            Action::Restore { back, late } => {
                let is_done = self.restore(*back, false);
                if is_done {
                    self.serves_at = self.now + millis((*late).min(60_000));
                }
                is_done
            }
            Action::RestoreBehind { back } => self.restore(*back, true),
            // Of versions in no order nobody can say that they are from the past.
            Action::Lag { lags: true, .. } if !self.setup.versions.show_order() => false,
            Action::Lag { replica, lags } => {
                self.server.set_lagging(self.now, *replica % 4, *lags);
                self.lags |= *lags;
                true
            }
            Action::Unready { lasts } => {
                self.server.set_unready_for(self.now, self.resource(), millis(*lasts));
                true
            }
            Action::Rule(rule) => {
                // One that applies for ever would leave nothing to be seen.
                let mut rule = rule.clone();
                rule.times = Some(rule.times.unwrap_or(100).min(100));
                self.server.inject(rule);
                true
            }
            Action::Access { status } => {
                let mut access = Access::default();
                access.anonymous = match status {
                    401 => Anonymous::Unauthorized,
                    403 => Anonymous::Forbidden,
                    _ => Anonymous::Allowed,
                };
                self.server.set_access(access);
                true
            }
            Action::Cut { client, after, end } => {
                let now = self.now;
                let Some(number) = self.open_link(*client) else { return Ok(false) };
                let link = self.links.get_mut(&number);
                link.is_some_and(|link| {
                    link.due = Some(now);
                    link.cut_after(*after, Fate::Ends(*end))
                })
            }
            Action::Break { client, after, how, loses } => {
                let now = self.now;
                let Some(number) = self.open_link(*client) else { return Ok(false) };
                let link = self.links.get_mut(&number);
                link.is_some_and(|link| {
                    link.due = Some(now);
                    link.cut_after(*after, Fate::Fails { kind: how.kind(), loses: *loses })
                })
            }
            Action::Damage { client, how, after, times } => {
                let client = self.client(*client);
                self.clients[client].damage = Pending { how: *how, after: *after, times: (*times).min(100) };
                *times > 0
            }
            Action::Stall { client, lasts } => {
                let until = lasts.map_or(Duration::MAX, |lasts| self.now + millis(lasts));
                let Some(number) = self.open_link(*client) else { return Ok(false) };
                self.links.get_mut(&number).map(|link| link.stall(until)).is_some()
            }
            Action::Unreachable { client, times, how } => {
                let client = self.client(*client);
                self.clients[client].unreachable = (*times, *how);
                *times > 0
            }
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
                self.clients[client].crash = Some(((*outputs).min(10_000), *from));
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
                    self.tell(client, Input::Relist)?;
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
                self.clients[client].late_timers = (3, millis(*by));
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
        })
    }

    fn client(&self, client: u8) -> usize {
        usize::from(client) % self.clients.len().max(1)
    }

    fn open_link(&self, client: u8) -> Option<u64> {
        let number = self.clients[self.client(client)].link?;
        self.links.get(&number).filter(|link| !link.has_ended()).map(|_| number)
    }
}

fn describe(action: &Action) -> String {
    serde_json::to_string(action).unwrap_or_else(|_| action.name().to_owned())
}
