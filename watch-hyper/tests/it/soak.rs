//! A soak test.

use core::time::Duration;
use std::time::Instant;

use watch_hyper::watch_core::Object;
use watch_hyper::{Client, Watch};
use watch_test::TestServer;

use crate::churn::{churn, config, from_environment};
use crate::end_to_end::{truth, versions};

/// `WATCH_SOAK_SECONDS=180 WATCH_SOAK_WATCHES=1000` is a real soak; the defaults are short enough for the gate.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_watches_agree_after_many_faults() {
    let seconds = from_environment("WATCH_SOAK_SECONDS", 5);
    let watches = from_environment("WATCH_SOAK_WATCHES", 50);
    let server = TestServer::start().await.unwrap();
    let clients = [Client::builder(&server.url()), Client::builder(&server.url()).http2_prior_knowledge()];
    let clients = clients.map(|builder| builder.build().unwrap());
    let (mut stores, mut driving) = (Vec::new(), tokio::task::JoinSet::new());
    for number in 0..watches {
        let client = clients[usize::from(number.is_multiple_of(4))].clone();
        let (watch, store) = Watch::<Object>::new(client, config(number)).store();
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
