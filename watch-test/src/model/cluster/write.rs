//! Writes to an object: create, update, patch.

use core::time::Duration;
use std::sync::Arc;

use serde_json::{Map, Value};
use watch_core::wire::{EventType, Status};

use super::ClusterState;
use crate::model::admission::admit::{admit, complete};
use crate::model::admission::checks::{
    check_name, check_unversioned, check_version, has_finalizers, keep_system_fields, part_of,
};
use crate::model::admission::meta::metadata;
use crate::model::admission::object_meta::{validate, validate_update};
use crate::model::admission::strategy::Strategy;
use crate::model::admission::{generation, namespace, status};
use crate::model::storage::conversion::convert;
use crate::model::storage::object::{Key, Version};
use crate::model::storage::resource::Resource;
use crate::model::validation::errors::{already_exists, bad_request, being_deleted, not_found};

/// Five random characters follow it (`maxGeneratedNameLength` of apiserver/pkg/storage/names).
const LONGEST_PREFIX: usize = 58;

/// The result of a write.
#[derive(Debug)]
pub(crate) struct Replaced {
    /// The object as the writer gets it.
    pub(crate) object: Arc<Version>,
    /// The deleted object as watches get it, if the write removed the last finalizer.
    pub(crate) departed: Option<Arc<Version>>,
}

impl Replaced {
    /// The object as watches got it last.
    pub(crate) fn last(&self) -> &Version {
        self.departed.as_ref().unwrap_or(&self.object)
    }
}

impl ClusterState {
    pub(crate) fn create_object(
        &mut self,
        now: Duration,
        resource: &Arc<Resource>,
        namespace: Option<&str>,
        value: Value,
    ) -> Result<Arc<Version>, Status> {
        let mut value = admit(resource, namespace, value)?;
        self.check_namespace_lives(resource, namespace, &value)?;
        let name = self.name_for(resource, metadata(&mut value));
        if resource.name() == "namespaces" {
            namespace::fill(&mut value);
        }
        let timestamp = self.timestamp(now);
        status::begin(resource, &mut value);
        status::note_transition(resource, None, &mut value, &timestamp);
        generation::begin(resource, &mut value);
        self.check_not_terminating(resource, &name)?;
        validate(resource, &value)?;
        check_unversioned(&value)?;
        if resource.name() == "namespaces" {
            // `Canonicalize`, for a name that was generated
            namespace::label(&mut value);
        }
        let key = Key::new(namespace, &name);
        if let Some(present) = self.stored(resource, &key) {
            let is_going = present.value.pointer("/metadata/deletionTimestamp").is_some();
            return Err(if is_going { being_deleted } else { already_exists }(resource, &name));
        }
        let metadata = metadata(&mut value);
        metadata.insert("uid".into(), self.rng.uuid().into());
        metadata.insert("creationTimestamp".into(), timestamp.into());
        metadata.remove("deletionTimestamp");
        metadata.remove("deletionGracePeriodSeconds");
        let version = self.put(now, resource, key, value);
        self.created(now, &version);
        Ok(version)
    }

    pub(crate) fn update_object(
        &mut self,
        now: Duration,
        resource: &Arc<Resource>,
        namespace: Option<&str>,
        part: Option<&str>,
        value: Value,
    ) -> Result<Replaced, Status> {
        let value = admit(resource, namespace, value)?;
        let name = value.pointer("/metadata/name").and_then(Value::as_str).unwrap_or_default().to_owned();
        if name.is_empty() {
            return Err(bad_request("name must be provided"));
        }
        self.replace(now, resource, namespace, &name, part, |_| Ok(value))
    }

