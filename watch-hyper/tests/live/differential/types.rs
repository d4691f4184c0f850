//! The types that both servers have, and an object of each that both take.

use serde_json::{Value, json};

/// The namespace that their objects are in.
pub(super) const NAMESPACE: &str = "typed";

/// A type.
pub(super) struct Type {
    /// In messages of this suite.
    pub(super) name: &'static str,
    /// The path of its collection.
    pub(super) path: String,
    kind: &'static str,
    api_version: &'static str,
    content: Value,
    /// A change of its content, as a merge patch. `None` if all of it is immutable.
    pub(super) change: Option<Value>,
    /// A status that can be written, if it has a `/status`.
    pub(super) status: Option<Value>,
    /// Another name of its objects.
    named: fn(&str) -> String,
}

impl Type {
    fn new(api_version: &'static str, name: &'static str, kind: &'static str, content: Value) -> Self {
        let base = if api_version.contains('/') { "/apis" } else { "/api" };
        let path = format!("{base}/{api_version}/namespaces/{NAMESPACE}/{name}");
        Self { name, path, kind, api_version, content, change: None, status: None, named: str::to_owned }
    }

    fn cluster_scoped(self) -> Self {
        Self { path: self.path.replace(&format!("/namespaces/{NAMESPACE}"), ""), ..self }
    }

    fn change(self, change: Value) -> Self {
        Self { change: Some(change), ..self }
    }

    fn status(self, status: Value) -> Self {
        Self { status: Some(status), ..self }
    }

    fn named(self, named: fn(&str) -> String) -> Self {
        Self { named, ..self }
    }

    pub(super) fn is_namespaced(&self) -> bool {
        self.path.contains(NAMESPACE)
    }

    pub(super) fn is_custom(&self) -> bool {
        self.path.contains("example.com")
    }

    /// The path of an object.
    pub(super) fn at(&self, name: &str) -> String {
        format!("{}/{}", self.path, (self.named)(name))
    }

    /// An object, with more in its metadata.
    pub(super) fn object(&self, name: &str, metadata: Value) -> Value {
        let mut object = self.content.clone();
        object["kind"] = self.kind.into();
        object["apiVersion"] = self.api_version.into();
        object["metadata"] = metadata;
        object["metadata"]["name"] = (self.named)(name).into();
        object
    }
}

/// A definition of a custom resource, with a `/status` or without.
pub(super) fn definition(plural: &str, kind: &str, has_status: bool) -> Value {
    let mut version = json!({
        "name": "v1",
        "served": true,
        "storage": true,
        "schema": { "openAPIV3Schema": { "type": "object", "x-kubernetes-preserve-unknown-fields": true } },
    });
    if has_status {
        version["subresources"] = json!({ "status": {} });
    }
    json!({
        "metadata": { "name": format!("{plural}.typed.example.com") },
        "spec": {
            "group": "typed.example.com",
            "names": { "plural": plural, "kind": kind },
            "scope": "Namespaced",
            "versions": [version],
        },
    })
}

/// The address that stands for a name. (FNV-1a)
fn address(name: &str) -> String {
    let hash = name.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    let [_, a, b, c] = hash.to_be_bytes();
    format!("10.{a}.{b}.{c}")
}

