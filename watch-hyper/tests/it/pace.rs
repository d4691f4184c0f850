//! Many watches of one server come one after the other.

use core::time::Duration;

use futures_util::future::join_all;
use futures_util::{FutureExt, StreamExt};
use tokio::time::Instant;
use watch_hyper::{Pace, RawWatch};

use crate::fake::{Fake, Part, Reply, frame, from_1};

#[tokio::test(start_paused = true)]
async fn watches_that_share_a_pace_start_spread_and_come_back_spread() {
    let (fake, pace) = (Fake::default(), Pace::new(10, 5));
    let mut watches: Vec<_> = (0..25).map(|_| RawWatch::new(fake.transport().paced(pace.clone()), from_1())).collect();
    let mut seen = Vec::new();
    for _ in 0..5 {
        join_all(watches.iter_mut().map(|watch| async { watch.next().now_or_never() })).await;
        seen.push(fake.requests().len());
        tokio::time::advance(Duration::from_millis(501)).await;
    }
    assert_eq!(seen, [5, 10, 15, 20, 25], "five at once, then ten a second");
}

#[tokio::test(start_paused = true)]
async fn where_too_many_wait_for_their_turn_all_of_them_come_to_it() {
    // 65 s of requests may be in front of one, and here are 100 s of them.
    let live = || Reply::Head(200, vec![frame("ADDED", "a", 2).as_str().into(), Part::Hangs]);
    let (fake, pace) = (Fake::new((0..1000).map(|_| live())), Pace::new(10, 1));
    let mut watches: Vec<_> =
        (0..1000).map(|_| RawWatch::new(fake.transport().paced(pace.clone()), from_1())).collect();
    let begin = Instant::now();
    join_all(watches.iter_mut().map(StreamExt::next)).await;
    let lasted = begin.elapsed().as_secs();
    // Those that gave up first ask how far the server is, and wait for their turn once more.
    assert!((99..145).contains(&lasted), "{lasted} s");
}
