//! Events that are older than what was seen: repeats, or a server that was restored from a backup?
//!
//! A watch of kube-apiserver brings nothing that is as old as the version it was asked for. Two kinds of servers do:
//! those whose every watch begins with all objects as ADDED, whatever version was asked for (`filepathREST.Watch` of
//! tilt-apiserver, `_serve_watch` of kmock), and those that were restored from a backup. An event can't tell which; the
//! version of a list can: one that isn't below what was seen refutes the restore.
//!
//! So old events are repeats if the watch begins with them, they are ADDED, and such a list came directly before it.
//! Otherwise the watch is given up for a list. A server that is known to repeat objects may send any event late (these
//! servers have no order between writes either, nor between what changed while no watch was open); while it does, it is
//! asked again how far it is, no more often than every [`INTERVAL`] and between two watches. So it is followed without a
//! pause, and a restore of that server is still found.
//!
//! Those servers don't know what was deleted while no watch was open: their next watch says nothing of it. A list does. So
//! where the set was listed before, a watch of theirs that breaks is followed by a list, and not by the question how far the
//! server is. It costs no more than the watch that follows, which brings all objects as well.

use core::time::Duration;

use crate::io::time::Instant;

/// How long the answer of a list holds while old events keep coming: two watches of the usual length, at least. A server
/// that repeats objects on every watch gets one more request in this time.
const INTERVAL: Duration = Duration::from_secs(600);

/// What is known of events that are older than what was seen.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Regressions {
    /// When a list last refuted a restore, or none could be had.
    refuted: Option<Instant>,
    /// No watch was opened since.
    is_fresh: bool,
    /// Old objects ended a watch, and there was no list since.
    suspected: bool,
    /// The server repeats objects although it wasn't restored.
    repeats: bool,
    /// Old events were handed out since the last list.
    unchecked: bool,
    /// The set was listed. Where it never was, it may be forbidden, or not wanted.
    had_set: bool,
}

/// What an old event looks like.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Looks {
    /// An ADDED with which a watch begins, directly after a list.
    Repeated,
    /// Another ADDED: if a list refutes the restore, it was a repeat.
    Added,
    /// A change. Nobody repeats those: something is out of order, and more than this may be missing.
    Changed,
}

impl Regressions {
    /// A list isn't older than what was seen, or the server doesn't answer the question.
    pub(crate) const fn refute(&mut self, now: Instant) {
        self.refuted = Some(now);
        self.is_fresh = true;
        self.repeats |= self.suspected;
        self.suspected = false;
        self.unchecked = false;
    }

    /// A set is complete, so that the next one can be asked for as well.
    pub(crate) const fn listed(&mut self, now: Instant) {
        self.refute(now);
        self.had_set = true;
    }

    /// Whether only a list shows what was deleted while no watch was open: the server's watches begin with what exists, and
    /// say nothing of what doesn't.
    pub(crate) const fn forgets_deletions(&self) -> bool {
        self.repeats && self.had_set
    }

    /// Whether there was a list at all. Where LIST is forbidden, there is none.
    pub(crate) const fn had_list(&self) -> bool {
        self.refuted.is_some()
    }

    /// A watch is opened. Whether a list came directly before it.
    pub(crate) const fn open(&mut self) -> bool {
        core::mem::replace(&mut self.is_fresh, false)
    }

    /// An event came that is older than what was seen. Whether it is to be handed out, since the server repeats objects.
    pub(crate) const fn is_repeat(&mut self, looks: Looks) -> bool {
        self.repeats |= matches!(looks, Looks::Repeated);
        self.unchecked |= self.repeats;
        self.suspected |= !self.repeats && matches!(looks, Looks::Added);
        self.repeats
    }

    /// Whether it is time to ask the server how far it is.
    pub(crate) fn are_due(&self, now: Instant) -> bool {
        self.unchecked && self.refuted.is_none_or(|then| now.since(then) >= INTERVAL)
    }
}
