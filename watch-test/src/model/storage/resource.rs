//! The resources that the server knows.

use watch_core::wire::TypeMeta;
use watch_core::{Reading, ResourceName};

use crate::model::encode::json::KeyOrder;

/// A resource: what can be listed and watched under one path.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Resource {
    /// `apps`; empty for the core group.
    pub group: String,
    /// `v1`
    pub version: String,
    /// `deployments`
    pub plural: String,
    /// `Deployment`
    pub kind: String,
    /// `deployment`
    pub singular: String,
    /// `DeploymentList`
    pub list_kind: String,
    /// `deploy`
    pub short_names: Vec<String>,
    /// `all`: what else it is found by in `kubectl get`.
    pub categories: Vec<String>,
    /// Whether its objects live in namespaces.
    pub namespaced: bool,
    /// Whether the watch cache serves it. Where it doesn't, reads and watches go to the store: no bookmarks, and 410
    /// after compaction only. Of kube-apiserver's resources, only events are so
    /// (`DefaultWatchCacheSizes` of pkg/kubeapiserver).
    pub cached: bool,
    /// Whether it has a `/status`: then the status is written there, and nowhere else.
    pub has_status: bool,
    /// Whether discovery says that it has a `/scale`, which is then served.
    pub has_scale: bool,
    /// Whether it was defined by a CustomResourceDefinition: keys are sorted, list items have their kind.
    pub custom: bool,
    /// Whether requests find it. The version that objects of a definition are stored in needn't be served.
    pub(crate) is_served: bool,
}

impl Resource {
    /// A custom resource with these names; namespaced, cached, without a `/status`.
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
        }
    }

    /// The same resource, not in namespaces.
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

    /// The same resource with a `/status`, as a definition with `subresources: {status: {}}` makes it.
    #[must_use]
    pub fn with_status(self) -> Self {
        Self { has_status: true, ..self }
    }

    pub(crate) fn with_scale(self) -> Self {
        Self { has_scale: true, ..self }
    }

    /// What it is called where the version doesn't matter: `pods`, `deployments.apps`.
    pub fn name(&self) -> String {
        if self.group.is_empty() { self.plural.clone() } else { format!("{}.{}", self.plural, self.group) }
    }

    /// The [`name`](Self::name) of the resource whose objects these are. Events have two groups: what is written in one is
    /// read in the other (`StorageFactory` keeps both under `/registry/events`).
    pub(crate) fn stored_in(&self) -> String {
        if self.is_event_of_its_own_group() { self.plural.clone() } else { self.name() }
    }

    /// Whether it is the Event of `events.k8s.io`, a struct with other fields than that of the core group.
    pub(crate) fn is_event_of_its_own_group(&self) -> bool {
        !self.custom && self.group == "events.k8s.io"
    }

    /// The group of its kind in errors. The type of events belongs to the core group first, whichever they are asked for in
    /// (`objectMetaAndKind` of apiserver/pkg/registry/rest).
    pub(crate) fn group_of_kind(&self) -> &str {
        if self.is_event_of_its_own_group() { "" } else { &self.group }
    }

    /// Whether it may be called so: `deployments.apps`, `deployments.v1.apps`.
    pub(crate) fn is_called(&self, name: &str) -> bool {
        let is_meant = |reading: Reading<'_>| {
            reading.plural == self.plural
                && reading.group == self.group
                && reading.version.is_none_or(|version| version == self.version)
        };
        self.name() == name || name.parse().is_ok_and(|name: ResourceName| name.readings().any(is_meant))
    }

    /// `v1`, `apps/v1`
    pub fn api_version(&self) -> String {
        if self.group.is_empty() { self.version.clone() } else { format!("{}/{}", self.group, self.version) }
    }

    pub(crate) fn list_type(&self) -> TypeMeta {
        TypeMeta::new(self.api_version(), self.list_kind.as_str())
    }

    pub(crate) fn key_order(&self) -> KeyOrder<'_> {
        if self.custom { KeyOrder::Sorted } else { KeyOrder::Struct(self.struct_name()) }
    }

    /// What its struct is called in the tables of structs, where names are given once.
    pub(crate) fn struct_name(&self) -> &str {
        if self.is_event_of_its_own_group() { "events.Event" } else { &self.kind }
    }

    /// Whether all of its objects can be deleted at once.
    pub(crate) fn has_deletecollection(&self) -> bool {
        self.name() != "namespaces"
    }
}
