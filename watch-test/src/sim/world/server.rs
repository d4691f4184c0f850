//! The server's side: what it says goes on its way, and requests come to it.

use core::time::Duration;

use bytes::Bytes;
use watch_core::{Request, ResponseHead, TransportErrorKind};

use super::World;
use crate::model::{Config, Step as ServerStep, WatchList, Window};
use crate::sim::net::Link;
use crate::sim::oracle::requests;
use crate::sim::plan::{Setup, StreamingLists};

impl World {
    /// Has the server say what it has to say.
    pub(super) fn pump(&mut self) {
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

    pub(super) fn connect(&mut self, index: usize, request: &Request, asked: &requests::Asked) {
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
}

pub(super) fn server_config(setup: &Setup) -> Config {
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
