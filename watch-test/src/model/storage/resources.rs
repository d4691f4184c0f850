//! The known resources, in their versions.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::built_in::built_in;
use super::resource::Resource;

/// All resources by [`Resource::name`], each in its versions: first the one that its objects are stored in.
#[derive(Clone, Debug)]
pub(crate) struct Resources(BTreeMap<String, Vec<Arc<Resource>>>);

impl Resources {
    /// Returns the resources of a new cluster, and one custom resource: `widgets.example.com`.
    pub(crate) fn built_in() -> Self {
        let widgets = Resource::custom("example.com", "v1", "widgets", "Widget").with_status();
        let resources = built_in().into_iter().chain([widgets]);
        Self(resources.map(|resource| (resource.name(), vec![Arc::new(resource)])).collect())
    }

    /// Finds a resource by any name that [`ResourceName`](watch_core::ResourceName) accepts; without a version, in the
    /// one that objects are stored in. If a name fits two resources, it is the one with this plural.
    pub(crate) fn find(&self, name: &str) -> Option<&Arc<Resource>> {
        let by_own_name = self.0.get(name).and_then(|versions| versions.first());
        by_own_name.or_else(|| self.iter().find(|known| known.is_called(name)))
    }

    /// Finds a resource by the parts of a path.
    pub(crate) fn at(&self, group: &str, version: &str, plural: &str) -> Option<&Arc<Resource>> {
        self.iter().find(|known| (&*known.group, &*known.version, &*known.plural) == (group, version, plural))
    }

    /// Returns whether there is a resource in this group and version.
    pub(crate) fn has_group(&self, group: &str, version: &str) -> bool {
        self.iter().any(|known| known.group == group && known.version == version)
    }

    /// Returns whether it is the same resource, not one that was defined again later.
    pub(crate) fn has(&self, resource: &Arc<Resource>) -> bool {
        let versions = self.0.get(&resource.name()).into_iter().flatten();
        versions.into_iter().any(|known| Arc::ptr_eq(known, resource))
    }

    /// Returns the resource in the version that its objects are stored in.
    pub(crate) fn stored(&self, resource: &Arc<Resource>) -> Arc<Resource> {
        let stored = self.0.get(&resource.stored_in()).and_then(|versions| versions.first());
        stored.unwrap_or(resource).clone()
    }

    /// Adds a resource in these versions, first the one that its objects are stored in.
    pub(crate) fn insert(&mut self, versions: Vec<Arc<Resource>>) {
        if let Some(stored) = versions.first() {
            self.0.insert(stored.name(), versions);
        }
    }

    /// Removes a resource. Returns its versions.
    pub(crate) fn remove(&mut self, name: &str) -> Vec<Arc<Resource>> {
        self.0.remove(name).unwrap_or_default()
    }

    /// Returns all served resources in all versions.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Arc<Resource>> {
        self.0.values().flatten().filter(|resource| resource.is_served)
    }

    /// Returns each resource once, in the version that objects are stored in.
    pub(crate) fn all_stored(&self) -> impl Iterator<Item = &Arc<Resource>> {
        self.0.iter().filter_map(|(name, versions)| versions.first().filter(|stored| stored.stored_in() == *name))
    }
}
