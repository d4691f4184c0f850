//! The server's side: passes its replies to the network, and requests to it.

use core::time::Duration;

use bytes::Bytes;
use serde_json::json;
use watch_core::{Request, ResponseHead, TransportErrorKind};
use watch_test::check::Position;
use watch_test::fault::{Fault, Requests, Rule};
use watch_test::model::{ApiServer, Config, End, Step, WatchList, Window};

use super::World;
use crate::client::planned::Opened;
use crate::damage::Pending;
use crate::net::{FalsifiedList, Link};
use crate::oracle::requests;
use crate::plan::{ContentTypes, Setup, StartAt, StreamingLists, rule_name};
use crate::proxy;

/// A `Retry-After` that isn't a number.
const DATE: &str = "Fri, 31 Dec 2100 23:59:59 GMT";

impl World {
    /// Passes on what the server has to send.
    pub(super) fn pump(&mut self) {
        self.server.tick(self.now);
        for exchange in self.server.take_woken() {
            if let Some(link) = self.by_exchange.get(&exchange).and_then(|number| self.links.get_mut(number)) {
                link.due = Some(self.now.max(self.serves_at));
            }
        }
        let due: Vec<u64> = self
            .links
            .iter()
            .filter(|(_, link)| link.exchange.is_some() && link.due.is_some_and(|due| due <= self.now))
            // If a client doesn't read, the server waits.
            .filter(|(_, link)| self.clients[link.client].paused_until <= self.now)
            .map(|(number, _)| *number)
            .collect();
        for number in due {
            self.pump_link(number);
        }
        self.retire();
    }

    /// Ends the open exchanges of the replaced process.
    fn retire(&mut self) {
        let (now, at) = (self.now, self.now + Duration::from_millis(self.setup.net.latency));
        let pieces = self.manner.pieces.unwrap_or(self.setup.net.pieces);
        let is_due = |link: &Link| link.exchange.is_some() && link.retires.is_some_and(|at| at <= now);
        let due: Vec<u64> = self.links.iter().filter(|(_, link)| is_due(link)).map(|(number, _)| *number).collect();
        for number in due {
            if let Some(link) = self.links.get_mut(&number) {
                link.sent_all(at, pieces, &mut self.chance);
                link.end(at, End::Complete);
            }
            self.close(number);
        }
    }

