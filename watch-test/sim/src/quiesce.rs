//! The end of a run: all faults stop, and the watches must be synced soon.

use core::time::Duration;

use watch_core::{Input, Phase};
use watch_test::check::{Line, Mark, Position, Who};
use watch_test::model::{Access, BOOKMARK_INTERVAL, End};

use super::client::planned::{FalseLists, LateTimers, Unreachable};
use super::damage::Pending;
use super::net::Fate;
use super::oracle::recovery::{Seen, altogether};
use super::plan::{Action, Saved, StreamingLists, Versions};
use super::violation::{Oracle, Violation, broken};
use super::world::World;
use super::world::server::inject_oddities;

impl World {
    /// Stops all faults; then the clients must have the present state, and after that the next writes.
    pub(crate) fn quiesce(&mut self) -> Result<(), Violation> {
        self.run_until(self.undefined_until)?;
        self.stop_faults()?;
        let begun = self.now;
        self.converge("the state of the store")?;
        let took = (self.now - begun).as_secs();
        self.counts.most("seconds to the truth", took);
        // A client that only seems synced misses this write.
        self.act(&Action::Put { key: 0, label: 1, size: 0, depth: 0 })?;
        self.act(&Action::Put { key: 9, label: 2, size: 0, depth: 0 })?;
        self.converge("the last two writes")?;
        if !self.setup.silent_departures {
            return Ok(());
        }
        // A list has only the matching objects, so `Diff` must report the objects that no longer match.
        for client in 0..self.clients.len() {
            self.input(client, Input::Relist)?;
        }
        self.converge("the objects that no longer match")
    }

    fn stop_faults(&mut self) -> Result<(), Violation> {
        let now = self.now;
        self.transcript.lines(|| {
            [Line::new(now, Who::Phase, "all faults have ended").drawn(Mark::Phase, "all faults have ended")]
        });
        self.define();
        self.clear_unreadable();
        self.serves_at = self.serves_at.min(now);
        if self.setup.versions == Versions::UnversionedLists {
            self.versions = Versions::Revisions;
            self.links.values_mut().for_each(|link| link.versions = Versions::Revisions);
        }
        self.server.clear_rules();
        inject_oddities(&mut self.server, &self.setup);
        self.server.set_access(Access::default());
        self.server.set_backlog_limit(None);
        self.server.set_bookmark_interval(self.setup.bookmarks.map(|_| BOOKMARK_INTERVAL));
        for replica in 0..4 {
            self.server.set_lagging(now, replica, false);
        }
        self.server.set_unready_for(now, self.resource(), Duration::ZERO);
        for client in 0..self.clients.len() {
            self.clients[client].unreachable = Unreachable::default();
            self.clients[client].false_lists = FalseLists::NONE;
            self.clients[client].parrots = 0;
            self.clients[client].crash = None;
            self.clients[client].damage = Pending::default();
            self.clients[client].late_timers = LateTimers::default();
            if self.clients[client].paused_until > now + Duration::from_secs(60) {
                self.clients[client].paused_until = now;
            }
        }
        // A slow body would stay slow, and it could be too long to arrive in time.
        for link in self.links.values_mut().filter(|link| link.drips && link.exchange.is_some()) {
            link.cut_after(0, Fate::Ends(End::Cut));
            link.due = Some(now);
        }
        self.settle()?;
        for client in 0..self.clients.len() {
            // From here on, exchanges end only by themselves.
            let setup = &mut self.clients[client].setup;
            if setup.deadline.take().is_some() | setup.patience.take().is_some() {
                self.begin_process(client, Saved::Newest)?;
            }
        }
        self.settle()?;
        self.stop_false_data()?;
        for client in 0..self.clients.len() {
            if self.clients[client].done.is_some() {
                self.begin_process(client, Saved::Nothing)?;
            }
        }
        self.settle()
    }

    /// Ends the false data, and requests relists, because a client can't detect that it received false data.
    fn stop_false_data(&mut self) -> Result<(), Violation> {
        if !core::mem::take(&mut self.has_false_data) {
            return Ok(());
        }
        self.setup.net.twice = 0;
        for link in self.links.values_mut() {
            link.twice = 0;
        }
        self.server.restart(0);
        for client in 0..self.clients.len() {
            self.counts.one("excuse", "false data");
            self.clients[client].sequence.resume();
            if self.clients[client].done.is_none() {
                self.input(client, Input::Relist)?;
            }
        }
        self.settle()
    }

