//! The resources that the server knows.

use std::collections::BTreeMap;
use std::sync::Arc;

use watch_core::wire::TypeMeta;
use watch_core::{Reading, ResourceName};

use super::json::KeyOrder;

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
    /// Whether it was defined by a CustomResourceDefinition: keys are sorted, list items have their kind.
    pub custom: bool,
}

impl Resource {
    /// A custom resource with these names; namespaced, cached, without a `/status`.
    pub fn custom(group: &str, version: &str, plural: &str, kind: &str) -> Self {
        Self { custom: true, ..Self::built_in(group, version, plural, kind) }
    }

    fn built_in(group: &str, version: &str, plural: &str, kind: &str) -> Self {
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
            custom: false,
        }
    }

    /// The same resource, not in namespaces.
    #[must_use]
    pub fn cluster_scoped(self) -> Self {
        Self { namespaced: false, ..self }
    }

    fn short(mut self, name: &str) -> Self {
        self.short_names.push(name.into());
        self
    }

    fn in_category(mut self, name: &str) -> Self {
        self.categories.push(name.into());
        self
    }

    /// The same resource with a `/status`, as a definition with `subresources: {status: {}}` makes it.
    #[must_use]
    pub fn with_status(self) -> Self {
        Self { has_status: true, ..self }
    }

    /// What it is called where the version doesn't matter: `pods`, `deployments.apps`.
    pub fn name(&self) -> String {
        if self.group.is_empty() { self.plural.clone() } else { format!("{}.{}", self.plural, self.group) }
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
        if self.custom { KeyOrder::Sorted } else { KeyOrder::Struct(&self.kind) }
    }

    /// Whether all of its objects can be deleted at once.
    pub(crate) fn has_deletecollection(&self) -> bool {
        self.name() != "namespaces"
    }
}

/// All resources, by [`Resource::name`].
#[derive(Clone, Debug)]
pub(crate) struct Resources(BTreeMap<String, Arc<Resource>>);

impl Resources {
    /// What a cluster has from the beginning, and one custom resource: `widgets.example.com`.
    pub(crate) fn built_in() -> Self {
        let core = |plural, kind| Resource::built_in("", "v1", plural, kind);
        let apps = |plural, kind| Resource::built_in("apps", "v1", plural, kind).in_category("all").with_status();
        let batch = |plural, kind| Resource::built_in("batch", "v1", plural, kind).in_category("all").with_status();
        let resources = [
            core("pods", "Pod").short("po").in_category("all").with_status(),
            core("configmaps", "ConfigMap").short("cm"),
            core("secrets", "Secret"),
            core("services", "Service").short("svc").in_category("all").with_status(),
            core("serviceaccounts", "ServiceAccount").short("sa"),
            core("endpoints", "Endpoints").short("ep"),
            core("persistentvolumeclaims", "PersistentVolumeClaim").short("pvc").with_status(),
            Resource { cached: false, ..core("events", "Event").short("ev") },
            core("namespaces", "Namespace").short("ns").with_status().cluster_scoped(),
            core("nodes", "Node").short("no").with_status().cluster_scoped(),
            apps("deployments", "Deployment").short("deploy"),
            apps("replicasets", "ReplicaSet").short("rs"),
            apps("statefulsets", "StatefulSet").short("sts"),
            apps("daemonsets", "DaemonSet").short("ds"),
            batch("jobs", "Job"),
            batch("cronjobs", "CronJob").short("cj"),
            Resource::built_in("coordination.k8s.io", "v1", "leases", "Lease"),
            Resource::built_in("discovery.k8s.io", "v1", "endpointslices", "EndpointSlice"),
            Resource::built_in("networking.k8s.io", "v1", "ingresses", "Ingress").short("ing").with_status(),
            Resource::built_in("apiextensions.k8s.io", "v1", "customresourcedefinitions", "CustomResourceDefinition")
                .short("crd")
                .short("crds")
                .in_category("api-extensions")
                .with_status()
                .cluster_scoped(),
            Resource::custom("example.com", "v1", "widgets", "Widget").with_status(),
        ];
        Self(resources.into_iter().map(|resource| (resource.name(), Arc::new(resource))).collect())
    }

    /// By any name that [`ResourceName`] takes. Where two resources could be meant, the one that has it for its own name is.
    pub(crate) fn find(&self, name: &str) -> Option<&Arc<Resource>> {
        self.0.get(name).or_else(|| self.0.values().find(|known| known.is_called(name)))
    }

    /// By the parts of a path.
    pub(crate) fn at(&self, group: &str, version: &str, plural: &str) -> Option<&Arc<Resource>> {
        self.0.values().find(|known| (&*known.group, &*known.version, &*known.plural) == (group, version, plural))
    }

    /// Whether there is anything in that group and version.
    pub(crate) fn has_group(&self, group: &str, version: &str) -> bool {
        self.0.values().any(|known| known.group == group && known.version == version)
    }

    /// Whether it is this very one, not one that was defined anew in its place.
    pub(crate) fn has(&self, resource: &Arc<Resource>) -> bool {
        self.0.get(&resource.name()).is_some_and(|known| Arc::ptr_eq(known, resource))
    }

    pub(crate) fn insert(&mut self, resource: Arc<Resource>) {
        self.0.insert(resource.name(), resource);
    }

    pub(crate) fn remove(&mut self, name: &str) {
        self.0.remove(name);
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Arc<Resource>> {
        self.0.values()
    }
}
