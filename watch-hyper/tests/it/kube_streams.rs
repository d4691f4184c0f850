//! kube's `Controller` on streams of this crate's watch: a shared stream of a derived type, owned objects, and other
//! objects.

use core::convert::Infallible;
use core::time::Duration;
use std::sync::Arc;

use futures_util::StreamExt;
use k8s_openapi::api::core::v1::{ConfigMap, Secret};
use kube_client::{Api, Client};
use kube_derive::CustomResource;
use kube_runtime::WatchStreamExt;
use kube_runtime::controller::{Action, Controller};
use kube_runtime::reflector::{self, ObjectRef};
use kube_runtime::watcher::Config;
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::sync::watch;
use watch_hyper::kube_runtime as ours;
use watch_test::InProcessServer;

/// Longer than a reconnect and a relist take.
const LIMIT: Duration = Duration::from_secs(60);

#[derive(Clone, CustomResource, Debug, Deserialize, Serialize)]
#[kube(group = "example.com", version = "v1", kind = "Widget", namespaced, schema = "disabled")]
#[kube(crates(kube_core = "::kube_client::core"))]
struct WidgetSpec {
    size: u32,
}

#[tokio::test(start_paused = true)]
async fn a_controller_runs_on_shared_owned_and_watched_streams() {
    let server = InProcessServer::start();
    let widget = json!({ "metadata": { "name": "w" }, "spec": { "size": 1 } });
    let widget = server.create("widgets.example.com", Some("default"), widget).unwrap();
    let client = Client::new(server.service_for(), "default");

    let (reader, writer) = reflector::store_shared::<Widget>(16);
    let subscriber = writer.subscribe().unwrap();
    let widgets = ours::watcher(Api::<Widget>::namespaced(client.clone(), "default"), Config::default()).unwrap();
    let drive = widgets.reflect_shared(writer).for_each(async |event| _ = event.unwrap());
    let owned = ours::watcher(Api::<ConfigMap>::namespaced(client.clone(), "default"), Config::default()).unwrap();
    let watched = ours::watcher(Api::<Secret>::namespaced(client, "default"), Config::default()).unwrap();

    let (turns, mut taken) = watch::channel(0_usize);
    let controller = Controller::for_shared_stream(subscriber, reader)
        .owns_stream(owned.touched_objects())
        .watches_stream(watched.applied_objects(), |_| [ObjectRef::<Widget>::new("w").within("default")])
        .run(
            async |_: Arc<Widget>, turns: Arc<watch::Sender<usize>>| {
                turns.send_modify(|turns| *turns += 1);
                Ok::<_, Infallible>(Action::await_change())
            },
            |_, never, _| match *never {},
            Arc::new(turns),
        )
        .for_each(async |result| _ = result.unwrap());

    let script = async {
        let mut next_turn = async |reason: &str| {
            let before = *taken.borrow_and_update();
            let later = tokio::time::timeout(LIMIT, taken.wait_for(|turns| *turns > before)).await;
            later.unwrap_or_else(|_| panic!("no turn after {reason}")).unwrap();
        };
        next_turn("the start").await;
        server.create("secrets", Some("default"), json!({ "metadata": { "name": "s" } })).unwrap();
        next_turn("a watched object was created").await;
        let owner = json!({ "apiVersion": "example.com/v1", "kind": "Widget", "name": "w", "controller": true,
            "uid": widget["metadata"]["uid"] });
        let map = json!({ "metadata": { "name": "c", "ownerReferences": [owner] } });
        server.create("configmaps", Some("default"), map).unwrap();
        next_turn("an owned object was created").await;
        server.disconnect();
        server.patch("widgets.example.com", Some("default"), "w", json!({ "spec": { "size": 2 } })).unwrap();
        server.expire();
        next_turn("the object changed during a gap, and its version expired").await;
    };
    tokio::select! {
        () = drive => panic!("the shared watch ended"),
        () = controller => panic!("the controller ended"),
        () = script => {}
    }
}
