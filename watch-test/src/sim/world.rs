//! Everything there is in a run: the server, the network, the clients, the truth, and one clock.

use core::time::Duration;
use std::collections::BTreeMap;

use bytes::Bytes;
use watch_core::wire::Status;
use watch_core::{
    Cause, During, Event, Input, Instant, Next, Notice, Output, Phase, Request, ResponseHead, Silence,
    TransportErrorKind,
};

use super::chance::Chance;
use super::client::Client;
use super::counts::Counts;
use super::net::{Fact, Link};
use super::oracle::requests;
use super::oracle::sequence::{Position, broken};
use super::plan::{Plan, Setup, StartAt, StreamingLists, Watched};
use super::transcript::{Transcript, Who};
use super::truth::Truth;
use super::violation::{Oracle, Violation};
use crate::model::{ApiServer, Config, ExchangeId, Resource, Step as ServerStep, WatchList, Window};

/// How a run is carried out: what must make no difference to it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Manner {
    /// Bodies are cut so, whatever the plan says.
    pub(crate) pieces: Option<super::plan::Pieces>,
    /// The machine is replaced by its clone before each poll.
    pub(crate) clones: bool,
    /// Every third change is lost on its way out of the machine: a mistake put in, to see whether it is found.
    pub(crate) canary: bool,
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
    pub(crate) truth: Truth,
    pub(crate) clients: Vec<Client>,
    pub(crate) links: BTreeMap<u64, Link>,
    by_exchange: BTreeMap<ExchangeId, u64>,
    next_link: u64,
    chance: Chance,
    /// How late what is said of requests that are over arrives.
    lateness: Chance,
    pub(crate) transcript: Transcript,
    pub(crate) counts: Counts,
    /// Whether clients save what a next process needs.
    pub(crate) saves: bool,
    /// Writes so far, for contents that differ.
    pub(crate) writes: u64,
    /// The version of the newest list that was given: what a watch "from now on" begins with.
    listed: BTreeMap<usize, (u64, usize)>,
    /// In which state the machine was handed what, the last time.
    cell: Option<(Phase, &'static str)>,
    /// Some server lags, or did.
    pub(crate) lags: bool,
}

impl World {
    pub(crate) fn new(plan: &Plan, manner: Manner) -> Result<Self, Violation> {
        let setup = plan.setup.clone();
        let mut server = ApiServer::new(server_config(&setup));
        if setup.resource == Watched::Widgets {
            server.register(Resource::custom("example.com", "v1", "widgets", "Widget"));
        }
        let clients =
            setup.clients.iter().map(|client| Client::new(client, setup.resource)).collect::<Result<_, _>>()?;
        Ok(Self {
            now: Duration::ZERO,
            server,
            truth: Truth::new(),
            clients,
            links: BTreeMap::new(),
            by_exchange: BTreeMap::new(),
            next_link: 0,
            chance: Chance::stream(setup.net.seed, "net"),
            lateness: Chance::stream(setup.net.seed, "lateness"),
            transcript: Transcript::new(manner.with_lines),
            counts: Counts::default(),
            saves: plan.steps.iter().any(|step| {
                matches!(step.action, super::plan::Action::Crash { .. } | super::plan::Action::Stop { .. })
            }),
            writes: 0,
            listed: BTreeMap::new(),
            cell: None,
            lags: false,
            setup,
            manner,
        })
    }

