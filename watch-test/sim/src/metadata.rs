//! Compares the metadata of objects, and objects without their managed fields, with what serde_json alone reads.

use std::collections::BTreeMap;

use bytes::Bytes;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;
use watch_core::wire::{EventParser, WatchEvent};
use watch_core::{FromObject, JsonCheck, Object, PartialObjectMetadata};

use crate::members::Members;
use crate::scan::cuts;

const LARGEST: usize = 1 << 16;
const DEEPEST: usize = 256;

/// Checks that the metadata of each object is read as a complete parser reads it, and that removing the managed fields
/// removes nothing else, uncut and in pieces.
///
/// # Panics
/// Panics if a check fails.
pub fn metadata(data: &[u8]) {
    for check in [JsonCheck::Structure, JsonCheck::Full] {
        let objects = objects(&[data], check, false);
        for pieces in cuts(data) {
            let stripped = self::objects(&pieces, check, true);
            assert_eq!(stripped.len(), objects.len(), "{check:?}: {}", data.escape_ascii());
            for (stripped, object) in stripped.iter().zip(&objects) {
                compare(stripped, object);
            }
        }
        objects.into_iter().for_each(read);
    }
    if let Ok(object) = Object::parse(Bytes::copy_from_slice(data)) {
        read(object);
    }
}

fn objects(pieces: &[&[u8]], check: JsonCheck, strip: bool) -> Vec<Object> {
    let mut parser = EventParser::with_check(LARGEST, DEEPEST, check).strip_managed_fields(strip);
    let mut objects = Vec::new();
    for piece in pieces {
        parser.push(Bytes::copy_from_slice(piece));
        while let Ok(Some(event)) = parser.next() {
            if let WatchEvent::Added(object) | WatchEvent::Modified(object) | WatchEvent::Deleted(object) = event {
                objects.push(object);
            }
        }
    }
    objects
}

/// Compares an object without its managed fields with the complete one.
fn compare(stripped: &Object, object: &Object) {
    let fields = |object: &Object| {
        [object.kind(), object.api_version(), object.namespace(), Some(object.name()), object.uid()]
            .map(|field| field.map(str::to_owned))
    };
    let raw = object.raw().escape_ascii();
    assert_eq!(fields(stripped), fields(object), "{raw}");
    assert_eq!(stripped.resource_version(), object.resource_version(), "{raw}");
    let mut rest = object.raw().iter();
    assert!(stripped.raw().iter().all(|byte| rest.any(|other| other == byte)), "{raw}: bytes were added");
    if let Ok(mut expected) = serde_json::from_slice::<Value>(object.raw()) {
        if let Some(metadata) = expected["metadata"].as_object_mut() {
            metadata.remove("managedFields");
        }
        assert_eq!(serde_json::from_slice::<Value>(stripped.raw()).ok(), Some(expected), "{raw}");
    }
}

/// Compares the metadata of an object with what serde_json reads.
fn read(object: Object) {
    let raw = object.raw().clone();
    let found = PartialObjectMetadata::from_object(object);
    let Ok(Document { metadata }) = serde_json::from_slice::<Document<'_>>(&raw) else {
        // The object isn't JSON, but its metadata may be.
        if let Ok(meta) = found {
            walk(&meta);
        }
        return;
    };
    let found = found.ok().as_ref().map(Meta::of);
    assert_eq!(found, Meta::expected(&metadata.0), "{}", raw.escape_ascii());
}

/// Reads all fields. This must not panic.
fn walk(meta: &PartialObjectMetadata) {
    _ = Meta::of(meta);
}

/// The fields in the order in which `PartialObjectMetadata` has them.
#[derive(Debug, Default, PartialEq)]
struct Meta {
    generation: Option<i64>,
    timestamps: [Option<String>; 2],
    labels: BTreeMap<String, String>,
    annotations: BTreeMap<String, String>,
    owners: Vec<([String; 4], [bool; 2])>,
    finalizers: Vec<String>,
}

impl Meta {
    fn of(meta: &PartialObjectMetadata) -> Self {
        let owned = |entries: watch_core::Entries<'_>| {
            let owned: BTreeMap<String, String> =
                entries.clone().map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
            assert!(owned.iter().all(|(key, value)| entries.get(key) == Some(value)));
            owned
        };
        Self {
            generation: meta.generation(),
            timestamps: [meta.creation_timestamp(), meta.deletion_timestamp()].map(|text| text.map(str::to_owned)),
            labels: owned(meta.labels()),
            annotations: owned(meta.annotations()),
            owners: meta
                .owner_references()
                .map(|owner| {
                    let texts = [owner.api_version, owner.kind, owner.name, owner.uid].map(str::to_owned);
                    (texts, [owner.controller, owner.block_owner_deletion])
                })
                .collect(),
            finalizers: meta.finalizers().map(str::to_owned).collect(),
        }
    }

    /// Returns what must be read; `None` if the metadata is wrong.
    fn expected(members: &[(String, &RawValue)]) -> Option<Self> {
        // `None` inside: absent or null.
        let value = |wanted: &str| {
            let mut values = members.iter().filter(|(name, value)| name == wanted && value.get() != "null");
            match (values.next(), values.next()) {
                (value, None) => Some(value.map(|(_, value)| *value)),
                (_, Some(_)) => None,
            }
        };
        // Of a label that comes twice, both values must be texts, and the last one counts.
        let map = |name| Some(of::<Members<String>>(value(name)?)?.map(|map| map.0).into_iter().flatten().collect());
        let owners = of::<Vec<Members<&RawValue>>>(value("ownerReferences")?)?.unwrap_or_default();
        Some(Self {
            generation: of(value("generation")?)?,
            timestamps: [of(value("creationTimestamp")?)?, of(value("deletionTimestamp")?)?],
            labels: map("labels")?,
            annotations: map("annotations")?,
            owners: owners.iter().map(owner).collect::<Option<_>>()?,
            finalizers: of(value("finalizers")?)?.unwrap_or_default(),
        })
    }
}

/// Returns the value of a field that is present. `None` outside: it is of another type.
fn of<'a, T: Deserialize<'a>>(value: Option<&'a RawValue>) -> Option<Option<T>> {
    value.map(|value| serde_json::from_str(value.get())).transpose().ok()
}

/// Of a field that comes twice, both values must be of its type, and the last one counts.
fn owner(members: &Members<&RawValue>) -> Option<([String; 4], [bool; 2])> {
    fn last<'a, T: Deserialize<'a> + Default>(members: &Members<&'a RawValue>, name: &str) -> Option<T> {
        let mut values = members.0.iter().filter(|(found, _)| found == name);
        values.try_fold(T::default(), |_, (_, value)| Some(of::<Option<T>>(Some(value))??.unwrap_or_default()))
    }
    let text = |name| last(members, name);
    let texts = [text("apiVersion")?, text("kind")?, text("name")?, text("uid")?];
    Some((texts, [last(members, "controller")?, last(members, "blockOwnerDeletion")?]))
}

#[derive(Deserialize)]
struct Document<'a> {
    #[serde(borrow)]
    metadata: Members<&'a RawValue>,
}
