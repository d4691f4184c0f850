//! The types of resources.

use watch_core::wire::TypeMeta;
use watch_core::{Reading, ResourceName};

use super::release::Release;
use crate::model::encode::json::KeyOrder;

/// A resource: the objects that can be listed and watched under one path.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Resource {
    /// The group, for example `apps`; empty for the core group.
    pub group: String,
    /// The version, for example `v1`.
    pub version: String,
    /// The plural, for example `deployments`.
    pub plural: String,
    /// The kind, for example `Deployment`.
    pub kind: String,
    /// The singular, for example `deployment`.
    pub singular: String,
    /// The kind of its lists, for example `DeploymentList`.
    pub list_kind: String,
    /// The short names, for example `deploy`.
    pub short_names: Vec<String>,
    /// The categories, for example `all`, by which `kubectl get` finds it too.
    pub categories: Vec<String>,
    /// Whether its objects are in namespaces.
    pub namespaced: bool,
    /// Whether it has a watch cache. Without one, reads and watches go to the store: there are no bookmarks, and 410
    /// comes only after compaction. Of kube-apiserver's resources, only events have none (`DefaultWatchCacheSizes` of
    /// pkg/kubeapiserver).
    pub cached: bool,
    /// Whether it has a `/status`. Then only requests to `/status` change the status.
    pub has_status: bool,
    /// Whether it has a `/scale`, which discovery lists.
    pub has_scale: bool,
    /// Whether it is defined by a CustomResourceDefinition. Then keys are sorted, and list items have their kind.
    pub custom: bool,
    /// Whether it is served. The version that a definition's objects are stored in needn't be served.
    pub(crate) is_served: bool,
    /// The release of the server that serves it.
    pub(crate) release: Release,
}

impl Resource {
    /// Creates a custom resource with these names; namespaced, cached, without a `/status`.
    pub fn custom(group: &str, version: &str, plural: &str, kind: &str) -> Self {
        Self { custom: true, ..Self::built_in(group, version, plural, kind) }
    }

    pub(crate) fn built_in(group: &str, version: &str, plural: &str, kind: &str) -> Self {
        Self {
            group: group.into(),
            version: version.into(),
            plural: plural.into(),
            kind: kind.into(),
            singular: kind.to_lowercase(),
            list_kind: format!("{kind}List"),
            short_names: Vec::new(),
            categories: Vec::new(),
            namespaced: true,
            cached: true,
            has_status: false,
            has_scale: false,
            custom: false,
            is_served: true,
            release: Release::default(),
        }
    }

    /// Makes the resource cluster-scoped.
    #[must_use]
    pub fn cluster_scoped(self) -> Self {
        Self { namespaced: false, ..self }
    }

    pub(crate) fn short(mut self, name: &str) -> Self {
        self.short_names.push(name.into());
        self
    }

    pub(crate) fn in_category(mut self, name: &str) -> Self {
        self.categories.push(name.into());
        self
    }

    /// Adds a `/status` to the resource, as a definition with `subresources: {status: {}}` does.
    #[must_use]
    pub fn with_status(self) -> Self {
        Self { has_status: true, ..self }
    }

    pub(crate) fn with_scale(self) -> Self {
        Self { has_scale: true, ..self }
    }

    /// Returns its name without a version: `pods`, `deployments.apps`.
    pub fn name(&self) -> String {
        if self.group.is_empty() { self.plural.clone() } else { format!("{}.{}", self.plural, self.group) }
    }

    /// Returns the [`name`](Self::name) of the resource that its objects are stored as. Events have two groups: an
    /// object that is written in one is read in the other (`StorageFactory` keeps both under `/registry/events`).
    pub(crate) fn stored_in(&self) -> String {
        if self.is_event_of_its_own_group() { self.plural.clone() } else { self.name() }
    }

    /// Returns whether it is the Event of `events.k8s.io`, a struct with other fields than that of the core group.
    pub(crate) fn is_event_of_its_own_group(&self) -> bool {
        !self.custom && self.group == "events.k8s.io"
    }

    /// Returns the group of its kind in errors. The type of events belongs to the core group first, in requests of both
    /// groups (`objectMetaAndKind` of apiserver/pkg/registry/rest).
    pub(crate) fn group_of_kind(&self) -> &str {
        if self.is_event_of_its_own_group() { "" } else { &self.group }
    }

    /// Returns whether this is one of its names: `deployments.apps`, `deployments.v1.apps`.
    pub(crate) fn is_called(&self, name: &str) -> bool {
        let is_meant = |reading: Reading<'_>| {
            reading.plural == self.plural
                && reading.group == self.group
                && reading.version.is_none_or(|version| version == self.version)
        };
        self.name() == name || name.parse().is_ok_and(|name: ResourceName| name.readings().any(is_meant))
    }

    /// Returns the `apiVersion`: `v1`, `apps/v1`.
    pub fn api_version(&self) -> String {
        if self.group.is_empty() { self.version.clone() } else { format!("{}/{}", self.group, self.version) }
    }

    pub(crate) fn list_type(&self) -> TypeMeta {
        TypeMeta::new(self.api_version(), self.list_kind.as_str())
    }

    pub(crate) fn key_order(&self) -> KeyOrder<'_> {
        if self.custom { KeyOrder::Sorted } else { KeyOrder::Struct(self.struct_name()) }
    }

    /// Returns the name of its struct in the tables of structs, where names are unique.
    pub(crate) fn struct_name(&self) -> &str {
        if self.is_event_of_its_own_group() { "events.Event" } else { &self.kind }
    }

    /// Returns whether all of its objects can be deleted at once.
    pub(crate) fn has_deletecollection(&self) -> bool {
        self.name() != "namespaces"
    }
}