/// All of them. Custom ones are defined by [`definition`]; of definitions themselves, `tests/it/definitions.rs` of
/// watch-test has more.
pub(super) fn all() -> Vec<Type> {
    let pod = json!({ "containers": [{ "name": "c", "image": "i" }] });
    let labelled = json!({ "metadata": { "labels": { "x": "y" } }, "spec": pod });
    let selected = json!({ "selector": { "matchLabels": { "x": "y" } }, "template": labelled });
    let job = json!({
        "template": { "spec": { "containers": [{ "name": "c", "image": "i" }], "restartPolicy": "Never" } },
    });
    let stateful = {
        let mut spec = selected.clone();
        spec["serviceName"] = "s".into();
        spec
    };
    let spec = |spec: &Value| json!({ "spec": spec });
    let condition = json!({
        "type": "C", "status": "True", "lastTransitionTime": "2026-01-01T00:00:00Z", "reason": "R", "message": "m",
    });
    let mut all = vec![
        Type::new("v1", "pods", "Pod", spec(&pod))
            .change(spec(&json!({ "activeDeadlineSeconds": 100 })))
            .status(json!({ "phase": "Running" })),
        Type::new("v1", "configmaps", "ConfigMap", json!({})).change(json!({ "data": { "a": "b" } })),
        Type::new("v1", "secrets", "Secret", json!({})).change(json!({ "data": { "a": "Yg==" } })),
        Type::new("v1", "services", "Service", spec(&json!({ "ports": [{ "port": 80 }] })))
            .change(spec(&json!({ "sessionAffinity": "ClientIP" })))
            .status(json!({ "conditions": [condition] })),
        Type::new("v1", "serviceaccounts", "ServiceAccount", json!({}))
            .change(json!({ "automountServiceAccountToken": false })),
        Type::new("v1", "endpoints", "Endpoints", json!({}))
            .change(json!({ "subsets": [{ "addresses": [{ "ip": "192.0.2.1" }], "ports": [{ "port": 1 }] }] })),
        Type::new(
            "v1",
            "persistentvolumeclaims",
            "PersistentVolumeClaim",
            spec(&json!({ "accessModes": ["ReadWriteOnce"], "resources": { "requests": { "storage": "1Gi" } } })),
        )
        .status(json!({ "phase": "Lost" })),
        Type::new(
            "v1",
            "events",
            "Event",
            json!({ "involvedObject": { "namespace": NAMESPACE, "name": "x", "kind": "Pod" }, "reason": "r" }),
        )
        .change(json!({ "message": "m" })),
        Type::new("v1", "namespaces", "Namespace", json!({})).cluster_scoped().status(json!({ "phase": "Active" })),
        Type::new("v1", "nodes", "Node", json!({}))
            .cluster_scoped()
            .change(spec(&json!({ "unschedulable": true })))
            .status(json!({ "phase": "Running" })),
        Type::new("apps/v1", "deployments", "Deployment", spec(&selected))
            .change(spec(&json!({ "replicas": 3 })))
            .status(json!({ "observedGeneration": 1 })),
        Type::new("apps/v1", "replicasets", "ReplicaSet", spec(&selected))
            .change(spec(&json!({ "replicas": 3 })))
            .status(json!({ "replicas": 2 })),
        Type::new("apps/v1", "statefulsets", "StatefulSet", spec(&stateful))
            .change(spec(&json!({ "replicas": 3 })))
            .status(json!({ "replicas": 2 })),
        Type::new("apps/v1", "daemonsets", "DaemonSet", spec(&selected))
            .change(spec(&json!({ "minReadySeconds": 3 })))
            .status(json!({ "numberReady": 2 })),
        Type::new("batch/v1", "jobs", "Job", spec(&job))
            .change(spec(&json!({ "suspend": true })))
            .status(json!({ "active": 1 })),
        Type::new(
            "batch/v1",
            "cronjobs",
            "CronJob",
            spec(&json!({ "schedule": "* * * * *", "jobTemplate": { "spec": job } })),
        )
        .change(spec(&json!({ "suspend": true })))
        .status(json!({ "lastScheduleTime": "2026-01-01T00:00:00Z" })),
        Type::new("coordination.k8s.io/v1", "leases", "Lease", json!({}))
            .change(spec(&json!({ "holderIdentity": "h" }))),
        Type::new("discovery.k8s.io/v1", "endpointslices", "EndpointSlice", json!({ "addressType": "IPv4" }))
            .change(json!({ "endpoints": [{ "addresses": ["192.0.2.1"] }] })),
        Type::new(
            "networking.k8s.io/v1",
            "ingresses",
            "Ingress",
            spec(&json!({ "defaultBackend": { "service": { "name": "s", "port": { "number": 80 } } } })),
        )
        .change(spec(&json!({ "ingressClassName": "c" })))
        .status(json!({ "loadBalancer": { "ingress": [{ "ip": "192.0.2.1" }] } })),
        Type::new("typed.example.com/v1", "singles", "Single", spec(&json!({ "a": 1 })))
            .change(spec(&json!({ "a": 2 }))),
        Type::new("typed.example.com/v1", "parted", "Parted", spec(&json!({ "a": 1 })))
            .change(spec(&json!({ "a": 2 })))
            .status(json!({ "ready": true })),
    ];
    all.extend(more_of_core(&labelled));
    all.extend(of_namespaces());
    all.extend(of_the_cluster(&condition));
    all
}

