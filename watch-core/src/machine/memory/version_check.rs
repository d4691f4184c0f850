//! When to check the server's version.

use alloc::boxed::Box;
use core::mem;
use core::time::Duration;

use super::periodic_check::PeriodicCheck;
use super::waited::Waited;
use crate::io::time::Instant;

/// Before a watch is opened again, the version check shows whether the server has the version to resume from. The
/// server may have been restored from a backup. kube-apiserver accepts a version from its future, and is silent until
/// it has passed that version (`etcd3/watcher.go`). So a check follows each end of a watch that the server didn't
/// announce, each watch that wasn't opened or opened slowly, long silent watches, and a resume in a new process. Any
/// version that isn't older answers the check.
#[derive(Clone, Debug)]
pub(crate) struct VersionCheck {
    wanted: bool,
    /// Boxed, because most watches have no periodic check.
    periodic: Option<Box<PeriodicCheck>>,
    /// LIST is forbidden, so the check is a streaming list that isn't older than what was seen.
    by_watch: bool,
    /// The next watch directly follows an answer about the server's version, or the check isn't possible.
    is_fresh: bool,
}

impl VersionCheck {
    /// `every` is the period of the checks while a watch is open, if there are any.
    pub(crate) fn new(every: Option<Duration>) -> Self {
        Self {
            wanted: false,
            periodic: every.map(|every| Box::new(PeriodicCheck::new(every))),
            by_watch: false,
            // Before the first watch nothing was seen, so the server can't have lost a version that was seen.
            is_fresh: true,
        }
    }

    /// Requests a check before the next watch.
    pub(crate) const fn want(&mut self) {
        self.wanted = true;
    }

    /// Requests a check if the condition holds.
    pub(crate) const fn want_if(&mut self, condition: bool) {
        self.wanted |= condition;
    }

    /// Cancels the check.
    pub(crate) const fn skip(&mut self) {
        self.wanted = false;
    }

    /// Returns whether to check now. A check that is wanted but impossible is cancelled.
    pub(crate) const fn take(&mut self, can_ask: bool, now: Instant) -> bool {
        let is_asked = mem::replace(&mut self.wanted, false) && can_ask;
        if is_asked {
            self.begin_period(now);
        }
        is_asked
    }

    /// A complete list answers the check too.
    pub(crate) const fn listed(&mut self, now: Instant) {
        self.begin_period(now);
        self.is_fresh = true;
    }

    /// The server's version is known, or can't be known.
    pub(crate) const fn settle(&mut self) {
        self.is_fresh = true;
    }

    /// A watch is opened. Returns whether it directly follows the answer. If so, it stays open for all of the period.
    /// Otherwise a server that is as slow as the period would get a check, a watch, and the next check without end.
    pub(crate) const fn take_fresh(&mut self, now: Instant) -> bool {
        let is_fresh = mem::replace(&mut self.is_fresh, false);
        if is_fresh {
            self.begin_period(now);
        }
        is_fresh
    }

    const fn begin_period(&mut self, now: Instant) {
        if let Some(periodic) = &mut self.periodic {
            periodic.begin_period(now);
        }
    }

    /// The watch that followed the answer is over, so the next one doesn't directly follow it.
    pub(crate) const fn is_past(&mut self) {
        self.is_fresh = false;
    }

    /// Returns when an open watch ends for a periodic check, if one is configured and `is_possible` now.
    pub(crate) fn due(&mut self, is_possible: bool, waited: &Waited, now: Instant) -> Option<Instant> {
        let periodic = self.periodic.as_mut()?;
        if is_possible {
            return Some(periodic.due(waited, now));
        }
        periodic.interrupt(waited);
        None
    }

    /// No periodic check is possible now.
    pub(crate) const fn interrupt(&mut self, waited: &Waited) {
        if let Some(periodic) = &mut self.periodic {
            periodic.interrupt(waited);
        }
    }

    /// Returns whether a periodic check was due before now.
    pub(crate) fn is_over(&self, now: Instant) -> bool {
        self.periodic.as_ref().is_some_and(|periodic| periodic.is_over(now))
    }

    /// Makes the check a WATCH, until a WATCH doesn't answer it or a LIST is answered.
    pub(crate) const fn ask_by_watch(&mut self) {
        self.by_watch = true;
    }

    /// Makes the check a LIST again: LIST isn't forbidden any more, or the WATCH didn't answer the check either.
    pub(crate) const fn ask_by_list(&mut self) {
        self.by_watch = false;
    }

    pub(crate) const fn is_by_watch(&self) -> bool {
        self.by_watch
    }
}
