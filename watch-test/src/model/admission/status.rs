//! `status`: if a type has a `/status`, only requests to it change the status.

mod quality;

use serde_json::{Map, Value, json};

use super::meta::metadata;
use super::strategy::{Leaves, Strategy};
use crate::model::crd;
use crate::model::storage::resource::Resource;

/// Sets the status of a new object, which no controller has seen (`PrepareForCreate`).
pub(crate) fn begin(resource: &Resource, value: &mut Value) {
    if resource.name() == crd::RESOURCE {
        return crd::prepare(value, None);
    }
    if !resource.has_status {
        return leave_out(resource, value);
    }
    let strategy = Strategy::of(resource);
    let given = take(value).filter(|_| strategy.creates_with_status);
    put(value, given);
    if resource.name() == "pods" {
        value["status"] = json!({"phase": "Pending", "qosClass": quality::class(value)});
    }
    fill(strategy, value);
}

/// Restores the status in a write to the object itself (`PrepareForUpdate`).
pub(crate) fn keep(resource: &Resource, present: &Value, value: &mut Value) {
    if resource.name() == crd::RESOURCE {
        crd::prepare(value, Some(present));
    } else if resource.has_status {
        put(value, present.get("status").cloned());
    } else {
        leave_out(resource, value);
    }
}

/// Removes `status` from a Go type without one. For a definition without a `/status` it is a field like any other.
fn leave_out(resource: &Resource, value: &mut Value) {
    if !resource.custom {
        take(value);
    }
}

/// Applies a write to `/status`: it changes the status, and the metadata that this type allows there
/// (`PrepareForUpdate` of the status strategy).
pub(crate) fn write(resource: &Resource, present: &Value, mut written: Value) -> Value {
    let strategy = Strategy::of(resource);
    let mut value = present.clone();
    put(&mut value, take(&mut written));
    let of_the_writer = ["resourceVersion", "uid"].map(|field| (field, metadata(&mut written).get(field).cloned()));
    let left = match strategy.status_leaves {
        Leaves::All => None,
        Leaves::Nothing => Some(""),
        Leaves::Labels => Some("labels"),
        Leaves::OwnerReferences => Some("ownerReferences"),
    };
    if let Some(left) = left {
        let mut taken = core::mem::take(metadata(&mut written));
        taken.remove(left);
        if resource.name() == "pods" {
            taken.remove("deletionTimestamp");
        }
        let kept = present.get("metadata").and_then(|metadata| metadata.get(left));
        taken.extend(kept.map(|kept| (left.to_owned(), kept.clone())));
        *metadata(&mut value) = taken;
    }
    // The identity and the version of the object are checked in any case.
    for (field, of_the_writer) in of_the_writer {
        match of_the_writer {
            Some(text) => metadata(&mut value).insert(field.into(), text),
            None => metadata(&mut value).remove(field),
        };
    }
    fill(strategy, &mut value);
    // Old kubelets drop it (`podStatusStrategy`).
    if let Some(class) = present.pointer("/status/qosClass").filter(|_| resource.name() == "pods")
        && let Some(status) = value.get_mut("status").and_then(Value::as_object_mut)
    {
        status.entry("qosClass").or_insert_with(|| class.clone());
    }
    value
}

/// Records when the phase of a volume changed (`persistentvolumeStrategy`, `persistentvolumeStatusStrategy`).
/// `present`: the volume before a write to its status; `None` if it is new.
pub(crate) fn note_transition(resource: &Resource, present: Option<&Value>, value: &mut Value, at: &str) {
    const FIELD: &str = "lastPhaseTransitionTime";
    if resource.name() != "persistentvolumes" {
        return;
    }
    let before = present.and_then(|present| present.get("status"));
    let field = |status: Option<&Value>, name: &str| status.and_then(|status| status.get(name)).cloned();
    let (noted, given) = (field(before, FIELD), field(value.get("status"), FIELD));
    let is_same = before.is_some() && field(before, "phase") == field(value.get("status"), "phase");
    let time = match given {
        Some(given) if is_same || Some(&given) != noted.as_ref() => Some(given),
        _ if is_same => noted,
        _ => Some(at.into()),
    };
    if let (Some(time), Some(status)) = (time, value.get_mut("status").and_then(Value::as_object_mut)) {
        status.insert(FIELD.into(), time);
    }
}

/// Fills in the fields that Go writes in every status.
fn fill(strategy: &Strategy, value: &mut Value) {
    let Some(empty) = strategy.empty_status else { return };
    // The table has valid JSON: a test parses all of it.
    let empty: Map<String, Value> = serde_json::from_str(empty).unwrap_or_default();
    let status = &mut value["status"];
    if !status.is_object() {
        *status = Value::Object(Map::new());
    }
    if let Some(status) = status.as_object_mut() {
        status.retain(|_, value| !value.is_null());
        for (name, value) in empty {
            status.entry(name).or_insert(value);
        }
    }
}

fn take(value: &mut Value) -> Option<Value> {
    value.as_object_mut()?.remove("status")
}

fn put(value: &mut Value, status: Option<Value>) {
    let Some(object) = value.as_object_mut() else { return };
    match status {
        Some(status) => object.insert("status".into(), status),
        None => object.remove("status"),
    };
}
