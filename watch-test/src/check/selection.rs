//! The objects that a watch selects. This is decided independently of the server, so that a bug of the server isn't
//! repeated here.

use std::sync::Arc;

use serde_json::Value;
use watch_core::wire::EventType;

use super::history::Change;

/// The objects that a watch selects: all objects of a resource, or those in a namespace or with certain labels.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    namespace: Option<String>,
    labels: Vec<Label>,
    /// Watches do not report that an object no longer matches.
    departs_silently: bool,
}

/// A requirement on one label.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Label {
    name: String,
    value: String,
    /// Whether the label must have the value. Otherwise it must not.
    is: bool,
}

/// A change as a watch with a selection shows it.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    /// The revision of the change.
    pub(super) revision: u64,
    /// The type of the event.
    pub(super) event: EventType,
    /// The key, `namespace/name`.
    pub(super) key: Arc<str>,
    /// The object. For DELETED, it is the previous object with its old version.
    pub(super) object: Arc<Value>,
}

impl Selection {
    /// Selects all objects.
    pub const fn all() -> Self {
        Self { namespace: None, labels: Vec::new(), departs_silently: false }
    }

    /// Selects only objects in this namespace.
    #[must_use]
    pub fn namespace(mut self, namespace: impl Into<String>) -> Self {
        self.namespace = Some(namespace.into());
        self
    }

    /// Selects only objects with this label (`name=value`).
    #[must_use]
    pub fn label(self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.with(Label { name: name.into(), value: value.into(), is: true })
    }

    /// Selects only objects without this label (`name!=value`).
    #[must_use]
    pub fn label_not(self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.with(Label { name: name.into(), value: value.into(), is: false })
    }

    fn with(mut self, label: Label) -> Self {
        self.labels.push(label);
        self
    }

    pub(super) const fn departing_silently(mut self, is_so: bool) -> Self {
        self.departs_silently = is_so;
        self
    }

    pub(super) fn matches(&self, key: &str, object: &Value) -> bool {
        let namespace = key.split_once('/').map_or("", |(namespace, _)| namespace);
        let value = |name: &str| object.get("metadata")?.get("labels")?.get(name)?.as_str();
        self.namespace.as_deref().is_none_or(|wanted| wanted == namespace)
            && self.labels.iter().all(|label| (value(&label.name) == Some(&label.value)) == label.is)
    }

    /// An object that starts to match is ADDED, one that stops matching is DELETED.
    pub(super) fn seen(&self, change: &Change) -> Option<Seen> {
        let matching = |object: &Option<Arc<Value>>| object.clone().filter(|o| self.matches(&change.key, o));
        let (event, object) = match (matching(&change.before), matching(&change.after)) {
            (None, None) => return None,
            (None, Some(after)) => (EventType::Added, after),
            (Some(_), Some(after)) => (EventType::Modified, after),
            // A client that has this object keeps it until the next list.
            (Some(_), None) if self.departs_silently && change.after.is_some() => return None,
            (Some(before), None) => (EventType::Deleted, before),
        };
        Some(Seen { revision: change.revision, event, key: change.key.clone(), object })
    }
}
