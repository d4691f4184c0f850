//! For long, and often.

use core::time::Duration;
use std::time::Instant;

use serde_json::json;
use watch_hyper::watch_core::{Config, InitialSet, Resource, Start};
use watch_hyper::{Client, RawWatch};
use watch_test::TestServer;

use crate::end_to_end::{truth, versions};

fn from_environment(name: &str, usual: u64) -> u64 {
    std::env::var(name).map_or(usual, |text| text.parse().unwrap_or_else(|_| panic!("{name} must be a number")))
}

fn config(number: u64) -> Config {
    let start = if number.is_multiple_of(2) { InitialSet::Auto } else { InitialSet::List };
    Config::builder(Resource::core("v1", "pods")).seed(number).start(Start::InitialSet(start)).build().unwrap()
}

fn churn(server: &TestServer, round: u64) {
    let name = format!("pod-{}", round % 20);
    let pod = json!({ "metadata": { "name": name, "namespace": "default", "labels": { "round": round.to_string() } } });
    if round.is_multiple_of(3) {
        drop(server.delete("pods", Some("default"), &name));
    } else if server.create("pods", None, pod.clone()).is_err() {
        drop(server.patch("pods", Some("default"), &name, pod));
    }
}

/// `WATCH_SOAK_SECONDS=180 WATCH_SOAK_WATCHES=1000` is what it was made for; the usual is what a gate can wait for.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_watches_agree_after_much_that_went_wrong() {
    let seconds = from_environment("WATCH_SOAK_SECONDS", 5);
    let watches = from_environment("WATCH_SOAK_WATCHES", 50);
    let server = TestServer::start().await.unwrap();
    let clients = [Client::builder(&server.url()), Client::builder(&server.url()).http2_prior_knowledge()];
    let clients = clients.map(|builder| builder.build().unwrap());
    let (mut stores, mut driving) = (Vec::new(), tokio::task::JoinSet::new());
    for number in 0..watches {
        let client = clients[usize::from(number.is_multiple_of(4))].clone();
        let (watch, store) = RawWatch::new(client, config(number)).store();
        driving.spawn(watch.drive());
        stores.push(store);
    }
    let end = Instant::now() + Duration::from_secs(seconds);
    let mut tick = tokio::time::interval(Duration::from_millis(20));
    let mut round = 0;
    while Instant::now() < end {
        tick.tick().await;
        churn(&server, round);
        round += 1;
        match round % 200 {
            50 => server.disconnect(),
            90 => server.expire(),
            110 => server.reset(),
            130 => server.go_away(),
            150 => server.end_watches(),
            190 => server.restart(10),
            _ => {}
        }
    }
    let truth = truth(&server);
    for (number, store) in stores.iter().enumerate() {
        let agrees = store.wait_for(|set| versions(set) == truth);
        tokio::time::timeout(Duration::from_secs(120), agrees)
            .await
            .unwrap_or_else(|_| panic!("watch {number} never agrees"))
            .unwrap();
    }
    println!("{watches} watches agree after {seconds} s, {round} changes, {} requests", server.requests().len());
}

/// Sockets of this process, and tasks of this runtime.
fn held() -> (usize, usize) {
    let sockets = std::fs::read_dir("/proc/self/fd").map_or(0, Iterator::count);
    (sockets, tokio::runtime::Handle::current().metrics().num_alive_tasks())
}

/// `WATCH_SOAK_RECONNECTS=10000` is what it was made for. Each watch reconnects once a second at most, so there are many.
#[tokio::test]
async fn reconnects_leave_nothing_behind() {
    let reconnects = usize::try_from(from_environment("WATCH_SOAK_RECONNECTS", 1000)).unwrap();
    let server = TestServer::start().await.unwrap();
    let client = Client::builder(&server.url()).build().unwrap();
    let mut driving = tokio::task::JoinSet::new();
    for number in 0..200 {
        let (watch, _store) = RawWatch::new(client.clone(), config(number)).store();
        driving.spawn(watch.drive());
    }
    let all_open = |server: &watch_test::model::ApiServer| server.open_watches() == 200;
    server.until(all_open).await;
    let before = held();
    let mut most = before;
    let first = server.requests().len();
    for round in 0.. {
        if server.requests().len() - first >= reconnects {
            break;
        }
        // Something new on each, so that the backoff stays small.
        churn(&server, round);
        match round % 3 {
            0 => server.disconnect(),
            1 => server.reset(),
            _ => server.end_watches(),
        }
        server.until(|server| server.open_watches() < 200).await;
        server.until(all_open).await;
        let now = held();
        most = (most.0.max(now.0), most.1.max(now.1));
    }
    drop(client);
    println!("sockets and tasks: {before:?} before, {most:?} at most");
    assert!(most.0 <= before.0 + 20 && most.1 <= before.1 + 20, "before: {before:?}, at most: {most:?}");
    driving.shutdown().await;
}
