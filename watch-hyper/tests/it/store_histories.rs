//! Random histories of objects, and subscribers that read at random times.

use core::time::Duration;
use std::collections::BTreeMap;
use std::sync::Arc;

use futures_util::{FutureExt, StreamExt};
use serde_json::json;
use tokio::task::unconstrained;
use tokio::time::timeout;
use watch_hyper::watch_core::{Config, Event, Object, ObjectMetadata, Resource};
use watch_hyper::{Index, Reflector, Set, Store, StoreBuilder, StoreChange, Subscriber, Transport, Watch};
use watch_test::InProcessServer;

const NAMES: [&str; 8] = ["a", "b", "c", "d", "e", "f", "g", "h"];
const NAMESPACES: [&str; 2] = ["default", "kube-system"];
const VALUES: [&str; 3] = ["x", "y", "z"];

/// `SplitMix64`.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % limit as u64).unwrap()
    }

    fn one_of<T: Copy>(&mut self, items: &[T]) -> T {
        items[self.below(items.len())]
    }
}

fn key(object: &Object) -> (String, String) {
    (object.namespace().unwrap_or_default().to_owned(), object.name().to_owned())
}

/// A subscriber, and the objects that its changes resulted in.
struct Reader {
    changes: Subscriber,
    objects: BTreeMap<(String, String), Arc<Object>>,
    lags: usize,
}

impl Reader {
    fn new(store: &Store) -> Self {
        Self { changes: store.subscribe(), objects: BTreeMap::new(), lags: 0 }
    }

    /// Reads one change. Returns false if there is none.
    fn read(&mut self) -> bool {
        let Some(change) = unconstrained(self.changes.next()).now_or_never().flatten() else { return false };
        let objects = &mut self.objects;
        match change {
            StoreChange::Added(new) => assert!(objects.insert(key(&new), new).is_none(), "added twice"),
            StoreChange::Modified { old, new } => {
                let known = objects.insert(key(&new), new).expect("modified, but not known");
                assert!(Arc::ptr_eq(&known, &old), "the old object isn't the one that was seen");
            }
            StoreChange::Deleted(last) => {
                let known = objects.remove(&key(&last)).expect("deleted, but not known");
                assert_eq!(known.uid(), last.uid());
            }
            StoreChange::Vanished(last) => {
                let known = objects.remove(&key(&last)).expect("vanished, but not known");
                assert!(Arc::ptr_eq(&known, &last), "the last object isn't the one that was seen");
            }
            StoreChange::Synced { .. } => {}
            StoreChange::Lagged { missed } => {
                assert!(missed > 0);
                self.lags += 1;
            }
        }
        true
    }

    fn read_all_and_compare(&mut self, set: &Set) {
        while self.read() {}
        assert_eq!(self.objects.len(), set.len());
        for (seen, stored) in self.objects.values().zip(set.iter()) {
            assert!(Arc::ptr_eq(seen, stored), "{seen} was seen, the store has {stored}");
        }
    }
}

/// Changes something on the server.
fn act(server: &InProcessServer, random: &mut Random) {
    let (name, namespace) = (random.one_of(&NAMES), random.one_of(&NAMESPACES));
    let object = |value: &str| json!({ "metadata": { "name": name, "labels": { "app": value } } });
    let value = random.one_of(&VALUES);
    // Each may fail, since there is or isn't an object of this name.
    match random.below(16) {
        0..5 => drop(server.create("configmaps", Some(namespace), object(value))),
        5..9 => drop(server.patch(
            "configmaps",
            Some(namespace),
            name,
            json!({ "metadata": { "labels": { "app": value } } }),
        )),
        9..12 => drop(server.delete("configmaps", Some(namespace), name)),
        12 => {
            drop(server.delete("configmaps", Some(namespace), name));
            drop(server.create("configmaps", Some(namespace), object(value)));
        }
        13 => {
            server.disconnect();
            server.expire();
        }
        14 => server.send_bookmarks(),
        _ => server.restart(3),
    }
}

/// Restores the server from a backup, and waits until the watch has found that. A server that changes again before the watch
/// has found it can't be distinguished from one that was never restored.
async fn restore(server: &InProcessServer, reflector: &mut Reflector, store: &Store) {
    server.restore(server.resource_version().saturating_sub(5).max(1));
    while let Ok(Some(_)) = timeout(Duration::from_secs(3_600), reflector.next()).await {}
    assert_eq!(contents(server), stored(store));
}

struct Indexes {
    by_label: Index<Object, Box<str>>,
    by_initial: Index<Object, char>,
}

