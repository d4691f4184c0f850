//! A client that follows the protocol misses no change under any outage of the server: histories from seeds.

use core::time::Duration;
use std::collections::BTreeMap;

use serde_json::{Value, json};
use watch_test::check::Rng;
use watch_test::fault::Fault;
use watch_test::model::{Config, End, ExchangeId, Step, Window};

use crate::common::World;

const PATH: &str = "/api/v1/namespaces/default/configmaps";
const SELECTOR: &str = "labelSelector=tier%3Dfront";

/// The simplest correct client: list, watch, and relist after 410.
#[derive(Default)]
struct Mirror {
    objects: BTreeMap<String, Value>,
    version: Option<String>,
    watch: Option<ExchangeId>,
    body: Vec<u8>,
}

impl Mirror {
    /// Processes all output at the present time.
    fn catch_up(&mut self, world: &mut World, random: &mut Rng) {
        for _ in 0..1000 {
            if self.version.is_none() {
                self.list(world, random);
            }
            let version = self.version.clone().expect("it was just set");
            let id = *self.watch.get_or_insert_with(|| {
                world.watch(&format!("{PATH}?watch=1&allowWatchBookmarks=1&{SELECTOR}&resourceVersion={version}"))
            });
            match world.server.poll(world.now, id) {
                Step::Head(head) => assert_eq!(head.status, 200),
                Step::Body(bytes) => {
                    self.body.extend_from_slice(&bytes);
                    self.take_lines();
                }
                Step::Wait(_) => return,
                Step::End(_) => {
                    self.watch = None;
                    self.body.clear();
                }
            }
        }
        panic!("the mirror never becomes equal");
    }

    fn list(&mut self, world: &mut World, random: &mut Rng) {
        self.objects.clear();
        self.watch = None;
        let limit = random.below(4);
        let mut token = String::new();
        loop {
            let reply = world.get(&format!("{PATH}?{SELECTOR}&limit={limit}&continue={token}"));
            if reply.status == 410 {
                // The pages have expired too, so the list begins again.
                self.objects.clear();
                token.clear();
                continue;
            }
            let list = reply.json();
            for item in list["items"].as_array().expect("items") {
                self.put(item.clone());
            }
            self.version = list["metadata"]["resourceVersion"].as_str().map(str::to_owned);
            match list["metadata"]["continue"].as_str() {
                Some(next) if !next.is_empty() => token = next.to_owned(),
                _ => return,
            }
            if random.below(8) == 0 {
                world.server.expire();
                world.server.skip_revisions(1);
                world.server.expire();
            }
        }
    }

    fn take_lines(&mut self) {
        while let Some(end) = self.body.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = self.body.drain(..=end).collect();
            let event: Value = serde_json::from_slice(&line).expect("JSON");
            let object = event["object"].clone();
            let kind = event["type"].as_str().expect("a type");
            if kind == "ERROR" {
                assert_eq!(object["code"], 410, "{object}");
                self.version = None;
                return;
            }
            let version = object["metadata"]["resourceVersion"].as_str().expect("a version").to_owned();
            let number = |version: &str| version.parse::<u64>().expect("a number");
            if let Some(known) = &self.version {
                let is_newer = number(&version) > number(known);
                assert!(is_newer || (kind == "BOOKMARK" && version == *known), "{kind} {version} after {known}");
            }
            let name = object["metadata"]["name"].as_str().unwrap_or_default().to_owned();
            match kind {
                "ADDED" => assert!(self.put(object).is_none(), "{name} was added twice"),
                "MODIFIED" => assert!(self.put(object).is_some(), "{name} was modified before it was added"),
                "DELETED" => assert!(self.objects.remove(&name).is_some(), "{name} was deleted before it was added"),
                _ => assert_eq!(kind, "BOOKMARK"),
            }
            self.version = Some(version);
        }
    }

    fn put(&mut self, mut object: Value) -> Option<Value> {
        // Items of lists have no kind.
        object["kind"] = "ConfigMap".into();
        object["apiVersion"] = "v1".into();
        let name = object["metadata"]["name"].as_str().expect("a name").to_owned();
        self.objects.insert(name, object)
    }
}

/// One step of the test.
fn happen(world: &mut World, random: &mut Rng) {
    let name = format!("o{}", random.below(6));
    let tier = if random.below(2) == 0 { "front" } else { "back" };
    let now = world.now;
    match random.below(16) {
        0..4 => {
            let object = json!({"metadata": {"name": name, "labels": {"tier": tier}}});
            drop(world.server.create(now, "configmaps", None, object));
        }
        4..9 => {
            let patch = json!({"metadata": {"labels": {"tier": tier}}, "data": {"n": random.below(3).to_string()}});
            drop(world.server.patch(now, "configmaps", None, &name, &patch));
        }
        9..12 => drop(world.server.delete(now, "configmaps", None, &name)),
        12 => world.server.skip_revisions(random.below(3)),
        13 => world.now += Duration::from_secs(random.below(100)),
        14 => match random.below(4) {
            0 => world.server.expire(),
            1 => world.server.disconnect(),
            2 => world.server.end_watches(),
            _ => world.server.restart(random.below(3)),
        },
        _ => {
            let fault = Fault::Cut { after_bytes: random.below(2000), end: End::Cut };
            world.server.inject(fault.once().on(watch_test::fault::Requests::watch("configmaps")));
        }
    }
}

#[test]
fn a_simple_client_sees_every_change() {
    for seed in 0..120 {
        let mut random = Rng::new(seed);
        let mut config = Config::default();
        config.window = Window::Events(usize::try_from(random.below(6)).expect("small"));
        config.history = 1 + random.below(20);
        config.backlog_limit = (random.below(2) == 0).then_some(3);
        let mut world = World::new(config);
        let mut mirror = Mirror::default();
        for _ in 0..60 {
            for _ in 0..random.below(6) {
                happen(&mut world, &mut random);
            }
            mirror.catch_up(&mut world, &mut random);
            let selected = |object: &Value| object["metadata"]["labels"]["tier"] == "front";
            let truth: Vec<Value> = world.server.objects("configmaps").into_iter().filter(selected).collect();
            let believed: Vec<Value> = mirror.objects.values().cloned().collect();
            assert_eq!(believed, truth, "seed {seed}");
        }
    }
}
