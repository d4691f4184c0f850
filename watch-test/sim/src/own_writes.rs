//! A controller and its own writes, on a server whose caches lag.
//!
//! The controller reads its state from a watch, and writes directly. Between a write and its event it sees the object as
//! it was before. Its turns come from a [`WorkQueue`]. An oracle counts how often the controller acts on such a state. If
//! the queue holds back the keys of a [`PendingWrites`], it never does.
//!
//! The watch moves from server to server, and the caches of each lag.

use core::time::Duration;
use std::collections::BTreeMap;

use bytes::Bytes;
use serde_json::{Value, json};
use watch_core::{
    Config, Event, Input, Instant, Output, PendingWrites, Request, RequestId, Resource, ResourceVersion, ResponseHead,
    TransportError, TransportErrorKind, Watcher, WorkQueue, Written,
};
use watch_test::check::Rng;
use watch_test::fault::{Fault, Requests};
use watch_test::model::{ApiServer, Config as ServerConfig, End, ExchangeId, Step};

const RESOURCE: &str = "configmaps";
const NAMESPACE: &str = "default";
const OBJECTS: u64 = 5;
const STEP: Duration = Duration::from_millis(50);
/// How long a run lasts, and how long the server has no faults before its end.
const RUN: Duration = Duration::from_secs(300);
const CALM: Duration = Duration::from_secs(120);
/// Longer than the lag of the caches, and than a watch needs to recover.
const TIMEOUT: Duration = Duration::from_secs(100);
const MOST_LAG: u64 = 5;
/// The servers, each with its own caches.
const SERVERS: usize = 3;
/// The longest time between two turns of a key without a change.
const MOST_REST: u64 = 2;

/// What a controller did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct OwnWrites {
    /// How often it wrote or deleted an object.
    pub acted: u32,
    /// How often the state on which it acted was older than its last write to that object.
    pub stale: u32,
    /// How often the queue held a key back.
    pub waited: u32,
    /// The writes that the watch hadn't shown at the end, long after the last fault.
    pub pending: usize,
}

/// Runs a controller against a lagging server, with a book of pending writes or without one. The same seed results
/// in the same run.
pub fn own_writes(seed: u64, has_book: bool) -> OwnWrites {
    let mut world = World::new(seed);
    (0..OBJECTS).for_each(|number| world.queue.add(format!("o{number}"), Instant::ORIGIN));
    while world.now < RUN {
        world.step(has_book);
    }
    world.found.pending = world.book.pending(world.at()).count();
    world.found
}

/// An object as the watch shows it.
#[derive(Clone, Debug)]
struct Seen {
    uid: Box<str>,
    version: ResourceVersion,
}

/// The last write of the controller to an object: its uid, and the version of the reply (`None` for a deletion).
#[derive(Clone, Debug)]
struct LastWrite {
    uid: Box<str>,
    version: Option<ResourceVersion>,
}

impl LastWrite {
    /// Whether the state is from before the write. This is the oracle. It doesn't use the book.
    fn is_newer_than(&self, seen: Option<&Seen>) -> bool {
        match (seen, &self.version) {
            (Some(seen), None) => seen.uid == self.uid,
            (Some(seen), Some(version)) => seen.version.is_before(version),
            (None, Some(_)) => true,
            (None, None) => false,
        }
    }
}

struct World {
    server: ApiServer,
    watcher: Watcher,
    open: Option<(RequestId, ExchangeId)>,
    chance: Rng,
    now: Duration,
    /// Until when the caches of each server lag.
    lags_until: [Duration; SERVERS],
    /// The server that a new request of the watch reaches.
    serving: usize,
    queue: WorkQueue<String>,
    /// The state of the controller, and the list that is arriving.
    view: BTreeMap<String, Seen>,
    coming: Option<BTreeMap<String, Seen>>,
    book: PendingWrites,
    last: BTreeMap<String, LastWrite>,
    found: OwnWrites,
}

