//! Validates metadata: invalid values get 422, with the texts of `ValidateObjectMeta`
//! (apimachinery/pkg/api/validation/objectmeta.go).

use serde_json::{Map, Value};
use watch_core::wire::{Status, StatusCause};

use super::meta::STANDARD_FINALIZERS;
use super::strategy::{Pass, Strategy};
use super::{namespace, owner_references, type_meta};
use crate::model::crd;
use crate::model::encode::json::{KeyOrder, to_vec};
use crate::model::storage::resource::Resource;
use crate::model::validation::errors::invalid;
use crate::model::validation::field_errors::cause;
use crate::model::validation::names::{Name, label_value, qualified};

/// The most bytes of the keys and values of an object's annotations (`TotalAnnotationSizeLimitB`).
const ANNOTATIONS: usize = 256 * 1024;

/// The names of jobs may have 63 characters, and a time is appended to this (`ValidateCronJobCreate`).
const LONGEST_CRON_JOB: usize = 52;

/// Refuses a new object with invalid metadata.
pub(crate) fn validate(resource: &Resource, value: &Value) -> Result<(), Status> {
    let causes = type_meta::causes(resource, value)?;
    if !causes.is_empty() {
        return refuse(resource, value, None, causes);
    }
    let mut causes = names(resource, value);
    let generation = value.pointer("/metadata/generation").and_then(Value::as_i64).unwrap_or_default();
    if generation < 0 {
        let message = format!("Invalid value: {generation}: must be greater than or equal to 0");
        causes.push(cause("FieldValueInvalid", message, "metadata.generation"));
    }
    causes.extend(Found::in_object(resource, value).pass(Pass::Object, &[], true));
    refuse(resource, value, None, causes)
}

/// Refuses a changed object with invalid metadata. All types check the metadata twice, and most types once or twice
/// more. Each check reports the error again.
pub(crate) fn validate_update(
    resource: &Resource,
    present: &Value,
    value: &Value,
    passes: &[Pass],
) -> Result<(), Status> {
    let found = Found::in_object(resource, value);
    let immutable = changed(present, value);
    let mut causes = found.pass(Pass::Object, &[], false);
    causes.extend(found.pass(Pass::Update, &immutable, false));
    let of_type = type_meta::causes(resource, value)?;
    // The type's own validation ends there.
    let passes = if of_type.is_empty() { passes } else { &[] };
    causes.extend(of_type);
    for pass in passes {
        causes.extend(found.pass(*pass, &immutable, true));
    }
    refuse(resource, value, Some(present), causes)
}

fn refuse(
    resource: &Resource,
    value: &Value,
    present: Option<&Value>,
    mut causes: Vec<StatusCause>,
) -> Result<(), Status> {
    if resource.name() == crd::RESOURCE {
        causes.extend(crd::causes(value, present));
    }
    if resource.name() == "namespaces" {
        causes.extend(namespace::causes(value));
    }
    let name = value.pointer("/metadata/name").and_then(Value::as_str).unwrap_or_default();
    if causes.is_empty() { Ok(()) } else { Err(invalid(&type_meta::written(resource, value), name, causes)) }
}

/// Returns the errors of a new object's name.
fn names(resource: &Resource, value: &Value) -> Vec<StatusCause> {
    let text = |pointer| value.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let (name, prefix) = (text("/metadata/name"), text("/metadata/generateName"));
    let rule = Name::of(resource);
    let mut causes = Vec::new();
    // For this resource, `ValidateObjectMetaWithOpts` checks only the generated name.
    if !prefix.is_empty() && resource.name() != "replicationcontrollers" {
        causes.extend(wrong("metadata.generateName", prefix, rule.against_prefix(prefix)));
    }
    if !name.is_empty() {
        let mut why = rule.against(name);
        if resource.name() == crd::RESOURCE && name != crd::defined(value) {
            why.push("must be spec.names.plural+\".\"+spec.group".into());
        }
        if resource.name() == "cronjobs.batch" && name.len() > LONGEST_CRON_JOB {
            why.push(format!("must be no more than {LONGEST_CRON_JOB} characters"));
        }
        causes.extend(wrong("metadata.name", name, why));
    } else if prefix.is_empty() {
        let required = "Required value: name or generateName is required";
        causes.push(cause("FieldValueRequired", required.into(), "metadata.name"));
    }
    causes
}

/// The errors of the metadata, by the check that finds them.
struct Found {
    /// Errors of labels, annotations and owners, which each validation checks.
    common: Vec<StatusCause>,
    /// Errors of finalizers, which `ValidateObjectMeta` checks.
    finalizers: Vec<StatusCause>,
    /// Errors of finalizers without a domain, which only some types check.
    plain: Vec<StatusCause>,
}

