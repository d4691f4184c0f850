//! A recorded trace replays without the server.

use core::time::Duration;
use std::sync::{Arc, Mutex};

use futures_util::StreamExt;
use serde_json::json;
use watch_hyper::watch_core::trace::{self, TraceError};
use watch_hyper::watch_core::{Config, ConfigBuilder, Object, Resource};
use watch_hyper::{Client, Transport, Watch};
use watch_test::fault::{Fault, Requests};
use watch_test::{InProcessServer, TestServer};

/// The lines of a trace file.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<String>>);

impl Lines {
    fn record(&self, mut watch: Watch) -> Watch {
        let lines = Arc::clone(&self.0);
        watch.handle_mut().record(move |entry| {
            let line = serde_json::to_string(&entry).unwrap();
            lines.lock().unwrap().extend([line.as_str(), "\n"]);
        });
        watch
    }

    fn text(&self) -> String {
        self.0.lock().unwrap().clone()
    }

    fn replay(&self) -> Result<(), TraceError> {
        trace::replay(trace::read(&self.text())?)
    }
}

fn secrets() -> ConfigBuilder {
    Config::builder(Resource::core("v1", "secrets"))
}

/// No seed is given, so the watch has a random one.
#[tokio::test(start_paused = true)]
async fn an_hour_of_trouble_replays_byte_for_byte() {
    let server = InProcessServer::start();
    for fault in [Fault::refuse(429), Fault::refuse(500), Fault::cut(300), Fault::stall(100)] {
        server.inject(fault.times(2).on(Requests::watch("secrets")));
    }
    let lines = Lines::default();
    let config = secrets().namespace("default").labels("app!=db").deadline(Duration::from_secs(3600));
    let mut watch = lines.record(Watch::<Object>::new(Transport::new(server.service()), config.build().unwrap()));
    let changing = async {
        for round in 0..50 {
            let name = format!("s{}", round % 7);
            let object = json!({ "metadata": { "name": name, "namespace": "default" }, "data": { "round": "eA==" } });
            drop(server.create("secrets", None, object));
            tokio::time::sleep(Duration::from_secs(60)).await;
            drop(server.delete("secrets", Some("default"), &format!("s{}", round % 5)));
            match round % 11 {
                3 => server.expire(),
                5 => server.disconnect(),
                7 => server.reset(),
                9 => watch_test::InProcessServer::take_down(&server),
                10 => server.bring_up(),
                _ => {}
            }
        }
    };
    let watching = async { while watch.next().await.is_some() {} };
    tokio::join!(watching, changing);
    assert!(lines.text().lines().count() > 200, "{}", lines.text());
    assert!(lines.text().ends_with("{\"Done\":\"DeadlineReached\"}}}\n"));
    lines.replay().unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_watch_that_resumes_in_another_process_replays() {
    let server = InProcessServer::start();
    let transport = || Transport::new(server.service());
    let config = || secrets().build().unwrap();
    let mut watch = Watch::<Object>::new(transport(), config());
    while watch.handle().checkpoint().is_none() {
        watch.next().await.unwrap().unwrap();
    }
    let checkpoint = watch.handle().checkpoint().unwrap();
    drop(watch);
    server.create("secrets", Some("default"), json!({ "metadata": { "name": "later" } })).unwrap();
    let lines = Lines::default();
    let mut watch = lines.record(Watch::<Object>::resume(transport(), config(), &checkpoint).unwrap());
    watch.next().await.unwrap().unwrap();
    lines.replay().unwrap();

    // A late recording can't be replayed, and fails with that reason.
    let lines = Lines::default();
    let mut watch = lines.record(watch);
    server.create("secrets", Some("default"), json!({ "metadata": { "name": "later-still" } })).unwrap();
    watch.next().await.unwrap().unwrap();
    assert_eq!(lines.replay(), Err(TraceError::BegunLate));
}

/// On real sockets, with credentials: they are in no trace, whether they are accepted or refused.
#[tokio::test]
async fn credentials_are_in_no_trace_and_the_values_of_secrets_are() {
    let server = TestServer::start().await.unwrap();
    let object =
        json!({ "metadata": { "name": "db", "namespace": "default" }, "data": { "password": "aHVudGVyMg==" } });
    server.create("secrets", None, object).unwrap();
    server.inject(Fault::refuse(401).once());
    let client = Client::builder(&server.url()).token("t0p-s3cret").build().unwrap();
    let lines = Lines::default();
    let mut watch = lines.record(Watch::<Object>::new(client, secrets().build().unwrap()));
    while watch.handle().checkpoint().is_none() {
        watch.next().await.unwrap().unwrap();
    }
    let text = lines.text();
    assert!(server.requests().iter().all(|request| request.header("authorization").is_some()));
    assert!(!text.contains("t0p-s3cret") && !text.to_lowercase().contains("bearer"), "{text}");
    assert!(text.contains("aHVudGVyMg==") && text.contains("\"refreshCredentials\":true"), "{text}");
    lines.replay().unwrap();
}
