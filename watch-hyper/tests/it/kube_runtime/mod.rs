//! kube's own reflector and `Controller` on this crate's watch.

mod events;
mod many_threads;
mod own_writes;
mod recovery;

use core::time::Duration;

use futures_util::{Stream, StreamExt};
use k8s_openapi::api::core::v1::ConfigMap;
use kube_client::{Api, Client, ResourceExt};
use kube_runtime::watcher::{self, Config, Event};
use serde_json::json;
use watch_hyper::kube_runtime as ours;
use watch_hyper::{PendingWrites, TrackWrites};
use watch_test::InProcessServer;

const RESOURCE: &str = "configmaps";

const POISON: &str = "poison";

/// Longer than any recovery takes: that from a silent connection takes the time of a watch.
const LIMIT: Duration = Duration::from_secs(330);

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

fn version(object: &ConfigMap) -> u64 {
    object.resource_version().unwrap().parse().unwrap()
}

/// Returns an API whose writes are remembered, what remembers them, and a watcher that shows them.
fn tracked(server: &InProcessServer) -> (Api<ConfigMap>, PendingWrites, ours::Watcher<ConfigMap>) {
    let writes = PendingWrites::with_timeout(LIMIT);
    let client = Client::new(server.service_for(), "default");
    let client = TrackWrites::new().of::<ConfigMap>(&writes).client(&client);
    let maps = Api::<ConfigMap>::default_namespaced(client);
    let mut events = ours::watcher(maps.clone(), Config::default()).unwrap();
    events.handle_mut().track_writes(&writes);
    (maps, writes, events)
}

type Events = core::pin::Pin<Box<dyn Stream<Item = Result<Event<ConfigMap>, watcher::Error>> + Send>>;

fn by_ours(api: Api<ConfigMap>, config: Config) -> Events {
    ours::watcher(api, config).unwrap().boxed()
}
