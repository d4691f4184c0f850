//! The pending work of the controllers, derived from writes.

use core::time::Duration;
use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::Value;

use super::ClusterState;
use super::gone::Gone;
use crate::model::admission::deletion::{FOREGROUND, ORPHAN};
use crate::model::admission::owners::{has_finalizer, is_deleted, owner_references};
use crate::model::storage::object::{Change, Key};
use crate::model::storage::resource::Resource;

/// When a controller does its work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Pace {
    /// This long after there is work, repeatedly until there is none. (In JSON: milliseconds.)
    After(#[serde(deserialize_with = "crate::millis::deserialize")] Duration),
    /// One pass for each call of [`end_namespaces`](crate::model::ApiServer::end_namespaces) or
    /// [`collect_garbage`](crate::model::ApiServer::collect_garbage).
    Manual,
}

/// The pace of the controllers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Controllers {
    /// The namespace controller (pkg/controller/namespace): deletes the contents of a Terminating namespace, and then
    /// removes it. The real controller retries after a time, this one when something changed.
    pub namespaces: Pace,
    /// The garbage collector (pkg/controller/garbagecollector): deletes objects whose owners are gone, and executes
    /// `propagationPolicy`.
    pub garbage: Pace,
    /// Whether an owner that never existed counts as gone, as for the real garbage collector. By default it doesn't.
    /// Otherwise pods that a test copied from a cluster without their ReplicaSet would be deleted.
    pub collect_unknown: bool,
}

impl Default for Controllers {
    /// Both controllers make a pass 20 ms after there is work.
    fn default() -> Self {
        let soon = Pace::After(Duration::from_millis(20));
        Self { namespaces: soon, garbage: soon, collect_unknown: false }
    }
}

impl Controllers {
    /// Both controllers make a pass only on a call, as with envtest, which has no controllers.
    pub const fn manual() -> Self {
        Self { namespaces: Pace::Manual, garbage: Pace::Manual, collect_unknown: false }
    }
}

/// The location of an object: the resource it is stored in, and its key.
pub(crate) type Place = (String, Key);

/// The pending work.
#[derive(Debug, Default)]
pub(crate) struct Work {
    /// The Terminating namespaces.
    pub(crate) terminating: BTreeSet<String>,
    /// The objects that have owners.
    pub(crate) owned: BTreeSet<Place>,
    /// The objects with a `deletionTimestamp` that wait for the garbage collector.
    pub(crate) leaving: BTreeSet<Place>,
    pub(crate) gone: Gone,
    pub(crate) namespaces: Turn,
    pub(crate) garbage: Turn,
}

/// Whether and when a controller has work.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Turn {
    pub(crate) has_work: bool,
    pub(crate) at: Option<Duration>,
}

impl Turn {
    fn schedule(&mut self, now: Duration, pace: Pace) {
        self.has_work = true;
        self.at = match pace {
            Pace::After(delay) => Some(self.at.unwrap_or_else(|| now.saturating_add(delay))),
            Pace::Manual => None,
        };
    }

    fn reschedule(&mut self, now: Duration, pace: Pace) {
        self.at = None;
        if self.has_work {
            self.schedule(now, pace);
        }
    }
}

impl ClusterState {
    /// How fast the controllers are.
    pub(crate) const fn controllers(&self) -> Controllers {
        self.setup.controllers
    }

    /// Sets the pace of the controllers, from now on.
    pub(crate) fn set_controllers(&mut self, now: Duration, controllers: Controllers) {
        self.setup.controllers = controllers;
        self.work.namespaces.reschedule(now, controllers.namespaces);
        self.work.garbage.reschedule(now, controllers.garbage);
    }

    /// Records the work that results from a write.
    pub(super) fn note(&mut self, now: Duration, resource: &Resource, change: &Change) {
        let Controllers { namespaces, garbage, .. } = self.setup.controllers;
        let work = &mut self.work;
        let current = change.current.as_ref().map(|version| &version.value);
        if resource.group.is_empty() && resource.plural == "namespaces" {
            let name = change.key.as_str();
            if current.is_some_and(is_deleted) {
                work.terminating.insert(name.to_owned());
                work.namespaces.schedule(now, namespaces);
            } else {
                work.terminating.remove(name);
            }
        } else if !work.terminating.is_empty()
            && let Some((namespace, _)) = change.key.as_str().split_once('/')
            && work.terminating.contains(namespace)
        {
            work.namespaces.schedule(now, namespaces);
        }
        // `ignoredResources` of the garbage collector.
        if resource.stored_in() == "events" {
            return;
        }
        if let (None, Some(previous)) = (current, &change.previous) {
            work.gone.insert(previous.uid());
        }
        let is_owned = current.is_some_and(|value| !owner_references(value).is_empty());
        let is_leaving = current.is_some_and(|value| is_deleted(value) && waits_for_collector(value));
        let place = (resource.name(), change.key.clone());
        let was_known = work.owned.contains(&place) || work.leaving.contains(&place);
        let concerns = is_owned
            || is_leaving
            || was_known
            || (!work.leaving.is_empty() || current.is_none() && !work.owned.is_empty());
        if !concerns {
            return;
        }
        for (set, is_in) in [(&mut work.owned, is_owned), (&mut work.leaving, is_leaving)] {
            if is_in {
                set.insert(place.clone());
            } else {
                set.remove(&place);
            }
        }
        work.garbage.schedule(now, garbage);
    }

    /// Derives the work from the store, after the store was restored.
    pub(super) fn find_work(&mut self) {
        self.work = Work::default();
        let revision = self.store.revision();
        for resource in self.resources.all_stored().cloned().collect::<Vec<_>>() {
            let objects: Vec<_> = self
                .store
                .at(&resource.name(), "", None, revision)
                .map(|(key, object)| Change::new(object.revision, key.clone(), None, Some(object.clone())))
                .collect();
            for change in &objects {
                self.note(Duration::ZERO, &resource, change);
            }
        }
        for turn in [&mut self.work.namespaces, &mut self.work.garbage] {
            // At once, because the time isn't known here.
            turn.at = turn.at.map(|_| Duration::ZERO);
        }
    }
}

fn waits_for_collector(value: &Value) -> bool {
    has_finalizer(value, ORPHAN) || has_finalizer(value, FOREGROUND)
}
