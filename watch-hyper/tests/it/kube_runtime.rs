//! kube's own reflector and `Controller` on this crate's watch.

use core::time::Duration;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use futures_util::{Stream, StreamExt};
use k8s_openapi::api::core::v1::ConfigMap;
use kube_client::api::{Patch, PatchParams};
use kube_client::core::PartialObjectMeta;
use kube_client::{Api, Client, ResourceExt};
use kube_runtime::WatchStreamExt;
use kube_runtime::controller::{Action, Controller};
use kube_runtime::reflector::{self, Store};
use kube_runtime::watcher::{self, Config, Event};
use serde_json::json;
use tokio::time::Instant;
use watch_hyper::kube_runtime as ours;
use watch_hyper::watch_core::DecodeError;
use watch_hyper::{PendingWrites, TrackWrites};
use watch_test::InProcessServer;
use watch_test::fault::{Fault, Requests};
use watch_test::model::ApiServer;

const RESOURCE: &str = "configmaps";
const POISON: &str = "poison";
/// Longer than any recovery takes: that from a silent connection takes the time of a watch.
const LIMIT: Duration = Duration::from_secs(330);

type Versions = BTreeMap<String, String>;

fn api<K: kube_client::Resource<DynamicType = (), Scope = kube_client::core::NamespaceResourceScope>>(
    server: &InProcessServer,
) -> Api<K> {
    Api::namespaced(Client::new(server.service_for(), "default"), "default")
}

fn create(server: &InProcessServer, name: &str) {
    server.create(RESOURCE, Some("default"), json!({ "metadata": { "name": name } })).unwrap();
}

fn update(server: &InProcessServer, name: &str) {
    let patch = json!({ "data": { "n": server.resource_version().to_string() } });
    server.patch(RESOURCE, Some("default"), name, patch).unwrap();
}

/// The versions of all objects but the poison.
fn truth(server: &ApiServer) -> Versions {
    let text = |object: &serde_json::Value, field| object["metadata"][field].as_str().unwrap_or_default().to_owned();
    let objects = server.objects(RESOURCE).into_iter();
    objects
        .map(|object| (text(&object, "name"), text(&object, "resourceVersion")))
        .filter(|(name, _)| name != POISON)
        .collect()
}

fn stored(store: &Store<ConfigMap>) -> Versions {
    let objects = store.state().into_iter();
    objects.map(|object| (object.name_any(), object.resource_version().unwrap_or_default())).collect()
}

/// A kind of trouble.
struct Scene {
    name: &'static str,
    streaming: bool,
    /// The client has seen it before the trouble begins.
    before: fn(&InProcessServer),
    begin: fn(&InProcessServer),
}

const PLAIN: Scene = Scene { name: "", streaming: false, before: |_| {}, begin: |_| {} };

fn watches() -> Requests {
    Requests::watch(RESOURCE)
}

fn change(server: &InProcessServer) {
    create(server, "new");
    update(server, "kept");
    server.delete(RESOURCE, Some("default"), "gone").unwrap();
}

fn expired(server: &InProcessServer) {
    server.disconnect();
    change(server);
    server.expire();
}

const SCENES: [Scene; 7] = [
    Scene { name: "410 as HTTP status", begin: expired, ..PLAIN },
    Scene {
        name: "410 as ERROR event",
        begin: |server| {
            server.inject(Fault::error(410, "Expired", "too old", 0).once().on(watches()));
            server.disconnect();
            change(server);
        },
        ..PLAIN
    },
    Scene {
        name: "cut",
        begin: |server| {
            server.inject(Fault::cut(100).once().on(watches()));
            server.disconnect();
            change(server);
        },
        ..PLAIN
    },
    Scene {
        name: "missing end marker",
        streaming: true,
        begin: |server| {
            server.inject(Fault::NoEndMarker.always().on(watches()));
            expired(server);
        },
        ..PLAIN
    },
    Scene {
        name: "rollback",
        before: |server| (0..30).for_each(|_| update(server, "kept")),
        begin: |server| {
            server.restore(server.resource_version() - 30);
            change(server);
        },
        ..PLAIN
    },
    Scene {
        name: "poison object in a watch",
        begin: |server| {
            server.create(RESOURCE, Some("default"), json!({ "metadata": { "name": POISON }, "data": [1] })).unwrap();
            change(server);
        },
        ..PLAIN
    },
    Scene {
        name: "poison object in a list",
        begin: |server| {
            server.create(RESOURCE, Some("default"), json!({ "metadata": { "name": POISON }, "data": [1] })).unwrap();
            expired(server);
        },
        ..PLAIN
    },
];

