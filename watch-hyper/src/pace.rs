//! Not all at once.

use core::fmt;
use core::time::Duration;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::time::{Instant, sleep_until};

/// How often watches that share it may send requests, so that thousands of them which start together, or lost the same
/// server together, don't come down on it together. Each machine spreads its own attempts by chance; this is for all of
/// them.
///
/// Clones share one account. A [`Client`](crate::Client) has one; give the same to
/// [`Transport::paced`](crate::Transport::paced) if you bring a transport of your own.
///
/// A request that has to wait for its turn counts as one whose response doesn't come: if `Timing::head` (65 s) of
/// requests are in front of it, its watch takes that for trouble. So allow at least as many a second as there are
/// watches, divided by 60.
#[derive(Clone)]
pub struct Pace(Arc<Account>);

struct Account {
    /// From one request to the next, when there is none to spare.
    interval: Duration,
    /// How far ahead of time a request may be: that many to spare.
    ahead: Duration,
    /// When the next request would be on time.
    next: Mutex<Instant>,
}

impl Pace {
    /// So many requests a second, in the long run; and so many at once after a rest. Neither is below 1.
    pub fn new(per_second: u32, at_once: u32) -> Self {
        let interval = Duration::from_secs(1) / per_second.max(1);
        let ahead = interval * at_once.max(1).saturating_sub(1);
        Self(Arc::new(Account { interval, ahead, next: Mutex::new(Instant::now()) }))
    }

    /// Takes the next turn, and waits for it. (The generic cell rate algorithm: one number is all there is to keep, and
    /// who comes first is served first.)
    pub(crate) async fn turn(&self) {
        let at = {
            let now = Instant::now();
            let mut next = self.0.next.lock().unwrap_or_else(PoisonError::into_inner);
            let on_time = (*next).max(now);
            *next = on_time + self.0.interval;
            on_time - now
        };
        let wait = at.saturating_sub(self.0.ahead);
        if !wait.is_zero() {
            sleep_until(Instant::now() + wait).await;
        }
    }
}

impl Default for Pace {
    /// 100 a second, and 500 at once after a rest.
    fn default() -> Self {
        Self::new(100, 500)
    }
}

impl fmt::Debug for Pace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pace").field("interval", &self.0.interval).field("ahead", &self.0.ahead).finish()
    }
}

#[cfg(test)]
mod tests {
    use core::time::Duration;

    use tokio::time::Instant;

    use super::Pace;

    #[tokio::test(start_paused = true)]
    async fn some_go_at_once_and_the_others_one_after_the_other() {
        let pace = Pace::new(10, 3);
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
}
