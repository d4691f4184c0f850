//! The recovery of a client after the last fault: each situation has its own bound.

use core::fmt;
use core::time::Duration;

use watch_core::Phase;

use crate::plan::ClientSetup;
use crate::violation::{Oracle, Violation, broken};

/// The event that a client which isn't synced waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Awaited {
    /// A silent connection times out.
    Silence,
    /// The time of a backoff, or of a `Retry-After`, passes.
    Patience,
    /// A request is answered.
    Answer,
    /// A streaming list completes.
    StreamingList,
    /// A watch that was opened without a check, since lists were refused, ends.
    Future,
    /// The rest of an incomplete object arrives on an open watch, or the watch times out.
    Object,
    /// The changes arrive on an open watch.
    Watch,
}

/// The longest `Retry-After` that is respected.
const PATIENCE: Duration = Duration::from_secs(300);
/// The longest time between attempts.
const BACKOFF: Duration = Duration::from_secs(60);
/// A head arrives within this time, or never (`Timing::response_timeout`); so does the next item of a list.
const ANSWER: Duration = Duration::from_secs(65);
/// From a reconnect to the answer to a version check.
pub(crate) const CHECK: Duration = Duration::from_secs(60);
/// From the first answer that shows a rollback to the relist.
const ROLLBACK: Duration = Duration::from_secs(10);
/// An upper bound of the time that the network and the server's timers take for an event.
const EVENT: Duration = Duration::from_secs(30);
/// How long one object may take to arrive (`Timing::object_timeout`).
const OBJECT: Duration = Duration::from_secs(60);
/// How much later than announced a watch may end (`Timing::grace`).
const GRACE: Duration = Duration::from_secs(15);
/// The tolerance for the driver's timers and the network.
const SLACK: Duration = Duration::from_secs(2);

impl Awaited {
    /// Returns the bound of this situation alone.
    fn bound(self, setup: &ClientSetup) -> Duration {
        let watch = Duration::from_secs(setup.watch) + GRACE;
        SLACK
            + match self {
                Self::Silence | Self::StreamingList | Self::Future => watch,
                Self::Patience => PATIENCE,
                Self::Answer => 2 * ANSWER,
                Self::Object => OBJECT,
                Self::Watch => EVENT,
            }
    }
}

/// Returns the bound of a complete recovery: one connection hangs, one `Retry-After` is respected, the version check
/// shows another history, the streaming list fails, and the LIST completes.
pub(crate) fn altogether(setup: &ClientSetup) -> Duration {
    Duration::from_secs(setup.watch) + GRACE + PATIENCE + CHECK + ROLLBACK + 2 * BACKOFF + ANSWER
}

impl fmt::Display for Awaited {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Silence => "a silent connection doesn't time out",
            Self::Patience => "a wait doesn't end",
            Self::Answer => "a request is neither answered nor timed out",
            Self::StreamingList => "an incomplete streaming list doesn't time out",
            Self::Future => "a watch from a version that the server doesn't have doesn't end",
            Self::Object => "an incomplete object doesn't time out",
            Self::Watch => "an open watch doesn't deliver the changes",
        })
    }
}

/// The visible state of a client.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seen {
    pub(crate) phase: Phase,
    /// The number of its exchange.
    pub(crate) link: Option<u64>,
    /// Whether bytes can arrive on the exchange.
    pub(crate) is_open: bool,
    /// Whether its position is a version that the server doesn't have, or one of a discarded history.
    pub(crate) is_ahead: bool,
    /// Whether it has received a part of an object.
    pub(crate) is_within_an_object: bool,
}

impl Seen {
    const fn awaited(self) -> Awaited {
        match self.phase {
            Phase::BackingOff => Awaited::Patience,
            Phase::StreamingList => Awaited::StreamingList,
            Phase::Live if !self.is_open => Awaited::Silence,
            Phase::Live if self.is_ahead => Awaited::Future,
            Phase::Live if self.is_within_an_object => Awaited::Object,
            Phase::Live => Awaited::Watch,
            _ => Awaited::Answer,
        }
    }
}

/// The progress of a client that recovers.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Recovery {
    on: Option<(Awaited, Option<u64>, Duration)>,
    /// The time since which the server's version isn't known.
    unchecked: Option<Duration>,
}

impl Recovery {
    /// Checks a client that isn't synced. `is_owed`: there was no version check since a reconnect.
    pub(crate) fn check(
        &mut self,
        now: Duration,
        seen: Seen,
        is_owed: bool,
        setup: &ClientSetup,
    ) -> Result<(), Violation> {
        // This function runs only at events, so a long wait before it had its own bound.
        let was_hung = match self.on {
            Some((Awaited::Silence, ..)) => true,
            Some((Awaited::Patience, _, since)) => now.saturating_sub(since) > BACKOFF,
            // A request without an answer had its own bound too.
            Some((Awaited::Answer, link, since)) => {
                (link != seen.link || seen.awaited() != Awaited::Answer) && now.saturating_sub(since) > SLACK
            }
            _ => false,
        };
        self.unchecked = self.unchecked.filter(|_| !was_hung);
        let awaited = seen.awaited();
        let since = match self.on {
            Some((on, link, since)) if on == awaited && link == seen.link => since,
            _ => now,
        };
        self.on = Some((awaited, seen.link, since));
        let (lasted, bound) = (now.saturating_sub(since), awaited.bound(setup));
        if lasted > bound {
            return broken(Oracle::Liveness, format!("{awaited}: {lasted:?}, and {bound:?} are allowed"));
        }
        // An old `Retry-After`, or a connection that hangs, has its own bound.
        let is_hung = matches!(awaited, Awaited::Silence)
            || matches!(awaited, Awaited::Answer) && lasted > SLACK
            || matches!(awaited, Awaited::Patience) && lasted > BACKOFF;
        let unchecked = self.unchecked.filter(|_| is_owed && !is_hung).unwrap_or(now);
        self.unchecked = is_owed.then_some(unchecked);
        let lasted = now.saturating_sub(unchecked);
        if lasted > CHECK + SLACK {
            return broken(Oracle::Checks, format!("no version check {lasted:?} after a reconnect"));
        }
        Ok(())
    }

    /// Records that the client is synced.
    pub(crate) const fn arrived(&mut self) {
        self.on = None;
        self.unchecked = None;
    }
}
