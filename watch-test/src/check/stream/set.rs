//! A set that is told is the state of the store as of its version.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;
use watch_core::wire::EventType;
use watch_core::{InitialCause, Object, ResourceVersion};

use super::object::{broken, key_of, number, parse, same, version_of};
use super::{Judgement, Position, StreamOracle};
use crate::check::history::History;
use crate::check::violation::Invariant;

/// A set that is being told.
#[derive(Clone, Debug)]
pub(super) struct Set {
    objects: BTreeMap<Arc<str>, Arc<Value>>,
    /// Of which history; `None` if parts of it are of different ones.
    timeline: Option<usize>,
}

impl StreamOracle {
    pub(super) fn begin(&mut self, cause: InitialCause) -> Judgement {
        // A set that was begun and breaks off is followed by another: since it did, since the consumer asked, or since the
        // server's history turned out to be another one.
        let follows = matches!(cause, InitialCause::Retry | InitialCause::Relist | InitialCause::Rollback);
        if self.set.is_some() && !follows {
            return broken(
                Invariant::Grammar,
                format!("a set begins ({cause:?}) while one is open, and isn't a retry"),
            );
        }
        self.forget();
        self.set = Some(Set { objects: BTreeMap::new(), timeline: Some(usize::MAX) });
        Ok(())
    }

    pub(super) fn initial(&mut self, truth: &History, timeline: usize, object: &Object) -> Judgement {
        let Some(set) = &mut self.set else {
            return broken(Invariant::Grammar, format!("{object} of a set, but none was begun"));
        };
        set.is_of(timeline);
        let key: Arc<str> = key_of(object).into();
        let (revision, value) = (number(object.resource_version())?, parse(object)?);
        let written = truth.at(timeline, revision).filter(|change| change.key == key);
        let Some(written) = written.and_then(|change| change.after.clone()) else {
            return broken(Invariant::Invention, format!("the set has {object}, which was never written"));
        };
        if !same(&written, &value, None, self.metadata_only) {
            return broken(Invariant::Invention, format!("the set has {object} with other content: {value}"));
        }
        match set.objects.insert(key, written) {
            // A server that has never heard of streaming lists goes on with what happens.
            Some(other) if version_of(&other) >= revision => {
                broken(Invariant::Unique, format!("the set has {object} twice"))
            }
            _ => Ok(()),
        }
    }

    pub(super) fn end(&mut self, truth: &History, timeline: usize, version: &ResourceVersion) -> Judgement {
        let Some(mut set) = self.set.take() else {
            return broken(Invariant::Grammar, format!("a set ends @{version}, but none was begun"));
        };
        set.is_of(timeline);
        let revision = number(version)?;
        let Some(timeline) = set.timeline else {
            self.position = Position::Void(revision);
            self.mirror = Some(set.objects);
            return Ok(());
        };
        if let Position::At { revision: before, timeline: then } = self.before
            && truth.same_until(then, timeline) >= before
            && revision < before
        {
            return broken(Invariant::Ordered, format!("a set of @{revision} after @{before} was told"));
        }
        let state = truth.state(timeline, revision, &self.selection);
        let is_like = |set: &Set| {
            let unsaid =
                |key: &Arc<str>, told: &Value| self.departed_unsaid(truth, timeline, (key, version_of(told)), revision);
            state.iter().all(|(key, object)| set.objects.get(key) == Some(object))
                && set.objects.iter().all(|(key, told)| state.contains_key(key) || unsaid(key, told))
        };
        if !is_like(&set) {
            let said: Vec<_> = set.objects.keys().collect();
            let is: Vec<_> = state.keys().collect();
            return broken(Invariant::State, format!("the set @{revision} has {said:?}, but there were {is:?}"));
        }
        self.advance(revision, timeline);
        self.mirror = Some(set.objects);
        Ok(())
    }

    /// Whether what was told of an object in the course of a set is all that is said of it up to a revision, since it no
    /// longer matches and nobody says so.
    fn departed_unsaid(&self, truth: &History, timeline: usize, (key, told): (&str, u64), revision: u64) -> bool {
        let next = truth.after(timeline, told).iter().find(|change| *change.key == *key);
        self.oddities.silent_departures
            && next.is_some_and(|next| {
                next.revision <= revision && next.after.is_some() && self.selection.seen(next).is_none()
            })
    }

    /// A server that has never heard of streaming lists goes on with what happens; only deletions can be told as such.
    pub(super) fn change_in_set(
        &mut self,
        truth: &History,
        timeline: usize,
        event: EventType,
        object: &Object,
    ) -> Judgement {
        let revision = number(object.resource_version())?;
        let really = truth.at(timeline, revision).and_then(|change| self.selection.seen(change));
        let is_real = really.is_some_and(|seen| *seen.key == *key_of(object) && seen.event == event);
        let is_old = |set: &Set| {
            let known = set.objects.get(key_of(object).as_str());
            self.oddities.old_deletions && known.is_some_and(|known| version_of(known) == revision)
        };
        match &mut self.set {
            Some(set) if event == EventType::Deleted && (is_real || is_old(set)) => {
                set.objects.remove(key_of(object).as_str());
                Ok(())
            }
            _ => broken(Invariant::Grammar, format!("{event} {object} in the middle of a set")),
        }
    }
}

impl Set {
    fn is_of(&mut self, timeline: usize) {
        self.timeline = match self.timeline {
            Some(usize::MAX) => Some(timeline),
            Some(same) if same == timeline => Some(same),
            _ => None,
        };
    }
}
