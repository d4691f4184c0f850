//! What each type does with a write, as far as it is not the same for all: the registries' strategies
//! (pkg/registry/GROUP/RESOURCE/strategy.go of k8s.io/kubernetes v1.36.3), as a table.
//!
//! A row is what differs from [`Strategy::CORE`]; a built-in type without a row is as that. Each value was read in the
//! strategy and asked of a kube-apiserver; the differential suite of watch-hyper (`tests/live/differential`) asks again.

use super::resource::Resource;

/// See the module.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Strategy {
    /// PUT creates what isn't there (`AllowCreateOnUpdate`).
    pub(crate) creates_on_update: bool,
    /// It can be replaced without saying which version of it (`AllowUnconditionalUpdate`).
    pub(crate) updates_unconditionally: bool,
    /// What `metadata.generation` counts.
    pub(crate) generation: Generation,
    /// What of the metadata a write to `/status` leaves as it was (`PrepareForUpdate` of the status strategy).
    pub(crate) status_leaves: Leaves,
    /// The status that Go writes where none was set, in JSON. It is also what POST makes of any status
    /// (`PrepareForCreate`), but for [`Self::creates_with_status`]. `None`: there is none then.
    pub(crate) empty_status: Option<&'static str>,
    /// POST takes the status as it comes: nodes report themselves.
    pub(crate) creates_with_status: bool,
    /// Finalizers without a domain must be standard ones (`validateKubeFinalizerName`).
    pub(crate) checks_plain_finalizers: bool,
    /// Which validations of the metadata a write repeats after those of all types (`validateCommonFields`). What is wrong
    /// is a cause each time.
    pub(crate) update_passes: &'static [Pass],
    /// The same of a write to `/status`.
    pub(crate) status_passes: &'static [Pass],
    /// Where etcd has it, below `/registry/`, if not by the plural. It shows in the words of a conflict.
    pub(crate) stored_at: Option<&'static str>,
}

/// What `metadata.generation` counts. Where it is kept it begins at 1; elsewhere it stays what the creator says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Generation {
    /// Nothing.
    Unused,
    /// Changes of `spec`.
    Spec,
    /// Those, and of the annotations, which deployments hand down to their replica sets.
    SpecAndAnnotations,
    /// Changes of anything but metadata (and of `status` where that is written apart).
    Content,
    /// Those, and of the labels.
    ContentAndLabels,
}

/// What of the metadata isn't written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Leaves {
    Nothing,
    Labels,
    OwnerReferences,
    All,
}

/// A validation of metadata.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pass {
    /// `ValidateObjectMeta`
    Whole,
    /// `ValidateObjectMetaUpdate`
    Update,
}

use Pass::{Update, Whole};

impl Strategy {
    /// What most built-in types do.
    const CORE: Self = Self {
        creates_on_update: false,
        updates_unconditionally: true,
        generation: Generation::Unused,
        status_leaves: Leaves::Nothing,
        empty_status: None,
        creates_with_status: false,
        checks_plain_finalizers: true,
        update_passes: &[Update],
        status_passes: &[Update],
        stored_at: None,
    };

    /// `customResourceStrategy` and `statusStrategy` of apiextensions-apiserver/pkg/registry/customresource.
    const CUSTOM: Self = Self {
        updates_unconditionally: false,
        generation: Generation::Content,
        status_leaves: Leaves::All,
        checks_plain_finalizers: false,
        ..Self::CORE
    };

    /// That of a resource.
    pub(crate) fn of(resource: &Resource) -> &'static Self {
        if resource.custom {
            return &Self::CUSTOM;
        }
        let row = TYPES.iter().find(|(plural, group, _)| *plural == resource.plural && *group == resource.group);
        row.map_or(&Self::CORE, |(_, _, strategy)| strategy)
    }
}

/// That of a node whose kubelet hasn't reported.
const NODE_STATUS: &str = r#"{"daemonEndpoints": {"kubeletEndpoint": {"Port": 0}}, "nodeInfo": {"machineID": "",
    "systemUUID": "", "bootID": "", "kernelVersion": "", "osImage": "", "containerRuntimeVersion": "",
    "kubeletVersion": "", "kubeProxyVersion": "", "operatingSystem": "", "architecture": ""}}"#;

const DAEMON_SET_STATUS: &str =
    r#"{"currentNumberScheduled": 0, "numberMisscheduled": 0, "desiredNumberScheduled": 0, "numberReady": 0}"#;