impl World {
    fn new(seed: u64) -> Self {
        let config = Config::builder(Resource::core("v1", RESOURCE)).namespace(NAMESPACE).seed(seed);
        let mut server = ServerConfig::default();
        server.namespaces.clear();
        Self {
            server: ApiServer::new(server),
            watcher: Watcher::new(config.build().expect("a valid configuration")),
            open: None,
            chance: Rng::new(seed),
            now: Duration::ZERO,
            lags_until: [Duration::ZERO; SERVERS],
            serving: 0,
            queue: WorkQueue::new(),
            view: BTreeMap::new(),
            coming: None,
            book: PendingWrites::new(TIMEOUT),
            last: BTreeMap::new(),
            found: OwnWrites::default(),
        }
    }

    fn at(&self) -> Instant {
        Instant::from_origin(self.now)
    }

    fn step(&mut self, has_book: bool) {
        self.now += STEP;
        if self.now < RUN - CALM {
            self.fault();
        }
        self.server.tick(self.now);
        self.drive();
        // After the faults the controller writes nothing, so that all writes become visible.
        if self.now < RUN - CALM {
            while let Some(name) = self.take(has_book) {
                // In most turns there is nothing to do. Otherwise, its own changes would give the controller turns without
                // end.
                if self.chance.one_in(5) {
                    self.act(&name);
                }
                self.queue.succeeded(&name);
                let rest = Duration::from_millis(self.chance.below(1000 * MOST_REST));
                self.queue.add_at(name, self.at() + rest);
            }
        }
    }

    /// Returns the next key that has its turn.
    fn take(&mut self, has_book: bool) -> Option<String> {
        let now = self.at();
        if !has_book {
            return self.queue.take(now);
        }
        self.queue.take_unless(now, |name| {
            let until = self.book.pending_until(Some(NAMESPACE), name, now);
            self.found.waited += u32::from(until.is_some());
            until
        })
    }

    /// The caches of a server lag, the watch moves to another server, a connection breaks, or the history expires.
    fn fault(&mut self) {
        for server in 0..SERVERS {
            if self.now >= self.lags_until[server] {
                let lags = self.chance.one_in(40);
                self.server.set_lagging(self.now, server, lags);
                if lags {
                    self.lags_until[server] =
                        self.now + Duration::from_millis(self.chance.between(100, 1000 * MOST_LAG));
                }
            }
        }
        match self.chance.below(400) {
            0 => self.server.disconnect(),
            1 => {
                self.server.expire();
                self.server.disconnect();
            }
            2 | 3 => {
                self.serving = (self.serving + 1) % SERVERS;
                self.server.clear_rules();
                let other = Fault::Replica { number: self.serving };
                self.server.inject(other.clone().always().on(Requests::watch(RESOURCE)));
                self.server.inject(other.always().on(Requests::list(RESOURCE)));
                self.server.disconnect();
            }
            _ => {}
        }
    }

    /// The controller looks at an object, and creates, changes or deletes it.
    fn act(&mut self, name: &str) {
        let seen = self.view.get(name).cloned();
        self.found.acted += 1;
        self.found.stale += u32::from(self.last.get(name).is_some_and(|last| last.is_newer_than(seen.as_ref())));
        let is_deletion = self.chance.one_in(4);
        // The controller acts on what it sees, so the server may refuse.
        match seen {
            None => {
                let map = json!({"metadata": {"name": name}});
                if let Ok(object) = self.server.create(self.now, RESOURCE, Some(NAMESPACE), map) {
                    self.wrote(name, &object);
                }
            }
            Some(seen) if is_deletion => {
                if let Ok(reply) = self.server.delete(self.now, RESOURCE, Some(NAMESPACE), name) {
                    // The object, or the details of a Status.
                    let uid = reply.pointer("/metadata/uid").or_else(|| reply.pointer("/details/uid"));
                    let uid: Box<str> = uid.and_then(Value::as_str).unwrap_or(&seen.uid).into();
                    let (written, now) = (Written::new(Some(NAMESPACE), name).with_uid(Some(&uid)), self.at());
                    self.book.deleted(written, now);
                    self.last.insert(name.to_owned(), LastWrite { uid, version: None });
                }
            }
            Some(_) => {
                let patch = json!({"data": {"at": format!("{:?}", self.now)}});
                if let Ok(object) = self.server.patch(self.now, RESOURCE, Some(NAMESPACE), &name, &patch) {
                    self.wrote(name, &object);
                }
            }
        }
    }

