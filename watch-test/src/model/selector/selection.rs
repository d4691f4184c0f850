//! The objects of a resource that a request selects.

use watch_core::wire::{EventType, ListOptions, Status};

use super::field::FieldSelector;
use super::label::LabelSelector;
use crate::model::storage::object::{Change, Key, Version};
use crate::model::storage::resource::Resource;
use crate::model::validation::errors::bad_request;

/// A namespace (or all) and the selectors.
#[derive(Clone, Debug)]
pub(crate) struct Selection {
    /// The prefix of the keys.
    pub(crate) prefix: String,
    labels: LabelSelector,
    fields: FieldSelector,
}

impl Selection {
    /// Reads the selectors of a request.
    ///
    /// `name` is the one of the path, for the deprecated `/watch/` paths.
    pub(crate) fn new(
        resource: &Resource,
        namespace: Option<&str>,
        name: Option<&str>,
        options: &ListOptions,
    ) -> Result<Self, Status> {
        let labels = options.label_selector.as_deref().unwrap_or_default();
        let labels = LabelSelector::parse(labels).map_err(bad_request)?;
        let mut fields = options.field_selector.as_deref().unwrap_or_default().to_owned();
        if let Some(name) = name {
            let given = FieldSelector::parse(&fields, resource).map_err(bad_request)?;
            if given.name().is_some_and(|given| given != name) {
                return Err(bad_request("fieldSelector metadata.name doesn't match requested name"));
            }
            fields = format!("metadata.name={name}");
        }
        let fields = FieldSelector::parse(&fields, resource).map_err(bad_request)?;
        Ok(Self { prefix: Key::prefix(namespace), labels, fields })
    }

    /// Returns whether there is neither a label nor a field selector.
    pub(crate) const fn is_everything(&self) -> bool {
        self.labels.is_empty() && self.fields.is_empty()
    }

    /// Returns whether it selects one object of a known name and namespace.
    pub(crate) fn is_one(&self, resource: &Resource) -> bool {
        self.fields.name().is_some() && resource.namespaced != self.prefix.is_empty()
    }

    pub(crate) fn matches(&self, object: &Version) -> bool {
        self.is_everything() || (self.labels.matches(object.labels()) && self.fields.matches(&object.value))
    }

    /// Returns a change as a watch with this selection shows it (`convertToWatchEvent` of the cacher): an object that
    /// starts to match is ADDED, one that stops matching is DELETED.
    pub(crate) fn event(&self, change: &Change) -> Option<EventType> {
        if !change.key.as_str().starts_with(&self.prefix) {
            return None;
        }
        let matches = |version: &Option<_>| {
            version.as_ref().is_some_and(|version: &std::sync::Arc<Version>| self.matches(version))
        };
        match (matches(&change.previous), matches(&change.current)) {
            (false, true) => Some(EventType::Added),
            (true, true) => Some(EventType::Modified),
            (true, false) => Some(EventType::Deleted),
            (false, false) => None,
        }
    }
}