/// By plural and group.
const TYPES: &[(&str, &str, Strategy)] = {
    const CORE: Strategy = Strategy::CORE;
    const SPEC: Strategy = Strategy { generation: Generation::Spec, ..CORE };
    &[
        // core/pod: phase and QoS class are filled in by `status`.
        (
            "pods",
            "",
            Strategy {
                status_leaves: Leaves::OwnerReferences,
                empty_status: Some("{}"),
                update_passes: &[Update, Whole],
                ..SPEC
            },
        ),
        ("configmaps", "", Strategy { update_passes: &[Update, Whole], ..CORE }),
        ("secrets", "", Strategy { update_passes: &[Update, Whole], ..CORE }),
        ("serviceaccounts", "", Strategy { update_passes: &[Update, Whole], ..CORE }),
        // The strategy of the status is made of that of services, so a PUT to `/status` creates, too.
        (
            "services",
            "",
            Strategy {
                creates_on_update: true,
                empty_status: Some(r#"{"loadBalancer": {}}"#),
                stored_at: Some("services/specs"),
                ..CORE
            },
        ),
        (
            "endpoints",
            "",
            Strategy {
                creates_on_update: true,
                update_passes: &[Update, Whole],
                stored_at: Some("services/endpoints"),
                ..CORE
            },
        ),
        // The phase is a default of the type (core/v1/defaults.go).
        (
            "persistentvolumeclaims",
            "",
            Strategy { empty_status: Some(r#"{"phase": "Pending"}"#), update_passes: &[Update, Whole], ..CORE },
        ),
        // `ValidateEventUpdate` checks no metadata, and `ValidateEventCreate` takes any finalizers.
        (
            "events",
            "",
            Strategy { creates_on_update: true, checks_plain_finalizers: false, update_passes: &[], ..CORE },
        ),
        (
            "namespaces",
            "",
            Strategy { empty_status: Some(r#"{"phase": "Active"}"#), update_passes: &[Whole, Update], ..CORE },
        ),
        (
            "nodes",
            "",
            Strategy {
                empty_status: Some(NODE_STATUS),
                creates_with_status: true,
                update_passes: &[Whole, Update],
                stored_at: Some("minions"),
                ..CORE
            },
        ),
        (
            "deployments",
            "apps",
            Strategy {
                generation: Generation::SpecAndAnnotations,
                status_leaves: Leaves::Labels,
                empty_status: Some("{}"),
                ..CORE
            },
        ),
        ("replicasets", "apps", Strategy { empty_status: Some(r#"{"replicas": 0}"#), ..SPEC }),
        ("statefulsets", "apps", Strategy { empty_status: Some(r#"{"replicas": 0, "availableReplicas": 0}"#), ..SPEC }),
        ("daemonsets", "apps", Strategy { empty_status: Some(DAEMON_SET_STATUS), ..SPEC }),
        ("jobs", "batch", Strategy { empty_status: Some("{}"), update_passes: &[Whole, Update], ..SPEC }),
        // `cronJobStatusStrategy` validates nothing.
        ("cronjobs", "batch", Strategy { empty_status: Some("{}"), status_passes: &[], ..SPEC }),
        // coordination/validation takes the validation of apimachinery, which knows no standard finalizers.
        (
            "leases",
            "coordination.k8s.io",
            Strategy {
                creates_on_update: true,
                updates_unconditionally: false,
                checks_plain_finalizers: false,
                ..CORE
            },
        ),
        (
            "endpointslices",
            "discovery.k8s.io",
            Strategy { generation: Generation::ContentAndLabels, update_passes: &[Whole], ..CORE },
        ),
        (
            "ingresses",
            "networking.k8s.io",
            Strategy {
                empty_status: Some(r#"{"loadBalancer": {}}"#),
                update_passes: &[Update, Whole],
                stored_at: Some("ingress"),
                ..SPEC
            },
        ),
        // apiextensions-apiserver/pkg/registry/customresourcedefinition. The status is made by `crd`.
        (
            "customresourcedefinitions",
            "apiextensions.k8s.io",
            Strategy {
                updates_unconditionally: false,
                checks_plain_finalizers: false,
                stored_at: Some("apiextensions.k8s.io/customresourcedefinitions"),
                ..SPEC
            },
        ),
    ]
};
