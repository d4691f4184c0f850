//! What a consumer is told is the history of the store, in order, once, from some set on.
//!
//! The rule is the strongest there is: behind a set as of version `r`, the next event must be *the very next* change
//! behind `r` that matches the selector, with its type and its bytes. So nothing needs to be said of "eventually".

mod object;
mod odd;
mod position;
mod set;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::Value;
use watch_core::wire::EventType;
use watch_core::{Event, Object, ResourceVersion};

pub(crate) use self::object::{broken, key_of, number};
use self::object::{parse, same, version_of};
pub(crate) use self::position::Position;
use self::set::Set;
use crate::plan::{Oddities, Versions};
use crate::truth::{Change, Selection, Truth};
use crate::violation::{Oracle, Violation};

/// See the module.
#[derive(Clone, Debug)]
pub(crate) struct Sequence {
    selection: Selection,
    oddities: Oddities,
    metadata_only: bool,
    position: Position,
    /// Revisions of deletions that were told and are beyond the position, which they left where it was.
    deleted: BTreeSet<u64>,
    /// It has the version of a list, which is a word: older than nothing, so that a deletion leaves it.
    is_of_list: bool,
    /// What it was before it was given up.
    before: Position,
    /// What there is, as far as was told; not known where a watch began without a set.
    mirror: Option<BTreeMap<Arc<str>, Arc<Value>>>,
    set: Option<Set>,
    /// What comes is taken as it is.
    is_lied_to: bool,
}

type Judgement = Result<(), Violation>;

impl Sequence {
    pub(crate) const fn new(selection: Selection, oddities: Oddities, metadata_only: bool, has_set: bool) -> Self {
        let mirror = if has_set { Some(BTreeMap::new()) } else { None };
        Self {
            selection,
            oddities,
            metadata_only,
            position: Position::Unknown,
            deleted: BTreeSet::new(),
            is_of_list: false,
            before: Position::Unknown,
            mirror,
            set: None,
            is_lied_to: false,
        }
    }

    pub(crate) const fn position(&self) -> Position {
        self.position
    }

    /// What there is, if it is known whole.
    pub(crate) fn mirror(&self) -> Option<&BTreeMap<Arc<str>, Arc<Value>>> {
        let is_known = self.set.is_none() && self.position != Position::Unknown && !self.is_lied_to;
        self.mirror.as_ref().filter(|_| is_known)
    }

    /// A watch begins without a set, at a version that it was told otherwise.
    pub(crate) fn jump(&mut self, revision: u64, timeline: usize) {
        self.advance(revision, timeline);
        self.listed();
    }

    /// It is at the version of a LIST.
    pub(crate) fn listed(&mut self) {
        self.is_of_list = self.oddities.versions == Versions::OpaqueLists;
    }

    /// As what a change comes, if it is seen at all.
    pub(crate) fn seen_as(&self, change: &Change) -> Option<EventType> {
        self.selection.seen(change).map(|seen| seen.event)
    }

    /// There is nothing to resume from: the set will come anew.
    pub(crate) fn forget(&mut self) {
        if self.position != Position::Unknown {
            self.before = self.position;
        }
        self.position = Position::Unknown;
        self.deleted.clear();
    }

    /// Whether everything that matters was told.
    pub(crate) fn is_complete(&self, truth: &Truth) -> bool {
        match self.position {
            Position::At { revision, timeline } => {
                let timeline = self.carry_over(truth, revision, timeline, truth.present());
                self.set.is_none() && timeline.is_some_and(|timeline| self.next(truth, timeline, revision).is_none())
            }
            _ => false,
        }
    }

    /// Somebody between server and client, or the server itself, says what isn't so: what is told can't be judged.
    pub(crate) const fn lie(&mut self) {
        self.is_lied_to = true;
    }

    pub(crate) const fn is_lied_to(&self) -> bool {
        self.is_lied_to
    }

    /// From now on what comes is true again, beginning with a set.
    pub(crate) fn trust(&mut self) {
        self.is_lied_to = false;
        self.position = Position::Unknown;
        self.before = Position::Unknown;
        self.deleted.clear();
        self.set = None;
    }

