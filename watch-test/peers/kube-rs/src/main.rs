//! Mirrors the ConfigMaps of a server with kube-rs until there is one with the name `zzz-done`. Each time the mirror
//! changes, it is printed on a line: `name@resourceVersion`, sorted. `peer-kube-rs URL [streaming]`

use std::collections::BTreeMap;

use futures::{StreamExt as _, pin_mut};
use k8s_openapi::api::core::v1::ConfigMap;
use kube::runtime::WatchStreamExt as _;
use kube::runtime::watcher::{self, Event, watcher};
use kube::{Api, Client, Config, ResourceExt as _};

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let url = arguments.next().expect("a URL").parse().expect("a URL");
    let is_streaming = arguments.next().as_deref() == Some("streaming");
    let client = Client::try_from(Config::new(url)).expect("a client");
    let config = watcher::Config::default();
    let config = if is_streaming { config.streaming_lists() } else { config };
    let events = watcher(Api::<ConfigMap>::default_namespaced(client), config).default_backoff();
    pin_mut!(events);
    let mut mirror: BTreeMap<String, String> = BTreeMap::new();
    let mut begun: BTreeMap<String, String> = BTreeMap::new();
    // Before the first list is complete, there is no mirror.
    let mut is_complete = false;
    let mut printed = None;
    while let Some(event) = events.next().await {
        let version = |object: &ConfigMap| (object.name_any(), object.resource_version().unwrap_or_default());
        match event {
            Ok(Event::Init) => begun.clear(),
            Ok(Event::InitApply(object)) => begun.extend([version(&object)]),
            Ok(Event::InitDone) => {
                mirror = std::mem::take(&mut begun);
                is_complete = true;
            }
            Ok(Event::Apply(object)) => mirror.extend([version(&object)]),
            Ok(Event::Delete(object)) => drop(mirror.remove(&object.name_any())),
            Err(error) => eprintln!("{error}"),
        }
        if is_complete && printed.as_ref() != Some(&mirror) {
            let objects: Vec<String> = mirror.iter().map(|(name, version)| format!("{name}@{version}")).collect();
            println!("{}", objects.join(" "));
            printed = Some(mirror.clone());
        }
        if mirror.contains_key("zzz-done") {
            break;
        }
    }
}