    fn converge(&mut self, to: &str) -> Result<(), Violation> {
        let soon = self.clients.iter().map(|client| altogether(&client.setup)).max().unwrap_or_default();
        let until = self.now + soon;
        loop {
            self.settle()?;
            self.help()?;
            self.check_recovery()?;
            if self.clients.iter().all(|client| client.done.is_none() && client.sequence.is_complete(&self.truth)) {
                return Ok(());
            }
            match self.next_at().filter(|at| *at <= until) {
                Some(at) => self.now = at,
                None => break,
            }
        }
        let late = |index: &usize| !self.clients[*index].sequence.is_complete(&self.truth);
        let late: Vec<String> = (0..self.clients.len()).filter(late).map(|index| self.pending(index)).collect();
        broken(Oracle::Liveness, format!("{soon:?} after the last fault, {to} isn't known: {}", late.join("; ")))
    }

    /// Checks that a client that isn't synced recovers within the bound of its situation.
    fn check_recovery(&mut self) -> Result<(), Violation> {
        let (now, latency) = (self.now, Duration::from_millis(self.setup.net.latency));
        for index in 0..self.clients.len() {
            let client = &self.clients[index];
            let is_away = client.done.is_some() || client.paused_until > now;
            if is_away || client.sequence.is_complete(&self.truth) {
                self.clients[index].recovery.arrived();
                continue;
            }
            let link = client.link.and_then(|number| self.links.get(&number));
            let present = self.server.resource_version();
            let seen = Seen {
                phase: client.watcher.phase(),
                link: client.link,
                is_open: link.is_some_and(|link| link.can_speak(self.now)),
                is_ahead: match client.sequence.position() {
                    Position::Unknown => false,
                    Position::Void(_) => true,
                    Position::At { revision, timeline } => revision > present || timeline != self.truth.present(),
                },
                is_within_an_object: client.limits.is_within_an_object() || link.is_some_and(|link| link.is_open_ended),
            };
            // A list shows the version of the server.
            let is_checked = self.setup.versions.show_order();
            let owed = is_checked && client.checks.is_owed() && client.sequence.position() != Position::Unknown;
            let setup = client.setup.clone();
            self.clients[index].recovery.check(now.saturating_sub(latency), seen, owed, &setup).map_err(
                |violation| Violation::new(violation.oracle, format!("{}; {}", violation.message, self.pending(index))),
            )?;
        }
        Ok(())
    }

    /// Does what only a consumer can do. A watch that ended for a valid reason begins again. If a backup was restored,
    /// and the client can't notice, the consumer requests a relist: the server has passed the client's version, or its
    /// repeated objects answer a check.
    fn help(&mut self) -> Result<(), Violation> {
        for index in 0..self.clients.len() {
            let client = &self.clients[index];
            if client.done.is_some() {
                self.begin_process(index, Saved::Nothing)?;
                self.settle()?;
            } else if let Position::At { revision, timeline } = client.sequence.position()
                && timeline != self.truth.present()
                && self.truth.same_until(timeline, self.truth.present()) < client.sequence.reach(revision)
                && revision <= self.server.resource_version()
            {
                self.counts.one("excuse", "undetectable rollback");
                self.input(index, Input::Relist)?;
                self.settle()?;
            } else if matches!(client.sequence.position(), Position::Void(revision) if revision <= self.server.resource_version())
            {
                self.counts.one("excuse", "mixed histories");
                self.input(index, Input::Relist)?;
                self.settle()?;
            } else if self.is_deceived_by_repeats(index) {
                self.counts.one("excuse", "a check answered by repeats");
                self.input(index, Input::Relist)?;
                self.settle()?;
            }
        }
        Ok(())
    }

    /// Returns whether a client checked a version that the restored server doesn't have, and repeated objects were the
    /// answer.
    fn is_deceived_by_repeats(&self, index: usize) -> bool {
        let client = &self.clients[index];
        let repeats = self.setup.repeats_objects && self.setup.streaming_lists == StreamingLists::Unknown;
        repeats
            && client.watcher.phase() == Phase::Live
            && client.timeline == self.truth.present()
            && client.checks.is_answered_by_events()
            && client.sequence.position().revision() > Some(self.server.resource_version())
    }

    fn pending(&self, index: usize) -> String {
        let client = &self.clients[index];
        let link = client.link.and_then(|number| self.links.get(&number));
        let network = match link {
            None => "no exchange".to_owned(),
            Some(link) if link.is_stalled() => "the connection hangs".into(),
            Some(link) if link.has_ended() => "the exchange has ended".into(),
            Some(link) => format!("the server sends the next bytes at {:?}", link.due),
        };
        format!("C{index} at {:.1?}: {}; {network}", self.now, client.pending())
    }
}