    /// The name of what is watched, as the server knows it.
    pub(crate) const fn resource(&self) -> &'static str {
        match self.setup.resource {
            Watched::ConfigMaps => "configmaps",
            Watched::Events => "events",
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
            [arrives, due]
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

    /// Has the server say what it has to say.
    fn pump(&mut self) {
        self.server.tick(self.now);
        for exchange in self.server.take_woken() {
            if let Some(link) = self.by_exchange.get(&exchange).and_then(|number| self.links.get_mut(number)) {
                link.due = Some(self.now);
            }
        }
        let due: Vec<u64> = self
            .links
            .iter()
            .filter(|(_, link)| link.exchange.is_some() && link.due.is_some_and(|due| due <= self.now))
            // A client that reads nothing makes the server wait.
            .filter(|(_, link)| self.clients[link.client].paused_until <= self.now)
            .map(|(number, _)| *number)
            .collect();
        for number in due {
            self.pump_link(number);
        }
    }

    fn pump_link(&mut self, number: u64) {
        let at = self.now + Duration::from_millis(self.setup.net.latency);
        let pieces = self.manner.pieces.unwrap_or(self.setup.net.pieces);
        while let Some(link) = self.links.get_mut(&number)
            && let Some(exchange) = link.exchange
        {
            match self.server.poll(self.now, exchange) {
                ServerStep::Head(head) => {
                    let (mut parts, ()) = http::Response::new(()).into_parts();
                    parts.status = head.status;
                    parts.headers = head.headers;
                    link.head(at, ResponseHead::from(&parts));
                }
                ServerStep::Body(bytes) => link.bytes(at, bytes, pieces, &mut self.chance),
                ServerStep::End(end) => {
                    link.end(at, end);
                    self.close(number);
                    return;
                }
                ServerStep::Wait(until) => {
                    link.due = until;
                    if link.cut_now(at) {
                        self.close(number);
                    }
                    return;
                }
            }
            if link.cut_now(at) {
                self.close(number);
                return;
            }
        }
    }

    /// The server's side of an exchange is over.
    pub(crate) fn close(&mut self, number: u64) {
        if let Some(exchange) = self.links.get_mut(&number).and_then(|link| link.exchange.take()) {
            self.by_exchange.remove(&exchange);
            self.server.close(self.now, exchange);
        }
    }

    /// Hands a client what has arrived, and does what it says. Whether anything happened.
    fn drive(&mut self, index: usize) -> Result<bool, Violation> {
        let is_paused = self.clients[index].paused_until > self.now;
        if is_paused && !self.clients[index].hands_in {
            return Ok(false);
        }
        let mut moved = false;
        loop {
            let handed = self.hand_in(index, self.setup.net.batch || is_paused)?;
            moved |= handed;
            if is_paused {
                return Ok(moved);
            }
            let is_due = self.clients[index].wakes_at().is_some_and(|at| at <= self.now);
            let is_new = self.clients[index].waits.is_none() && self.clients[index].done.is_none();
            if !(handed || is_due || is_new) {
                return Ok(moved);
            }
            moved = true;
            if is_due {
                let (left, _) = &mut self.clients[index].late_timers;
                *left = left.saturating_sub(1);
            }
            self.poll(index)?;
        }
    }

    fn hand_in(&mut self, index: usize, all: bool) -> Result<bool, Violation> {
        let mut handed = false;
        let numbers: Vec<u64> =
            self.links.iter().filter(|(_, link)| link.client == index).map(|(number, _)| *number).collect();
        for number in numbers {
            while let Some(link) = self.links.get_mut(&number)
                && let Some(fact) = link.arrive(self.now)
            {
                let request = link.request;
                let is_late = link.is_late || link.process != self.clients[index].process;
                if link.process != self.clients[index].process {
                    continue;
                }
                let cell = (self.clients[index].watcher.phase(), fact_name(&fact, is_late));
                if self.cell != Some(cell) {
                    self.cell = Some(cell);
                    self.counts.one("cell", &format!("{} {}", cell.0, cell.1));
                }
                self.observe(index, number, &fact, is_late);
                if is_late {
                    // Nobody may count on its order against that of others.
                    self.clients[index]
                        .watcher
                        .handle(fact.input(request))
                        .or_else(|misuse| broken(Oracle::Misuse, misuse.to_string()))?;
                } else {
                    self.clients[index].spoke_at = self.now;
                    self.clients[index].handle(fact.input(request))?;
                }
                handed = true;
                if !all {
                    return Ok(true);
                }
            }
        }
        Ok(handed)
    }

    /// Notes what the judges must know of what arrives.
    fn observe(&mut self, index: usize, number: u64, fact: &Fact, is_late: bool) {
        let now = self.now;
        self.transcript.line(now, Who::ToClient(index), || match fact {
            Fact::Head(head) => format!(
                "{} (link {number}){}",
                head.status,
                head.retry_after.map_or_else(String::new, |after| format!(", Retry-After {after:?}"))
            ),
            Fact::Bytes(bytes) => {
                let text = String::from_utf8_lossy(bytes);
                let short: String = text.chars().take(160).collect();
                let dots = if short.len() < text.len() { "…" } else { "" };
                format!("{} bytes {short:?}{dots}", bytes.len())
            }
            Fact::End => format!("end (link {number})"),
            Fact::Failed(kind) => format!("{kind:?} (link {number})"),
        });
        if let Fact::Head(head) = fact {
            self.counts.one("status", &head.status.to_string());
            if let Some(wait) = head.retry_after.filter(|_| head.status != 200 && !is_late) {
                self.clients[index].rate.retry_after(now, wait.min(Duration::from_secs(300)));
            }
        }
    }

    /// Polls a machine until it waits, and does what it says.
    fn poll(&mut self, index: usize) -> Result<(), Violation> {
        loop {
            if self.manner.clones {
                self.clients[index].clone_machine();
            }
            let client = &mut self.clients[index];
            let told = self.now.saturating_sub(client.clock_back);
            client.clock_back = Duration::ZERO;
            let output = client.watcher.poll(Instant::from_origin(told));
            if let (Output::Done(again), Some(done)) = (&output, &client.done) {
                return if again == done {
                    Ok(())
                } else {
                    broken(Oracle::Silence, format!("{done}, and then {again}"))
                };
            }
            if self.manner.canary && matches!(output, Output::Event(Event::Modified(_))) {
                self.writes += 1;
                if self.writes.is_multiple_of(3) {
                    continue;
                }
            }
            self.transcribe(index, &output);
            // As the machine has it: a clock that goes back is one that stands.
            self.clients[index].clock = self.clients[index].clock.max(told);
            let clock = self.clients[index].clock;
            self.clients[index].output(clock, &output, &self.truth, &mut self.counts)?;
            match output {
                Output::Send(request) => self.send(index, &request)?,
                Output::Abort(_) => self.abort(index),
                Output::Notice(notice) => {
                    self.notice(&notice);
                    self.judge_notice(index, &notice)?;
                }
                // Behind each event, not where it waits: that depends on how bodies are cut.
                Output::Event(_) if self.saves => self.clients[index].save(self.now),
                Output::Event(_) => {}
                Output::Wait(_) => return Ok(()),
                Output::Done(done) => {
                    self.counts.one(
                        "done",
                        &format!("{done:?}").chars().take_while(|c| c.is_alphabetic()).collect::<String>(),
                    );
                    return Ok(());
                }
            }
        }
    }

    fn send(&mut self, index: usize, request: &Request) -> Result<(), Violation> {
        let client = &mut self.clients[index];
        let position = client.sequence.position();
        let asked = requests::judge(request, &client.setup, self.setup.resource, position, client.was_told)?;
        let kind = match (&asked.version, asked.is_streaming_list, asked.is_watch, asked.is_page) {
            (_, true, ..) => "STREAMING LIST",
            (Some(_), _, true, _) => "WATCH",
            (None, _, true, _) => "WATCH without version",
            (_, _, _, true) => "LIST page",
            (Some(_), ..) => "LIST NotOlderThan",
            _ => "LIST",
        };
        self.counts.one("request", kind);
        // A watch that lasted is progress, as the machine documents.
        let lasted = |(opened, asked): (Duration, Duration)| {
            // As long as was asked for, nearly, or half a minute.
            let least = asked.saturating_sub(Duration::from_secs(1)).max(Duration::from_secs(1));
            self.now >= opened + least.min(Duration::from_secs(30))
        };
        if client.opened.take().is_some_and(lasted) {
            client.rate.progress();
        }
        if !asked.is_page {
            client.rate.sent(self.now)?;
        }
        if asked.is_watch
            && !asked.is_streaming_list
            && position == Position::Unknown
            && client.setup.start == StartAt::Now
        {
            let version = asked.version.as_deref().and_then(|version| version.parse().ok()).unwrap_or_default();
            let Some((_, timeline)) = self.listed.get(&index).filter(|(listed, _)| *listed == version) else {
                return broken(Oracle::Requests, format!("a watch from {version}, which no list said"));
            };
            client.sequence.jump(version, *timeline);
        }
        self.listed.insert(index, (self.server.resource_version(), self.truth.present()));
        self.connect(index, request, &asked);
        Ok(())
    }

    fn connect(&mut self, index: usize, request: &Request, asked: &requests::Asked) {
        let number = self.next_link;
        self.next_link += 1;
        let latency = Duration::from_millis(self.setup.net.latency);
        let timeline = self.truth.present();
        let client = &mut self.clients[index];
        client.timeline = timeline;
        let mut link = Link::new(index, client.process, request.id);
        client.link = Some(number);
        if client.unreachable.0 > 0 {
            client.unreachable.0 -= 1;
            let (kind, after) = match client.unreachable.1 % 4 {
                0 => (TransportErrorKind::Refused, 0),
                1 => (TransportErrorKind::Resolve, 0),
                2 => (TransportErrorKind::Tls, 0),
                _ => (TransportErrorKind::Connect, 10),
            };
            self.counts.one("fault", "unreachable");
            link.fail(self.now + latency + Duration::from_secs(after), kind);
            self.links.insert(number, link);
            return;
        }
        self.count_window(asked);
        let (mut parts, ()) = http::Request::new(()).into_parts();
        parts.method = request.http.method().clone();
        parts.uri = request.http.uri().clone();
        parts.headers = request.http.headers().clone();
        let exchange = self.server.request(self.now, &http::Request::from_parts(parts, Bytes::new()));
        if self.server.requests().last().is_some_and(|logged| logged.fault.is_some()) {
            self.counts.one("fault", "rule applied");
        }
        link.exchange = Some(exchange);
        link.due = Some(self.now);
        self.by_exchange.insert(exchange, number);
        self.links.insert(number, link);
        if asked.is_watch {
            self.clients[index].opened = Some((self.now, Duration::from_secs(asked.timeout)));
        }
    }

    /// Which versions watches begin with: each kind must be aimed at (etcd#20349).
    fn count_window(&mut self, asked: &requests::Asked) {
        let Some(version) = asked.version.as_deref().and_then(|version| version.parse::<u64>().ok()) else { return };
        if !asked.is_watch || asked.is_streaming_list {
            return;
        }
        let present = self.server.resource_version();
        let oldest = self.server.oldest_watchable(self.resource());
        let name = match version {
            _ if version > present => "future",
            _ if version + 1 == oldest => "just too old",
            _ if version < oldest => "too old",
            _ if version == oldest => "oldest",
            _ if version == present => "newest",
            _ => "available",
        };
        self.counts.one("window", name);
    }

    fn abort(&mut self, index: usize) {
        let Some(number) = self.clients[index].link.take() else { return };
        self.close(number);
        if self.setup.net.late {
            if let Some(link) = self.links.get_mut(&number) {
                // Long enough for the next exchange to be open by then.
                link.postpone(Duration::from_millis(self.lateness.below(20_000)));
                link.is_late = true;
            }
        } else {
            self.links.remove(&number);
        }
    }

    /// What the machine says of its reasons must agree with what is known.
    fn judge_notice(&mut self, index: usize, notice: &Notice) -> Result<(), Violation> {
        let Notice::Retrying { trouble, after, next, .. } = notice else { return Ok(()) };
        let is_gone = matches!(&trouble.cause, Cause::Foreign { status: 410, .. })
            || trouble.cause.status().is_some_and(|status| status.code == 410);
        if is_gone && *next == Next::Resume && matches!(trouble.during, During::Watch { .. }) {
            return broken(Oracle::Restarts, format!("{trouble}, and it resumes from there all the same"));
        }
        let client = &mut self.clients[index];
        let quiet = self.now.saturating_sub(client.spoke_at);
        if let Cause::Silence { of: Silence::Bookmarks, .. } = trouble.cause
            && quiet < Duration::from_secs(150)
        {
            return broken(Oracle::Restarts, format!("{trouble}, but something came {quiet:?} ago"));
        }
        // 0.8 s, 1.6 s … 30 s: a backoff without chance in it, twice.
        let millis = after.as_nanos() / 1_000_000;
        let is_plain = after.as_nanos() % 100_000_000 == 0
            && trouble.retry_after.is_none()
            && matches!(millis, 800 | 1600 | 3200 | 6400 | 12_800 | 25_600 | 30_000);
        client.plain_waits = if is_plain { client.plain_waits + 1 } else { 0 };
        if client.plain_waits >= 2 {
            return broken(
                Oracle::Rate,
                "those who fail together come back together: there is no chance in the backoff",
            );
        }
        Ok(())
    }

    fn notice(&mut self, notice: &Notice) {
        let name = match notice {
            Notice::Retrying { trouble, .. } | Notice::Blocked { trouble, .. } | Notice::FellBack { trouble } => {
                let cause = format!("{:?}", trouble.cause);
                let cause: String = cause.chars().take_while(|c| c.is_alphabetic()).collect();
                let during = format!("{:?}", trouble.during);
                let during: String = during.chars().take_while(|c| c.is_alphabetic()).collect();
                let code =
                    trouble.cause.status().map_or_else(String::new, |status: &Status| format!(" {}", status.code));
                format!("{cause}{code} during {during}")
            }
            Notice::Restarted { cause, .. } => format!("restarted {cause:?}"),
            Notice::Skipped { .. } => "skipped".into(),
            _ => "other".into(),
        };
        self.counts.one("notice", &name);
    }

    fn transcribe(&mut self, index: usize, output: &Output) {
        let transcript = &mut self.transcript;
        // How often it waits depends on how bodies are cut; what it says doesn't.
        if !matches!(output, Output::Wait(_)) {
            transcript.number(index as u64);
        }
        match output {
            Output::Send(request) => {
                transcript.number(self.now.as_nanos() as u64);
                transcript.count(request.http.uri().path_and_query().map_or("", |p| p.as_str()).as_bytes());
            }
            Output::Event(event) => transcript.count(event.to_string().as_bytes()),
            Output::Notice(notice) => transcript.count(notice.to_string().as_bytes()),
            Output::Done(done) => transcript.count(done.to_string().as_bytes()),
            Output::Abort(_) => transcript.number(1),
            Output::Wait(_) => {}
        }
        let now = self.now;
        transcript.line(now, Who::Client(index), || match output {
            Output::Send(request) => format!("{} {} ({})", request.kind, request.http.uri(), request.id),
            Output::Abort(id) => format!("drops {id}"),
            Output::Event(event) => format!("is told {event}"),
            Output::Notice(notice) => format!("notes {notice}"),
            Output::Wait(wait) => match wait.until {
                Some(until) => format!("waits for {:?} until {until}", wait.on),
                None => format!("waits for {:?}", wait.on),
            },
            Output::Done(done) => format!("is done: {done}"),
        });
    }

    /// Tells a machine something that doesn't come from the network.
    pub(crate) fn tell(&mut self, index: usize, input: Input) -> Result<(), Violation> {
        let now = self.now;
        self.transcript.line(now, Who::Client(index), || format!("is asked for {input:?}"));
        self.clients[index].handle(input)?;
        self.clients[index].waits = None;
        Ok(())
    }
}

fn server_config(setup: &Setup) -> Config {
    Config {
        seed: setup.server_seed,
        first_revision: setup.first_revision.max(1),
        window: setup.window.map_or(Window::Adaptive, Window::Events),
        bookmark_interval: setup.bookmarks.map(Duration::from_millis),
        progress_interval: setup.progress.map(|millis| Duration::from_millis(millis.max(1))),
        watch_list: match setup.streaming_lists {
            StreamingLists::On => WatchList::On,
            StreamingLists::Off => WatchList::Off,
            StreamingLists::Unknown => WatchList::Unknown,
        },
        backlog_limit: setup.backlog,
        ..Config::default()
    }
}

const fn fact_name(fact: &Fact, is_late: bool) -> &'static str {
    match (fact, is_late) {
        (Fact::Head(_), false) => "head",
        (Fact::Bytes(_), false) => "bytes",
        (Fact::End, false) => "end",
        (Fact::Failed(_), false) => "failed",
        (Fact::Head(_), true) => "late head",
        (Fact::Bytes(_), true) => "late bytes",
        (Fact::End, true) => "late end",
        (Fact::Failed(_), true) => "late failed",
    }
}
