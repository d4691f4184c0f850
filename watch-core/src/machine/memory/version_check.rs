//! Whether to ask the server how far it is.

use core::mem;
use core::time::Duration;

use super::waited::Waited;
use crate::io::time::Instant;

/// The version check: the server is asked how far it is before a watch is opened again. Its backup may have been
/// restored, and kube-apiserver accepts a version from its future and is silent until it has passed it
/// (`etcd3/watcher.go`). So after every end of a watch that the server didn't announce, after every watch that wasn't
/// opened, or not at once, after watches that brought nothing for long, and in a new process. Whatever shows a
/// version that isn't older answers the question.
#[derive(Clone, Debug)]
pub(crate) struct VersionCheck {
    wanted: bool,
    /// When it was last asked, or began: for checks that are asked for by time.
    asked: Option<Instant>,
    /// A check that is asked for by time isn't due before, since the driver had something to hand in when it was.
    not_before: Instant,
    /// LIST is forbidden, so that the check is a streaming list that isn't older than what was seen.
    by_watch: bool,
    /// The watch that is asked for next directly follows what showed how far the server is, or can't be checked.
    is_fresh: bool,
}

impl VersionCheck {
    pub(crate) const fn new() -> Self {
        Self {
            wanted: false,
            asked: None,
            not_before: Instant::ORIGIN,
            by_watch: false,
            // There was no watch before the first: nothing was seen that the server could have lost meanwhile.
            is_fresh: true,
        }
    }

    /// The server is to be asked before the next watch.
    pub(crate) const fn want(&mut self) {
        self.wanted = true;
    }

    /// The same, under a condition.
    pub(crate) const fn want_if(&mut self, condition: bool) {
        self.wanted |= condition;
    }

    /// It isn't to be asked, whatever was wanted.
    pub(crate) const fn skip(&mut self) {
        self.wanted = false;
    }

    /// Whether it is asked now. What was wanted and can't be asked is forgotten.
    pub(crate) const fn take(&mut self, can_ask: bool, now: Instant) -> bool {
        let is_asked = mem::replace(&mut self.wanted, false) && can_ask;
        if is_asked {
            self.asked = Some(now);
        }
        is_asked
    }

    /// A complete set shows it too.
    pub(crate) const fn listed(&mut self, now: Instant) {
        self.asked = Some(now);
        self.is_fresh = true;
    }

    /// It is known how far the server is, or that it can't be known.
    pub(crate) const fn settle(&mut self) {
        self.is_fresh = true;
    }

    /// Whether the watch that is opened now directly follows what settled it.
    pub(crate) const fn take_fresh(&mut self) -> bool {
        mem::replace(&mut self.is_fresh, false)
    }

    /// When an open watch ends for a check that is asked for by time.
    pub(crate) fn due(&mut self, every: Duration, waited: &Waited, now: Instant) -> Instant {
        let due = (*self.asked.get_or_insert(now) + every).max(self.not_before);
        self.not_before = waited.put_off(due);
        self.not_before
    }

    /// From now on it is a WATCH.
    pub(crate) const fn ask_by_watch(&mut self) {
        self.by_watch = true;
    }

    pub(crate) const fn is_by_watch(&self) -> bool {
        self.by_watch
    }
}
