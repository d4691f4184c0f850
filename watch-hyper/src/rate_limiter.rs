//! Not all at once.

use core::fmt;
use core::time::Duration;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::time::{Instant, sleep_until};

/// How often watches that share it may send requests, so that thousands of them which start together, or lost the same
/// server together, don't come down on it together. Each machine spreads its own attempts by chance; this is for all of
/// them.
///
/// Clones share one account. A [`Client`](crate::Client) has one; give the same to
/// [`Transport::rate_limited`](crate::Transport::rate_limited) if you bring a transport of your own.
///
/// A request that has to wait for its turn counts as one whose response doesn't come: if `Timing::response_timeout` (65 s) of
/// requests are in front of it, its watch takes that for trouble, and tries again later; its turn goes to the next one.
/// So all of them come to their turn, but with fewer notices if it allows at least as many a second as there are
/// watches, divided by 60.
#[derive(Clone)]
pub struct RateLimiter(Arc<Account>);

struct Account {
    /// From one request to the next, when there is none to spare.
    interval: Duration,
    /// How far ahead of time a request may be: that many to spare.
    ahead: Duration,
    turns: Mutex<Turns>,
}

/// When requests would be on time. (The generic cell rate algorithm: in the long run one an interval.)
struct Turns {
    /// Behind all that were given out.
    next: Instant,
    /// Those that were given back. Without them, requests that give up before their turn would put off all others, and
    /// when too many wait, nobody's turn would come before he gives up.
    free: BTreeSet<Instant>,
}

impl RateLimiter {
    /// So many requests a second, in the long run; and so many at once after a rest. Neither is below 1.
    pub fn new(per_second: u32, at_once: u32) -> Self {
        let interval = Duration::from_secs(1) / per_second.max(1);
        let ahead = interval * at_once.max(1).saturating_sub(1);
        let turns = Mutex::new(Turns { next: Instant::now(), free: BTreeSet::new() });
        Self(Arc::new(Account { interval, ahead, turns }))
    }

    /// Takes the next turn (or an earlier one that was given back), and waits for it. Nobody has to be polled for others
    /// to come to theirs.
    pub(crate) async fn turn(&self) {
        let mut turn = Turn { account: &self.0, on_time: self.0.take(Instant::now()), is_used: false };
        // Neither the account nor the clock goes back before its beginning.
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
        // What nobody took in time is over.
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

/// A turn that was given out. Dropped before it is used, it is given back.
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
    /// 100 a second, and 500 at once after a rest.
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
        // After a rest, some may go at once again.
        tokio::time::sleep(Duration::from_secs(60)).await;
        let begin = Instant::now();
        for _ in 0..3 {
            pace.turn().await;
        }
        assert_eq!(begin.elapsed(), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn who_gives_up_before_his_turn_puts_nobody_off() {
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