    fn pump_link(&mut self, number: u64) {
        let at = self.now + Duration::from_millis(self.setup.net.latency);
        let pieces = self.manner.pieces.unwrap_or(self.setup.net.pieces);
        while let Some(link) = self.links.get_mut(&number)
            && let Some(exchange) = link.exchange
        {
            match self.server.poll(self.now, exchange) {
                Step::Head(head) => {
                    let (mut parts, ()) = http::Response::new(()).into_parts();
                    parts.status = head.status;
                    parts.headers = head.headers;
                    if self.setup.net.dates && parts.headers.contains_key(http::header::RETRY_AFTER) {
                        parts.headers.insert(http::header::RETRY_AFTER, http::HeaderValue::from_static(DATE));
                    }
                    if self.setup.net.retries && parts.headers.contains_key(http::header::RETRY_AFTER) {
                        parts.headers.append(http::header::RETRY_AFTER, http::HeaderValue::from_static("1"));
                    }
                    link.head(at, ResponseHead::from(&parts));
                }
                Step::Body(bytes) => {
                    let damage = &mut self.clients[link.client].damage;
                    for how in link.bytes(at, bytes, pieces, &mut self.chance, damage) {
                        self.counts.one("damage", how.name());
                    }
                }
                Step::End(end) => {
                    link.sent_all(at, pieces, &mut self.chance);
                    link.end(at, end);
                    self.close(number);
                    return;
                }
                Step::Wait(until) => {
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

    /// Ends the server's side of an exchange.
    pub(crate) fn close(&mut self, number: u64) {
        if let Some(exchange) = self.links.get_mut(&number).and_then(|link| link.exchange.take()) {
            self.by_exchange.remove(&exchange);
            self.server.close(self.now, exchange);
        }
    }

    pub(super) fn connect(&mut self, index: usize, request: &Request, asked: &requests::Query) {
        let number = self.next_link;
        self.next_link += 1;
        let latency = Duration::from_millis(self.setup.net.latency);
        let timeline = self.truth.present();
        let client = &mut self.clients[index];
        client.timeline = timeline;
        let mut link = Link::new(index, client.process, request.id);
        link.versions = self.versions;
        link.twice = self.setup.net.twice;
        client.link = Some(number);
        if client.unreachable.times > 0 {
            client.unreachable.times -= 1;
            let (kind, after) = match client.unreachable.how % 7 {
                0 => (TransportErrorKind::Refused, 0),
                1 => (TransportErrorKind::Resolve, 0),
                2 => (TransportErrorKind::Tls, 0),
                3 => (TransportErrorKind::Connect, 10),
                4 => (TransportErrorKind::Credentials, 0),
                5 => (TransportErrorKind::Timeout, 30),
                _ => (TransportErrorKind::Protocol, 0),
            };
            self.counts.one("fault", "unreachable");
            link.fail(self.now + latency + Duration::from_secs(after), kind);
            self.links.insert(number, link);
            return;
        }
        if let Some(version) = asked.version.as_deref().filter(|_| asked.is_watch && !asked.is_streaming_list)
            && client.parrots > 0
        {
            client.parrots -= 1;
            client.opened = Some(Opened { at: self.now, asked: Duration::from_secs(asked.timeout) });
            client.settings.begins_again();
            self.counts.one("fault", "parroted");
            let bookmark = format!(
                "{{\"type\":\"BOOKMARK\",\"object\":{{\"kind\":\"X\",\"apiVersion\":\"v1\",\"metadata\":{{\"resourceVersion\":\"{version}\"}}}}}}\n"
            );
            link.head(self.now + latency, ResponseHead::new(200));
            let pieces = self.manner.pieces.unwrap_or(self.setup.net.pieces);
            link.bytes(self.now + latency, bookmark.into(), pieces, &mut self.chance, &mut Pending::default());
            link.end(self.now + latency, End::Complete);
            self.links.insert(number, link);
            return;
        }
        self.count_window(asked);
        let (mut parts, ()) = http::Request::new(()).into_parts();
        parts.method = request.http.method().clone();
        parts.uri = proxy::request(request.http.uri(), self.setup.versions);
        parts.headers = request.http.headers().clone();
        let exchange = self.server.request(self.now, &http::Request::from_parts(parts, Bytes::new()));
        let applied = self.server.requests().last().and_then(|logged| logged.fault.as_deref()).unwrap_or_default();
        // The log has the rules as JSON, one after the other.
        for rule in serde_json::Deserializer::from_str(applied).into_iter::<Rule>().map_while(Result::ok) {
            self.counts.one("fault", &rule_name(&rule.fault).replacen("rule:", "rule applied:", 1));
            link.drips |= matches!(rule.fault, Fault::Drip { .. });
        }
        if !asked.is_watch && self.clients[index].false_lists.times > 0 {
            self.clients[index].false_lists.times -= 1;
            self.counts.one("fault", "a falsified list");
            link.falsified =
                Some(FalsifiedList { how: self.clients[index].false_lists.how, token: asked.token.clone() });
        }
        link.is_watch = asked.is_watch;
        // If only the version of a list is used, the objects aren't read.
        let client = &self.clients[index];
        let has_set = client.sequence.position() == Position::Unknown && client.setup.start != StartAt::Now;
        let is_confirming = client.checks.is_confirming() && !asked.is_page;
        link.is_check = (!asked.is_watch || asked.is_streaming_list) && (!has_set || is_confirming);
        link.exchange = Some(exchange);
        link.due = Some(self.now.max(self.serves_at));
        self.by_exchange.insert(exchange, number);
        self.links.insert(number, link);
        if asked.is_streaming_list {
            // What is said to this watch arrives after its list, which makes the machine forget the change.
            self.clients[index].last_change = None;
        }
        if asked.is_watch {
            self.clients[index].opened = Some(Opened { at: self.now, asked: Duration::from_secs(asked.timeout) });
            self.clients[index].settings.begins_again();
        }
    }

    /// Counts the start versions of watches: each kind must occur (etcd#20349).
    fn count_window(&mut self, asked: &requests::Query) {
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

/// Adds the permanent differences from kube-apiserver to the server.
pub(crate) fn inject_oddities(server: &mut ApiServer, setup: &Setup) {
    for (has, fault, verb) in [
        (setup.repeats_objects, Fault::RepeatObjects, "watch"),
        (setup.old_deletions, Fault::OldDeletions, "watch"),
        (setup.silent_departures, Fault::SilentDepartures, "watch"),
        (setup.ignores_limit, Fault::IgnoreLimit, "list"),
        (setup.answers_future, Fault::AnswerFuture, "list"),
    ] {
        if has {
            server.inject(fault.always().on(Requests::verb(verb)));
        }
    }
    let content_type = match setup.content_types {
        ContentTypes::Json => return,
        ContentTypes::Octets => Some("application/octet-stream".into()),
        ContentTypes::None => None,
    };
    server.inject(Fault::ContentType { value: content_type }.always());
}

pub(super) fn server_config(setup: &Setup) -> Config {
    let mut config = Config::default();
    config.seed = setup.server_seed;
    config.first_revision = setup.first_revision.max(1);
    // The tables of what seeds do are older than these. No seed lists namespaces.
    config.namespaces.clear();
    config.window = setup.window.map_or(Window::Adaptive, Window::Events);
    config.bookmark_interval = setup.bookmarks.map(Duration::from_millis);
    config.progress_interval = setup.progress.map(|millis| Duration::from_millis(millis.max(1)));
    config.watch_list = match setup.streaming_lists {
        StreamingLists::On => WatchList::On,
        StreamingLists::Off => WatchList::Off,
        StreamingLists::Unknown => WatchList::Unknown,
    };
    config.backlog_limit = setup.backlog;
    config
}

/// Returns the definition of the custom resource.
const DEFINITIONS: &str = "customresourcedefinitions.apiextensions.k8s.io";

/// Defines the custom resource, which is served after a moment. Returns whether it wasn't defined before.
pub(crate) fn define(server: &mut ApiServer, now: Duration) -> bool {
    let definition = json!({
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "widgets.example.com"},
        "spec": {
            "group": "example.com",
            "names": {"plural": "widgets", "kind": "Widget"},
            "scope": "Namespaced",
            "versions": [{"name": "v1", "served": true, "storage": true, "schema": {"openAPIV3Schema": {"type": "object"}}}],
        },
    });
    server.create(now, DEFINITIONS, None, definition).is_ok()
}

/// Removes the custom resource. Returns whether it was defined.
pub(crate) fn undefine(server: &mut ApiServer, now: Duration) -> bool {
    server.delete(now, DEFINITIONS, None, "widgets.example.com").is_ok()
}
