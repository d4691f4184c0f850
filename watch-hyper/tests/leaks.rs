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

/// This number of turns of the runtime without a change is rest.
const QUIET: usize = 100;

/// What is held when nothing is going on any more. Connections end some time after their streams, the later the busier
/// the machine is; but both ends are of this process and its one thread, so what is still to be done about them is done
/// in the runtime's next turns, each of which looks at the sockets too. Only what waits for a clock stays, which is no
/// more for being later.
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

/// How many connections are kept for what comes next is a matter of luck, so what counts is how little there is again
/// and again.
fn least(rounds: &[[usize; 3]]) -> [usize; 3] {
    [0, 1, 2].map(|what| rounds.iter().map(|held| held[what]).min().unwrap())
}

/// `WATCH_SOAK_RECONNECTS=10000` is what it was made for. Each watch reconnects once a second at most, so there are
/// many.
#[tokio::test]
async fn reconnects_leave_nothing_behind() {
    let reconnects = usize::try_from(from_environment("WATCH_SOAK_RECONNECTS", 2000)).unwrap();
    let server = TestServer::start().await.unwrap();
    // By then there are as many objects as there ever are.
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
        // Something new on each, so that the backoff stays small.
        churn(&server, round);
        match round % 3 {
            0 => server.disconnect(),
            1 => server.reset(),
            _ => server.end_watches(),
        }
        server.until("watches have ended", |server| server.open_watches() < 200).await;
        server.until("all watches are open again", all_open).await;
        sent += server.requests().len();
        // What the server remembers is not what is asked here.
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
