//! The rate of requests.
//!
//! The machine's own bound (`watch-core/tests/it/request_bounds.rs`) is: under a failure that never ends at most 16
//! requests in the first minute and 4 a minute from then on. An attempt is two requests if a LIST succeeds (a relist,
//! or a version check) and its watch fails. With a server that sends one event per watch, there is one watch a second,
//! and one check.
//!
//! Version checks that are repeated because of their answers have waits of their own (`Confirmations` of
//! `memory/backoff.rs`). These begin small once since the last progress, even after a long outage.

use core::time::Duration;
use std::collections::VecDeque;

use crate::violation::{Oracle, Violation, broken};

const MINUTE: Duration = Duration::from_secs(60);

/// Requests in any minute without progress, and before they become rare.
const FIRST_MINUTE: usize = 16;
/// Requests in any minute after those: two attempts of two requests each, and once an immediate relist with its
/// streaming list, its LIST and its watch.
const LATER_MINUTE: usize = 8;
/// Requests in any minute, with any progress: one a second, and a list each time.
const ANY_MINUTE: usize = 130;
/// Requests in any second: a watch, a list, and immediate retries, which happen once. In addition, two reconnects without a
/// backoff, each with a version check and a watch.
const SECOND: usize = 8 + 2 * 2;

/// The requests that a deletion with an old version excuses: the version check, and the watch after it. Such a deletion isn't
/// progress, but the watch that delivered it didn't fail.
const AFTER_A_DELETION: usize = 2;

/// The requests that a repeated version check excuses in a later minute: the check, and the list after it. A replica that
/// lags may refuse the list, although another one answered the check.
const AFTER_A_CONFIRMATION: usize = 2;

/// The number of repeated version checks since the last progress whose waits are shorter than the longest backoff: 2 s
/// four times, 4 s, 8 s and 16 s.
const SHORT_CONFIRMATIONS: usize = 7;

/// The number of repeated version checks since the last progress that the bound of the first minute includes. The waits
/// before them are as short as those before the first (`PROMPT` of `memory/backoff.rs`).
const PROMPT_CONFIRMATIONS: usize = 4;

/// The number of other requests without progress after which the bound of the first minute includes no repeated version
/// check: the backoff of failures has used its short waits, and the checks add theirs.
const SHORT_BACKOFFS: usize = FIRST_MINUTE / 2;

/// The number of deletions that the machine remembers (`REMEMBERED` of `memory/position.rs`).
const MOST_DELETIONS: usize = 16;

#[derive(Clone, Debug, Default)]
pub(crate) struct Rate {
    /// When requests were sent, and why; those for further pages don't count.
    sent: VecDeque<(Duration, Reason)>,
    /// The number of requests since the last progress.
    fruitless: usize,
    /// The number of deletions with an old version since the last progress.
    deletions: usize,
    /// The number of next requests for which they are the reason.
    excused: usize,
    /// The number of repeated version checks since the last progress.
    confirmations: usize,
    /// The number of them that the bound of the first minute doesn't include.
    late_confirmations: usize,
    /// The number of next requests for which the last of them is the reason.
    confirming: usize,
    /// Since when there has been trouble without progress.
    trouble: Option<Duration>,
    /// The time until which the server's `Retry-After` applies.
    not_before: Duration,
    /// Whether the open exchange was aborted, as by a relist. Its remaining bytes are ignored.
    is_deaf: bool,
    /// Whether a LIST has replaced a streaming list since the last progress.
    has_fallen_back: bool,
    /// The largest step that the client's clock went back.
    clock_lag: Duration,
}

/// Why a request was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reason {
    /// A deletion with an old version.
    Deletion,
    /// A version check is repeated after a short wait.
    Confirmation,
    /// Any other reason.
    Other,
}

impl Rate {
    /// Resets the counts, because a new event was delivered or a watch lasted.
    pub(crate) const fn progress(&mut self) {
        self.fruitless = 0;
        (self.deletions, self.excused) = (0, 0);
        (self.confirmations, self.late_confirmations, self.confirming) = (0, 0, 0);
        self.has_fallen_back = false;
    }

    /// Records that a deletion was delivered which didn't move the version.
    pub(crate) const fn deleted(&mut self) {
        if self.deletions < MOST_DELETIONS {
            self.deletions += 1;
            self.excused = AFTER_A_DELETION;
        }
    }

