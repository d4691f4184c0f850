//! The metadata of objects: `PartialObjectMetadata`, the labels and owners of an `Object`, `LabelMatcher`, and objects
//! without their managed fields.
//!
//! The reference for the fields is that of the fuzz target `metadata`.

mod draw;
mod matcher;

use serde_json::Value;
use watch_core::{FromObject, Object, ObjectMetadata, PartialObjectMetadata, predicates};
use watch_test::check::Rng;

use super::hashed;
use super::json::Writer;
use crate::metadata::metadata;
use crate::transcript::Transcript;
use crate::violation::{Oracle, Violation, broken};

pub(super) fn probe(rng: &mut Rng, transcript: &mut Transcript) -> Result<(), Violation> {
    let writer = Writer::drawn(rng);
    let (json, is_simple) = draw::object(rng, writer);
    transcript.note(|| json.clone());
    metadata(json.as_bytes());
    let kind = rng.pick(&["ADDED", "MODIFIED", "DELETED"]);
    metadata(format!("{{\"type\":\"{kind}\",\"object\":{json}}}\n").as_bytes());
    let Ok(object) = Object::parse(json.clone().into()) else {
        return broken(Oracle::Reference, format!("{json} can't be parsed"));
    };
    let parsed = PartialObjectMetadata::parse(json.clone().into());
    if let Err(error) = &parsed {
        hashed::optional(transcript, error.offset, |transcript, offset| transcript.number(offset as u64));
    }
    let found = PartialObjectMetadata::from_object(object.clone());
    if parsed.as_ref().ok() != found.as_ref().ok() {
        return broken(Oracle::Reference, format!("parsed it is {parsed:?}, from the object {found:?}"));
    }
    match found {
        Ok(found) => fields(&found, &object, transcript)?,
        Err(error) if *error.object() != object => {
            return broken(Oracle::Reference, format!("the error holds {}, not {object}", error.object()));
        }
        Err(_) => hashed::flag(transcript, false),
    }
    for property in [predicates::generation, predicates::labels, predicates::annotations, predicates::finalizers] {
        hashed::optional(transcript, property(&object), |transcript, bytes| transcript.count(&bytes));
    }
    let labels = visited(&object, &json, is_simple)?;
    matcher::check(rng, &labels, &object, transcript)
}

/// Hashes the fields in the order of the server, and checks which object they are read from.
fn fields(found: &PartialObjectMetadata, object: &Object, transcript: &mut Transcript) -> Result<(), Violation> {
    hashed::optional(transcript, found.generation(), |transcript, number| transcript.number(number as u64));
    hashed::optional(transcript, found.creation_timestamp(), hashed::text);
    hashed::optional(transcript, found.deletion_timestamp(), hashed::text);
    let mut texts: Vec<&str> = Vec::new();
    for (key, value) in found.labels().chain(found.annotations()) {
        texts.extend([key, value]);
    }
    for owner in found.owner_references() {
        texts.extend([owner.api_version, owner.kind, owner.name, owner.uid]);
        hashed::flag(transcript, owner.controller);
        hashed::flag(transcript, owner.block_owner_deletion);
    }
    texts.extend(found.finalizers());
    texts.iter().for_each(|text| hashed::text(transcript, text));
    let own = (found.name(), found.namespace(), found.uid(), found.resource_version());
    let is_right = own == (object.name(), object.namespace(), object.uid(), object.resource_version())
        && found.object() == object
        && found.clone().into_object() == *object
        && texts.iter().all(|text| shares(found, text))
        && found.share("a text from elsewhere") == "a text from elsewhere";
    let detached = found.clone().detach();
    let is_detached_right = detached == *found
        && detached.labels().eq(found.labels())
        && detached.annotations().eq(found.annotations())
        && detached.owner_references().eq(found.owner_references())
        && detached.finalizers().eq(found.finalizers());
    let mut labels = Vec::new();
    found.for_each_label(&mut |key, value| labels.push((key.to_owned(), value.to_owned())));
    let mut owners = Vec::new();
    found.for_each_owner_uid(&mut |uid| owners.push(uid.to_owned()));
    let are_visited = found.labels().eq(labels.iter().map(|(key, value)| (key.as_str(), value.as_str())))
        && found.owner_references().map(|owner| owner.uid).eq(owners.iter().map(String::as_str));
    if is_right && is_detached_right && are_visited {
        return Ok(());
    }
    broken(
        Oracle::Reference,
        format!(
            "{found:?}: fields {is_right}, detached {is_detached_right}, visited {are_visited}: {labels:?} {owners:?}"
        ),
    )
}

/// Returns whether a text of the object becomes bytes without a copy.
fn shares(found: &PartialObjectMetadata, text: &str) -> bool {
    let shared = found.share(text);
    shared == *text && (text.is_empty() || shared.as_ptr() == text.as_ptr())
}

/// Checks the labels and the owners of an object that isn't read as a type, and returns the labels. A label that isn't a
/// text is skipped.
fn visited(object: &Object, json: &str, is_simple: bool) -> Result<Vec<(String, String)>, Violation> {
    let mut labels = Vec::new();
    object.for_each_label(&mut |key, value| labels.push((key.to_owned(), value.to_owned())));
    let mut owners = Vec::new();
    object.for_each_owner_uid(&mut |uid| owners.push(uid.to_owned()));
    // A number may be out of the range of a `Value`.
    let Ok(document) = serde_json::from_str::<Value>(json) else { return Ok(labels) };
    let metadata = &document["metadata"];
    let text = |(key, value): (&String, &Value)| Some((key.clone(), value.as_str()?.to_owned()));
    let mut expected: Vec<_> = metadata["labels"].as_object().into_iter().flatten().filter_map(text).collect();
    let mut found = labels.clone();
    expected.sort();
    found.sort();
    // An owner without a uid ends the visit.
    let uid = |owner: &Value| owner.get("uid").and_then(Value::as_str).map(str::to_owned);
    let expected_owners: Vec<String> =
        metadata["ownerReferences"].as_array().into_iter().flatten().map_while(uid).collect();
    if is_simple && (found != expected || owners != expected_owners) {
        return broken(
            Oracle::Reference,
            format!(
                "{json} has the labels {labels:?} and the owners {owners:?}, not {expected:?}, {expected_owners:?}"
            ),
        );
    }
    Ok(labels)
}