/// The rest of the core group.
fn more_of_core(labelled: &Value) -> Vec<Type> {
    let volume = json!({
        "capacity": { "storage": "1Gi" }, "accessModes": ["ReadWriteOnce"], "hostPath": { "path": "/p" },
    });
    let mut template = labelled.clone();
    template["metadata"]["labels"] = json!({ "of-the-template": "y" });
    let limits = |cpu: &str| json!({ "spec": { "limits": [{ "type": "Pod", "max": { "cpu": cpu } }] } });
    let quota = |pods: &str| json!({ "spec": { "hard": { "pods": pods } } });
    vec![
        Type::new("v1", "limitranges", "LimitRange", limits("1")).change(limits("2")),
        Type::new("v1", "persistentvolumes", "PersistentVolume", json!({ "spec": volume }))
            .cluster_scoped()
            .change(json!({ "spec": { "persistentVolumeReclaimPolicy": "Delete" } }))
            .status(json!({ "phase": "Available" })),
        Type::new("v1", "podtemplates", "PodTemplate", json!({ "template": labelled }))
            .change(json!({ "template": { "spec": { "terminationGracePeriodSeconds": 5 } } })),
        Type::new(
            "v1",
            "replicationcontrollers",
            "ReplicationController",
            json!({ "spec": { "selector": { "of-the-template": "y" }, "template": template } }),
        )
        .change(json!({ "spec": { "replicas": 3 } }))
        .status(json!({ "replicas": 2 })),
        Type::new("v1", "resourcequotas", "ResourceQuota", quota("5"))
            .change(quota("6"))
            .status(json!({ "used": { "pods": "1" } })),
    ]
}