    /// Records that a version check is repeated because of its answer.
    pub(crate) const fn confirms(&mut self) {
        if self.confirmations < SHORT_CONFIRMATIONS {
            let failures = self.fruitless.saturating_sub(self.confirmations * AFTER_A_CONFIRMATION);
            self.confirmations += 1;
            let is_late = self.confirmations > PROMPT_CONFIRMATIONS || failures > SHORT_BACKOFFS;
            if is_late {
                self.late_confirmations += 1;
            }
            self.confirming = AFTER_A_CONFIRMATION;
        }
    }

    /// Records that the watch falls back from a streaming list to LIST. This resets the backoff once.
    pub(crate) fn fell_back(&mut self) {
        if !core::mem::replace(&mut self.has_fallen_back, true) {
            self.fruitless = self.fruitless.min(2);
        }
    }

    /// Records that a new event was delivered, which also ends all trouble.
    pub(crate) const fn news(&mut self) {
        self.progress();
        self.trouble = None;
    }

    /// Records that the machine reports trouble.
    pub(crate) fn trouble(&mut self, now: Duration) {
        self.trouble.get_or_insert(now);
    }

    /// Returns how long there has been trouble, at most, by the client's own clock.
    pub(crate) fn in_trouble(&self, now: Duration) -> Duration {
        self.trouble.map_or(Duration::ZERO, |since| now.saturating_sub(since) + self.clock_lag)
    }

    /// Records a reason for the next requests: the consumer requested a relist, or a new process begins.
    pub(crate) fn excuse(&mut self) {
        *self = Self { trouble: self.trouble, clock_lag: self.clock_lag, is_deaf: true, ..Self::default() };
    }

    /// Records that the server sent a `Retry-After` of this time.
    pub(crate) fn retry_after(&mut self, now: Duration, wait: Duration) {
        if !self.is_deaf {
            self.not_before = self.not_before.max(now + wait);
        }
    }

    /// Records that the client's clock went back, so its later waits end sooner by this time.
    pub(crate) fn clock_went_back(&mut self, by: Duration) {
        self.not_before = self.not_before.saturating_sub(by);
        self.clock_lag = self.clock_lag.max(by);
    }

    /// Checks a request that isn't for a further page. `by_time`: the requests per minute that the configuration adds.
    pub(crate) fn sent(&mut self, now: Duration, by_time: usize) -> Result<(), Violation> {
        self.is_deaf = false;
        if now < self.not_before {
            let early = self.not_before - now;
            return broken(Oracle::Patience, format!("a request {early:?} before the end of Retry-After"));
        }
        while self.sent.front().is_some_and(|(at, _)| *at + 2 * MINUTE <= now) {
            self.sent.pop_front();
        }
        let reason = match (self.excused, self.confirming) {
            (1.., _) => Reason::Deletion,
            (0, 1..) => Reason::Confirmation,
            (0, 0) => Reason::Other,
        };
        self.sent.push_back((now, reason));
        self.excused = self.excused.saturating_sub(1);
        self.confirming = self.confirming.saturating_sub(1);
        self.fruitless += usize::from(reason != Reason::Deletion);
        let within = |window: Duration| self.sent.iter().filter(move |(at, _)| *at + window > now);
        // The backoff grows with each attempt, independent of how long the attempt took.
        let in_a_minute = within(MINUTE).filter(|(_, reason)| *reason != Reason::Deletion).count().min(self.fruitless);
        let later = within(MINUTE).filter(|(_, reason)| *reason == Reason::Other).count();
        let later = later.min(self.fruitless.saturating_sub(FIRST_MINUTE));
        let confirmations = self.late_confirmations * AFTER_A_CONFIRMATION;
        for (count, most, of) in [
            (in_a_minute, FIRST_MINUTE + confirmations + by_time, "minute without progress"),
            (later, LATER_MINUTE + by_time, "later minute without progress"),
            (within(MINUTE).count(), ANY_MINUTE + by_time, "minute"),
            (within(Duration::from_secs(1)).count(), SECOND, "second"),
        ] {
            if count > most {
                return broken(Oracle::Rate, format!("{count} requests in a {of}; {most} are allowed"));
            }
        }
        Ok(())
    }
}
