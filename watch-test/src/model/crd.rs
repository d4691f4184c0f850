//! CustomResourceDefinitions: resources that come and go.

use core::time::Duration;
use std::sync::Arc;

use serde_json::{Value, json};

use super::ApiServer;
use super::object::Version;
use super::resource::Resource;
use super::store::Store;

/// The resource of the definitions themselves.
pub(crate) const RESOURCE: &str = "customresourcedefinitions.apiextensions.k8s.io";

/// How long the watches of a resource live on when its definition is gone (`crdHandler.tearDown`: 1.0 s measured).
const TEAR_DOWN: Duration = Duration::from_secs(1);

/// Something that happens to a defined resource at a time.
#[derive(Clone, Debug)]
pub(crate) struct Establishing {
    pub(crate) at: Duration,
    resource: Arc<Resource>,
    stage: Stage,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// It is found, and its cache is being filled: 429.
    Served,
    /// It works.
    Ready,
    /// Its watches end.
    TornDown,
}

impl ApiServer {
    /// Makes a resource known, with caches that begin now.
    pub(super) fn add_resource(&mut self, resource: Arc<Resource>) {
        let revision = self.store.revision();
        for replica in &mut self.replicas {
            replica.add(&resource, self.config.window, revision);
        }
        self.resources.insert(resource);
    }

    /// A definition was created. Its resource is found after a moment, and works after another
    /// (404, 429, 200 on a real server, within 40 ms).
    pub(super) fn define(&mut self, now: Duration, definition: &Arc<Version>) {
        let Some(resource) = resource_of(&definition.value).map(Arc::new) else {
            return;
        };
        let moment = self.config.establishing;
        for (stage, at) in [(Stage::Served, now + moment), (Stage::Ready, now + 2 * moment)] {
            self.establishing.push(Establishing { at, resource: resource.clone(), stage });
        }
        self.establish(now);
    }

    /// A definition is about to be deleted: its objects go first, then its watches end.
    pub(super) fn undefine(&mut self, now: Duration, definition: &Arc<Version>) {
        let Some(resource) = resource_of(&definition.value) else {
            return;
        };
        let resource = self.resources.find(&resource.name()).cloned().unwrap_or_else(|| Arc::new(resource));
        self.establishing.retain(|other| other.resource.name() != resource.name());
        self.delete_all(now, &resource, None);
        self.resources.remove(&resource.name());
        self.establishing.push(Establishing { at: now + TEAR_DOWN, resource, stage: Stage::TornDown });
    }

    /// When the next stage is due.
    pub(super) fn next_stage(&self) -> Option<Duration> {
        self.establishing.iter().map(|stage| stage.at).min()
    }

    /// Does what is due.
    pub(super) fn establish(&mut self, now: Duration) {
        let (due, later): (Vec<_>, Vec<_>) = self.establishing.drain(..).partition(|stage| stage.at <= now);
        self.establishing = later;
        for Establishing { at, resource, stage } in due {
            match stage {
                Stage::Served => {
                    self.mark_established(at, &resource);
                    self.add_resource(resource.clone());
                    let ready_at = at + self.config.establishing;
                    self.set_unready(&resource.name(), at, ready_at);
                }
                Stage::Ready => {}
                Stage::TornDown => self.tear_down(&resource),
            }
        }
    }

    fn mark_established(&mut self, now: Duration, resource: &Resource) {
        let name = format!("{}.{}", resource.plural, resource.group);
        let Some(definitions) = self.resources.find(RESOURCE).cloned() else {
            return;
        };
        let status = json!({"status": {
            "acceptedNames": {"plural": resource.plural, "kind": resource.kind, "listKind": format!("{}List", resource.kind)},
            "conditions": [
                {"type": "NamesAccepted", "status": "True", "reason": "NoConflicts", "message": "no conflicts found"},
                {"type": "Established", "status": "True", "reason": "InitialNamesAccepted", "message": "the initial names have been accepted"},
            ],
            "storedVersions": [resource.version],
        }});
        let merge = |present: &Value| {
            let mut value = present.clone();
            json_patch::merge(&mut value, &status);
            Ok(value)
        };
        // It may be gone again; then there is nothing to mark.
        drop(self.replace(now, &definitions, None, &name, merge));
    }

    fn tear_down(&mut self, resource: &Resource) {
        let is_defined_again = self.resources.find(&resource.name()).is_some();
        for (id, exchange) in &mut self.exchanges {
            if let Some(watch) = exchange.watch_mut().filter(|watch| *watch.resource == *resource) {
                watch.is_ending = true;
                self.woken.insert(*id);
            }
        }
        if !is_defined_again {
            for replica in &mut self.replicas {
                replica.caches.remove(&resource.name());
            }
            Store::drop_resource(&mut self.store, &resource.name());
        }
    }
}

/// What a definition defines: its storage version.
fn resource_of(definition: &Value) -> Option<Resource> {
    let text = |pointer: &str| definition.pointer(pointer).and_then(Value::as_str);
    let versions = definition.pointer("/spec/versions").and_then(Value::as_array)?;
    let is_stored = |version: &&Value| version.get("storage").and_then(Value::as_bool) == Some(true);
    let version = versions.iter().find(is_stored).or_else(|| versions.first())?.get("name")?.as_str()?;
    let mut resource =
        Resource::custom(text("/spec/group")?, version, text("/spec/names/plural")?, text("/spec/names/kind")?);
    resource.namespaced = text("/spec/scope") != Some("Cluster");
    let short_names = definition.pointer("/spec/names/shortNames").and_then(Value::as_array);
    resource.short_names = short_names.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect();
    Some(resource)
}
