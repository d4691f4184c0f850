//! Thousands of reconnects leak neither sockets, tasks nor memory. In its own process, since these are counted.

use std::alloc::System;

use cap::Cap;
use watch_hyper::watch_core::Object;
use watch_hyper::{Client, Watch};
use watch_test::TestServer;

use crate::churn::{churn, config, from_environment};

#[path = "it/churn.rs"]
mod churn;

#[global_allocator]
static ALLOCATOR: Cap<System> = Cap::new(System, usize::MAX);

/// Sockets of this process, tasks of its runtime, bytes of its heap.
fn held() -> [usize; 3] {
    let sockets = std::fs::read_dir("/proc/self/fd").map_or(0, Iterator::count);
    [sockets, tokio::runtime::Handle::current().metrics().num_alive_tasks(), ALLOCATOR.allocated()]
}

/// This many turns of the runtime without a change count as idle.
const QUIET: usize = 100;

/// Returns the resources that are held when the runtime is idle. Connections end some time after their streams, later
/// on a busy machine. But both ends are of this process and its one thread, so their remaining work is done in the
/// runtime's next turns, each of which polls the sockets too. Only tasks that wait for a clock remain, and their number
/// doesn't grow.
async fn held_at_rest() -> [usize; 3] {
    let (mut last, mut quiet) = (held(), 0);
    while quiet < QUIET {
        tokio::task::yield_now().await;
        let now = held();
        quiet = if now[..2] == last[..2] { quiet + 1 } else { 0 };
        last = now;
    }
    last
}

/// The number of connections that are kept for later requests varies, so the least number of several measurements
/// counts.
fn least(rounds: &[[usize; 3]]) -> [usize; 3] {
    [0, 1, 2].map(|what| rounds.iter().map(|held| held[what]).min().unwrap())
}

/// `WATCH_SOAK_RECONNECTS=10000` is the full test. Each watch reconnects once a second at most, so there are
/// many.
#[tokio::test]
async fn reconnects_leak_nothing() {
    let reconnects = usize::try_from(from_environment("WATCH_SOAK_RECONNECTS", 2000)).unwrap();
    let server = TestServer::start().await.unwrap();
    // By then there are as many objects as there will be.
    (0..60).for_each(|round| churn(&server, round));
    let client = Client::builder(&server.url()).build().unwrap();
    let mut driving = tokio::task::JoinSet::new();
    for number in 0..200 {
        let (watch, _store) = Watch::<Object>::new(client.clone(), config(number)).store();
        driving.spawn(watch.drive());
    }
    let all_open = |server: &watch_test::model::ApiServer| server.open_watches() == 200;
    server.until("all watches are open", all_open).await;
    let (mut rounds, mut sent) = (Vec::new(), 0);
    for round in 60.. {
        // A new event on each, so that the backoff stays small.
        churn(&server, round);
        match round % 3 {
            0 => server.disconnect(),
            1 => server.reset(),
            _ => server.end_watches(),
        }
        server.until("watches have ended", |server| server.open_watches() < 200).await;
        server.until("all watches are open again", all_open).await;
        sent += server.requests().len();
        // The memory of the server isn't measured here.
        server.clear_requests();
        server.expire();
        rounds.push(held_at_rest().await);
        if sent >= reconnects {
            break;
        }
    }
    let (before, after) = (least(&rounds[..5]), least(&rounds[rounds.len() - 5..]));
    println!("sockets, tasks, bytes: {before:?}, and {after:?} after {sent} requests");
    let [sockets, tasks, bytes] = [0, 1, 2].map(|what| after[what].saturating_sub(before[what]));
    assert!(sockets <= 20 && tasks <= 20, "{rounds:?}");
    // The normal variation.
    assert!(bytes <= 128 << 10, "{rounds:?}");
    driving.shutdown().await;
}