/// The other types with namespaces.
fn of_namespaces() -> Vec<Type> {
    const RBAC: &str = "rbac.authorization.k8s.io/v1";
    let scaled = json!({ "apiVersion": "apps/v1", "kind": "Deployment", "name": "d" });
    let rules = json!({ "rules": [{ "apiGroups": [""], "resources": ["pods"], "verbs": ["get"] }] });
    let subjects = json!({ "subjects": [{ "apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "u" }] });
    let role =
        |kind: &str| json!({ "roleRef": { "apiGroup": "rbac.authorization.k8s.io", "kind": kind, "name": "r" } });
    let event = json!({
        "eventTime": "2026-01-01T00:00:00.000000Z", "reportingController": "example.com/c", "reportingInstance": "i",
        "action": "a", "reason": "r", "type": "Normal",
        "regarding": { "namespace": NAMESPACE, "name": "x", "kind": "Pod" },
    });
    let series = json!({ "series": { "count": 2, "lastObservedTime": "2026-01-01T00:00:00.000000Z" } });
    vec![
        Type::new("apps/v1", "controllerrevisions", "ControllerRevision", json!({ "data": { "a": 1 }, "revision": 1 }))
            .change(json!({ "revision": 2 })),
        Type::new(
            "autoscaling/v2",
            "horizontalpodautoscalers",
            "HorizontalPodAutoscaler",
            json!({ "spec": { "scaleTargetRef": scaled, "maxReplicas": 3 } }),
        )
        .change(json!({ "spec": { "maxReplicas": 4 } }))
        .status(json!({ "desiredReplicas": 2 })),
        // The same objects as those of the core group, which have the names already.
        Type::new("events.k8s.io/v1", "events", "Event", event).change(series).named(|name| format!("of-{name}")),
        Type::new("networking.k8s.io/v1", "networkpolicies", "NetworkPolicy", json!({ "spec": { "podSelector": {} } }))
            .change(json!({ "spec": { "podSelector": { "matchLabels": { "x": "y" } } } })),
        Type::new(
            "policy/v1",
            "poddisruptionbudgets",
            "PodDisruptionBudget",
            json!({ "spec": { "selector": {}, "minAvailable": 1 } }),
        )
        .change(json!({ "spec": { "minAvailable": 2 } }))
        .status(json!({ "currentHealthy": 1 })),
        Type::new(RBAC, "clusterroles", "ClusterRole", json!({ "rules": [] })).cluster_scoped().change(rules.clone()),
        Type::new(RBAC, "clusterrolebindings", "ClusterRoleBinding", role("ClusterRole"))
            .cluster_scoped()
            .change(subjects.clone()),
        Type::new(RBAC, "roles", "Role", json!({ "rules": [] })).change(rules),
        Type::new(RBAC, "rolebindings", "RoleBinding", role("Role")).change(subjects),
        Type::new(
            "storage.k8s.io/v1",
            "csistoragecapacities",
            "CSIStorageCapacity",
            json!({ "storageClassName": "c" }),
        )
        .change(json!({ "capacity": "1Gi" })),
    ]
}

/// The other types without namespaces.
fn of_the_cluster(condition: &Value) -> Vec<Type> {
    let networking = |name, kind, spec: Value| {
        Type::new("networking.k8s.io/v1", name, kind, json!({ "spec": spec })).cluster_scoped()
    };
    let storage = |name, kind, content| Type::new("storage.k8s.io/v1", name, kind, content).cluster_scoped();
    let webhooks = |name, kind| {
        // None that is called for anything that this suite does.
        let rule = json!({
            "apiGroups": ["nothing.example.com"], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["x"],
        });
        let hook = json!({
            "name": "a.b.c", "clientConfig": { "url": "https://127.0.0.1:1/x" }, "rules": [rule], "sideEffects": "None",
            "admissionReviewVersions": ["v1"],
        });
        Type::new("admissionregistration.k8s.io/v1", name, kind, json!({}))
            .cluster_scoped()
            .change(json!({ "webhooks": [hook] }))
    };
    let parent = json!({ "parentRef": { "resource": "services", "namespace": "d", "name": "n" } });
    let attached = json!({ "attacher": "a", "source": { "persistentVolumeName": "v" }, "nodeName": "n" });
    vec![
        networking("ingressclasses", "IngressClass", json!({ "controller": "example.com/c" }))
            .change(json!({ "spec": { "parameters": { "kind": "K", "name": "n", "scope": "Cluster" } } })),
        networking("ipaddresses", "IPAddress", parent).named(address),
        networking("servicecidrs", "ServiceCIDR", json!({ "cidrs": ["10.77.0.0/16"] }))
            .change(json!({ "spec": { "cidrs": ["10.77.0.0/16", "2001:db8::/64"] } }))
            .status(json!({ "conditions": [condition] })),
        storage("csidrivers", "CSIDriver", json!({ "spec": {} })).change(json!({ "spec": { "podInfoOnMount": true } })),
        storage("csinodes", "CSINode", json!({ "spec": { "drivers": [] } }))
            .change(json!({ "spec": { "drivers": [{ "name": "d", "nodeID": "n" }] } })),
        storage("storageclasses", "StorageClass", json!({ "provisioner": "example.com/p" }))
            .change(json!({ "allowVolumeExpansion": true })),
        storage("volumeattachments", "VolumeAttachment", json!({ "spec": attached }))
            .status(json!({ "attached": true })),
        storage(
            "volumeattributesclasses",
            "VolumeAttributesClass",
            json!({ "driverName": "example.com/d", "parameters": { "a": "b" } }),
        ),
        webhooks("mutatingwebhookconfigurations", "MutatingWebhookConfiguration"),
        webhooks("validatingwebhookconfigurations", "ValidatingWebhookConfiguration"),
        Type::new("node.k8s.io/v1", "runtimeclasses", "RuntimeClass", json!({ "handler": "h" }))
            .cluster_scoped()
            .change(json!({ "scheduling": { "nodeSelector": { "a": "b" } } })),
        Type::new("scheduling.k8s.io/v1", "priorityclasses", "PriorityClass", json!({ "value": 5 }))
            .cluster_scoped()
            .change(json!({ "description": "d" })),
    ]
}
