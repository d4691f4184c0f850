//! Checks that one stream of events is the history of the store: in order, each event once, from a list on.

mod object;
mod position;
mod repeated;
mod set;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::Value;
use watch_core::wire::EventType;
use watch_core::{Event, Object, ResourceVersion};

use self::object::{broken, key_of, number, parse, same, version_of};
pub use self::position::Position;
use self::set::Set;
use super::history::History;
use super::oddities::{Oddities, VersionOrder};
use super::selection::Selection;
use super::violation::{Invariant, Violation};

/// Decides whether the events that one client delivers are the history of the store.
///
/// After a list as of version `r`, the next event must be *the very next* change after `r` that the selection matches,
/// with its type and its content. So a violation is found at the event that shows it, without a timeout.
///
/// Versions are decimal numbers, as in etcd. A client may relist any number of times.
#[derive(Clone, Debug)]
pub struct StreamOracle {
    selection: Selection,
    oddities: Oddities,
    metadata_only: bool,
    position: Position,
    /// The revisions of delivered deletions after the position. These deletions didn't move it.
    deleted: BTreeSet<u64>,
    /// Whether the position is the opaque version of a list. It can't be compared, so a deletion doesn't move it.
    is_of_list: bool,
    /// The last position before the client discarded its version.
    before: Position,
    /// The objects delivered so far; `None` if the watch began without a list.
    mirror: Option<BTreeMap<Arc<str>, Arc<Value>>>,
    set: Option<Set>,
    /// Whether the checks are stopped.
    is_suspended: bool,
}

type Checked = Result<(), Violation>;

impl StreamOracle {
    /// Creates an oracle for a client with this selection, which begins with a list.
    pub const fn new(selection: Selection, oddities: Oddities) -> Self {
        Self {
            selection: selection.departing_silently(oddities.silent_departures),
            oddities,
            metadata_only: false,
            position: Position::Unknown,
            deleted: BTreeSet::new(),
            is_of_list: false,
            before: Position::Unknown,
            mirror: Some(BTreeMap::new()),
            set: None,
            is_suspended: false,
        }
    }

    /// Sets whether the client requests only the metadata of objects (`PartialObjectMetadata`).
    #[must_use]
    pub const fn metadata_only(mut self, is_so: bool) -> Self {
        self.metadata_only = is_so;
        self
    }

    /// Sets that the client begins without a list, at the version that [`Self::begin_at`] sets.
    #[must_use]
    pub fn without_list(mut self) -> Self {
        self.mirror = None;
        self
    }

    /// Returns the client's position in the history.
    pub const fn position(&self) -> Position {
        self.position
    }

    /// Returns the objects that the client has, by key. Returns `None` during a list, and if the client began without
    /// one.
    pub fn objects(&self) -> Option<&BTreeMap<Arc<str>, Arc<Value>>> {
        let is_known = self.set.is_none() && self.position != Position::Unknown && !self.is_suspended;
        self.mirror.as_ref().filter(|_| is_known)
    }

    /// Records that the client begins without a list, at a revision from another source.
    pub fn begin_at(&mut self, revision: u64, timeline: usize) {
        self.advance(revision, timeline);
        self.at_list_version();
    }

    /// Records that the client's version is the one of a list, which may be opaque ([`VersionOrder::OpaqueLists`]).
    pub fn at_list_version(&mut self) {
        self.is_of_list = self.oddities.versions == VersionOrder::OpaqueLists;
    }

    /// Records that the client discards its version. Its next event begins a list.
    pub fn forget(&mut self) {
        if self.position != Position::Unknown {
            self.before = self.position;
        }
        self.position = Position::Unknown;
        self.deleted.clear();
    }

    /// Returns whether the client has the current state of the store.
    pub fn is_complete(&self, truth: &History) -> bool {
        match self.position {
            Position::At { revision, timeline } => {
                let timeline = self.carry_over(truth, revision, timeline, truth.present());
                self.set.is_none() && timeline.is_some_and(|timeline| self.next(truth, timeline, revision).is_none())
            }
            _ => false,
        }
    }

    /// Stops the checks, because events are forged from now on (by a hostile proxy, or by the server itself). Only the
    /// position is tracked.
    pub const fn suspend(&mut self) {
        self.is_suspended = true;
    }

    /// Returns whether the checks are stopped.
    pub const fn is_suspended(&self) -> bool {
        self.is_suspended
    }

    /// Resumes the checks, beginning with the next list.
    pub fn resume(&mut self) {
        self.is_suspended = false;
        self.position = Position::Unknown;
        self.before = Position::Unknown;
        self.deleted.clear();
        self.set = None;
    }

    /// Checks the next event of the client. `timeline` is the one that was current when the client's request began.
    ///
    /// # Errors
    /// Fails if the event violates an invariant. The oracle must not be used after that.
    pub fn event(&mut self, truth: &History, timeline: usize, event: &Event) -> Result<(), Violation> {
        if self.is_suspended {
            return self.track(event);
        }
        match event {
            Event::InitialBegin { cause } => self.begin(*cause),
            Event::Initial(object) => self.initial(truth, timeline, object),
            Event::InitialEnd { resource_version } => self.end(truth, timeline, resource_version),
            Event::Added(object) => self.change(truth, timeline, EventType::Added, object),
            Event::Modified(object) => self.change(truth, timeline, EventType::Modified, object),
            Event::Deleted(object) => self.change(truth, timeline, EventType::Deleted, object),
            Event::Bookmark { resource_version } => self.bookmark(truth, timeline, resource_version),
        }
    }

