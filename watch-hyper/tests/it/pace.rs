//! Many watches of one server come one after the other.

use core::time::Duration;

use futures_util::future::join_all;
use futures_util::{FutureExt, StreamExt};
use watch_hyper::{Pace, RawWatch};

use crate::fake::{Fake, from_1};

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
