//! How often the server is asked.
//!
//! The machine's own promise (`watch-core/tests/it/storm.rs`) is: under a failure that never ends at most 16 requests
//! in the first minute and 4 a minute from then on; an attempt is two requests where a LIST succeeds (of the set, or for
//! a version check) and its watch fails; and with a server that brings one event a watch, one watch a second, and one
//! check.

use core::time::Duration;
use std::collections::VecDeque;

use crate::violation::{Oracle, Violation, broken};

const MINUTE: Duration = Duration::from_secs(60);

/// Requests in any minute without progress, and before they become rare.
const FIRST_MINUTE: usize = 16;
/// Requests in any minute behind those: two attempts of two requests each, and once a restart that isn't waited for, with
/// its streaming list, its LIST and its watch.
const LATER_MINUTE: usize = 8;
/// Requests in any minute, whatever progress there is: one a second, and a set each time.
const ANY_MINUTE: usize = 130;
/// Requests in any second: a watch, a set, and what happens once.
const SECOND: usize = 8;

/// See the module.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rate {
    /// When requests were sent; those for further pages don't count.
    sent: VecDeque<Duration>,
    /// How many there were since there was progress.
    fruitless: usize,
    /// Since when there was trouble without progress.
    trouble: Option<Duration>,
    /// Not before this, the server said.
    not_before: Duration,
    /// What was open was given up, as by a relist: what still comes of it is never heard.
    is_deaf: bool,
    /// A LIST took the place of a streaming list since there was progress.
    has_fallen_back: bool,
    /// How far the client's clock was behind at most.
    behind: Duration,
}

impl Rate {
    /// Something new was told, or a watch lasted: from here on it counts anew.
    pub(crate) const fn progress(&mut self) {
        self.fruitless = 0;
        self.has_fallen_back = false;
    }

    /// A LIST takes the place of a streaming list: once, the backoff begins small again.
    pub(crate) fn fell_back(&mut self) {
        if !core::mem::replace(&mut self.has_fallen_back, true) {
            self.fruitless = self.fruitless.min(2);
        }
    }

    /// Something new was told, which also ends all trouble.
    pub(crate) const fn news(&mut self) {
        self.progress();
        self.trouble = None;
    }

    /// The machine says that there was trouble.
    pub(crate) fn trouble(&mut self, now: Duration) {
        self.trouble.get_or_insert(now);
    }

    /// For how long there has been trouble, by the client's own clock at most.
    pub(crate) fn in_trouble(&self, now: Duration) -> Duration {
        self.trouble.map_or(Duration::ZERO, |since| now.saturating_sub(since) + self.behind)
    }

    /// The consumer asked for a set, or a new process begins: what comes now was asked for.
    pub(crate) fn excuse(&mut self) {
        *self = Self { trouble: self.trouble, behind: self.behind, is_deaf: true, ..Self::default() };
    }

    /// The server asked to be left alone for so long.
    pub(crate) fn retry_after(&mut self, now: Duration, wait: Duration) {
        if !self.is_deaf {
            self.not_before = self.not_before.max(now + wait);
        }
    }

    /// The client's clock said an earlier time than it is: what it waits for from then on comes so much sooner.
    pub(crate) fn clock_went_back(&mut self, by: Duration) {
        self.not_before = self.not_before.saturating_sub(by);
        self.behind = self.behind.max(by);
    }

    /// A request that isn't for a further page.
    pub(crate) fn sent(&mut self, now: Duration) -> Result<(), Violation> {
        self.is_deaf = false;
        if now < self.not_before {
            let early = self.not_before - now;
            return broken(Oracle::Patience, format!("asked {early:?} before the server said"));
        }
        while self.sent.front().is_some_and(|at| *at + 2 * MINUTE <= now) {
            self.sent.pop_front();
        }
        self.sent.push_back(now);
        self.fruitless += 1;
        let within = |window: Duration| self.sent.iter().filter(|at| **at + window > now).count();
        // The backoff grows with each attempt, however long the server took to fail it.
        let in_a_minute = within(MINUTE).min(self.fruitless);
        let later = in_a_minute.min(self.fruitless.saturating_sub(FIRST_MINUTE));
        for (count, most, of) in [
            (in_a_minute, FIRST_MINUTE, "minute without progress"),
            (later, LATER_MINUTE, "later minute without progress"),
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
