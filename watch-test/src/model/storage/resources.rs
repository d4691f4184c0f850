//! The known resources, in their versions.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::built_in::built_in;
use super::release::Release;
use super::resource::Resource;

/// The resources of a server.
#[derive(Clone, Debug)]
pub(crate) struct Resources {
    release: Release,
    /// All resources by [`Resource::name`], each in its versions: first the one that its objects are stored in.
    known: BTreeMap<String, Vec<Arc<Resource>>>,
}

impl Resources {
    /// Returns the resources of a new cluster, and one custom resource: `widgets.example.com`.
    pub(crate) fn built_in(release: Release) -> Self {
        let widgets = Resource::custom("example.com", "v1", "widgets", "Widget").with_status();
        let mut resources = Self { release, known: BTreeMap::new() };
        for resource in built_in(release).into_iter().chain([widgets]) {
            resources.insert(vec![Arc::new(resource)]);
        }
        resources
    }

    /// Returns the release of the server.
    pub(crate) const fn release(&self) -> Release {
        self.release
    }

    /// Finds a resource by any name that [`ResourceName`](watch_core::ResourceName) accepts; without a version, in the
    /// one that objects are stored in. If a name fits two resources, it is the one with this plural.
    pub(crate) fn find(&self, name: &str) -> Option<&Arc<Resource>> {
        let by_own_name = self.known.get(name).and_then(|versions| versions.first());
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
        let versions = self.known.get(&resource.name()).into_iter().flatten();
        versions.into_iter().any(|known| Arc::ptr_eq(known, resource))
    }

    /// Returns the resource in the version that its objects are stored in.
    pub(crate) fn stored(&self, resource: &Arc<Resource>) -> Arc<Resource> {
        let stored = self.known.get(&resource.stored_in()).and_then(|versions| versions.first());
        stored.unwrap_or(resource).clone()
    }

    /// Adds a resource in these versions, first the one that its objects are stored in.
    pub(crate) fn insert(&mut self, mut versions: Vec<Arc<Resource>>) {
        for version in &mut versions {
            Arc::make_mut(version).release = self.release;
        }
        if let Some(stored) = versions.first() {
            self.known.insert(stored.name(), versions);
        }
    }

    /// Removes a resource. Returns its versions.
    pub(crate) fn remove(&mut self, name: &str) -> Vec<Arc<Resource>> {
        self.known.remove(name).unwrap_or_default()
    }

    /// Returns all served resources in all versions.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Arc<Resource>> {
        self.known.values().flatten().filter(|resource| resource.is_served)
    }

    /// Returns each resource once, in the version that objects are stored in.
    pub(crate) fn all_stored(&self) -> impl Iterator<Item = &Arc<Resource>> {
        self.known.iter().filter_map(|(name, versions)| versions.first().filter(|stored| stored.stored_in() == *name))
    }
}
