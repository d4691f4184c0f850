//! Conversion between resources: the same event in two groups, the same custom resource in two versions.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::object::Version;
use super::resource::Resource;

impl Version {
    /// Returns a stored object in the form of a resource.
    pub(crate) fn shown_as(self: &Arc<Self>, resource: &Arc<Resource>) -> Arc<Self> {
        if is_same(&self.resource, resource) {
            return self.clone();
        }
        Arc::new(Self::new(resource.clone(), convert(&self.resource, resource, self.value.clone()), self.revision))
    }
}

/// Returns whether objects are equal in both.
pub(crate) fn is_same(one: &Arc<Resource>, other: &Arc<Resource>) -> bool {
    Arc::ptr_eq(one, other) || (one.version == other.version && one.group == other.group)
}

/// Returns an object in the form of another resource that shows the same objects. Custom resources differ only in
/// `apiVersion` (`nopConverter` of apiextensions-apiserver/pkg/apiserver/conversion).
pub(crate) fn convert(from: &Resource, to: &Resource, mut value: Value) -> Value {
    let Some(object) = value.as_object_mut() else { return value };
    match (from.is_event_of_its_own_group(), to.is_event_of_its_own_group()) {
        (false, true) => {
            rename(object, |(core, own)| (core, own));
            // These fields have `omitempty` in this group only, not in the core group.
            for field in ["reportingController", "reportingInstance"] {
                if object.get(field).is_some_and(|value| value == "") {
                    object.remove(field);
                }
            }
        }
        (true, false) => rename(object, |(core, own)| (own, core)),
        _ => {}
    }
    object.insert("apiVersion".into(), to.api_version().into());
    value
}

/// The name of an event's field in the core group and in `events.k8s.io` (pkg/apis/events/v1/conversion.go).
const EVENT_FIELDS: [(&str, &str); 7] = [
    ("involvedObject", "regarding"),
    ("message", "note"),
    ("source", "deprecatedSource"),
    ("firstTimestamp", "deprecatedFirstTimestamp"),
    ("lastTimestamp", "deprecatedLastTimestamp"),
    ("count", "deprecatedCount"),
    ("reportingComponent", "reportingController"),
];

fn rename(
    object: &mut Map<String, Value>,
    direction: fn((&'static str, &'static str)) -> (&'static str, &'static str),
) {
    for (from, to) in EVENT_FIELDS.map(direction) {
        if let Some(value) = object.remove(from) {
            object.insert(to.into(), value);
        }
    }
}