    /// Changes an object by a function of its present value, whose result is decoded. `part`: only this subresource of it
    /// is written.
    pub(crate) fn replace(
        &mut self,
        now: Duration,
        resource: &Arc<Resource>,
        namespace: Option<&str>,
        name: &str,
        part: Option<&str>,
        change: impl FnOnce(&Value) -> Result<Value, Status>,
    ) -> Result<Replaced, Status> {
        let key = Key::new(namespace, name);
        let present = self.existing(resource, namespace, name)?;
        let value = complete(resource, namespace, change(&present.value)?)?;
        check_name(name, &value)?;
        let mut value = part_of(resource, part, &present.value, value)?;
        if part == Some("status") {
            status::note_transition(resource, Some(&present.value), &mut value, &self.timestamp(now));
        }
        check_version(resource, name, &present, &value)?;
        let strategy = Strategy::of(resource);
        let passes = if part.is_none() { strategy.update_passes } else { strategy.status_passes };
        validate_update(resource, &present.value, &value, passes)?;
        keep_system_fields(&present.value, &mut value);
        if part.is_none() {
            generation::count(resource, &present.value, &mut value);
        }
        if value == present.value {
            // A write that changes nothing isn't one: no revision, no event (`GuaranteedUpdate`).
            return Ok(Replaced { object: present, departed: None });
        }
        let is_terminating = value.pointer("/metadata/deletionTimestamp").is_some();
        if is_terminating && !has_finalizers(resource, &value) {
            // The last finalizer was removed: the update isn't stored, the object is deleted
            // (`deleteWithoutFinalizers`).
            self.before_removal(now, &present);
            let departed = Some(self.remove(now, resource, key));
            let object = Arc::new(Version::new(resource.clone(), value, present.revision));
            return Ok(Replaced { object, departed });
        }
        Ok(Replaced { object: self.put(now, resource, key, value), departed: None })
    }

    /// Returns the present object in the form of a resource; the error is 404.
    pub(crate) fn existing(
        &self,
        resource: &Arc<Resource>,
        namespace: Option<&str>,
        name: &str,
    ) -> Result<Arc<Version>, Status> {
        self.stored(resource, &Key::new(namespace, name)).ok_or_else(|| not_found(resource, name))
    }

    /// The same, by its key.
    pub(crate) fn stored(&self, resource: &Arc<Resource>, key: &Key) -> Option<Arc<Version>> {
        Some(self.store.get(&resource.stored_in(), key)?.shown_as(resource))
    }

    pub(crate) fn put(&mut self, now: Duration, resource: &Arc<Resource>, key: Key, value: Value) -> Arc<Version> {
        if self.is_dry_run {
            // With the version that it has, or none (`DryRunnableStorage` of registry/generic).
            return Arc::new(Version::unstored(resource.clone(), value, self.store.revision()));
        }
        let stored = self.resources.stored(resource);
        let value = convert(resource, &stored, value);
        let version = Arc::new(Version::new(stored.clone(), value, self.store.next_revision()));
        let change = self.store.write(&stored.name(), key, Some(version.clone()));
        self.publish(now, &stored, &change);
        version.shown_as(resource)
    }

    /// Returns the previous object with the revision of its deletion.
    pub(crate) fn remove(&mut self, now: Duration, resource: &Arc<Resource>, key: Key) -> Arc<Version> {
        if let Some(present) = self.stored(resource, &key).filter(|_| self.is_dry_run) {
            return present;
        }
        let stored = self.resources.stored(resource);
        let change = self.store.write(&stored.name(), key, None);
        self.publish(now, &stored, &change);
        if resource.custom {
            self.end_termination(now, &resource.name());
        }
        let departed = change.object(EventType::Deleted).map(|departed| departed.shown_as(resource));
        departed.unwrap_or_else(|| Arc::new(Version::new(resource.clone(), Value::Null, change.revision)))
    }

    /// Returns the name of a new object; it is empty if there is none, which is then refused.
    fn name_for(&mut self, resource: &Resource, metadata: &mut Map<String, Value>) -> String {
        let text = |name: &str| metadata.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
        if let Some(name) = text("name") {
            return name.to_owned();
        }
        let prefix = text("generateName").unwrap_or_default();
        let name = match resource.name().as_str() {
            // `limitrangeStrategy.PrepareForCreate`
            "limitranges" if prefix.is_empty() => self.rng.uuid(),
            _ if prefix.is_empty() => return String::new(),
            // `noopNameGenerator`
            "ipaddresses.networking.k8s.io" => prefix.to_owned(),
            _ => {
                let prefix: String = prefix.chars().take(LONGEST_PREFIX).collect();
                format!("{prefix}{}", self.rng.suffix())
            }
        };
        metadata.insert("name".into(), name.clone().into());
        name
    }
}
