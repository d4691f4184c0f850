//! Versions of objects, and the changes between them.

use core::fmt;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use serde_json::{Value, json};
use watch_core::wire::{EventType, write_event};

use super::resource::Resource;
use crate::model::encode::json::{self, KeyOrder};

/// The key of an object in its resource: `namespace/name`, or `name`.
///
/// Keys are ordered as in etcd; lists have this order.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Key(Box<str>);

impl Key {
    pub(crate) fn new(namespace: Option<&str>, name: &str) -> Self {
        Self(match namespace {
            Some(namespace) => format!("{namespace}/{name}").into(),
            None => name.into(),
        })
    }

    /// Returns the prefix of all keys of a namespace, or of all keys.
    pub(crate) fn prefix(namespace: Option<&str>) -> String {
        namespace.map_or_else(String::new, |namespace| format!("{namespace}/"))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl core::borrow::Borrow<str> for Key {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One version of an object.
#[derive(Debug)]
pub(crate) struct Version {
    /// Complete, with `kind`, `apiVersion` and `metadata.resourceVersion`.
    pub(crate) value: Value,
    pub(crate) revision: u64,
    pub(crate) resource: Arc<Resource>,
    json: OnceLock<Bytes>,
    item: OnceLock<Bytes>,
}

impl Version {
    /// Creates the object as of this revision.
    pub(crate) fn new(resource: Arc<Resource>, mut value: Value, revision: u64) -> Self {
        if let Some(metadata) = value.get_mut("metadata").and_then(Value::as_object_mut) {
            metadata.insert("resourceVersion".into(), revision.to_string().into());
        }
        Self { value, revision, resource, json: OnceLock::new(), item: OnceLock::new() }
    }

    /// Creates an object that isn't written, as it would be.
    pub(crate) fn unstored(resource: Arc<Resource>, value: Value, revision: u64) -> Self {
        Self { value, revision, resource, json: OnceLock::new(), item: OnceLock::new() }
    }

    /// Returns the object as in an event, or as a single object.
    pub(crate) fn json(&self) -> &Bytes {
        self.json.get_or_init(|| json::to_vec(&self.value, self.resource.key_order()).into())
    }

    /// Returns the object as in a list: objects of built-in types omit `kind` and `apiVersion`.
    pub(crate) fn item(&self) -> &Bytes {
        if self.resource.custom {
            return self.json();
        }
        self.item.get_or_init(|| {
            let mut value = self.value.clone();
            if let Some(object) = value.as_object_mut() {
                object.remove("kind");
                object.remove("apiVersion");
            }
            json::to_vec(&value, self.resource.key_order()).into()
        })
    }

    /// Returns its metadata: a `PartialObjectMetadata` of `meta.k8s.io/v1`, which even of custom resources is a struct.
    pub(crate) fn partial(&self) -> Vec<u8> {
        let partial = json!({
            "kind": "PartialObjectMetadata",
            "apiVersion": "meta.k8s.io/v1",
            "metadata": self.value.get("metadata").unwrap_or(&Value::Null),
        });
        json::to_vec(&partial, KeyOrder::Struct("PartialObjectMetadata"))
    }

    pub(crate) fn text(&self, pointer: &str) -> &str {
        self.value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
    }

    pub(crate) fn name(&self) -> &str {
        self.text("/metadata/name")
    }

    /// `None` where the resource has no namespaces.
    pub(crate) fn namespace(&self) -> Option<&str> {
        Some(self.text("/metadata/namespace")).filter(|namespace| !namespace.is_empty())
    }

    pub(crate) fn uid(&self) -> &str {
        self.text("/metadata/uid")
    }

    pub(crate) fn labels(&self) -> &Value {
        self.value.get("metadata").and_then(|metadata| metadata.get("labels")).unwrap_or(&Value::Null)
    }
}

/// A write: one object, one revision.
#[derive(Debug)]
pub(crate) struct Change {
    pub(crate) revision: u64,
    pub(crate) key: Key,
    /// `None` if it created the object.
    pub(crate) previous: Option<Arc<Version>>,
    /// `None` if it deleted the object.
    pub(crate) current: Option<Arc<Version>>,
    departed: OnceLock<Option<Arc<Version>>>,
    lines: [[OnceLock<Bytes>; 3]; 2],
}

impl Change {
    pub(crate) fn new(revision: u64, key: Key, previous: Option<Arc<Version>>, current: Option<Arc<Version>>) -> Self {
        Self { revision, key, previous, current, departed: OnceLock::new(), lines: Default::default() }
    }

    /// Returns the object of an event of this type.
    ///
    /// DELETED has the previous object with the revision of the change, also if it only stopped matching a selector
    /// (`convertToWatchEvent`, `updateResourceVersion` of the cacher).
    pub(crate) fn object(&self, event: EventType) -> Option<&Arc<Version>> {
        if event != EventType::Deleted {
            return self.current.as_ref();
        }
        let departed = || {
            let previous = self.previous.as_ref()?;
            Some(Arc::new(Version::new(previous.resource.clone(), previous.value.clone(), self.revision)))
        };
        self.departed.get_or_init(departed).as_ref()
    }

    /// Returns the event as a line, complete or with metadata only. It is encoded once, for any number of watches.
    pub(crate) fn line(&self, event: EventType, metadata_only: bool) -> Bytes {
        let Some(object) = self.object(event) else {
            return Bytes::new();
        };
        let kind = match event {
            EventType::Added => 0,
            EventType::Modified => 1,
            _ => 2,
        };
        let prepared = &self.lines[usize::from(metadata_only)][kind];
        prepared.get_or_init(|| event_line(event, object, metadata_only)).clone()
    }
}

/// Returns one line of a watch.
pub(crate) fn event_line(event: EventType, object: &Version, metadata_only: bool) -> Bytes {
    let mut line = Vec::new();
    if metadata_only {
        write_event(&mut line, event, &object.partial());
    } else {
        write_event(&mut line, event, object.json());
    }
    line.into()
}
