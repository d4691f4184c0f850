//! The steps of the server and its store.

use core::time::Duration;

use watch_test::fault::{Fault, Requests, Rule};
use watch_test::model::{Access, Anonymous, End};

use crate::plan::{Action, Watched};
use crate::world::World;
use crate::world::server::{define, undefine};

/// Slightly longer than watches continue after the definition of their resource is deleted.
const TEAR_DOWN: Duration = Duration::from_secs(2);

impl World {
    /// Executes a step of the server. Returns whether it had an effect.
    pub(super) fn server_side(&mut self, action: &Action) -> bool {
        let millis = Duration::from_millis;
        match action {
            Action::Trickle { watches, writes } => {
                let fault = Fault::Say { text: String::new(), after_events: 1, then_end: true };
                self.server.inject(fault.times((*watches).min(100)).on(Requests::verb("watch")));
                self.server.end_watches();
                self.burst(*writes)
            }
            Action::Bookmarks => {
                self.server.send_bookmarks();
                self.server.open_watches() > 0
            }
            // The model's caches that are newer than a restored store can't be compacted.
            Action::Expire { .. } if self.has_false_data => false,
            Action::Expire { keep } => {
                // The model's caches can't read compacted revisions, so none may lag.
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
            // If versions have no order, no version is older than another.
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
            _ => unreachable!("`Action::layer` puts it elsewhere: {action:?}"),
        }
    }

    /// Adds a fault of later requests. The model injects it, also if another layer causes it in production.
    pub(super) fn rule(&mut self, rule: &Rule) -> bool {
        // A rule without a limit would hide all other behaviour.
        let mut rule = rule.clone();
        rule.times = Some(rule.times.unwrap_or(100).min(100));
        self.server.inject(rule);
        true
    }

    /// Restores the store to an older revision. `keeps_caches`: the servers and their caches aren't restarted.
    fn restore(&mut self, back: u64, keeps_caches: bool) -> bool {
        let before = self.server.resource_version();
        let to = before.saturating_sub(back).max(self.begins_at);
        // If versions have no order, a rollback can't be detected.
        if to >= before || !self.setup.versions.show_order() || self.was_undefined || self.has_false_data {
            return false;
        }
        if keeps_caches {
            self.server.restore_behind(to);
            self.has_false_data = true;
            self.inform_oracles();
        } else {
            self.server.restore(to);
        }
        self.truth.restore(self.server.resource_version());
        true
    }

    /// Shuts the server down: its watches are silent, and then end in order.
    fn drain(&mut self, lasts: Duration) -> bool {
        let until = self.now + lasts;
        let open: Vec<u64> =
            self.links.iter().filter(|(_, link)| link.is_open_watch()).map(|(number, _)| *number).collect();
        for number in &open {
            if let Some(link) = self.links.get_mut(number) {
                link.stall(until);
                link.end(until, End::Complete);
            }
            self.close(*number);
        }
        !open.is_empty()
    }

    /// Another process takes the port. This one continues its open watches, and then ends them in order.
    fn replace(&mut self, lasts: Duration) -> bool {
        let until = self.now + lasts;
        let mut is_any = false;
        for link in self.links.values_mut().filter(|link| link.is_open_watch()) {
            link.retires = Some(link.retires.map_or(until, |earlier| earlier.min(until)));
            is_any = true;
        }
        self.server.inject(Fault::Replica { number: 1 }.times(100));
        is_any
    }

    /// Deletes all objects of the custom resource, so that each deletion is recorded, and then its definition.
    fn undefine(&mut self) -> bool {
        if self.setup.resource != Watched::Widgets || self.has_false_data {
            return false;
        }
        // Twice, since the first deletion only marks objects with a finalizer.
        for _ in 0..2 {
            self.clear();
        }
        self.undefined_until = self.now + TEAR_DOWN;
        self.was_undefined = true;
        undefine(&mut self.server, self.now)
    }

    /// Creates the definition again, but not while watches of the old one are still being closed.
    pub(crate) fn define(&mut self) -> bool {
        self.setup.resource == Watched::Widgets
            && self.now >= self.undefined_until
            && define(&mut self.server, self.now)
    }
}
