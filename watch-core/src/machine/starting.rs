//! Decides what to request.

use super::Step;
use super::ask::send;
use super::asked::{Asked, AskedWatch};
use super::memory::{Aim, Memory};
use super::page::{Listed, Page};
use crate::io::time::Instant;

/// No exchange is open. The next request follows from what is remembered: with a version, a watch from it; without one,
/// a list.
#[derive(Clone, Debug)]
pub(crate) struct Starting {
    /// Requests a list by a consistent LIST, in place of any other request.
    is_final_read: bool,
}

impl Starting {
    pub(super) const NEXT: Self = Self { is_final_read: false };
    pub(super) const FINAL_READ: Self = Self { is_final_read: true };

    pub(super) fn step(self, memory: &mut Memory, now: Instant) -> Step {
        let asked = if self.is_final_read { Asked::List(Page::first(Listed::Objects)) } else { next(memory, now) };
        send(asked, memory, now)
    }
}

fn next(memory: &mut Memory, now: Instant) -> Asked {
    let Memory { intent, health, progress, .. } = memory;
    // If the server has shown an older version than was seen, the check comes before a list too: it costs the server
    // less than a list.
    let has_place = progress.version().is_some() || intent.aim() == Aim::List && health.tally().outdated > 0;
    if intent.check.take(has_place && progress.can_check(), now) {
        return match progress.seen().filter(|_| intent.check.is_by_watch()) {
            Some(seen) => Asked::Watch(AskedWatch::check(seen.clone())),
            None => Asked::List(Page::first(Listed::VersionCheck)),
        };
    }
    match (progress.version(), intent.aim()) {
        (Some(version), _) => Asked::Watch(AskedWatch::after(version.clone())),
        (None, Aim::Unversioned) => {
            progress.unordered();
            Asked::Watch(AskedWatch::unversioned())
        }
        (None, Aim::List) if intent.wants_streaming_list() => Asked::Watch(AskedWatch::streaming_list()),
        (None, Aim::List) => Asked::List(Page::first(Listed::Objects)),
        (None, Aim::Version) => Asked::List(Page::first(Listed::Version)),
    }
}
