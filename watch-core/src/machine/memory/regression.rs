//! Events that are older than what was seen: repeats, or a server that was restored from a backup?
//!
//! A watch of kube-apiserver never returns an event as old as the version it was opened from. Two kinds of servers do.
//! Some begin every watch with all objects as ADDED, whatever version was requested (`filepathREST.Watch` of
//! tilt-apiserver, `_serve_watch` of kmock). Others were restored from a backup. An event can't distinguish the two
//! kinds. The version of a list can: if it isn't below what was seen, there was no restore.
//!
//! So old events are repeats if three conditions hold: the watch begins with them, they are ADDED, and such a list came
//! directly before the watch. Otherwise the watch is closed for a list. If a server is known to repeat objects, any of
//! its events may be late, because such a server orders neither writes nor the changes in a gap. While old events
//! arrive, the version check is repeated between two watches, at most once per [`INTERVAL`]. So the watch isn't
//! interrupted, and a restore of that server is still found.
//!
//! Those servers don't know what was deleted while no watch was open, so their next watch doesn't report it. A list
//! does. So if the state was listed before, a broken watch of such a server is followed by a list instead of a version
//! check. That costs no more than the next watch, which returns all objects as well. Some servers show only in the
//! watch after the break that they repeat objects: if the version of the list isn't a number (as with kmock), the first
//! watch has no event that is old. Then the watch after the break is closed for a list too, unless it directly follows
//! a list.

use core::time::Duration;

use crate::io::time::Instant;

/// How long the answer of a list counts while old events arrive. It is at least as long as two watches of the usual
/// length. A server that repeats objects on every watch gets one more request in this time.
const INTERVAL: Duration = Duration::from_secs(600);

/// A watch that ends within this time after its streaming list is followed by one that still follows the list. A server
/// may end the watch with the list.
const RECENT: Duration = Duration::from_secs(10);

/// What is known about events that are older than what was seen.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Regressions {
    /// When a list last excluded a restore, or when no such list was possible.
    refuted: Option<Instant>,
    /// No watch was opened since then.
    is_fresh: bool,
    /// Old objects ended a watch, and there was no list since.
    suspected: bool,
    /// The server repeats objects although it wasn't restored.
    repeats: bool,
    /// Old events were emitted since the last list.
    unchecked: bool,
    /// The objects were listed. If they never were, listing may be forbidden, or not wanted.
    had_objects: bool,
    /// The last list had the objects, so the events with which the next watch begins hide no deletion.
    follows_objects: bool,
}

/// The kind of an old event.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Looks {
    /// An ADDED with which a watch begins, directly after a list. The list may be a LIST of one object, for its
    /// version.
    Repeated,
    /// Another ADDED. If a list excludes a restore, it was a repeat.
    Added,
    /// A change. Servers don't repeat changes: the order is wrong, and more may be missing.
    Changed,
}

impl Regressions {
    /// A list isn't older than what was seen, or the version check isn't possible.
    pub(crate) const fn refute(&mut self, now: Instant) {
        self.refuted = Some(now);
        self.is_fresh = true;
        self.repeats |= self.suspected;
        self.suspected = false;
        self.unchecked = false;
        self.follows_objects = false;
    }

    /// A list is complete, so a later one is possible too.
    pub(crate) const fn listed(&mut self, now: Instant) {
        self.refute(now);
        self.had_objects = true;
        self.follows_objects = true;
    }

    /// Returns whether only a list shows what was deleted while no watch was open: the server's watches begin with the
    /// existing objects, and don't report missing ones.
    pub(crate) const fn forgets_deletions(&self) -> bool {
        self.repeats && self.had_objects
    }

    /// Returns whether there was a list. If LIST is forbidden, there is none.
    pub(crate) const fn had_list(&self) -> bool {
        self.refuted.is_some()
    }

    /// A watch is opened. Returns whether a list came directly before it.
    pub(crate) const fn open(&mut self) -> bool {
        core::mem::replace(&mut self.is_fresh, false)
    }

    /// A watch is over. If it lasted since its streaming list, the next one doesn't directly follow that list.
    pub(crate) fn is_past(&mut self, now: Instant) {
        self.is_fresh &= self.refuted.is_some_and(|then| now.since(then) < RECENT);
    }

    /// An event is older than what was seen. Returns whether to emit it, because the server repeats objects.
    pub(crate) const fn is_repeat(&mut self, looks: Looks) -> bool {
        self.repeats |= matches!(looks, Looks::Repeated) && (self.follows_objects || !self.had_objects);
        self.unchecked |= self.repeats;
        self.suspected |= !self.repeats && !matches!(looks, Looks::Changed);
        self.repeats
    }

    /// Returns whether a version check is due.
    pub(crate) fn are_due(&self, now: Instant) -> bool {
        self.unchecked && self.refuted.is_none_or(|then| now.since(then) >= INTERVAL)
    }
}
