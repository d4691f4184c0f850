//! What a store allocates. In its own process, since allocations are counted.

use std::alloc::System;
use std::convert::Infallible;

use bytes::Bytes;
use cap::Cap;
use futures_util::{StreamExt, stream};
use http_body::Frame;
use http_body_util::StreamBody;
use watch_hyper::watch_core::{Config, InitialList, LabelMatcher, Object, ObjectMetadata, Resource, Start};
use watch_hyper::{Index, Reflector, Store, StoreBuilder, StoreChange, Transport, Watch};

#[global_allocator]
static ALLOCATOR: Cap<System> = Cap::new(System, usize::MAX);

fn pod(index: usize, version: usize, size: usize) -> String {
    let (app, text) = (index % 10, "x".repeat(size));
    format!(
        r#"{{"metadata":{{"name":"web-{index:07}","namespace":"default","uid":"{index}","resourceVersion":"{version}","labels":{{"app":"app-{app}"}}}},"text":"{text}"}}"#
    )
}

/// What is stored of a pod, with a label that needs no parsing.
struct Pod {
    app: String,
    _object: Object,
}

impl ObjectMetadata for Pod {
    fn for_each_label(&self, visit: &mut dyn FnMut(&str, &str)) {
        visit("app", &self.app);
    }

    fn for_each_owner_uid(&self, _: &mut dyn FnMut(&str)) {}

    fn is_being_deleted(&self) -> bool {
        false
    }
}

fn pod_of(object: Object) -> Pod {
    let mut app = String::new();
    object.for_each_label(&mut |_, value| value.clone_into(&mut app));
    Pod { app, _object: object }
}

type Stored = (Reflector<Object, Pod>, Store<Pod>, Index<Pod, Box<str>>);

/// A store of this number of pods of this size, and then this number of changes.
fn store(pods: usize, changes: usize, size: usize) -> Stored {
    let list = (0..pods).map(|index| pod(index, 1 + index, size)).collect::<Vec<_>>().join(",");
    let list =
        format!(r#"{{"kind":"PodList","apiVersion":"v1","metadata":{{"resourceVersion":"{pods}"}},"items":[{list}]}}"#);
    let change = move |change: usize| {
        let object = pod((change * 7_919) % pods, pods + 1 + change, size);
        Bytes::from(format!("{{\"type\":\"MODIFIED\",\"object\":{object}}}\n"))
    };
    let mut bodies = vec![
        stream::iter((0..changes).map(change)).chain(stream::pending()).boxed(),
        stream::iter([Bytes::from(list)]).boxed(),
    ];
    let transport = Transport::from_fn(move |_: http::Request<http_body_util::Full<Bytes>>| {
        let body = bodies.pop().unwrap().map(|bytes| Ok::<_, Infallible>(Frame::data(bytes)));
        async { Ok::<_, Infallible>(http::Response::new(StreamBody::new(body))) }
    });
    let start = Start::InitialList(InitialList::List);
    let config = Config::builder(Resource::core("v1", "pods")).page_size(None).start(start).seed(0).build().unwrap();
    let mut builder = StoreBuilder::transformed(Watch::new(transport, config), pod_of).capacity(8);
    let by_app = builder.index_by_label("app");
    let (reflector, store) = builder.build();
    (reflector, store, by_app)
}

async fn poll(reflector: &mut Reflector<Object, Pod>, events: usize) {
    for _ in 0..events {
        reflector.next().await.unwrap().unwrap();
    }
}

fn allocated_by(act: impl FnOnce()) -> usize {
    let before = ALLOCATOR.total_allocated();
    act();
    ALLOCATOR.total_allocated() - before
}

/// The bytes that one change of a store with this number of pods allocates, while a snapshot is kept.
async fn allocated_by_a_change(pods: usize) -> usize {
    let (mut reflector, store, _) = store(pods, 200, 100);
    poll(&mut reflector, pods + 2 + 100).await;
    let snapshot = store.snapshot();
    let before = ALLOCATOR.total_allocated();
    for _ in 0..100 {
        let _also_kept = store.snapshot();
        poll(&mut reflector, 1).await;
    }
    assert!(snapshot.len() == pods);
    (ALLOCATOR.total_allocated() - before) / 100
}

/// One test, because several would count each other's memory.
#[tokio::test(start_paused = true)]
async fn lookups_and_snapshots_allocate_nothing() {
    let pods = 5_000;
    let (mut reflector, store, by_app) = store(pods, 0, 100);
    poll(&mut reflector, pods + 2).await;
    let matcher: LabelMatcher = "app in (app-3,app-4)".parse().unwrap();
    let mut found = 0;
    let mut look = || {
        let set = store.snapshot();
        found = usize::from(store.get(Some("default"), "web-0000007").is_some())
            + usize::from(store.get(Some("default"), "absent").is_none())
            + store.read(|set| set.by_index(&by_app, "app-3").count())
            + set.in_namespace("default").count()
            + set.select(&matcher).count()
            + set.iter().len();
    };
    // The first access of a thread registers it.
    look();
    assert_eq!(allocated_by(&mut look), 0);
    assert_eq!(found, 2 + pods / 10 + pods + pods / 5 + pods);

    // A change copies a path, not the objects.
    let (few, many) = (allocated_by_a_change(500).await, allocated_by_a_change(20_000).await);
    println!("a change allocates {few} bytes with 500 objects, and {many} bytes with 20,000");
    assert!(many < 2 * few + 4_096 && many < 20_000, "{few}, {many}");

    // A subscriber that no longer reads costs the objects that it saw, and no more.
    let (pods, size) = (500, 10_000);
    let (mut reflector, store, _) = self::store(pods, 6 * pods, size);
    poll(&mut reflector, pods + 2).await;
    let one_set = pods * size;
    let mut never = store.subscribe();
    while !matches!(never.next().await, Some(StoreChange::Synced { .. })) {}
    let before = ALLOCATOR.allocated();
    for round in 1..=6 {
        poll(&mut reflector, pods).await;
        let more = ALLOCATOR.allocated().saturating_sub(before);
        println!("after {round} changes of each object, the subscriber costs {} % of a set", 100 * more / one_set);
        assert!(more < one_set * 11 / 10, "{more}");
    }
    drop(never);
    let more = ALLOCATOR.allocated().saturating_sub(before);
    assert!(more < one_set / 10, "it costs nothing when it is gone: {more}");
}
