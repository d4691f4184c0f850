//! The table of the types.

use super::Pass::{Object, Update};
use super::{Generation, Leaves, Strategy};

/// The status of a node before its kubelet reports.
const NODE_STATUS: &str = r#"{"daemonEndpoints": {"kubeletEndpoint": {"Port": 0}}, "nodeInfo": {"machineID": "",
    "systemUUID": "", "bootID": "", "kernelVersion": "", "osImage": "", "containerRuntimeVersion": "",
    "kubeletVersion": "", "kubeProxyVersion": "", "operatingSystem": "", "architecture": ""}}"#;

const DAEMON_SET_STATUS: &str =
    r#"{"currentNumberScheduled": 0, "numberMisscheduled": 0, "desiredNumberScheduled": 0, "numberReady": 0}"#;

const AUTOSCALER_STATUS: &str = r#"{"desiredReplicas": 0, "currentMetrics": null}"#;

const BUDGET_STATUS: &str = r#"{"disruptionsAllowed": 0, "currentHealthy": 0, "desiredHealthy": 0, "expectedPods": 0}"#;

/// The types that differ since Kubernetes 1.37.
pub(super) const SINCE_1_37: &[(&str, &str, Strategy)] = &[
    (
        "horizontalpodautoscalers",
        "autoscaling",
        Strategy { generation: Generation::Spec, empty_status: Some(AUTOSCALER_STATUS), ..Strategy::CORE },
    ),
    (
        "csinodes",
        "storage.k8s.io",
        Strategy {
            updates_unconditionally: false,
            empty_status: Some("{}"),
            status_leaves: Leaves::All,
            update_passes: &[Object],
            ..Strategy::CORE
        },
    ),
];

