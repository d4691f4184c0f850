//! Labels, owners and the deletion of an object, read from its JSON on request: the protocol needs neither.

use core::fmt;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::meta::{Text, as_text};
use super::object::Object;
use crate::object_metadata::ObjectMetadata;
use crate::predicate::predicates::deletion_timestamp;

#[derive(Deserialize)]
struct Head<'a> {
    #[serde(borrow)]
    metadata: Metadata<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metadata<'a> {
    #[serde(borrow, default)]
    labels: Option<&'a RawValue>,
    #[serde(borrow, default)]
    owner_references: Option<&'a RawValue>,
}

impl Object {
    /// Returns the metadata; `None` if it isn't valid JSON. ([`JsonCheck::Structure`](crate::JsonCheck::Structure)
    /// doesn't check all of it.)
    fn metadata(&self) -> Option<Metadata<'_>> {
        serde_json::from_slice::<Head<'_>>(&self.raw).ok().map(|head| head.metadata)
    }
}

impl ObjectMetadata for Object {
    /// Skips a label whose value isn't a string. Kubernetes has no such labels.
    fn for_each_label(&self, visit: &mut dyn FnMut(&str, &str)) {
        if let Some(labels) = self.metadata().and_then(|metadata| metadata.labels) {
            // A value that isn't a map has no labels.
            let _none = Labels(visit).deserialize(&mut serde_json::Deserializer::from_str(labels.get()));
        }
    }

    fn for_each_owner_uid(&self, visit: &mut dyn FnMut(&str)) {
        if let Some(owners) = self.metadata().and_then(|metadata| metadata.owner_references) {
            // A value that isn't an array has no owners.
            let _none = Owners(visit).deserialize(&mut serde_json::Deserializer::from_str(owners.get()));
        }
    }

    fn is_being_deleted(&self) -> bool {
        deletion_timestamp(self).is_some_and(|timestamp| timestamp != "null")
    }
}

struct Labels<'v>(&'v mut dyn FnMut(&str, &str));

impl<'de> DeserializeSeed<'de> for Labels<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Labels<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("labels")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some((Text(key), value)) = map.next_entry::<Text<'_>, &RawValue>()? {
            if let Some(Text(value)) = as_text(value) {
                (self.0)(&key, &value);
            }
        }
        Ok(())
    }
}

struct Owners<'v>(&'v mut dyn FnMut(&str));

impl<'de> DeserializeSeed<'de> for Owners<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Owners<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("owner references")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut owners: A) -> Result<(), A::Error> {
        while let Some(Owner { uid: Text(uid) }) = owners.next_element()? {
            (self.0)(&uid);
        }
        Ok(())
    }
}

/// An owner reference.
#[derive(Deserialize)]
struct Owner<'a> {
    #[serde(borrow)]
    uid: Text<'a>,
}
