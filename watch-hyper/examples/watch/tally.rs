//! Counts events, changes and trouble.

use core::time::Duration;
use std::collections::BTreeMap;

use watch_hyper::watch_core::{Cause, Change, Event, InitialCause, Next, Notice};

/// The counts so far.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    /// Events of the watch, by name.
    pub(crate) events: BTreeMap<&'static str, usize>,
    /// Changes, by name.
    pub(crate) changes: BTreeMap<&'static str, usize>,
    /// Complete lists.
    pub(crate) sets: usize,
    /// Notices of trouble.
    pub(crate) troubles: usize,
    /// The server replied that it doesn't have the resource, before any event.
    pub(crate) is_unknown: bool,
    /// Trouble after which the watch resumed.
    pub(crate) resumed: usize,
    /// Relists, with the gap before them.
    pub(crate) restarts: Vec<Restart>,
}

#[derive(Debug)]
pub(crate) struct Restart {
    pub(crate) cause: InitialCause,
    /// `None` if nothing was seen before.
    pub(crate) gap: Option<Duration>,
}

impl Tally {
    pub(crate) fn event(&mut self, event: &Event) {
        if matches!(event, Event::InitialEnd { .. }) {
            self.sets += 1;
        }
        *self.events.entry(event_name(event)).or_default() += 1;
    }

    pub(crate) fn change(&mut self, change: &Change) {
        *self.changes.entry(change_name(change)).or_default() += 1;
    }

    pub(crate) fn notice(&mut self, notice: &Notice) {
        if matches!(notice, Notice::Retrying { .. } | Notice::NeedsAttention { .. }) {
            self.troubles += 1;
        }
        match notice {
            Notice::NeedsAttention { trouble, .. } if is_not_found(&trouble.cause) => {
                self.is_unknown |= self.events.is_empty();
            }
            Notice::Retrying { next: Next::Resume, .. } => self.resumed += 1,
            Notice::Relisted { cause, gap, .. } => {
                self.restarts.push(Restart { cause: *cause, gap: *gap });
            }
            _ => {}
        }
    }

    /// Returns one line for each relist.
    pub(crate) fn restarts(&self) -> impl Iterator<Item = String> {
        self.restarts.iter().map(|Restart { cause, gap }| match gap {
            Some(gap) => format!("{cause}; gap of {:.3} s", gap.as_secs_f64()),
            None => cause.to_string(),
        })
    }

    pub(crate) fn bookmarks(&self) -> usize {
        self.events.get("BOOKMARK").copied().unwrap_or_default()
    }

    pub(crate) fn count_of(&self, change: &str) -> usize {
        self.changes.get(change).copied().unwrap_or_default()
    }
}

/// Also for a 404 without a Status, which the API server sends if it doesn't know the group or version.
fn is_not_found(cause: &Cause) -> bool {
    matches!(cause, Cause::UnexpectedResponse { status: 404, .. })
        || cause.status().is_some_and(|status| status.code == 404)
}

pub(crate) const fn event_name(event: &Event) -> &'static str {
    match event {
        Event::InitialBegin { .. } => "INITIAL-BEGIN",
        Event::Initial(_) => "INITIAL",
        Event::InitialEnd { .. } => "INITIAL-END",
        Event::Added(_) => "ADDED",
        Event::Modified(_) => "MODIFIED",
        Event::Deleted(_) => "DELETED",
        Event::Bookmark { .. } => "BOOKMARK",
    }
}

pub(crate) const fn change_name(change: &Change) -> &'static str {
    match change {
        Change::Added(_) => "ADDED",
        Change::Modified(_) => "MODIFIED",
        Change::Deleted(_) => "DELETED",
        Change::Vanished(_) => "VANISHED",
        Change::Synced { .. } => "SYNCED",
    }
}
