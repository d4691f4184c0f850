//! Everything there is in a run: the server, the network, the clients, the truth, and one clock.

mod drive;
pub(crate) mod hashed;
pub(crate) mod server;
mod told;

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

/// How a run is carried out: what must make no difference to it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Manner {
    /// Bodies are cut so, whatever the plan says.
    pub(crate) pieces: Option<Pieces>,
    /// The machine is replaced by its clone before each poll.
    pub(crate) clones: bool,
    /// A bug is put in, to see whether it is found.
    pub(crate) mutant: Option<Mutant>,
    /// What passes the doors of the first client's machine is written down.
    pub(crate) records: bool,
    /// The timeline is kept.
    pub(crate) with_lines: bool,
}

/// See the module.
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
    /// How late what is said of requests that are over arrives.
    lateness: Rng,
    pub(crate) transcript: Transcript,
    pub(crate) counts: Counts,
    /// Whether clients save what a next process needs.
    pub(crate) saves: bool,
    /// Writes so far, for contents that differ.
    pub(crate) writes: u64,
    /// The version of the newest list that was given: what a watch "from now on" begins with.
    listed: BTreeMap<usize, Listed>,
    /// In which state the machine was handed what, the last time.
    cell: Option<(Phase, &'static str)>,
    /// Some server lags, or did.
    pub(crate) lags: bool,
    /// What is said isn't so.
    pub(crate) lies: bool,
    /// The custom resource was undefined once.
    pub(crate) was_undefined: bool,
    /// Until when it can't come back.
    pub(crate) undefined_until: Duration,
    /// No backup is older.
    pub(crate) begins_at: u64,
    /// What versions look like now.
    pub(crate) versions: Versions,
    /// Until then, what is connected isn't answered.
    pub(crate) serves_at: Duration,
}

/// A list that was given, by the history that it is of.
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
            // It is found after a moment, and works after another.
            now += 2 * server_config(&setup).establishing;
            server.tick(now);
        }
        inject_oddities(&mut server, &setup);
        let lies = setup.net.twice > 0;
        let clients = setup
            .clients
            .iter()
            .map(|client| Client::new(client, setup.resource, Oddities::of(&setup)))
            .collect::<Result<_, _>>()?;
        let mut world = Self {
            now,
            begins_at: server.resource_version() + 2,
            lies,
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
        world.tell_lies();
        Ok(world)
    }

    /// The oracles know when what is said isn't so.
    pub(crate) fn tell_lies(&mut self) {
        for client in self.clients.iter_mut().filter(|_| self.lies) {
            client.sequence.suspend();
        }
    }

    /// The name of what is watched, as the server knows it.
    pub(crate) const fn resource(&self) -> &'static str {
        match self.setup.resource {
            Watched::ConfigMaps => "configmaps",
            Watched::Events => "events",
            Watched::Secrets => "secrets",
            Watched::Widgets => "widgets.example.com",
        }
    }

    /// Lets time pass, and all that happens in it.
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

    /// Lets happen what can happen now. Returns when nothing more can without time passing.
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
                return broken(Oracle::Spin, "client and server keep each other busy without time passing");
            }
        }
        Ok(())
    }

    /// When something happens next.
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
        // What is due already, and couldn't happen, waits for something else.
        links.chain(clients).chain([self.server.next_tick()]).flatten().filter(|at| *at > self.now).min()
    }
}
