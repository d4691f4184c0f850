//! An operator in kube's own style, on this crate's watch: kube's reflector and `Controller`, with one line changed.
//!
//! It labels each ConfigMap with the number of its entries. It doesn't act before its watch has shown its own last write to
//! the object. `KUBECONFIG` chooses the cluster, as for kubectl:
//!
//! ```sh
//! cargo run -p watch-test -- serve --kubeconfig /tmp/kubeconfig &
//! KUBECONFIG=/tmp/kubeconfig cargo run -p watch-hyper --example kube_controller --features kube-runtime
//! ```

use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use k8s_openapi::api::core::v1::ConfigMap;
use kube_client::api::{Patch, PatchParams};
use kube_client::{Api, Client, Config, ResourceExt};
use kube_runtime::controller::{Action, Controller};
use kube_runtime::{WatchStreamExt, predicates, reflector, watcher};
use serde_json::json;
use watch_hyper::{PendingWrites, TrackWrites, kube_runtime as watch};

const LABEL: &str = "entries";

struct Context {
    client: Client,
    writes: PendingWrites,
}

/// Waits for the last write to this ConfigMap, or brings it into the desired state.
///
/// The book is asked before the future is returned, when the `Controller` has just taken the object from the store. Later,
/// the watch may have shown the write.
fn reconcile(
    config_map: Arc<ConfigMap>,
    context: Arc<Context>,
) -> impl Future<Output = Result<Action, kube_client::Error>> {
    let (namespace, name) = (config_map.namespace(), config_map.name_any());
    let is_caught_up = context.writes.is_caught_up(namespace.as_deref(), &name);
    async move {
        if is_caught_up {
            return label(&config_map, &context.client).await;
        }
        context.writes.caught_up(namespace.as_deref(), &name).await;
        // `config_map` is older than the write, so the next turn takes the new state from the store.
        Ok(Action::requeue(Duration::ZERO))
    }
}

async fn label(config_map: &ConfigMap, client: &Client) -> Result<Action, kube_client::Error> {
    let (namespace, name) = (config_map.namespace(), config_map.name_any());
    let entries = config_map.data.as_ref().map_or(0, |data| data.len()).to_string();
    if config_map.labels().get(LABEL) != Some(&entries) {
        let api: Api<ConfigMap> = Api::namespaced(client.clone(), namespace.as_deref().unwrap_or("default"));
        let patch = json!({ "metadata": { "labels": { LABEL: entries } } });
        api.patch(&name, &PatchParams::default(), &Patch::Merge(patch)).await?;
        println!("{name}: {entries}");
    }
    Ok(Action::await_change())
}

fn retry(_: Arc<ConfigMap>, _: &kube_client::Error, _: Arc<Context>) -> Action {
    Action::requeue(Duration::from_secs(5))
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn core::error::Error>> {
    let mut config = Config::infer().await?;
    // The watch retries by itself, and reports each failure.
    config.default_retry = false;
    let client = Client::try_from(config)?;
    let writes = PendingWrites::new();
    let client = TrackWrites::new().of::<ConfigMap>(&writes).client(&client);

    let (reader, writer) = reflector::store();
    // With kube's own watcher: watcher(Api::all(client.clone()), watcher::Config::default()).default_backoff()
    let mut config_maps = watch::watcher(Api::all(client.clone()), watcher::Config::default())?;
    config_maps.handle_mut().track_writes(&writes);
    let config_maps = config_maps
        .reflect(writer)
        .applied_objects()
        .predicate_filter(predicates::resource_version, Default::default());

    Controller::for_stream(config_maps, reader)
        .run(reconcile, retry, Arc::new(Context { client, writes }))
        .for_each(|result| async move {
            if let Err(error) = result {
                eprintln!("{error}");
            }
        })
        .await;
    Ok(())
}
