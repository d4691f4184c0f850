//! How often the server is asked.
//!
//! The machine's own promise (`watch-core/tests/it/storm.rs`) is: under a failure that never ends at most 16 requests
//! in the first minute and 4 a minute from then on; an attempt is two requests where a LIST succeeds and its watch
//! fails; and with a server that brings one event a watch, one watch a second.

use core::time::Duration;
use std::collections::VecDeque;

use super::sequence::broken;
use crate::sim::violation::{Oracle, Violation};

const MINUTE: Duration = Duration::from_secs(60);

/// Requests in the first minute without progress.
const FIRST_MINUTE: usize = 16;
/// Requests in any later minute without progress.
const LATER_MINUTE: usize = 6;
/// Requests in any minute, whatever progress there is: one a second, and a set each time.
const ANY_MINUTE: usize = 130;
/// Requests in any second: a watch, a set, and what happens once.
const SECOND: usize = 8;

/// See the module.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rate {
    /// When requests were sent; those for further pages don't count.
    sent: VecDeque<Duration>,
    /// Since when there was no progress.
    since: Option<Duration>,
    /// Not before this, the server said.
    not_before: Duration,
}

impl Rate {
    /// Something new was told, or a watch lasted: from here on it counts anew.
    pub(crate) fn progress(&mut self) {
        self.since = None;
    }

    /// The consumer asked for a set, or a new process begins: what comes now was asked for.
    pub(crate) fn excuse(&mut self) {
        *self = Self::default();
    }

    /// The server asked to be left alone for so long.
    pub(crate) fn retry_after(&mut self, now: Duration, wait: Duration) {
        self.not_before = self.not_before.max(now + wait);
    }

    /// A request that isn't for a further page.
    pub(crate) fn sent(&mut self, now: Duration) -> Result<(), Violation> {
        if now < self.not_before {
            let early = self.not_before - now;
            return broken(Oracle::Patience, format!("asked {early:?} before the server said"));
        }
        while self.sent.front().is_some_and(|at| *at + 2 * MINUTE <= now) {
            self.sent.pop_front();
        }
        self.sent.push_back(now);
        let since = *self.since.get_or_insert(now);
        let within = |window: Duration| self.sent.iter().filter(|at| **at + window > now).count();
        let fruitless = self.sent.iter().filter(|at| **at + MINUTE > now && **at >= since).count();
        let (count, most) =
            if now < since + 2 * MINUTE { (fruitless, FIRST_MINUTE) } else { (fruitless, LATER_MINUTE) };
        for (count, most, of) in [
            (count, most, "minute without progress"),
            (within(MINUTE), ANY_MINUTE, "minute"),
            (within(Duration::from_secs(1)), SECOND, "second"),
        ] {
            if count > most {
                return broken(Oracle::Rate, format!("{count} requests in a {of}; {most} are promised"));
            }
        }
        Ok(())
    }
}
