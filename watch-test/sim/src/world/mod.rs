//! The state of a run: the server, the network, the clients, the history, and one clock.

mod drive;
pub(crate) mod hashed;
mod outputs;
pub(crate) mod server;

use core::time::Duration;
use std::collections::BTreeMap;

use watch_core::Phase;
use watch_test::check::{History, Rng};
use watch_test::model::{ApiServer, ExchangeId};

use self::server::{define, inject_oddities, server_config};
use super::client::Client;
use super::counts::Counts;
use super::mutant::Mutant;
use super::net::Link;
use super::plan::{Action, Oddities, Pieces, Plan, Setup, Versions, Watched};
use super::transcript::Transcript;
use super::violation::{Oracle, Violation, broken};

/// The manner of a run, which must not change its result.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Manner {
    /// How bodies are cut, instead of the plan's setting.
    pub(crate) pieces: Option<Pieces>,
    /// The machine is replaced by its clone before each poll.
    pub(crate) clones: bool,
    /// An intentional bug, which an oracle must find.
    pub(crate) mutant: Option<Mutant>,
    /// The first client's machine is recorded.
    pub(crate) records: bool,
    /// The timeline is kept.
    pub(crate) with_lines: bool,
}

#[derive(Debug)]
pub(crate) struct World {
    pub(crate) now: Duration,
    pub(crate) setup: Setup,
    pub(crate) manner: Manner,
    pub(crate) server: ApiServer,
    pub(crate) truth: History,
    pub(crate) clients: Vec<Client>,
    pub(crate) links: BTreeMap<u64, Link>,
    by_exchange: BTreeMap<ExchangeId, u64>,
    next_link: u64,
    chance: Rng,
    /// The delay of facts about requests that are over.
    lateness: Rng,
    pub(crate) transcript: Transcript,
    pub(crate) counts: Counts,
    /// Whether clients save checkpoints for the next process.
    pub(crate) saves: bool,
    /// Writes so far, for contents that differ.
    pub(crate) writes: u64,
    /// The version of the newest list that each client received. A watch that starts from now begins after it.
    listed: BTreeMap<usize, Listed>,
    /// The phase of the machine and the kind of the last input.
    cell: Option<(Phase, &'static str)>,
    /// Whether a server lags, or lagged before.
    pub(crate) lags: bool,
    /// Whether the server or a proxy sends false data at present.
    pub(crate) has_false_data: bool,
    /// Whether the custom resource was removed before.
    pub(crate) was_undefined: bool,
    /// The time until which it can't be defined again.
    pub(crate) undefined_until: Duration,
    /// The version of the oldest backup.
    pub(crate) begins_at: u64,
    /// The present form of versions.
    pub(crate) versions: Versions,
    /// Until this time, connections get no answers.
    pub(crate) serves_at: Duration,
}

/// A list that a client received, and its timeline.
#[derive(Clone, Copy, Debug)]
struct Listed {
    revision: u64,
    timeline: usize,
}

impl World {
    pub(crate) fn new(plan: &Plan, manner: Manner) -> Result<Self, Violation> {
        let setup = plan.setup.clone();
        let mut server = ApiServer::new(server_config(&setup));
        let mut now = Duration::ZERO;
        if setup.resource == Watched::Widgets {
            define(&mut server, now);
            // It is served after one delay, and ready after another.
            now += 2 * server_config(&setup).establishing;
            server.tick(now);
        }
        inject_oddities(&mut server, &setup);
        let has_false_data = setup.net.twice > 0;
        let clients = setup
            .clients
            .iter()
            .map(|client| Client::new(client, setup.resource, Oddities::of(&setup)))
            .collect::<Result<_, _>>()?;
        let mut world = Self {
            now,
            begins_at: server.resource_version() + 2,
            has_false_data,
            was_undefined: false,
            undefined_until: Duration::ZERO,
            server,
            truth: History::new(),
            clients,
            links: BTreeMap::new(),
            by_exchange: BTreeMap::new(),
            next_link: 0,
            chance: Rng::stream(setup.net.seed, "net"),
            lateness: Rng::stream(setup.net.seed, "lateness"),
            transcript: Transcript::new(manner.with_lines),
            counts: Counts::default(),
            saves: plan.steps.iter().any(|step| {
                matches!(step.action, Action::Crash { .. } | Action::CrashBetween { .. } | Action::Stop { .. })
            }),
            writes: 0,
            listed: BTreeMap::new(),
            cell: None,
            lags: false,
            serves_at: Duration::ZERO,
            versions: setup.versions,
            setup,
            manner,
        };
        if manner.mutant == Some(Mutant::Drifts) {
            world.transcript.number(1);
        }
        if let Some(client) = world.clients.first_mut().filter(|_| manner.records) {
            client.start_recording();
        }
        world.inform_oracles();
        Ok(world)
    }

    /// Suspends the oracles of the stream while the data is false.
    pub(crate) fn inform_oracles(&mut self) {
        for client in self.clients.iter_mut().filter(|_| self.has_false_data) {
            client.sequence.suspend();
        }
    }

    /// Returns the name of the watched resource in the server.
    pub(crate) const fn resource(&self) -> &'static str {
        match self.setup.resource {
            Watched::ConfigMaps => "configmaps",
            Watched::Events => "events",
            Watched::Secrets => "secrets",
            Watched::Widgets => "widgets.example.com",
        }
    }

    /// Advances the time, and executes everything that is due until then.
    pub(crate) fn run_until(&mut self, until: Duration) -> Result<(), Violation> {
        loop {
            self.settle()?;
            match self.next_at().filter(|at| *at <= until) {
                Some(at) => self.now = self.now.max(at),
                None => {
                    self.now = self.now.max(until);
                    return Ok(());
                }
            }
        }
    }

    /// Executes everything that is due now. Returns when nothing more can happen at this time.
    pub(crate) fn settle(&mut self) -> Result<(), Violation> {
        for round in 0.. {
            self.pump();
            let mut moved = false;
            for client in 0..self.clients.len() {
                moved |= self.drive(client)?;
            }
            self.links.retain(|_, link| !(link.is_over() && link.exchange.is_none()));
            if !moved {
                return Ok(());
            }
            if round > 10_000 {
                return broken(Oracle::Spin, "client and server exchange messages endlessly without time passing");
            }
        }
        Ok(())
    }

    /// Returns the time of the next event.
    pub(crate) fn next_at(&self) -> Option<Duration> {
        let links = self.links.values().flat_map(|link| {
            let client = &self.clients[link.client];
            let arrives = link.next_at().map(|at| if client.hands_in { at } else { at.max(client.paused_until) });
            let due = link.due.filter(|_| link.exchange.is_some()).map(|at| at.max(client.paused_until));
            [arrives, due, link.retires.filter(|_| link.exchange.is_some())]
        });
        let clients = self.clients.iter().map(|client| {
            if client.waits.is_none() && client.done.is_none() {
                return Some(client.paused_until);
            }
            client.wakes_at()
        });
        // An event that is due but couldn't happen waits for another event.
        links.chain(clients).chain([self.server.next_tick()]).flatten().filter(|at| *at > self.now).min()
    }
}
