//! The type of the items of a list. Items of built-in types don't have it in their JSON.

use alloc::string::ToString;
use alloc::vec::Vec;

use bytes::Bytes;

use super::field::Field;
use super::list_meta::TypeMeta;
use super::object::Object;

/// The beginning of an item that was given the type of its list: `{"kind":"Pod","apiVersion":"v1",`. It is created once
/// per list.
#[derive(Clone, Debug)]
pub(super) struct ItemType {
    beginning: Vec<u8>,
    kind: Field,
    api_version: Field,
}

impl ItemType {
    pub(super) fn new(type_meta: &TypeMeta) -> Self {
        let mut beginning = Vec::new();
        beginning.extend_from_slice(b"{\"kind\":");
        let kind = write_string(&mut beginning, &type_meta.kind);
        beginning.extend_from_slice(b",\"apiVersion\":");
        let api_version = write_string(&mut beginning, &type_meta.api_version);
        beginning.push(b',');
        Self { beginning, kind, api_version }
    }

    /// Adds the type to an object that has neither `kind` nor `apiVersion`. An object with one of the two keeps it,
    /// because the kind of one API with the version of another would be wrong. If an object has such a member with an
    /// unusable value, its JSON isn't changed, because no document may have a member twice.
    pub(super) fn fill(&self, object: Object) -> Object {
        let Object { raw, mut identity } = object;
        if !identity.kind.is_absent() || !identity.api_version.is_absent() {
            return Object { raw, identity };
        }
        if identity.has_type {
            identity.kind = self.own(&self.kind);
            identity.api_version = self.own(&self.api_version);
            return Object { raw, identity };
        }
        // The bytes after the opening bracket of the object.
        let Some(rest) = raw.get(1..) else { return Object { raw, identity } };
        let filled = [self.beginning.as_slice(), rest].concat();
        for field in [&mut identity.name, &mut identity.namespace, &mut identity.uid] {
            field.moved(self.beginning.len(), 1);
        }
        identity.kind = self.kind.clone();
        identity.api_version = self.api_version.clone();
        identity.is_detached = true;
        Object { raw: Bytes::from(filled), identity }
    }

    /// Returns the field for an object whose JSON doesn't have this text.
    fn own(&self, field: &Field) -> Field {
        field.get(&self.beginning).map_or(Field::Absent, |text| Field::Escaped(text.into()))
    }
}

fn write_string(out: &mut Vec<u8>, text: &str) -> Field {
    let quoted = serde_json::Value::from(text).to_string();
    let start = out.len() as u32 + 1;
    out.extend_from_slice(quoted.as_bytes());
    if quoted.len() == text.len() + 2 {
        Field::Span { start, len: text.len() as u32 }
    } else {
        Field::Escaped(text.into())
    }
}