type Events = core::pin::Pin<Box<dyn Stream<Item = Result<Event<ConfigMap>, watcher::Error>> + Send>>;

fn by_ours(api: Api<ConfigMap>, config: Config) -> Events {
    ours::watcher(api, config).unwrap().boxed()
}

fn by_kube(api: Api<ConfigMap>, config: Config) -> Events {
    watcher::watcher(api, config).default_backoff().boxed()
}

/// Runs a `Controller` through a scene. Returns how long after the trouble's beginning its store and what it reconciled
/// were right; `None` if they weren't within the limit.
async fn recovery(scene: &Scene, watcher: fn(Api<ConfigMap>, Config) -> Events) -> Option<Duration> {
    let server = InProcessServer::start();
    ["kept", "gone"].iter().for_each(|name| create(&server, name));
    let config = if scene.streaming { Config::default().streaming_lists() } else { Config::default() };
    let (reader, writer) = reflector::store();
    let trigger = watcher(api(&server), config).reflect(writer).applied_objects();
    let reconciled = Arc::new(Mutex::new(Versions::new()));
    let controller = Controller::for_stream(trigger, reader.clone()).run(
        async |object: Arc<ConfigMap>, reconciled: Arc<Mutex<Versions>>| {
            let version = object.resource_version().unwrap_or_default();
            reconciled.lock().unwrap().insert(object.name_any(), version);
            Ok::<_, core::convert::Infallible>(Action::await_change())
        },
        |_, _, _| Action::await_change(),
        Arc::clone(&reconciled),
    );
    let is_right = || {
        let truth = server.with(|server, _| truth(server));
        let reconciled = reconciled.lock().unwrap();
        stored(&reader) == truth && truth.iter().all(|(name, version)| reconciled.get(name) == Some(version))
    };
    let becomes_right = async || {
        let began = Instant::now();
        while !is_right() {
            if began.elapsed() > LIMIT {
                return None;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Some(began.elapsed())
    };
    let trouble = async {
        becomes_right().await.expect("the first list");
        (scene.before)(&server);
        becomes_right().await.expect("updates without trouble");
        (scene.begin)(&server);
        becomes_right().await
    };
    tokio::select! {
        () = controller.for_each(async |_| {}) => panic!("the controller ended"),
        recovery = trouble => recovery,
    }
}

#[tokio::test(start_paused = true)]
async fn a_controller_of_kube_is_right_after_each_trouble() {
    for scene in &SCENES {
        let (ours, kube) = (recovery(scene, by_ours).await, recovery(scene, by_kube).await);
        println!("{}: {ours:?} (kube's own watcher: {kube:?})", scene.name);
        assert!(ours.is_some(), "{}", scene.name);
    }
}

async fn texts(events: &mut Events, number: usize) -> Vec<String> {
    let text = |event: Result<Event<ConfigMap>, watcher::Error>| {
        event.map_or_else(|error| error.to_string(), |event| event.to_string())
    };
    let texts = events.take(number).map(text).collect();
    tokio::time::timeout(LIMIT, texts).await.expect("the events come")
}

#[tokio::test(start_paused = true)]
async fn each_event_is_kubes() {
    let server = InProcessServer::start();
    create(&server, "a");
    let mut events = by_ours(api(&server), Config::default());
    assert_eq!(texts(&mut events, 3).await, ["Init", "InitApply(a)", "InitDone"]);
    create(&server, "b");
    update(&server, "a");
    server.delete(RESOURCE, Some("default"), "b").unwrap();
    assert_eq!(texts(&mut events, 3).await, ["Apply(b)", "Apply(a)", "Delete(b)"]);
    server.disconnect();
    update(&server, "a");
    server.expire();
    assert_eq!(texts(&mut events, 3).await, ["Init", "InitApply(a)", "InitDone"]);
}

#[tokio::test(start_paused = true)]
async fn a_refusal_is_an_error_and_a_retry_is_none() {
    let server = InProcessServer::start();
    server.inject(Fault::refuse(500).times(3).on(Requests::list(RESOURCE)));
    server.inject(Fault::refuse(403).times(2).on(Requests::list(RESOURCE)).after(3));
    let mut events = by_ours(api(&server), Config::default());
    match events.next().await {
        Some(Err(watcher::Error::InitialListFailed(kube_client::Error::Api(status)))) => {
            assert_eq!((status.code, status.is_forbidden()), (403, true));
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(texts(&mut events, 2).await, ["Init", "InitDone"]);
}

#[tokio::test(start_paused = true)]
async fn an_observer_of_the_program_takes_no_error_away() {
    let server = InProcessServer::start();
    server.inject(Fault::refuse(403).once().on(Requests::list(RESOURCE)));
    let mut events = ours::watcher::<ConfigMap>(api(&server), Config::default()).unwrap();
    let noticed = Arc::new(Mutex::new(0));
    let count = Arc::clone(&noticed);
    events.handle_mut().observe(move |_| *count.lock().unwrap() += 1);
    assert!(matches!(events.next().await, Some(Err(watcher::Error::InitialListFailed(_)))));
    assert!(*noticed.lock().unwrap() > 0);
    assert!(matches!(events.next().await, Some(Ok(Event::Init))));
    assert!(matches!(events.next().await, Some(Ok(Event::InitDone))));
    events.handle_mut().relist();
    assert!(matches!(events.next().await, Some(Ok(Event::Init))));
}

/// What the reconciler of a `Controller` saw.
#[derive(Debug, Default)]
struct Turns {
    acted: u32,
    /// How often the object was older than the last write to it.
    stale: u32,
    waited: u32,
    last_write: u64,
    acted_at: Option<Instant>,
}

const PACE: Duration = Duration::from_millis(100);

/// Runs a `Controller` that updates its object every 100 ms, on a server whose cache lags for 20 s of a minute.
async fn turns_of_a_controller(is_gated: bool) -> Turns {
    struct Context {
        maps: Api<ConfigMap>,
        gate: Option<PendingWrites>,
        turns: Mutex<Turns>,
    }

    fn reconcile(
        object: Arc<ConfigMap>,
        context: Arc<Context>,
    ) -> impl Future<Output = Result<Action, kube_client::Error>> {
        let (namespace, name) = (object.namespace(), object.name_any());
        let is_caught_up = context.gate.as_ref().is_none_or(|writes| writes.is_caught_up(namespace.as_deref(), &name));
        async move {
            match &context.gate {
                Some(writes) if !is_caught_up => {
                    context.turns.lock().unwrap().waited += 1;
                    writes.caught_up(namespace.as_deref(), &name).await;
                    Ok(Action::requeue(Duration::ZERO))
                }
                _ => act(object, context).await,
            }
        }
    }

    async fn act(object: Arc<ConfigMap>, context: Arc<Context>) -> Result<Action, kube_client::Error> {
        let version = |object: &ConfigMap| object.resource_version().unwrap().parse::<u64>().unwrap();
        let number = {
            let mut turns = context.turns.lock().unwrap();
            // Its own event also gives it a turn.
            let passed = turns.acted_at.map_or(PACE, |at| at.elapsed());
            if passed < PACE {
                return Ok(Action::requeue(PACE - passed));
            }
            turns.acted_at = Some(Instant::now());
            turns.acted += 1;
            turns.stale += u32::from(version(&object) < turns.last_write);
            turns.acted.to_string()
        };
        let patch = Patch::Merge(json!({ "data": { "n": number } }));
        let written = context.maps.patch(&object.name_any(), &PatchParams::default(), &patch).await?;
        context.turns.lock().unwrap().last_write = version(&written);
        Ok(Action::requeue(PACE))
    }

    let server = InProcessServer::start();
    create(&server, "a");
    let writes = PendingWrites::with_timeout(LIMIT);
    let client = Client::new(server.service_for(), "default");
    let client = TrackWrites::new().of::<ConfigMap>(&writes).client(&client);
    let maps = Api::<ConfigMap>::default_namespaced(client);
    let mut events = ours::watcher(maps.clone(), Config::default()).unwrap();
    events.handle_mut().track_writes(&writes);
    let (reader, writer) = reflector::store();
    let trigger = events.reflect(writer).applied_objects();
    let context = Arc::new(Context { maps, gate: is_gated.then_some(writes), turns: Mutex::default() });
    let controller =
        Controller::for_stream(trigger, reader).run(reconcile, |_, error, _| panic!("{error}"), Arc::clone(&context));
    let script = async {
        for second in 0..60 {
            server.with(|server, now| server.set_lagging(now, 0, second % 3 == 1));
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    };
    tokio::select! {
        () = controller.for_each(async |_| {}) => panic!("the controller ended"),
        () = script => {}
    }
    core::mem::take(&mut *context.turns.lock().unwrap())
}

#[tokio::test(start_paused = true)]
async fn a_controller_that_waits_for_its_writes_acts_on_none_older() {
    let (gated, other) = (turns_of_a_controller(true).await, turns_of_a_controller(false).await);
    assert!(gated.stale == 0 && gated.waited > 0 && gated.acted > 100, "{gated:?}");
    assert!(other.stale > 0 && other.waited == 0, "the test can fail: {other:?}");
}

/// kube's watcher repeats the request without end.
#[tokio::test(start_paused = true)]
async fn a_refusal_for_good_is_the_last_error() {
    for code in [400, 405, 406, 415, 422] {
        let server = InProcessServer::start();
        let mut events = by_ours(api(&server), Config::default());
        assert_eq!(texts(&mut events, 2).await, ["Init", "InitDone"]);
        server.inject(Fault::refuse(code).times(9).on(Requests::watch(RESOURCE)));
        server.end_watches();
        match events.next().await {
            Some(Err(watcher::Error::WatchStartFailed(kube_client::Error::Api(status)))) => {
                assert_eq!(status.code, code);
            }
            other => panic!("{code}: {other:?}"),
        }
        assert!(events.next().await.is_none(), "{code}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_object_that_does_not_fit_is_an_error_with_its_bytes() {
    let server = InProcessServer::start();
    server.create(RESOURCE, Some("default"), json!({ "metadata": { "name": POISON }, "data": [1] })).unwrap();
    let mut events = by_ours(api(&server), Config::default());
    assert_eq!(texts(&mut events, 2).await, ["Init", "InitDone"]);
    let Some(Err(watcher::Error::WatchFailed(kube_client::Error::Service(error)))) = events.next().await else {
        panic!("no error of the object")
    };
    assert_eq!(error.downcast_ref::<DecodeError>().unwrap().object().name(), POISON);
    create(&server, "good");
    assert_eq!(texts(&mut events, 1).await, ["Apply(good)"]);
}

#[tokio::test(start_paused = true)]
async fn the_checkpoint_of_kubes_events_covers_what_was_yielded() {
    let server = InProcessServer::start();
    create(&server, "a");
    let mut events = ours::watcher::<ConfigMap>(api(&server), Config::default()).unwrap();
    let list = server.resource_version().to_string();
    let mut covered = Vec::new();
    for _ in 0..3 {
        events.next().await.unwrap().unwrap();
        covered.push(events.handle().checkpoint().is_some());
    }
    create(&server, "b");
    events.next().await.unwrap().unwrap();
    assert_eq!(covered, [false; 3], "InitDone may not have been processed");
    assert_eq!(events.handle().checkpoint().unwrap().resource_version().to_string(), list);
}

#[tokio::test(start_paused = true)]
async fn a_new_object_on_a_later_page_is_reconciled() {
    let scene = Scene { name: "two pages", begin: expired, ..PLAIN };
    assert!(recovery(&scene, |api, config| by_ours(api, config.page_size(1))).await.is_some());
}

#[tokio::test(start_paused = true)]
async fn metadata_is_asked_for_by_its_type() {
    let server = InProcessServer::start();
    create(&server, "a");
    let events = ours::watcher::<PartialObjectMeta<ConfigMap>>(api(&server), Config::default()).unwrap();
    let names: Vec<_> = events
        .take(3)
        .filter_map(async |event| match event.unwrap() {
            Event::InitApply(object) => Some(object.name_any()),
            _ => None,
        })
        .collect()
        .await;
    assert_eq!(names, ["a"]);
    assert!(server.requests().iter().all(|request| format!("{:?}", request.headers).contains("PartialObjectMetadata")));
}

#[tokio::test]
async fn a_setting_out_of_range_is_named() {
    let server = InProcessServer::start();
    for (config, field) in
        [(Config::default().page_size(0), "page_size"), (Config::default().timeout(u32::MAX), "timing.watch")]
    {
        let error = ours::watcher::<ConfigMap>(api(&server), config).unwrap_err();
        assert!(error.to_string().contains(field), "{error}");
    }
}