    fn wrote(&mut self, name: &str, object: &Value) {
        let text = |field| object["metadata"][field].as_str().unwrap_or_default();
        let version = ResourceVersion::new(text("resourceVersion")).expect("the model has versions");
        let uid: Box<str> = text("uid").into();
        self.book.wrote(Written::new(Some(NAMESPACE), name).with_uid(Some(&uid)), &version, self.at());
        self.last.insert(name.to_owned(), LastWrite { uid, version: Some(version) });
    }

    /// Polls the machine, and passes on what the server sends, until both wait.
    fn drive(&mut self) {
        loop {
            match self.watcher.poll(self.at()) {
                Output::Send(request) => {
                    let exchange = self.server.request(self.now, &http_request(&request));
                    self.open = Some((request.id, exchange));
                }
                Output::Abort(_) => self.close(),
                Output::Event(event) => self.follow(&event),
                Output::Notice(_) => {}
                Output::Wait(_) => {
                    if !self.receive() {
                        return;
                    }
                }
                Output::Done(done) => panic!("the watch ended: {done:?}"),
            }
        }
    }

    fn close(&mut self) {
        if let Some((_, exchange)) = self.open.take() {
            self.server.close(self.now, exchange);
        }
    }

    /// Hands in the next input from the server. Returns whether there was one.
    fn receive(&mut self) -> bool {
        let Some((id, exchange)) = self.open else { return false };
        let input = match self.server.poll(self.now, exchange) {
            Step::Head(head) => {
                let (mut parts, ()) = http::Response::new(()).into_parts();
                (parts.status, parts.headers) = (head.status, head.headers);
                Input::Response { id, head: ResponseHead::from(&parts) }
            }
            Step::Body(bytes) => Input::Body { id, bytes },
            Step::End(End::Complete) => Input::End { id },
            Step::End(_) => Input::Failed { id, error: TransportError::new(TransportErrorKind::Reset, "") },
            Step::Wait(_) => return false,
        };
        if matches!(input, Input::End { .. } | Input::Failed { .. }) {
            self.close();
        }
        self.watcher.handle(input).expect("the driver makes no mistake");
        true
    }

    /// The controller follows an event, and then the book does. A change gives its object a turn.
    fn follow(&mut self, event: &Event) {
        let now = self.at();
        let target = self.coming.as_mut().unwrap_or(&mut self.view);
        match event {
            Event::InitialBegin { .. } => self.coming = Some(BTreeMap::new()),
            Event::Initial(object) | Event::Added(object) | Event::Modified(object) => {
                let uid = object.uid().unwrap_or_default().into();
                let seen = Seen { uid, version: object.resource_version().clone() };
                target.insert(object.name().to_owned(), seen);
            }
            Event::Deleted(object) => drop(target.remove(object.name())),
            Event::InitialEnd { .. } => {
                self.view = self.coming.take().unwrap_or_default();
                self.queue.start();
            }
            Event::Bookmark { .. } => {}
        }
        if let Event::Added(object) | Event::Modified(object) | Event::Deleted(object) = event {
            self.queue.add(object.name().to_owned(), now);
        }
        if self.book.observe(event) {
            self.queue.release_held(now);
        }
    }
}

fn http_request(request: &Request) -> http::Request<Bytes> {
    request.http.clone().map(|()| Bytes::new())
}
