//! A client with many watches that have nothing to do. `idle NAME URL EVENTS OBJECTS WATCHES` opens WATCHES watches with
//! the API that NAME selects, and prints the measurement, as the other clients do.

use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt as _;
use futures_util::stream::SelectAll;
use http::Request;
use http_body_util::{BodyExt as _, Empty};
use hyper_util::client::legacy;
use hyper_util::rt::TokioExecutor;
use peer_speed::measure::{Begun, resident_kib};
use tokio::sync::mpsc;
use watch_hyper::watch_core::{Config, Event, Object, Resource};
use watch_hyper::{Client, RateLimiter, Transport, Watch};

/// The work.
struct Task {
    url: String,
    watches: u64,
    /// The resident memory at the start of the process.
    empty_kib: u64,
}

fn main() {
    let empty_kib = resident_kib();
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [name, url, _, _, watches] = &arguments[..] else { panic!("usage: idle NAME URL EVENTS OBJECTS WATCHES") };
    let task = Task { url: url.clone(), watches: watches.parse().expect("a number"), empty_kib };
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    runtime.enable_all().build().expect("a runtime").block_on(async {
        match name.as_str() {
            "drain-idle-http2" => drain(&task, false).await,
            "drain-idle-paced-http2" => drain(&task, true).await,
            name => ours(name, &task).await,
        }
    });
}

/// The streams of a connection, as the server limits them.
const STREAMS: u64 = peer_speed::server::STREAMS as u64;

/// Opens all watches, with the default configuration: each receives a streaming list without objects, and stays open.
async fn ours(how: &str, task: &Task) {
    let client = Client::builder(&task.url).http2_prior_knowledge();
    // By default, 10,000 watches take a minute and a half to open.
    let client = if how.contains("paced") { client } else { client.pace(RateLimiter::new(u32::MAX, u32::MAX)) };
    let client = client.build().expect("a client");
    let transport = Transport::from(client);
    let config = Config::builder(Resource::core("v1", "pods")).build().expect("a configuration");
    let watch = || Watch::<Object>::new(transport.clone(), config.clone());
    let begun = Begun::now();
    if how.contains("tasks") {
        let (synced, mut all) = mpsc::unbounded_channel();
        for _ in 0..task.watches {
            let (mut watch, synced) = (watch(), synced.clone());
            tokio::spawn(async move {
                while let Some(Ok(event)) = watch.next().await {
                    if is_synced(&event) {
                        synced.send(()).expect("all watches are awaited");
                    }
                }
            });
        }
        for _ in 0..task.watches {
            all.recv().await.expect("no watch ends");
        }
        begun.end(task.watches, task.empty_kib);
    } else {
        let mut watches: SelectAll<_> = (0..task.watches).map(|_| watch()).collect();
        let mut left = task.watches;
        while left > 0 {
            let Some(Ok(event)) = watches.next().await else { panic!("a watch ended") };
            left -= u64::from(is_synced(&event));
        }
        begun.end(task.watches, task.empty_kib);
    }
}

fn is_synced(event: &Event) -> bool {
    matches!(event, Event::InitialEnd { .. })
}

/// The requests that the default `RateLimiter` lets through at once, and then the time between two.
const BURST: u64 = 500;
const INTERVAL: Duration = Duration::from_millis(10);

/// The same requests with hyper alone, and as many connections.
async fn drain(task: &Task, is_paced: bool) {
    let begun = Begun::now();
    let (opened, mut all) = mpsc::unbounded_channel();
    let client = || legacy::Client::builder(TokioExecutor::new()).http2_only(true).build_http::<Empty<Bytes>>();
    let mut clients = Vec::new();
    let mut turns = tokio::time::interval(INTERVAL);
    for number in 0..task.watches {
        if is_paced && number >= BURST {
            turns.tick().await;
        }
        if number % STREAMS == 0 {
            clients.push(client());
        }
        let (client, opened) = (clients[clients.len() - 1].clone(), opened.clone());
        let url = format!("{}/api/v1/pods?watch=true&sendInitialEvents=true", task.url);
        tokio::spawn(async move {
            let request = Request::get(url).body(Empty::new()).expect("a request");
            let mut body = client.request(request).await.expect("a response").into_body();
            while let Some(frame) = body.frame().await {
                let is_data = frame.expect("a frame").is_data();
                opened.send(is_data).expect("all responses are awaited");
            }
        });
        // The first request of a client makes the connection that the others use.
        if number % STREAMS == 0 {
            all.recv().await.expect("no watch ends");
        }
    }
    for _ in 0..task.watches - clients.len() as u64 {
        all.recv().await.expect("no watch ends");
    }
    begun.end(task.watches, task.empty_kib);
}
