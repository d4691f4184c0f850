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
    /// A change of what it is about, as a merge patch. `None`: all of it is immutable.
    pub(super) change: Option<Value>,
    /// A status that can be written, if it has a `/status`.
    pub(super) status: Option<Value>,
}

impl Type {
    fn new(api_version: &'static str, name: &'static str, kind: &'static str, content: Value) -> Self {
        let base = if api_version.contains('/') { "/apis" } else { "/api" };
        let path = format!("{base}/{api_version}/namespaces/{NAMESPACE}/{name}");
        Self { name, path, kind, api_version, content, change: None, status: None }
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

    pub(super) fn is_namespaced(&self) -> bool {
        self.path.contains(NAMESPACE)
    }

    pub(super) fn is_custom(&self) -> bool {
        self.path.contains("example.com")
    }

    /// The path of an object.
    pub(super) fn at(&self, name: &str) -> String {
        format!("{}/{name}", self.path)
    }

    /// An object, with more in its metadata.
    pub(super) fn object(&self, name: &str, metadata: Value) -> Value {
        let mut object = self.content.clone();
        object["kind"] = self.kind.into();
        object["apiVersion"] = self.api_version.into();
        object["metadata"] = metadata;
        object["metadata"]["name"] = name.into();
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

/// All of them. Custom ones are defined by [`definition`]; of definitions themselves, `tests/definitions.rs` of
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
    vec![
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
        Type::new("typed.example.com/v1", "wholes", "Whole", spec(&json!({ "a": 1 }))).change(spec(&json!({ "a": 2 }))),
        Type::new("typed.example.com/v1", "parted", "Parted", spec(&json!({ "a": 1 })))
            .change(spec(&json!({ "a": 2 })))
            .status(json!({ "ready": true })),
    ]
}
