//! A `Controller` after each trouble.

use core::time::Duration;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use futures_util::StreamExt;
use k8s_openapi::api::core::v1::ConfigMap;
use kube_client::{Api, ResourceExt};
use kube_runtime::WatchStreamExt;
use kube_runtime::controller::{Action, Controller};
use kube_runtime::reflector::{self, Store};
use kube_runtime::watcher::{self, Config};
use serde_json::json;
use tokio::time::Instant;
use watch_test::InProcessServer;
use watch_test::fault::{Fault, Requests};
use watch_test::model::ApiServer;

use super::{Events, LIMIT, POISON, RESOURCE, api, by_ours, create, update};

type Versions = BTreeMap<String, String>;

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

#[tokio::test(start_paused = true)]
async fn a_new_object_on_a_later_page_is_reconciled() {
    let scene = Scene { name: "two pages", begin: expired, ..PLAIN };
    assert!(recovery(&scene, |api, config| by_ours(api, config.page_size(1))).await.is_some());
}