fn app(object: &Object) -> Option<String> {
    let mut app = None;
    object.for_each_label(&mut |_, value| app = Some(value.to_owned()));
    app
}

fn assert_indexes_equal_scans(set: &Set, indexes: &Indexes) {
    let equal = |found: Vec<&Arc<Object>>, scanned: Vec<&Arc<Object>>| {
        assert!(found.len() == scanned.len() && found.iter().zip(&scanned).all(|(a, b)| Arc::ptr_eq(a, b)));
    };
    for value in VALUES {
        let scanned = set.iter().filter(|object| app(object).as_deref() == Some(value)).collect();
        equal(set.by_index(&indexes.by_label, value).collect(), scanned);
    }
    for name in NAMES {
        let initial = name.chars().next().unwrap();
        equal(
            set.by_index(&indexes.by_initial, &initial).collect(),
            set.iter().filter(|object| object.name() == name).collect(),
        );
    }
    for namespace in NAMESPACES.iter().chain(&["", "default-2", "zzz"]) {
        let scanned = set.iter().filter(|object| object.namespace() == Some(*namespace)).collect();
        equal(set.in_namespace(namespace).collect(), scanned);
    }
}

fn store(server: &InProcessServer, seed: u64) -> (Reflector, Store, Indexes) {
    let config = Config::builder(Resource::core("v1", "configmaps")).seed(seed).build().unwrap();
    let mut builder = StoreBuilder::new(Watch::new(Transport::new(server.service()), config)).capacity(4);
    let by_label = builder.index_by_label("app");
    let by_initial = builder.index("initial", |object: &Object| object.name().chars().next());
    let (reflector, store) = builder.build();
    (reflector, store, Indexes { by_label, by_initial })
}

/// Name, version and label of each object, on the server.
fn contents(server: &InProcessServer) -> Vec<[String; 3]> {
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let content = |object: serde_json::Value| {
        let metadata = &object["metadata"];
        [&metadata["name"], &metadata["resourceVersion"], &metadata["labels"]["app"]].map(text)
    };
    server.objects("configmaps").into_iter().map(content).collect()
}

/// The same, in the store.
fn stored(store: &Store) -> Vec<[String; 3]> {
    let content = |object: &Arc<Object>| {
        [object.name().to_owned(), object.resource_version().to_string(), app(object).unwrap_or_default()]
    };
    store.snapshot().iter().map(content).collect()
}

#[derive(Default)]
struct Seen {
    lags: usize,
    relists: usize,
}

async fn history(seed: u64, seen: &mut Seen) {
    let mut random = Random(seed);
    let server = InProcessServer::start();
    (0..10).for_each(|_| act(&server, &mut random));
    let (mut reflector, store, indexes) = store(&server, seed);
    let mut readers: Vec<_> = (0..4).map(|_| Reader::new(&store)).collect();
    for _ in 0..60 {
        (0..random.below(6)).for_each(|_| act(&server, &mut random));
        // Some of the events, or all of them: nothing arrives for longer than any backoff.
        let (mut left, patience) = (random.below(12), random.one_of(&[1, 3_600]));
        while left > 0
            && let Ok(Some(Ok(event))) = timeout(Duration::from_secs(patience), reflector.next()).await
        {
            left -= 1;
            seen.relists += usize::from(matches!(event, Event::InitialBegin { .. }));
            store.read(|set| assert_indexes_equal_scans(set, &indexes));
            for reader in &mut readers[..2] {
                for _ in 0..random.below(3) {
                    reader.read();
                }
            }
        }
        if random.below(20) == 0 {
            restore(&server, &mut reflector, &store).await;
        }
        match random.below(4) {
            0 => readers[2].read_all_and_compare(&store.snapshot()),
            1 => readers[0].read_all_and_compare(&store.snapshot()),
            2 => {
                seen.lags += readers[1].lags;
                readers[1] = Reader::new(&store);
            }
            _ => {}
        }
    }
    for _ in 0..500 {
        if contents(&server) == stored(&store) {
            break;
        }
        let _event = timeout(Duration::from_secs(3_600), reflector.next()).await;
    }
    assert_eq!(contents(&server), stored(&store));
    for reader in &mut readers {
        reader.read_all_and_compare(&store.snapshot());
        seen.lags += reader.lags;
    }
}

#[tokio::test(start_paused = true)]
async fn subscribers_and_indexes_agree_with_the_store() {
    let mut seen = Seen::default();
    for seed in 0..24 {
        println!("seed {seed}");
        history(seed, &mut seen).await;
    }
    assert!(seen.lags > 50 && seen.relists > 50, "{} lags, {} relists", seen.lags, seen.relists);
}
