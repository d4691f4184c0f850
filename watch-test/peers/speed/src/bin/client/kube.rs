//! The APIs of kube-rs.

use std::fmt::Debug;
use std::pin::pin;

use futures_util::{Stream, StreamExt as _};
use k8s_openapi::api::core::v1::Pod;
use kube::api::{ApiResource, DynamicObject};
use kube::core::PartialObjectMeta;
use kube::runtime::reflector::{self, reflector};
use kube::runtime::watcher::{self, Event, watcher};
use kube::{Api, Client, Config};
use peer_speed::measure::{Begun, Counter};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;

use crate::Task;

pub(crate) async fn run(how: &str, task: &Task) {
    let mut cluster = Config::new(task.url.parse().expect("a URL"));
    if let Some((token, authority)) = Task::credentials() {
        cluster.auth_info.token = Some(token.into());
        let certificates = CertificateDer::pem_slice_iter(&authority);
        cluster.root_cert = Some(certificates.map(|one| one.expect("a certificate").to_vec()).collect());
    }
    let client = Client::try_from(cluster).expect("a client");
    let config = watcher::Config::default();
    let config = if how.contains("streaming") { config.streaming_lists() } else { config };
    let begun = Begun::now();
    match how {
        "pod" | "pod-paged" | "pod-streaming" => count(task, begun, watcher(Api::<Pod>::all(client), config)).await,
        "pod-store" => {
            let (store, writer) = reflector::store::<Pod>();
            count(task, begun, reflector(writer, watcher(Api::<Pod>::all(client), config))).await;
            drop(store);
        }
        "metadata" => count(task, begun, watcher(Api::<PartialObjectMeta<Pod>>::all(client), config)).await,
        "dynamic" => {
            let resource = ApiResource::erase::<Pod>(&());
            count(task, begun, watcher(Api::<DynamicObject>::all_with(client, &resource), config)).await;
        }
        other => panic!("unknown API: {other}"),
    }
}

async fn count<K: Debug>(task: &Task, begun: Begun, events: impl Stream<Item = Result<Event<K>, watcher::Error>>) {
    let mut events = pin!(events);
    let mut counter = Counter::new(task.events, task.empty_kib);
    while let Some(event) = events.next().await {
        match event.expect("an event") {
            Event::InitDone if task.events == 0 => return begun.end(task.objects, task.empty_kib),
            Event::Apply(_) | Event::Delete(_) if counter.count() => return,
            _ => {}
        }
    }
}
