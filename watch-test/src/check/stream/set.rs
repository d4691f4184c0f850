//! Checks that a delivered list is the state of the store as of its version.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;
use watch_core::wire::EventType;
use watch_core::{InitialCause, Object, ResourceVersion};

use super::object::{broken, key_of, number, parse, same, version_of};
use super::{Checked, Position, StreamOracle};
use crate::check::history::History;
use crate::check::selection::Seen;
use crate::check::violation::Invariant;

/// A list that isn't complete yet.
#[derive(Clone, Debug)]
pub(super) struct Set {
    objects: BTreeMap<Arc<str>, Arc<Value>>,
    /// The timeline of its objects; `None` if they are of different timelines.
    timeline: Option<usize>,
}

impl StreamOracle {
    pub(super) fn begin(&mut self, cause: InitialCause) -> Checked {
        // A list that isn't complete may be followed by another one: because it failed, because the consumer requested
        // a relist, or because the server was rolled back.
        let follows = matches!(cause, InitialCause::Retry | InitialCause::Relist | InitialCause::Rollback);
        if self.set.is_some() && !follows {
            return broken(
                Invariant::Grammar,
                format!("a list begins ({cause:?}) during another one, and isn't a retry"),
            );
        }
        self.forget();
        self.set = Some(Set { objects: BTreeMap::new(), timeline: Some(usize::MAX) });
        Ok(())
    }

    pub(super) fn initial(&mut self, truth: &History, timeline: usize, object: &Object) -> Checked {
        let Some(set) = &mut self.set else {
            return broken(Invariant::Grammar, format!("{object} of a list, but no list was begun"));
        };
        set.is_of(timeline);
        let key: Arc<str> = key_of(object).into();
        let (revision, value) = (number(object.resource_version())?, parse(object)?);
        let written = truth.at(timeline, revision).filter(|change| change.key == key);
        let Some(written) = written.and_then(|change| change.after.clone()) else {
            return broken(Invariant::Invention, format!("the list has {object}, which was never written"));
        };
        if !same(&written, &value, None, self.metadata_only) {
            return broken(Invariant::Invention, format!("the list has {object} with other content: {value}"));
        }
        match set.objects.insert(key, written) {
            // A server without streaming lists continues with changes.
            Some(other) if version_of(&other) >= revision => {
                broken(Invariant::Unique, format!("the list has {object} twice"))
            }
            _ => Ok(()),
        }
    }

    pub(super) fn end(&mut self, truth: &History, timeline: usize, version: &ResourceVersion) -> Checked {
        let Some(mut set) = self.set.take() else {
            return broken(Invariant::Grammar, format!("a list ends @{version}, but no list was begun"));
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
            return broken(Invariant::Ordered, format!("a list of @{revision} after @{before} was delivered"));
        }
        let state = truth.state(timeline, revision, &self.selection);
        let is_like = |set: &Set| {
            let unsaid = |key: &Arc<str>, delivered: &Value| {
                self.departed_silently(truth, timeline, (key, version_of(delivered)), revision)
            };
            state.iter().all(|(key, object)| set.objects.get(key) == Some(object))
                && set.objects.iter().all(|(key, delivered)| state.contains_key(key) || unsaid(key, delivered))
        };
        if !is_like(&set) {
            let listed: Vec<_> = set.objects.keys().collect();
            let is: Vec<_> = state.keys().collect();
            return broken(Invariant::State, format!("the list @{revision} has {listed:?}, but there were {is:?}"));
        }
        self.advance(revision, timeline);
        self.mirror = Some(set.objects);
        Ok(())
    }

    /// Returns whether an object of the list stopped matching before its end, without an event for that.
    fn departed_silently(
        &self,
        truth: &History,
        timeline: usize,
        (key, delivered): (&str, u64),
        revision: u64,
    ) -> bool {
        let next = truth.after(timeline, delivered).iter().find(|change| *change.key == *key);
        self.oddities.silent_departures
            && next.is_some_and(|next| {
                next.revision <= revision && next.after.is_some() && self.selection.seen(next).is_none()
            })
    }

    /// A server without streaming lists continues with changes. Among them only deletions are recognizable. A deletion may
    /// be of an object that the list never had: it existed as of the version that the list was requested from.
    pub(super) fn change_in_set(
        &mut self,
        truth: &History,
        timeline: usize,
        event: EventType,
        object: &Object,
    ) -> Checked {
        let revision = number(object.resource_version())?;
        let key = key_of(object);
        let is_deletion = |seen: &Seen| *seen.key == *key && seen.event == EventType::Deleted;
        let now = truth.at(timeline, revision).and_then(|change| self.selection.seen(change));
        // Where deletions have no version of their own, it is that of the object.
        let is_old = || {
            let later = truth.after(timeline, revision).iter().filter_map(|change| self.selection.seen(change));
            later.filter(is_deletion).any(|seen| version_of(&seen.object) == revision)
        };
        let is_real = now.as_ref().is_some_and(is_deletion) || self.oddities.old_deletions && is_old();
        match &mut self.set {
            Some(set) if event == EventType::Deleted && is_real => {
                set.objects.remove(key.as_str());
                Ok(())
            }
            _ => broken(Invariant::Grammar, format!("{event} {object} inside a list")),
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
