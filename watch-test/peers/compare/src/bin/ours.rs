//! Mirrors the ConfigMaps of a server with the defaults of watch-hyper. Each time that the mirror changes, it is
//! printed on a line: `name@resourceVersion`, sorted. `ours URL`

use std::collections::BTreeMap;

use futures_util::StreamExt as _;
use serde::Deserialize;
use watch_hyper::watch_core::{Change, Config, Resource};
use watch_hyper::{Client, Watch};

/// A type that is as strict as those of the peers in what this comparison needs: `data` is a map of strings.
#[derive(Deserialize)]
struct ConfigMap {
    metadata: Metadata,
    #[serde(default, rename = "data")]
    _data: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metadata {
    name: String,
    resource_version: String,
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let url = std::env::args().nth(1).expect("a URL");
    let client = Client::builder(&url).build().expect("a client");
    let config = Config::builder(Resource::core("v1", "configmaps")).namespace("default");
    // Without a seed, the jitter would be the same in each run.
    let config = config.seed(std::process::id().into()).build().expect("a config");
    let mut changes = Watch::<ConfigMap>::new(client, config).changes();
    changes.handle_mut().observe(|notice| eprintln!("{notice}"));
    let mut mirror: BTreeMap<String, String> = BTreeMap::new();
    // Before the first list is complete, there is no mirror.
    let mut is_complete = false;
    let mut printed = None;
    while let Some(change) = changes.next().await {
        match change {
            Ok(Change::Added(object) | Change::Modified(object)) => {
                mirror.insert(object.metadata.name, object.metadata.resource_version);
            }
            Ok(Change::Deleted(object)) => drop(mirror.remove(&object.metadata.name)),
            Ok(Change::Vanished(gone)) => drop(mirror.remove(gone.name())),
            Ok(Change::Synced { .. }) => is_complete = true,
            Err(error) => eprintln!("{error}"),
        }
        if is_complete && printed.as_ref() != Some(&mirror) {
            let objects: Vec<String> = mirror.iter().map(|(name, version)| format!("{name}@{version}")).collect();
            println!("{}", objects.join(" "));
            printed = Some(mirror.clone());
        }
    }
    eprintln!("over: {:?}", changes.handle().done());
}