/// By plural and group.
pub(super) const TYPES: &[(&str, &str, Strategy)] = {
    const CORE: Strategy = Strategy::CORE;
    const SPEC: Strategy = Strategy { generation: Generation::Spec, ..CORE };
    const ROLE: Strategy = Strategy { creates_on_update: true, update_passes: &[Object, Update], ..CORE };
    // admissionregistration/validation takes the validation of apimachinery, which knows no standard finalizers.
    const WEBHOOKS: Strategy = Strategy {
        updates_unconditionally: false,
        generation: Generation::Content,
        checks_plain_finalizers: false,
        update_passes: &[Object],
        ..CORE
    };
    &[
        // core/pod: phase and QoS class are filled in by `status`.
        (
            "pods",
            "",
            Strategy {
                status_leaves: Leaves::OwnerReferences,
                empty_status: Some("{}"),
                update_passes: &[Update, Object],
                ..SPEC
            },
        ),
        ("configmaps", "", Strategy { update_passes: &[Update, Object], ..CORE }),
        ("secrets", "", Strategy { update_passes: &[Update, Object], ..CORE }),
        ("serviceaccounts", "", Strategy { update_passes: &[Update, Object], ..CORE }),
        // The strategy of the status embeds the one of services, so a PUT to `/status` also creates an object.
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
                update_passes: &[Update, Object],
                stored_at: Some("services/endpoints"),
                ..CORE
            },
        ),
        // The phase is a default of the type (core/v1/defaults.go).
        (
            "persistentvolumeclaims",
            "",
            Strategy { empty_status: Some(r#"{"phase": "Pending"}"#), update_passes: &[Update, Object], ..CORE },
        ),
        // core/limitrange: `ValidateUpdate` is `Validate`.
        ("limitranges", "", Strategy { creates_on_update: true, update_passes: &[Object], ..CORE }),
        // `status` records when the phase changed. `ValidatePersistentVolumeUpdate` begins with
        // `ValidatePersistentVolume`, which repeats the check.
        (
            "persistentvolumes",
            "",
            Strategy { empty_status: Some(r#"{"phase": "Pending"}"#), update_passes: &[Object, Object], ..CORE },
        ),
        ("podtemplates", "", Strategy { generation: Generation::Content, ..CORE }),
        (
            "replicationcontrollers",
            "",
            Strategy { empty_status: Some(r#"{"replicas": 0}"#), stored_at: Some("controllers"), ..SPEC },
        ),
        ("resourcequotas", "", Strategy { empty_status: Some("{}"), ..CORE }),
        // `ValidateEventUpdate` checks no metadata, and `ValidateEventCreate` takes any finalizers.
        (
            "events",
            "",
            Strategy { creates_on_update: true, checks_plain_finalizers: false, update_passes: &[], ..CORE },
        ),
        // In this group they are checked.
        ("events", "events.k8s.io", Strategy { creates_on_update: true, ..CORE }),
        (
            "namespaces",
            "",
            Strategy { empty_status: Some(r#"{"phase": "Active"}"#), update_passes: &[Object, Update], ..CORE },
        ),
        (
            "nodes",
            "",
            Strategy {
                empty_status: Some(NODE_STATUS),
                creates_with_status: true,
                update_passes: &[Object, Update],
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
        ("controllerrevisions", "apps", Strategy { update_passes: &[Update, Object], ..CORE }),
        ("jobs", "batch", Strategy { empty_status: Some("{}"), update_passes: &[Object, Update], ..SPEC }),
        // `cronJobStatusStrategy` validates nothing.
        ("cronjobs", "batch", Strategy { empty_status: Some("{}"), status_passes: &[], ..SPEC }),
        ("horizontalpodautoscalers", "autoscaling", Strategy { empty_status: Some(AUTOSCALER_STATUS), ..CORE }),
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
            Strategy { generation: Generation::ContentAndLabels, update_passes: &[Object], ..CORE },
        ),
        (
            "ingresses",
            "networking.k8s.io",
            Strategy {
                empty_status: Some(r#"{"loadBalancer": {}}"#),
                update_passes: &[Update, Object],
                stored_at: Some("ingress"),
                ..SPEC
            },
        ),
        ("ingressclasses", "networking.k8s.io", Strategy { update_passes: &[Update, Object], ..SPEC }),
        ("ipaddresses", "networking.k8s.io", Strategy { update_passes: &[Object, Update], ..CORE }),
        ("networkpolicies", "networking.k8s.io", SPEC),
        (
            "servicecidrs",
            "networking.k8s.io",
            Strategy { status_leaves: Leaves::All, empty_status: Some("{}"), ..CORE },
        ),
        ("clusterroles", "rbac.authorization.k8s.io", ROLE),
        ("clusterrolebindings", "rbac.authorization.k8s.io", ROLE),
        ("roles", "rbac.authorization.k8s.io", ROLE),
        ("rolebindings", "rbac.authorization.k8s.io", ROLE),
        // policy/poddisruptionbudget validates no metadata.
        (
            "poddisruptionbudgets",
            "policy",
            Strategy {
                updates_unconditionally: false,
                empty_status: Some(BUDGET_STATUS),
                checks_plain_finalizers: false,
                update_passes: &[],
                status_passes: &[],
                ..SPEC
            },
        ),
        (
            "csidrivers",
            "storage.k8s.io",
            Strategy { updates_unconditionally: false, generation: Generation::SpecChanges, ..CORE },
        ),
        ("csinodes", "storage.k8s.io", Strategy { updates_unconditionally: false, update_passes: &[Object], ..CORE }),
        (
            "csistoragecapacities",
            "storage.k8s.io",
            Strategy { updates_unconditionally: false, update_passes: &[Object, Update], ..CORE },
        ),
        ("storageclasses", "storage.k8s.io", Strategy { update_passes: &[Object, Update], ..CORE }),
        // The strategy of the status validates as that of the object.
        (
            "volumeattachments",
            "storage.k8s.io",
            Strategy {
                updates_unconditionally: false,
                status_leaves: Leaves::All,
                empty_status: Some(r#"{"attached": false}"#),
                update_passes: &[Object],
                status_passes: &[Object],
                ..CORE
            },
        ),
        ("volumeattributesclasses", "storage.k8s.io", Strategy { update_passes: &[Update, Object], ..CORE }),
        ("mutatingwebhookconfigurations", "admissionregistration.k8s.io", WEBHOOKS),
        ("validatingwebhookconfigurations", "admissionregistration.k8s.io", WEBHOOKS),
        (
            "runtimeclasses",
            "node.k8s.io",
            Strategy {
                creates_on_update: true,
                updates_unconditionally: false,
                checks_plain_finalizers: false,
                update_passes: &[Object, Update],
                ..CORE
            },
        ),
        ("priorityclasses", "scheduling.k8s.io", Strategy { generation: Generation::One, ..CORE }),
        // apiextensions-apiserver/pkg/registry/customresourcedefinition. `crd` sets the status.
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
