//! What went wrong since the last progress.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::mem::{self, Discriminant};
use core::time::Duration;

use crate::io::input::TransportErrorKind;
use crate::io::time::Instant;
use crate::io::trouble::{Cause, During, Trouble};

/// How often something happened since the last progress.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tally {
    /// Bytes that can't be read.
    pub(crate) unreadable: u32,
    /// Watches that ended at once.
    pub(crate) short: u32,
    /// Troubles of the server's own (5xx) while watching.
    pub(crate) server: u32,
    /// Troubles during a streaming list.
    pub(crate) streaming: u32,
    /// Answers in a row that were older than what was seen.
    pub(crate) behind: u32,
    /// Versions that had expired.
    pub(crate) expired: u32,
    /// 429s to a consistent LIST.
    pub(crate) busy: u32,
    /// How often in a row the server couldn't be reached for a reason that doesn't go away by itself.
    pub(crate) unreachable: u32,
    /// 401s.
    pub(crate) unauthorized: u32,
    /// Version checks in a row that the server didn't answer, or not with a list.
    pub(crate) unanswered: u32,
    /// The version check can't be had, and that was said.
    pub(crate) unchecked: bool,
    /// A streaming list was given up for a LIST.
    pub(crate) fell_back: bool,
    /// When trouble began.
    pub(crate) since: Option<Instant>,
    /// For how long the machine had waited by then.
    pub(crate) waited: Duration,
    /// The last of it.
    pub(crate) last: Option<Box<Trouble>>,
    /// What needs attention, and was said to.
    blocked: Vec<Need>,
}

/// What needs attention: of each, it is said once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Need {
    /// What was asked for, and the HTTP status of the answer.
    Answer(Discriminant<During>, Option<u16>),
    /// There is no way to the server.
    Connection(TransportErrorKind),
}

/// So many different things that need somebody are said. More than there are that a server has words for.
const MOST_BLOCKED: usize = 16;

impl Tally {
    /// This needs somebody. Whether that wasn't said yet.
    pub(crate) fn blocks(&mut self, trouble: &Trouble, code: Option<u16>) -> bool {
        let what = match &trouble.cause {
            Cause::Transport(error) => Need::Connection(error.kind),
            _ => Need::Answer(mem::discriminant(&trouble.during), code),
        };
        let is_news = !self.blocked.contains(&what) && self.blocked.len() < MOST_BLOCKED;
        if is_news {
            self.blocked.push(what);
        }
        is_news
    }

    /// What went wrong so far has passed; how often it did still counts until there is progress.
    pub(crate) fn over(&mut self) {
        self.since = None;
        self.last = None;
    }

    /// Something needs somebody.
    pub(crate) const fn is_blocked(&self) -> bool {
        !self.blocked.is_empty()
    }
}