    /// Judges an event that came by an exchange which was begun in that history.
    pub(crate) fn event(&mut self, truth: &Truth, timeline: usize, event: &Event) -> Judgement {
        if self.is_lied_to {
            return self.believe(event);
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

    /// Only follows where the machine must go on from.
    fn believe(&mut self, event: &Event) -> Judgement {
        match event {
            Event::InitialBegin { .. } => self.forget(),
            Event::Initial(_) => {}
            Event::Deleted(_) if self.position == Position::Unknown => {}
            Event::Added(object) | Event::Modified(object) => {
                self.cannot_judge(EventType::Modified, number(object.resource_version())?);
            }
            Event::Deleted(object) => self.cannot_judge(EventType::Deleted, number(object.resource_version())?),
            Event::InitialEnd { resource_version } | Event::Bookmark { resource_version } => {
                self.position = Position::Void(number(resource_version)?);
            }
        }
        Ok(())
    }

    fn change(&mut self, truth: &Truth, timeline: usize, event: EventType, object: &Object) -> Judgement {
        if self.set.is_some() {
            return self.change_in_set(truth, timeline, event, object);
        }
        let revision = number(object.resource_version())?;
        let (at, then) = match self.position {
            Position::At { revision, timeline } => (revision, timeline),
            Position::Unknown => {
                return broken(Oracle::Grammar, format!("{event} {object} before there is a set"));
            }
            Position::Void(_) => {
                self.cannot_judge(event, revision);
                self.apply(event, object, None);
                return Ok(());
            }
        };
        let Some(timeline) = self.carry_over(truth, at, then, timeline) else {
            self.cannot_judge(event, revision);
            self.apply(event, object, None);
            return Ok(());
        };
        let value = parse(object)?;
        let key = key_of(object);
        if self.is_repeated(truth, (timeline, at), event, (&key, revision, &value)) {
            return Ok(());
        }
        let Some(next) = self.next(truth, timeline, at) else {
            let oracle = if revision <= at { Oracle::Unique } else { Oracle::Invention };
            return broken(oracle, format!("{event} {object}, but nothing happened behind @{at}"));
        };
        let is_deletion = next.event == EventType::Deleted;
        let version = if is_deletion && self.oddities.old_deletions { version_of(&next.object) } else { next.revision };
        if revision != version {
            let really = truth.at(timeline, revision).and_then(|change| self.selection.seen(change));
            let is_real = really.is_some_and(|seen| *seen.key == *key && seen.event == event);
            let oracle = match (is_real, revision <= at) {
                (true, true) => Oracle::Unique,
                (false, true) => Oracle::Ordered,
                (true, false) => Oracle::Reliable,
                (false, false) => Oracle::Invention,
            };
            return broken(
                oracle,
                format!("{event} {object} behind @{at}, but next is {} {}@{}", next.event, next.key, next.revision),
            );
        }
        if *next.key != *key || next.event != event {
            return broken(
                Oracle::Atomic,
                format!("{event} {object}, but that is {} {}@{}", next.event, next.key, next.revision),
            );
        }
        if !same(&next.object, &value, Some(version), self.metadata_only) {
            return broken(Oracle::Invention, format!("{event} {object} with other content: {value}"));
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

    fn bookmark(&mut self, truth: &Truth, timeline: usize, version: &ResourceVersion) -> Judgement {
        if self.set.is_some() {
            return broken(Oracle::Grammar, format!("a bookmark @{version} in the middle of a set"));
        }
        let revision = number(version)?;
        let (at, then) = match self.position {
            Position::At { revision, timeline } => (revision, timeline),
            Position::Unknown => {
                return broken(Oracle::Grammar, format!("a bookmark @{version} before there is a set"));
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
            return broken(Oracle::Ordered, format!("a bookmark @{revision} behind @{at}"));
        }
        match self.next(truth, timeline, at) {
            Some(next) if next.revision <= revision => broken(
                Oracle::Bookmarkable,
                format!("a bookmark @{revision}, but {} {}@{} wasn't told", next.event, next.key, next.revision),
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

    /// In which history to go on: in the new one, if what was told is true there as well.
    fn carry_over(&self, truth: &Truth, at: u64, from: usize, to: usize) -> Option<usize> {
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
