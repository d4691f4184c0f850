//! The start and the end of a definition's resource.

use core::time::Duration;
use std::sync::Arc;

use serde_json::Value;

use super::ClusterState;
use super::news::News;
use crate::model::crd::conditions::{ESTABLISHED, INSTALLING, NAMES_ACCEPTED};
use crate::model::crd::{RESOURCE, defined, resources_of};
use crate::model::storage::object::{Key, Version};
use crate::model::storage::resource::Resource;

/// How long watches continue after the definition is removed (`crdHandler.tearDown`: 1.0 s measured).
const TEAR_DOWN: Duration = Duration::from_secs(1);

/// A stage of a defined resource, at a time.
#[derive(Clone, Debug)]
pub(super) struct Establishing {
    pub(super) at: Duration,
    /// The resource, in all of its versions.
    versions: Vec<Arc<Resource>>,
    stage: Stage,
}

impl Establishing {
    fn name(&self) -> String {
        self.versions.first().map_or_else(String::new, |stored| stored.name())
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// The resource is found, but its cache is being filled: requests get 429.
    Served,
    /// The resource is ready.
    Ready,
    /// The watches of the resource end.
    TornDown,
}

impl ClusterState {
    /// Makes a resource known in these versions, the stored one first, with caches that begin now.
    pub(crate) fn add_resource(&mut self, versions: Vec<Arc<Resource>>) {
        let revision = self.store.revision();
        if let Some(stored) = versions.first() {
            for replica in &mut self.replicas {
                replica.add(stored, self.setup.window, revision);
            }
        }
        self.resources.insert(versions);
    }

    /// Begins the stages of a new definition. Its resource is found after one delay, and ready after another (404, 429,
    /// 200 on a real server, within 40 ms).
    pub(crate) fn define(&mut self, now: Duration, definition: &Arc<Version>) {
        let at = self.timestamp(now);
        let names = definition.value["spec"]["names"].clone();
        self.amend(now, definition.text("/metadata/name"), |definition| {
            definition["status"]["acceptedNames"] = names;
            NAMES_ACCEPTED.set(definition, &at);
            INSTALLING.set(definition, &at);
        });
        let versions = resources_of(&definition.value);
        if versions.is_empty() {
            let name = definition.text("/metadata/name");
            self.amend(now, name, |definition| ESTABLISHED.set(definition, &at));
            return;
        }
        let moment = self.setup.establishing;
        for (stage, at) in [(Stage::Served, now + moment), (Stage::Ready, now + 2 * moment)] {
            self.establishing.push(Establishing { at, versions: versions.clone(), stage });
        }
        self.establish(now);
    }

    /// Ends a definition: its resource isn't found any more, and its watches end after a delay.
    pub(crate) fn undefine(&mut self, now: Duration, definition: &Arc<Version>) {
        let name = defined(&definition.value);
        self.establishing.retain(|other| other.stage == Stage::TornDown || other.name() != name);
        let versions = self.resources.remove(&name);
        if !versions.is_empty() {
            self.establishing.push(Establishing { at: now + TEAR_DOWN, versions, stage: Stage::TornDown });
        }
    }

    /// Returns the time of the next stage.
    pub(crate) fn next_stage(&self) -> Option<Duration> {
        self.establishing.iter().map(|stage| stage.at).min()
    }

    /// Executes the stages that are due.
    pub(crate) fn establish(&mut self, now: Duration) {
        let (due, later): (Vec<_>, Vec<_>) = self.establishing.drain(..).partition(|stage| stage.at <= now);
        self.establishing = later;
        for due in due {
            let (at, name) = (due.at, due.name());
            match due.stage {
                Stage::Served => {
                    let timestamp = self.timestamp(at);
                    self.amend(at, &name, |definition| ESTABLISHED.set(definition, &timestamp));
                    self.add_resource(due.versions);
                    let ready_at = at + self.setup.establishing;
                    self.set_unready(&name, at, ready_at);
                }
                Stage::Ready => {}
                Stage::TornDown => self.tear_down(&name, due.versions),
            }
        }
    }

    /// Changes a definition as the server's own controllers do, without checks. Returns it, if it exists.
    pub(super) fn amend(&mut self, now: Duration, name: &str, change: impl FnOnce(&mut Value)) -> Option<Arc<Version>> {
        let key = Key::new(None, name);
        let present = self.store.get(RESOURCE, &key)?.clone();
        let mut value = present.value.clone();
        change(&mut value);
        if value == present.value {
            return Some(present);
        }
        Some(self.put(now, &present.resource, key, value))
    }

    fn tear_down(&mut self, name: &str, versions: Vec<Arc<Resource>>) {
        self.news.push(News::TornDown(versions));
        let is_defined_again = self.resources.find(name).is_some();
        if !is_defined_again {
            for replica in &mut self.replicas {
                replica.caches.remove(name);
            }
            self.store.drop_resource(name);
        }
    }
}
