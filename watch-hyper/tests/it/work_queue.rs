//! The work queue, on tokio's clock.

use core::time::Duration;
use std::panic::AssertUnwindSafe;
use std::sync::Mutex;

use futures_util::FutureExt;
use futures_util::future::join_all;
use tokio::time::{Instant, sleep, timeout};
use watch_hyper::WorkQueue;

const SECOND: Duration = Duration::from_secs(1);

fn started() -> WorkQueue<u32> {
    let queue = WorkQueue::with_retry(SECOND, 8 * SECOND);
    queue.start();
    queue
}

#[tokio::test(start_paused = true)]
async fn a_waiting_worker_wakes_for_a_key_the_start_and_the_end() {
    let queue = WorkQueue::new();
    let begin = Instant::now();
    let worker = async {
        let mut turns = Vec::new();
        while let Some(turn) = queue.next().await {
            turns.push((*turn.key(), begin.elapsed().as_secs()));
            turn.succeeded();
        }
        (turns, begin.elapsed().as_secs())
    };
    let controller = async {
        queue.add(1);
        sleep(SECOND).await;
        queue.start();
        sleep(SECOND).await;
        queue.add(2);
        queue.add_after(3, 5 * SECOND);
        sleep(SECOND).await;
        queue.add_after(3, SECOND);
        sleep(5 * SECOND).await;
        queue.add_after(4, SECOND);
        queue.shut_down();
    };
    let (done, ()) = tokio::join!(worker, controller);
    assert_eq!(done, (vec![(1, 1), (2, 2), (3, 4)], 8));
}

#[tokio::test(start_paused = true)]
async fn workers_share_the_keys_and_never_one_key() {
    let queue = started();
    (0..6).for_each(|key| queue.add(key));
    let begin = Instant::now();
    let at_work = Mutex::new(Vec::new());
    let turns = Mutex::new(Vec::new());
    let worker = async || {
        while let Some(turn) = queue.next().await {
            let key = *turn.key();
            assert!(!at_work.lock().unwrap().contains(&key));
            at_work.lock().unwrap().push(key);
            queue.add(key % 2); // during a turn, of this key or of another one
            sleep(SECOND).await;
            at_work.lock().unwrap().retain(|other| *other != key);
            turns.lock().unwrap().push((begin.elapsed().as_secs(), key));
            turn.succeeded();
        }
    };
    let end = async {
        sleep(3 * SECOND + SECOND / 2).await;
        queue.shut_down();
    };
    tokio::join!(join_all((0..3).map(|_| worker())), end);
    let mut turns = turns.into_inner().unwrap();
    turns.sort_unstable();
    assert_eq!(turns.iter().filter(|(at, _)| *at <= 2).map(|(_, key)| *key).collect::<Vec<_>>(), [0, 1, 2, 3, 4, 5]);
    // The others are the two keys that were added again.
    assert!(turns.iter().filter(|(at, _)| *at > 2).all(|(_, key)| *key < 2), "{turns:?}");
    assert!(queue.is_empty() && queue.next().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn a_worker_that_panics_or_is_cancelled_loses_no_key() {
    let queue = started();
    queue.add(1);
    let begin = Instant::now();
    let panicking = async {
        let _turn = queue.next().await;
        panic!("as a reconciler may");
    };
    assert!(AssertUnwindSafe(panicking).catch_unwind().await.is_err());
    let cancelled = async {
        let _turn = queue.next().await;
        sleep(5 * SECOND).await;
    };
    assert!(timeout(3 * SECOND, cancelled).await.is_err());
    assert_eq!(queue.failures(&1), 2);
    queue.next().await.expect("the queue is open").succeeded();
    // 1 s after the panic, cancelled at 3 s, and 2 s after that.
    assert_eq!((begin.elapsed(), queue.failures(&1)), (5 * SECOND, 0));
}

#[tokio::test(start_paused = true)]
async fn a_wait_that_is_dropped_takes_no_key() {
    let queue = started();
    for _ in 0..3 {
        assert!(timeout(SECOND, queue.next()).await.is_err());
    }
    queue.add(1);
    drop(queue.next());
    assert_eq!(queue.len(), 1);
    queue.next().await.expect("the queue is open").succeeded();
    assert!(timeout(SECOND, queue.next()).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn retries_grow_up_to_the_longest_and_begin_again() {
    let queue = started();
    queue.add(1);
    let mut last = Instant::now();
    let mut waited = async || {
        let turn = queue.next().await.expect("the queue is open");
        let delay = last.elapsed().as_secs();
        last = Instant::now();
        (turn, delay)
    };
    for expected in [0, 1, 2, 4, 8, 8] {
        let (turn, delay) = waited().await;
        assert_eq!(delay, expected);
        turn.failed();
    }
    waited().await.0.succeeded();
    queue.add(1);
    waited().await.0.failed();
    assert_eq!(waited().await.1, 1, "after a success, the delay is the first one again");
}

#[tokio::test(start_paused = true)]
async fn a_delayed_key_has_one_turn_at_the_earliest_of_its_times() {
    let queue = started();
    let begin = Instant::now();
    for delay in [5, 3, 4] {
        queue.add_after(1, delay * SECOND);
    }
    queue.next().await.expect("the queue is open").succeeded();
    assert_eq!(begin.elapsed().as_secs(), 3);
    assert!(timeout(60 * SECOND, queue.next()).await.is_err());
}
