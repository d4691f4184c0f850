//! Drives the model without a network, in virtual time.

pub(crate) mod media_types;
pub(crate) mod paths;
#[cfg(feature = "cli")]
pub(crate) mod program;
pub(crate) mod raw;

use core::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Request};
use serde_json::{Value, json};
use watch_test::model::{ApiServer, Config, Controllers, End, ExchangeId, Step};

/// A server and its time.
pub(crate) struct World {
    pub(crate) server: ApiServer,
    pub(crate) now: Duration,
}

/// A reply from its head to its end.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
    /// The time of each piece of the body after the request.
    pub(crate) pieces: Vec<(Duration, Bytes)>,
    /// The time of the head.
    pub(crate) head_at: Duration,
    pub(crate) end: End,
    pub(crate) ended_at: Duration,
}

impl Reply {
    pub(crate) fn text(&self) -> &str {
        core::str::from_utf8(&self.body).expect("UTF-8")
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    /// `ADDED a@5` for each event; `BOOKMARK @5 end` for the end marker; `ERROR 410`.
    pub(crate) fn events(&self) -> Vec<String> {
        self.text().lines().map(summary).collect()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

/// A short form of an event.
pub(crate) fn summary(line: &str) -> String {
    let event: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
    let text = |pointer: &str| event.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let kind = text("/type");
    if kind == "ERROR" {
        return format!("ERROR {} {}", event["object"]["code"], text("/object/message"));
    }
    let end = match text("/object/metadata/annotations/k8s.io~1initial-events-end") {
        "true" => " end",
        _ => "",
    };
    format!("{kind} {}@{}{end}", text("/object/metadata/name"), text("/object/metadata/resourceVersion"))
}

impl World {
    /// Creates a server with this number of pods: `p0`, `p1` …
    pub(crate) fn with_pods(count: usize, config: Config) -> Self {
        let mut world = Self::new(config);
        for index in 0..count {
            world.create("pods", json!({"metadata": {"name": format!("p{index}")}}));
        }
        world
    }

    /// Creates a server with this number of pods, alternately of the tier `even` and `odd`.
    pub(crate) fn with_tiers(count: usize) -> Self {
        let mut world = Self::standard();
        for index in 0..count {
            let tier = if index % 2 == 0 { "even" } else { "odd" };
            world.create("pods", json!({"metadata": {"name": format!("p{index}"), "labels": {"tier": tier}}}));
        }
        world
    }

    pub(crate) fn new(config: Config) -> Self {
        Self { server: ApiServer::new(config), now: Duration::from_millis(400) }
    }

    /// Creates a server with these controllers.
    pub(crate) fn with_controllers(controllers: Controllers) -> Self {
        let mut config = Config::default();
        config.controllers = controllers;
        Self::new(config)
    }

    /// Kubernetes' defaults.
    pub(crate) fn standard() -> Self {
        Self::new(Config::default())
    }

    pub(crate) fn create(&mut self, resource: &str, value: Value) -> Value {
        self.server.create(self.now, resource, None, value).unwrap_or_else(|status| panic!("{status}"))
    }

    pub(crate) fn patch(&mut self, resource: &str, name: &str, patch: Value) -> Value {
        self.server.patch(self.now, resource, None, name, &patch).unwrap_or_else(|status| panic!("{status}"))
    }

    pub(crate) fn delete(&mut self, resource: &str, name: &str) -> Value {
        self.server.delete(self.now, resource, None, name).unwrap_or_else(|status| panic!("{status}"))
    }

    pub(crate) fn open(&mut self, request: Request<Bytes>) -> ExchangeId {
        self.server.request(self.now, &request)
    }

    pub(crate) fn watch(&mut self, path: &str) -> ExchangeId {
        self.open(get(path, "application/json"))
    }

    /// Returns the output of the exchange at this time, without the head.
    pub(crate) fn read(&mut self, id: ExchangeId) -> String {
        let mut body = Vec::new();
        loop {
            match self.server.poll(self.now, id) {
                Step::Head(_) => {}
                Step::Body(bytes) => body.extend_from_slice(&bytes),
                Step::Wait(_) => return String::from_utf8(body).expect("UTF-8"),
                Step::End(end) => panic!("it ended ({end:?}) after {:?}", String::from_utf8_lossy(&body)),
            }
        }
    }

    pub(crate) fn read_events(&mut self, id: ExchangeId) -> Vec<String> {
        self.read(id).lines().map(summary).collect()
    }

    /// Advances the time until the exchange ends.
    pub(crate) fn finish(&mut self, id: ExchangeId) -> Reply {
        let begin = self.now;
        let mut reply = Reply {
            status: 0,
            headers: HeaderMap::new(),
            body: Vec::new(),
            pieces: Vec::new(),
            head_at: Duration::ZERO,
            end: End::Complete,
            ended_at: Duration::ZERO,
        };
        for _ in 0..100_000 {
            match self.server.poll(self.now, id) {
                Step::Head(head) => {
                    reply.status = head.status.as_u16();
                    reply.headers = head.headers;
                    reply.head_at = self.now - begin;
                }
                Step::Body(bytes) => {
                    reply.body.extend_from_slice(&bytes);
                    reply.pieces.push((self.now - begin, bytes));
                }
                Step::Wait(Some(until)) => {
                    assert!(until > self.now, "it waits until {until:?}, but the time is {:?}", self.now);
                    self.now = self.server.next_tick().map_or(until, |tick| tick.min(until));
                }
                Step::Wait(None) => panic!("it never ends"),
                Step::End(end) => {
                    reply.end = end;
                    reply.ended_at = self.now - begin;
                    return reply;
                }
            }
        }
        panic!("the output doesn't end");
    }

    pub(crate) fn ask(&mut self, request: Request<Bytes>) -> Reply {
        let id = self.open(request);
        self.finish(id)
    }

    pub(crate) fn get(&mut self, path: &str) -> Reply {
        self.ask(get(path, "application/json"))
    }
}

pub(crate) fn get(path: &str, accept: &str) -> Request<Bytes> {
    Request::get(path).header("accept", accept).body(Bytes::new()).expect("a request")
}

pub(crate) fn send(method: &str, path: &str, content_type: &str, body: &Value) -> Request<Bytes> {
    Request::builder()
        .method(method)
        .uri(path)
        .header("accept", "application/json")
        .header("content-type", content_type)
        .body(body.to_string().into())
        .expect("a request")
}

/// Sends any bytes.
pub(crate) fn ask(world: &mut World, method: &str, path: &str, content_type: &str, body: impl Into<Bytes>) -> Reply {
    let request = Request::builder().method(method).uri(path).header("accept", "application/json");
    world.ask(request.header("content-type", content_type).body(body.into()).expect("a request"))
}

/// Returns the names of the objects of a list.
pub(crate) fn names(list: &Value) -> Vec<&str> {
    let items = list["items"].as_array().expect("items");
    items.iter().map(|item| item["metadata"]["name"].as_str().expect("a name")).collect()
}

/// Sends a POST of JSON. Returns the status and the body of the reply.
pub(crate) fn post(world: &mut World, path: &str, body: &str) -> (u16, Value) {
    let reply = ask(world, "POST", path, "application/json", body.to_owned());
    (reply.status, reply.json())
}