    /// Tracks only the version to resume from.
    fn track(&mut self, event: &Event) -> Checked {
        match event {
            Event::InitialBegin { .. } => self.forget(),
            Event::Initial(_) => {}
            Event::Deleted(_) if self.position == Position::Unknown => {}
            Event::Added(object) | Event::Modified(object) => {
                self.follow_unchecked(EventType::Modified, number(object.resource_version())?);
            }
            Event::Deleted(object) => self.follow_unchecked(EventType::Deleted, number(object.resource_version())?),
            Event::InitialEnd { resource_version } | Event::Bookmark { resource_version } => {
                self.position = Position::Void(number(resource_version)?);
            }
        }
        Ok(())
    }

    fn change(&mut self, truth: &History, timeline: usize, event: EventType, object: &Object) -> Checked {
        if self.set.is_some() {
            return self.change_in_set(truth, timeline, event, object);
        }
        let revision = number(object.resource_version())?;
        let (at, then) = match self.position {
            Position::At { revision, timeline } => (revision, timeline),
            Position::Unknown => {
                return broken(Invariant::Grammar, format!("{event} {object} before the first list"));
            }
            Position::Void(_) => {
                self.follow_unchecked(event, revision);
                self.apply(event, object, None);
                return Ok(());
            }
        };
        let Some(timeline) = self.carry_over(truth, at, then, timeline) else {
            self.follow_unchecked(event, revision);
            self.apply(event, object, None);
            return Ok(());
        };
        let value = parse(object)?;
        let key = key_of(object);
        if self.is_repeated(truth, (timeline, at), event, (&key, revision, &value)) {
            return Ok(());
        }
        let Some(next) = self.next(truth, timeline, at) else {
            let oracle = if revision <= at { Invariant::Unique } else { Invariant::Invention };
            return broken(oracle, format!("{event} {object}, but nothing changed after @{at}"));
        };
        let is_deletion = next.event == EventType::Deleted;
        let version = if is_deletion && self.oddities.old_deletions { version_of(&next.object) } else { next.revision };
        if revision != version {
            let really = truth.at(timeline, revision).and_then(|change| self.selection.seen(change));
            let is_real = really.is_some_and(|seen| *seen.key == *key && seen.event == event);
            let oracle = match (is_real, revision <= at) {
                (true, true) => Invariant::Unique,
                (false, true) => Invariant::Ordered,
                (true, false) => Invariant::Reliable,
                (false, false) => Invariant::Invention,
            };
            return broken(
                oracle,
                format!("{event} {object} after @{at}, but next is {} {}@{}", next.event, next.key, next.revision),
            );
        }
        if *next.key != *key || next.event != event {
            return broken(
                Invariant::Atomic,
                format!("{event} {object}, but that is {} {}@{}", next.event, next.key, next.revision),
            );
        }
        if !same(&next.object, &value, Some(version), self.metadata_only) {
            return broken(Invariant::Invention, format!("{event} {object} with other content: {value}"));
        }
        if is_deletion && (self.is_of_list || self.oddities.deletions_stay()) {
            self.position = Position::At { revision: at, timeline };
            self.deleted.insert(next.revision);
        } else {
            self.advance(revision, timeline);
        }
        self.apply(event, object, Some(next.object));
        Ok(())
    }

    fn bookmark(&mut self, truth: &History, timeline: usize, version: &ResourceVersion) -> Checked {
        if self.set.is_some() {
            return broken(Invariant::Grammar, format!("a bookmark @{version} inside a list"));
        }
        let revision = number(version)?;
        let (at, then) = match self.position {
            Position::At { revision, timeline } => (revision, timeline),
            Position::Unknown => {
                return broken(Invariant::Grammar, format!("a bookmark @{version} before the first list"));
            }
            Position::Void(_) => {
                self.position = Position::Void(revision);
                return Ok(());
            }
        };
        let Some(timeline) = self.carry_over(truth, at, then, timeline) else {
            self.position = Position::Void(revision);
            return Ok(());
        };
        if revision < at {
            return broken(Invariant::Ordered, format!("a bookmark @{revision} after @{at}"));
        }
        match self.next(truth, timeline, at) {
            Some(next) if next.revision <= revision => broken(
                Invariant::Bookmarkable,
                format!("a bookmark @{revision}, but {} {}@{} wasn't delivered", next.event, next.key, next.revision),
            ),
            _ => {
                self.advance(revision, timeline);
                Ok(())
            }
        }
    }

    fn advance(&mut self, revision: u64, timeline: usize) {
        self.position = Position::At { revision, timeline };
        self.is_of_list = false;
        self.deleted.retain(|deleted| *deleted > revision);
    }

    /// Returns the timeline to continue in: the new one, if everything delivered is also true there.
    fn carry_over(&self, truth: &History, at: u64, from: usize, to: usize) -> Option<usize> {
        (from == to || truth.same_until(from, to) >= self.reach(at)).then_some(to)
    }

    fn apply(&mut self, event: EventType, object: &Object, value: Option<Arc<Value>>) {
        let Some(mirror) = &mut self.mirror else { return };
        let key: Arc<str> = key_of(object).into();
        if event == EventType::Deleted {
            mirror.remove(&key);
        } else {
            let value = value.or_else(|| parse(object).ok().map(Arc::new));
            mirror.extend(value.map(|value| (key, value)));
        }
    }
}
