//! The ways to be synced after the last fault, each with its own bound.

use core::fmt;
use core::time::Duration;

use watch_core::Phase;

use crate::plan::ClientSetup;
use crate::violation::{Oracle, Violation, broken};

/// The way by which a client that isn't synced recovers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
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
const BELIEF: Duration = Duration::from_secs(10);
/// Longer than the network and the server's own ticks take for an event.
const EVENT: Duration = Duration::from_secs(30);
/// How long one object may take to arrive (`Timing::object_timeout`).
const OBJECT: Duration = Duration::from_secs(60);
/// How much later than announced a watch may end (`Timing::grace`).
const GRACE: Duration = Duration::from_secs(15);
/// A driver's timers and the network may add this.
const SLACK: Duration = Duration::from_secs(2);

impl Way {
    /// Returns the bound of this way alone.
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

/// Returns the bound of all ways together: one connection hangs, one `Retry-After` is respected, the version check shows
/// another history, and the list completes by the second of two ways.
pub(crate) fn altogether(setup: &ClientSetup) -> Duration {
    Duration::from_secs(setup.watch) + GRACE + PATIENCE + CHECK + BELIEF + 2 * BACKOFF + ANSWER
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Silence => "a silent connection doesn't time out",
            Self::Patience => "a wait doesn't end",
            Self::Answer => "a request is neither answered nor timed out",
            Self::StreamingList => "an incomplete streaming list doesn't time out",
            Self::Future => "a watch from the server's future doesn't end",
            Self::Object => "an incomplete object doesn't time out",
            Self::Watch => "an open watch doesn't deliver the changes",
        })
    }
}

/// The visible state of a client.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seen {
    pub(crate) phase: Phase,
    /// Its exchange.
    pub(crate) link: Option<u64>,
    /// Bytes can arrive on it.
    pub(crate) is_open: bool,
    /// Its position is a version that the server doesn't have, or of a discarded history.
    pub(crate) is_ahead: bool,
    /// It has an incomplete object.
    pub(crate) is_within_an_object: bool,
}

impl Seen {
    const fn way(self) -> Way {
        match self.phase {
            Phase::BackingOff => Way::Patience,
            Phase::StreamingList => Way::StreamingList,
            Phase::Live if !self.is_open => Way::Silence,
            Phase::Live if self.is_ahead => Way::Future,
            Phase::Live if self.is_within_an_object => Way::Object,
            Phase::Live => Way::Watch,
            _ => Way::Answer,
        }
    }
}

/// The way that a client is on, and since when.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Ways {
    on: Option<(Way, Option<u64>, Duration)>,
    /// Since when the server's version hasn't been known.
    unchecked: Option<Duration>,
}

impl Ways {
    /// Checks a client that isn't synced. `is_owed`: there was no version check since a reconnect.
    pub(crate) fn check(
        &mut self,
        now: Duration,
        seen: Seen,
        is_owed: bool,
        setup: &ClientSetup,
    ) -> Result<(), Violation> {
        // Checks happen only at events: a long wait before had its own bound.
        let was_hung = match self.on {
            Some((Way::Silence, ..)) => true,
            Some((Way::Patience, _, since)) => now.saturating_sub(since) > BACKOFF,
            // So had a request that wasn't answered.
            Some((Way::Answer, link, since)) => {
                (link != seen.link || seen.way() != Way::Answer) && now.saturating_sub(since) > SLACK
            }
            _ => false,
        };
        self.unchecked = self.unchecked.filter(|_| !was_hung);
        let way = seen.way();
        let since = match self.on {
            Some((on, link, since)) if on == way && link == seen.link => since,
            _ => now,
        };
        self.on = Some((way, seen.link, since));
        let (lasted, bound) = (now.saturating_sub(since), way.bound(setup));
        if lasted > bound {
            return broken(Oracle::Liveness, format!("{way}: {lasted:?}, and {bound:?} are allowed"));
        }
        // An old `Retry-After`, or a connection that hangs, has its own bound.
        let is_hung = matches!(way, Way::Silence)
            || matches!(way, Way::Answer) && lasted > SLACK
            || matches!(way, Way::Patience) && lasted > BACKOFF;
        let unchecked = self.unchecked.filter(|_| is_owed && !is_hung).unwrap_or(now);
        self.unchecked = is_owed.then_some(unchecked);
        let lasted = now.saturating_sub(unchecked);
        if lasted > CHECK + SLACK {
            return broken(Oracle::Checks, format!("no version check {lasted:?} after a reconnect"));
        }
        Ok(())
    }

    /// The client is synced.
    pub(crate) const fn arrived(&mut self) {
        self.on = None;
        self.unchecked = None;
    }
}
