//! The rate limit of many watches of one server.

use core::time::Duration;

use futures_util::future::join_all;
use futures_util::{FutureExt, StreamExt};
use tokio::time::Instant;
use watch_hyper::watch_core::Object;
use watch_hyper::{RateLimiter, Transport, Watch};

use crate::fake::{Fake, Part, Reply, frame, from_1};

#[tokio::test(start_paused = true)]
async fn watches_that_share_a_limiter_start_and_return_spread_out() {
    let (fake, pace) = (Fake::default(), RateLimiter::new(10, 5));
    let mut watches: Vec<_> =
        (0..25).map(|_| Watch::<Object>::new(fake.transport().rate_limited(pace.clone()), from_1())).collect();
    let mut seen = Vec::new();
    for _ in 0..5 {
        join_all(watches.iter_mut().map(|watch| async { watch.next().now_or_never() })).await;
        seen.push(fake.requests().len());
        tokio::time::advance(Duration::from_millis(501)).await;
    }
    assert_eq!(seen, [5, 10, 15, 20, 25], "five at once, then ten a second");
}

#[tokio::test(start_paused = true)]
async fn with_too_many_watches_each_still_gets_its_turn() {
    // Requests of up to 65 s can be queued before one, and here there are 100 s of them.
    let live = || Reply::Head(200, vec![frame("ADDED", "a", 2).as_str().into(), Part::Hangs]);
    let (fake, pace) = (Fake::new((0..1000).map(|_| live())), RateLimiter::new(10, 1));
    let mut watches: Vec<_> =
        (0..1000).map(|_| Watch::<Object>::new(fake.transport().rate_limited(pace.clone()), from_1())).collect();
    let begin = Instant::now();
    join_all(watches.iter_mut().map(StreamExt::next)).await;
    let lasted = begin.elapsed().as_secs();
    // Watches that timed out send a version check first, and wait for their turn again.
    assert!((99..145).contains(&lasted), "{lasted} s");
}

#[tokio::test(start_paused = true)]
async fn clones_of_a_transport_share_its_rate_limit() {
    let fake = Fake::default();
    let transport = fake.transport().rate_limited(RateLimiter::new(10, 5));
    let mut watches: Vec<_> = (0..25).map(|_| Watch::<Object>::new(transport.clone(), from_1())).collect();
    let mut seen = Vec::new();
    for _ in 0..3 {
        join_all(watches.iter_mut().map(|watch| async { watch.next().now_or_never() })).await;
        seen.push(fake.requests().len());
        tokio::time::advance(Duration::from_millis(501)).await;
    }
    assert_eq!(seen, [5, 10, 15], "five at once, then ten a second");
}

/// A function that keeps count counts for all.
#[tokio::test(start_paused = true)]
async fn clones_share_the_send_function_across_threads() {
    let (sender, receiver) = std::sync::mpsc::channel();
    let mut number = 0;
    let transport = Transport::from_fn(move |_: http::Request<http_body_util::Full<bytes::Bytes>>| {
        number += 1;
        sender.send(number).unwrap();
        core::future::pending::<Result<http::Response<http_body_util::Full<bytes::Bytes>>, std::io::Error>>()
    });
    let tasks = (0..3).map(|_| {
        let transport = transport.clone();
        tokio::spawn(async move { Watch::<Object>::new(transport, from_1()).next().now_or_never() })
    });
    for done in join_all(tasks).await {
        assert!(done.unwrap().is_none());
    }
    assert_eq!(receiver.try_iter().collect::<Vec<_>>(), [1, 2, 3]);
}
