//! An operator in kube's own style, on this crate's watch: kube's reflector and `Controller`, with one line changed.
//!
//! It labels each ConfigMap with the number of its entries. `KUBECONFIG` chooses the cluster, as for kubectl:
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
use watch_hyper::kube_runtime as watch;

const LABEL: &str = "entries";

/// Brings one ConfigMap into the desired state.
async fn reconcile(config_map: Arc<ConfigMap>, client: Arc<Client>) -> Result<Action, kube_client::Error> {
    let entries = config_map.data.as_ref().map_or(0, |data| data.len()).to_string();
    if config_map.labels().get(LABEL) != Some(&entries) {
        let api: Api<ConfigMap> =
            Api::namespaced((*client).clone(), config_map.metadata.namespace.as_deref().unwrap_or("default"));
        let patch = json!({ "metadata": { "labels": { LABEL: entries } } });
        api.patch(&config_map.name_any(), &PatchParams::default(), &Patch::Merge(patch)).await?;
        println!("{}: {entries}", config_map.name_any());
    }
    Ok(Action::await_change())
}

fn retry(_: Arc<ConfigMap>, _: &kube_client::Error, _: Arc<Client>) -> Action {
    Action::requeue(Duration::from_secs(5))
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn core::error::Error>> {
    let mut config = Config::infer().await?;
    // The watch retries by itself, and reports each failure.
    config.default_retry = false;
    let client = Client::try_from(config)?;

    let (reader, writer) = reflector::store();
    // With kube's own watcher: watcher(Api::all(client.clone()), watcher::Config::default()).default_backoff()
    let config_maps = watch::watcher(Api::all(client.clone()), watcher::Config::default())?
        .reflect(writer)
        .applied_objects()
        .predicate_filter(predicates::resource_version, Default::default());

    Controller::for_stream(config_maps, reader)
        .run(reconcile, retry, Arc::new(client))
        .for_each(|result| async move {
            if let Err(error) = result {
                eprintln!("{error}");
            }
        })
        .await;
    Ok(())
}