impl Found {
    fn in_object(resource: &Resource, value: &Value) -> Self {
        let mut common = Vec::new();
        for (key, value) in members(value, "labels") {
            common.extend(wrong("metadata.labels", key, qualified(key)));
            let value = value.as_str().unwrap_or_default();
            common.extend(wrong("metadata.labels", value, label_value(value)));
        }
        let mut size = 0;
        for (key, value) in members(value, "annotations") {
            common.extend(wrong("metadata.annotations", key, qualified(&key.to_lowercase())));
            size += key.len() + value.as_str().map_or(0, str::len);
        }
        if size > ANNOTATIONS {
            let message = format!("Too long: may not be more than {ANNOTATIONS} bytes");
            common.push(cause("FieldValueTooLong", message, "metadata.annotations"));
        }
        common.extend(owner_references::causes(resource.release, value));
        let (finalizers, plain) = finalizers(value);
        let plain = if Strategy::of(resource).checks_plain_finalizers { plain } else { Vec::new() };
        Self { common, finalizers, plain }
    }

    /// Returns the errors of one validation. `of_type`: it is the type's own validation, not the common one of all
    /// types.
    fn pass(&self, pass: Pass, immutable: &[StatusCause], of_type: bool) -> Vec<StatusCause> {
        let plain: &[StatusCause] = if of_type { &self.plain } else { &[] };
        match pass {
            Pass::Object => [&self.common, &*self.finalizers, plain].concat(),
            Pass::Update => [immutable, &self.common, plain].concat(),
        }
    }
}

/// Returns the errors of finalizers (`ValidateFinalizers`), and those without a domain (`validateKubeFinalizerName`).
fn finalizers(value: &Value) -> (Vec<StatusCause>, Vec<StatusCause>) {
    let finalizers: Vec<&str> = texts(value).collect();
    let (mut causes, mut plain) = (Vec::new(), Vec::new());
    for (index, finalizer) in finalizers.iter().enumerate() {
        causes.extend(wrong("metadata.finalizers", finalizer, qualified(finalizer)));
        if !finalizer.contains('/') && !STANDARD_FINALIZERS.contains(finalizer) {
            let why = "name is neither a standard finalizer name nor is it fully qualified";
            plain.extend(wrong(&format!("metadata.finalizers[{index}]"), finalizer, vec![why.into()]));
        }
    }
    let [_, orphan, foreground] = STANDARD_FINALIZERS;
    if finalizers.contains(&orphan) && finalizers.contains(&foreground) {
        let all = to_vec(&Value::from(finalizers), KeyOrder::Sorted);
        let all = String::from_utf8_lossy(&all).into_owned();
        let message = format!("Invalid value: {all}: finalizer {orphan} and {foreground} cannot be both set");
        causes.push(cause("FieldValueInvalid", message, "metadata.finalizers"));
    }
    (causes, plain)
}

/// Returns the errors of changes to immutable fields (`ValidateObjectMetaUpdate`). Other immutable fields were restored
/// before (`BeforeUpdate`).
fn changed(present: &Value, value: &Value) -> Vec<StatusCause> {
    let field = |value: &Value, field: &str| value.get("metadata").and_then(|metadata| metadata.get(field)).cloned();
    let mut causes = Vec::new();
    if field(present, "deletionTimestamp").is_some() {
        let before: Vec<&str> = texts(present).collect();
        let mut added: Vec<&str> = texts(value).filter(|added| !before.contains(added)).collect();
        added.sort_unstable();
        added.dedup();
        if !added.is_empty() {
            let added: Vec<String> = added.iter().map(|added| Value::from(*added).to_string()).collect();
            let message = format!(
                "Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers \
                 []string{{{}}}",
                added.join(", ")
            );
            causes.push(cause("FieldValueForbidden", message, "metadata.finalizers"));
        }
    } else if let Some(added) = field(value, "deletionTimestamp") {
        let message = format!("Invalid value: {added}: field is immutable");
        causes.push(cause("FieldValueInvalid", message, "metadata.deletionTimestamp"));
    }
    let grace = "deletionGracePeriodSeconds";
    if let Some(other) = field(value, grace).filter(|other| Some(other) != field(present, grace).as_ref()) {
        let message = format!("Invalid value: {other}: field is immutable");
        causes.push(cause("FieldValueInvalid", message, "metadata.deletionGracePeriodSeconds"));
    }
    causes
}

/// Returns the finalizers.
fn texts(value: &Value) -> impl Iterator<Item = &str> {
    let finalizers = value.pointer("/metadata/finalizers").and_then(Value::as_array);
    finalizers.into_iter().flatten().filter_map(Value::as_str)
}

fn members<'a>(value: &'a Value, field: &str) -> impl Iterator<Item = (&'a String, &'a Value)> + use<'a> {
    let map = value.get("metadata").and_then(|metadata| metadata.get(field)).and_then(Value::as_object);
    map.map(Map::iter).into_iter().flatten()
}

/// Returns the causes for an invalid value, one for each reason.
fn wrong(field: &str, value: &str, why: Vec<String>) -> Vec<StatusCause> {
    let message = |why| format!("Invalid value: {value:?}: {why}");
    why.into_iter().map(|why| cause("FieldValueInvalid", message(why), field)).collect()
}
