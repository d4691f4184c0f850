//! kube's own reflector and `Controller` on this crate's watch.

mod events;
mod many_threads;
mod own_writes;
mod recovery;

use core::time::Duration;

use futures_util::{Stream, StreamExt};
use k8s_openapi::api::core::v1::ConfigMap;
use kube_client::{Api, Client};
use kube_runtime::watcher::{self, Config, Event};
use serde_json::json;
use watch_hyper::kube_runtime as ours;
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

type Events = core::pin::Pin<Box<dyn Stream<Item = Result<Event<ConfigMap>, watcher::Error>> + Send>>;

fn by_ours(api: Api<ConfigMap>, config: Config) -> Events {
    ours::watcher(api, config).unwrap().boxed()
}
