//! The ways back to the truth once all is well again, each with a bound of its own.

use core::fmt;
use core::time::Duration;

use watch_core::Phase;

use crate::plan::ClientSetup;
use crate::violation::{Oracle, Violation, broken};

/// What a client that doesn't know the truth is on its way by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// A connection on which nothing comes is given up.
    Silence,
    /// The time of a backoff, or of a `Retry-After`, passes.
    Patience,
    /// A request is answered.
    Answer,
    /// A set comes by a streaming list.
    StreamingList,
    /// A watch that was opened without a check, since lists were refused, ends.
    Future,
    /// The rest of an object that was begun on an open watch comes, or the watch is given up.
    Object,
    /// What happened comes on a watch that is open.
    Watch,
}

/// A server's `Retry-After` is believed up to this.
const PATIENCE: Duration = Duration::from_secs(300);
/// Between attempts there is so much at most.
const BACKOFF: Duration = Duration::from_secs(60);
/// A head comes within this, or never (`Timing::response_timeout`); so does the next item of a list.
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
    /// The bound of this way alone.
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

/// By when the truth is known, whichever ways it takes: one connection hangs, one `Retry-After` is kept, the version is
/// checked and found to be of another history, and the set comes by the second of two ways.
pub(crate) fn altogether(setup: &ClientSetup) -> Duration {
    Duration::from_secs(setup.watch) + GRACE + PATIENCE + CHECK + BELIEF + 2 * BACKOFF + ANSWER
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Silence => "a connection on which nothing comes isn't given up",
            Self::Patience => "a wait doesn't end",
            Self::Answer => "a request isn't answered, nor given up",
            Self::StreamingList => "a set that doesn't become whole isn't given up",
            Self::Future => "a watch from the server's future isn't given up",
            Self::Object => "an object that doesn't become complete isn't given up",
            Self::Watch => "a watch that is open doesn't bring what happened",
        })
    }
}

/// What is known of a client, from outside.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seen {
    pub(crate) phase: Phase,
    /// Its exchange.
    pub(crate) link: Option<u64>,
    /// Something can come on it.
    pub(crate) is_open: bool,
    /// It was told up to a version that the server hasn't, or of a history that is no more.
    pub(crate) is_ahead: bool,
    /// An object was begun on it, and isn't complete.
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

/// Since when a client has been on which way.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Ways {
    on: Option<(Way, Option<u64>, Duration)>,
    /// Since when it hasn't been known how far the server is.
    unchecked: Option<Duration>,
}

impl Ways {
    /// Checks where a client is that doesn't know the truth; `is_owed`: its server wasn't asked since a reconnect.
    pub(crate) fn check(
        &mut self,
        now: Duration,
        seen: Seen,
        is_owed: bool,
        setup: &ClientSetup,
    ) -> Result<(), Violation> {
        // It is checked only when something happens: a long wait before that had a bound of its own.
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
            return broken(
                Oracle::Checks,
                format!("{lasted:?} after a reconnect the server wasn't asked how far it is"),
            );
        }
        Ok(())
    }

    /// The client knows the truth.
    pub(crate) const fn arrived(&mut self) {
        self.on = None;
        self.unchecked = None;
    }
}
