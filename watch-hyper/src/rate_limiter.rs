//! The rate limit that watches share.

use core::fmt;
use core::time::Duration;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::time::{Instant, sleep_until};

/// Limits the rate of requests of the watches that share it, so that thousands of watches that start together, or lost
/// the same server, don't send their requests together. Each machine adds jitter to its own retries; this limit is for
/// all of them.
///
/// Clones share one limit. A [`Client`](crate::Client) has one. Pass it to
/// [`Transport::rate_limited`](crate::Transport::rate_limited) for a transport of your own.
///
/// The time for which a request waits for its turn counts toward `Timing::response_timeout` (65 s). After that timeout,
/// the watch retries later, and the next request takes the turn. To avoid such retries, allow at least watches / 60
/// requests a second.
///
/// ```
/// # #[cfg(feature = "client")] {
/// use watch_hyper::{Client, RateLimiter};
///
/// // 20 requests a second, and 50 at once after a pause.
/// let client = Client::builder("https://127.0.0.1:6443").pace(RateLimiter::new(20, 50)).build()?;
/// # }
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct RateLimiter(Arc<Account>);

struct Account {
    /// The time between two requests at the sustained rate.
    interval: Duration,
    /// How far ahead of schedule a request may be: the burst.
    ahead: Duration,
    turns: Mutex<Turns>,
}

/// The schedule of the requests, by the generic cell rate algorithm: one an interval in the long run.
struct Turns {
    /// The first turn that wasn't handed out yet.
    next: Instant,
    /// Turns that were returned unused. Without them, requests that time out before their turn would delay all others.
    /// If too many requests waited, every request would time out before its turn.
    free: BTreeSet<Instant>,
}

impl RateLimiter {
    /// Returns a limit of `per_second` requests a second in the long run, and bursts of `at_once` requests after a
    /// pause. Values below 1 are treated as 1.
    pub fn new(per_second: u32, at_once: u32) -> Self {
        let interval = Duration::from_secs(1) / per_second.max(1);
        let ahead = interval * at_once.max(1).saturating_sub(1);
        let turns = Mutex::new(Turns { next: Instant::now(), free: BTreeSet::new() });
        Self(Arc::new(Account { interval, ahead, turns }))
    }

    /// Takes the next turn (or an earlier one that was returned), and waits for it. A turn doesn't depend on other
    /// requests being polled.
    pub(crate) async fn turn(&self) {
        let mut turn = Turn { account: &self.0, on_time: self.0.take(Instant::now()), is_used: false };
        // The clock can't represent a time before its origin.
        let at = turn.on_time.checked_sub(self.0.ahead).unwrap_or(turn.on_time);
        if at > Instant::now() {
            sleep_until(at).await;
        }
        turn.is_used = true;
    }
}

impl Account {
    fn take(&self, now: Instant) -> Instant {
        let mut turns = self.lock();
        // Returned turns in the past have lapsed.
        turns.free = turns.free.split_off(&now);
        turns.free.pop_first().unwrap_or_else(|| {
            let on_time = turns.next.max(now);
            turns.next = on_time + self.interval;
            on_time
        })
    }

    fn lock(&self) -> MutexGuard<'_, Turns> {
        self.turns.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A turn that was handed out. Dropping it unused returns it.
struct Turn<'a> {
    account: &'a Account,
    on_time: Instant,
    is_used: bool,
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        if !self.is_used {
            self.account.lock().free.insert(self.on_time);
        }
    }
}

impl Default for RateLimiter {
    /// 100 requests a second, and bursts of 500.
    fn default() -> Self {
        Self::new(100, 500)
    }
}

impl fmt::Debug for RateLimiter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RateLimiter").field("interval", &self.0.interval).field("ahead", &self.0.ahead).finish()
    }
}

#[cfg(test)]
mod tests {
    use core::time::Duration;

    use futures_util::future::join_all;
    use tokio::time::{Instant, timeout};

    use super::RateLimiter;

    #[tokio::test(start_paused = true)]
    async fn some_go_at_once_and_the_others_one_after_the_other() {
        let pace = RateLimiter::new(10, 3);
        let begin = Instant::now();
        let mut went = Vec::new();
        for _ in 0..6 {
            pace.clone().turn().await;
            went.push(begin.elapsed().as_millis());
        }
        assert_eq!(went, [0, 0, 0, 100, 200, 300]);
        // After a pause, a burst is allowed again.
        tokio::time::sleep(Duration::from_secs(60)).await;
        let begin = Instant::now();
        for _ in 0..3 {
            pace.turn().await;
        }
        assert_eq!(begin.elapsed(), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_that_gives_up_delays_no_other() {
        let pace = RateLimiter::new(10, 1);
        let begin = Instant::now();
        let impatient = (0..40).map(|_| async {
            while timeout(Duration::from_secs(1), pace.turn()).await.is_err() {}
            begin.elapsed().as_millis()
        });
        let mut went = join_all(impatient).await;
        went.sort_unstable();
        assert_eq!(went, (0..40).map(|turn| turn * 100).collect::<Vec<_>>());
    }
}
