//! The APIs of watch-hyper.

use futures_util::{Stream, StreamExt as _};
use http::Request;
use http_body_util::{BodyExt as _, Full};
use k8s_openapi::api::core::v1::Pod;
use kube::core::PartialObjectMeta;
use peer_speed::measure::{Begun, Counter};
use std::pin::pin;
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use tower_service::Service as _;
use watch_hyper::watch_core::{
    Change, Config, Event, InitialList, Object, PartialObjectMetadata, Representation, Resource, Start,
};
use watch_hyper::{Client, DecodeJob, StoreBuilder, Transport, Watch};

use crate::{Task, memory};

pub(crate) async fn run(how: &str, task: &Task) {
    let client = match how.strip_prefix("memory-") {
        Some(_) => memory::transport(task.events),
        None => Transport::from(client(task, how.contains("http2"))),
    };
    let how = how.strip_prefix("memory-").unwrap_or(how);
    let list = if how.contains("streaming") { InitialList::Auto } else { InitialList::List };
    let config = Config::builder(Resource::core("v1", "pods")).start(Start::InitialList(list));
    let config = if how.contains("metadata") { config.representation(Representation::Metadata) } else { config };
    let config = if how.contains("unpaged") { config.page_size(None) } else { config };
    let config = config.strip_managed_fields(how.contains("stripped"));
    let config = config.build().expect("a configuration");
    let begun = Begun::now();
    match how {
        "raw" | "raw-http2" | "metadata" | "raw-unpaged" | "raw-paged" | "raw-streaming" => {
            let watch = Watch::<Object>::new(client, config);
            count(task, begun, watch.map(is_of_watch)).await;
        }
        "raw-changes" => {
            let changes = Watch::<Object>::new(client, config).changes();
            count(task, begun, changes.map(|change| Seen::of_change(&change.expect("a pod")))).await;
        }
        "raw-store" => {
            let (reflector, _store) = Watch::<Object>::new(client, config).store();
            count(task, begun, reflector.map(is_of_watch)).await;
        }
        "pod" | "pod-paged" | "pod-unpaged" | "pod-streaming" | "pod-stripped" => {
            let watch = Watch::<Pod>::new(client, config);
            count(task, begun, watch.map(is_of_watch)).await;
        }
        "pod-store" => {
            let (reflector, _store) = Watch::<Pod>::new(client, config).store();
            count(task, begun, reflector.map(is_of_watch)).await;
        }
        "pod-compact-store" => {
            let (reflector, _store) = StoreBuilder::compact(Watch::<Pod>::new(client, config)).build();
            count(task, begun, reflector.map(is_of_watch)).await;
        }
        "pod-transformed-store" => {
            let without_managers = |mut pod: Pod| {
                pod.metadata.managed_fields = None;
                pod
            };
            let (reflector, _store) = StoreBuilder::transformed(Watch::new(client, config), without_managers).build();
            count(task, begun, reflector.map(is_of_watch)).await;
        }
        "metadata-store" => {
            let (reflector, _store) = Watch::<PartialObjectMeta<Pod>>::new(client, config).store();
            count(task, begun, reflector.map(is_of_watch)).await;
        }
        // The thread that polls the stream is one more.
        "pod-decode-on-1" | "pod-decode-on-2" => {
            let number = if how.ends_with('1') { 1 } else { 2 };
            let watch = Watch::<Pod>::new(client, config).decode_on(32, threads(number));
            count(task, begun, watch.map(is_of_watch)).await;
        }
        "metadata-slices" => {
            let watch = Watch::<PartialObjectMetadata>::new(client, config);
            count(task, begun, watch.map(is_of_watch)).await;
        }
        "metadata-of-kube" | "metadata-of-kube-stripped" => {
            let watch = Watch::<PartialObjectMeta<Pod>>::new(client, config);
            count(task, begun, watch.map(is_of_watch)).await;
        }
        other => panic!("unknown API: {other}"),
    }
}

/// Returns a client. With TLS, the server and the client agree on HTTP/2.
fn client(task: &Task, is_http2: bool) -> Client {
    let client = Client::builder(&task.url);
    let client = if is_http2 { client.http2_prior_knowledge() } else { client };
    let client = match Task::credentials() {
        Some((token, authority)) => client.no_proxy().token(token).ca_pem(authority),
        None => client,
    };
    client.build().expect("a client")
}

/// Reads the list in one response, and discards the bytes.
pub(crate) async fn drain(task: &Task) {
    let mut client = client(task, false);
    let request = Request::get("/api/v1/pods").header("accept", "application/json").body(Full::default());
    let begun = Begun::now();
    let mut body = client.call(request.expect("a request")).await.expect("a response").into_body();
    while let Some(frame) = body.frame().await {
        frame.expect("a frame");
    }
    begun.end(task.objects, task.empty_kib);
}

/// The meaning of an item for the progress of a trial.
enum Seen {
    Nothing,
    ListEnded,
    Event,
}

impl Seen {
    fn of_change<T>(change: &Change<T>) -> Self {
        match change {
            Change::Synced { .. } => Self::ListEnded,
            _ => Self::Event,
        }
    }
}

fn is_of_watch<T, E: core::fmt::Debug>(event: Result<Event<T>, E>) -> Seen {
    match event.expect("it fits the type") {
        Event::InitialEnd { .. } => Seen::ListEnded,
        Event::Added(_) | Event::Modified(_) | Event::Deleted(_) => Seen::Event,
        _ => Seen::Nothing,
    }
}

async fn count(task: &Task, begun: Begun, items: impl Stream<Item = Seen>) {
    let mut items = pin!(items);
    let mut counter = Counter::new(task.events, task.empty_kib);
    let mut is_synced = false;
    while let Some(seen) = items.next().await {
        match seen {
            Seen::ListEnded if task.events == 0 => return begun.end(task.objects, task.empty_kib),
            Seen::ListEnded => is_synced = true,
            Seen::Event if is_synced && counter.count() => return,
            Seen::Event | Seen::Nothing => {}
        }
    }
    panic!("the watch ended");
}

/// Returns a function that runs jobs on this number of threads.
fn threads(number: usize) -> impl FnMut(DecodeJob) + Send + 'static {
    let (send, receive) = mpsc::channel::<DecodeJob>();
    let receive = Arc::new(Mutex::new(receive));
    for _ in 0..number {
        let receive = Arc::clone(&receive);
        thread::spawn(move || {
            loop {
                let job = receive.lock().expect("no job panics while the lock is held").recv();
                let Ok(job) = job else { return };
                job();
            }
        });
    }
    move |job| drop(send.send(job))
}
