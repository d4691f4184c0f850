//! Versions of resources, the two kinds of events, other resources and their names.

use http::Method;
use serde_json::{Value, json};

use super::{JSON, MERGE, STRATEGIC, Script};

pub(super) async fn versions(script: &mut Script<'_>) {
    const DEFINITIONS: &str = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
    let version = |name: &str, is_served: bool, is_stored: bool| {
        json!({"name": name, "served": is_served, "storage": is_stored,
            "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": true}}})
    };
    let mut stored = version("v1", true, true);
    stored["subresources"] = json!({"status": {}});
    let definition = json!({"metadata": {"name": "multis.ex.com"}, "spec": {"group": "ex.com", "scope": "Namespaced",
        "names": {"plural": "multis", "kind": "Multi", "shortNames": ["mu"]},
        "versions": [version("v1beta1", true, false), stored, version("v2alpha1", true, false), version("v1alpha1", false, false)]}});
    script.send(Method::POST, DEFINITIONS, JSON, &definition, &["/spec/names", "/status"]).await;
    let path = |version: &str, rest: &str| format!("/apis/ex.com/{version}/namespaces/default/multis{rest}");
    while script.admin.get(&path("v1", "")).await.unwrap().status != 200
        || script.admin.get("/apis/ex.com/v2alpha1").await.unwrap().status != 200
    {
        tokio::time::sleep(core::time::Duration::from_millis(50)).await;
    }
    let object = |version: &str| json!({"apiVersion": format!("ex.com/{version}"), "kind": "Multi", "metadata": {"name": "m"}, "spec": {"a": 1}});
    script.post(&path("v1beta1", ""), object("v1beta1")).await;
    script.post(&path("v1", ""), object("v1beta1")).await;
    script.patch(&path("v2alpha1", "/m"), MERGE, json!({"spec": {"a": 2}})).await;
    script.patch(&path("v2alpha1", "/m"), STRATEGIC, json!({"spec": {"a": 3}})).await;
    for version in ["v1", "v1beta1", "v2alpha1", "v1alpha1", "v9"] {
        script.get(&path(version, "/m")).await;
        script.get(&path(version, "")).await;
        script.get(&format!("/apis/ex.com/{version}")).await;
    }
    script.get("/apis/ex.com").await;
    script.delete(&path("v1beta1", "/m"), Value::Null).await;
    script.delete(&path("v1", "/m"), Value::Null).await;
}

pub(super) async fn events(script: &mut Script<'_>) {
    const CORE: &str = "/api/v1/namespaces/default/events";
    const OWN: &str = "/apis/events.k8s.io/v1/namespaces/default/events";
    let event = json!({"metadata": {"name": "e"}, "regarding": {"kind": "Pod", "name": "p", "namespace": "default"},
        "note": "hello", "type": "Normal", "reason": "R", "action": "a", "reportingController": "c",
        "reportingInstance": "i", "eventTime": "2026-01-01T00:00:00.000000Z"});
    script.send(Method::POST, OWN, JSON, &event, &["/metadata/name", "/kind", "/apiVersion", "/regarding"]).await;
    for path in [format!("{CORE}/e"), format!("{OWN}/e")] {
        let shown = [
            "/apiVersion",
            "/message",
            "/note",
            "/involvedObject",
            "/regarding",
            "/action",
            "/eventTime",
            "/reportingController",
            "/reportingComponent",
        ];
        script.send(Method::GET, &path, "", &Value::Null, &shown).await;
    }
    for selector in ["regarding.name%3Dp", "regarding.name%3Dq", "reportingController%3Dc", "involvedObject.name%3Dp"] {
        let path = format!("{OWN}?fieldSelector={selector}");
        script.send(Method::GET, &path, "", &Value::Null, &["/kind", "/apiVersion", "/items/0/metadata/name"]).await;
    }
    script.delete(&format!("{OWN}/e"), Value::Null).await;
    script.delete(&format!("{OWN}/e"), Value::Null).await;
}

/// One object of each type to which a real server adds no defaults.
pub(super) async fn more_resources(script: &mut Script<'_>) {
    let rbac = "/apis/rbac.authorization.k8s.io/v1";
    let role =
        json!({"metadata": {"name": "x"}, "rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}]});
    let subject = json!([{"kind": "User", "name": "u", "apiGroup": "rbac.authorization.k8s.io"}]);
    let binding = |kind: &str| {
        json!({"metadata": {"name": "x"}, "subjects": subject,
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": kind, "name": "x"}})
    };
    for (path, body) in [
        (format!("{rbac}/clusterroles"), role.clone()),
        (format!("{rbac}/namespaces/default/roles"), role),
        (format!("{rbac}/clusterrolebindings"), binding("ClusterRole")),
        (format!("{rbac}/namespaces/default/rolebindings"), binding("Role")),
        (
            "/apis/storage.k8s.io/v1/csinodes".to_owned(),
            json!({"metadata": {"name": "x"}, "spec": {"drivers": [{"name": "d", "nodeID": "n", "topologyKeys": ["t"]}]}}),
        ),
        ("/apis/node.k8s.io/v1/runtimeclasses".to_owned(), json!({"metadata": {"name": "x"}, "handler": "h"})),
        (
            "/apis/coordination.k8s.io/v1/namespaces/default/leases".to_owned(),
            json!({"metadata": {"name": "x"}, "spec": {"holderIdentity": "h"}}),
        ),
        (
            "/apis/networking.k8s.io/v1/ingressclasses".to_owned(),
            json!({"metadata": {"name": "x"}, "spec": {"controller": "x/y"}}),
        ),
    ] {
        script.post(&path, body).await;
        script.get(&format!("{path}/x")).await;
        script.patch(&format!("{path}/x"), STRATEGIC, json!({"metadata": {"annotations": {"a": "b"}}})).await;
        script
            .send(
                Method::GET,
                &format!("{path}?fieldSelector=metadata.name%3Dx"),
                "",
                &Value::Null,
                &["/kind", "/items"],
            )
            .await;
        script.delete(&format!("{path}/x"), Value::Null).await;
        script.get(&format!("{path}/x")).await;
    }
}

/// Names that other types can't have.
pub(super) async fn names(script: &mut Script<'_>) {
    for name in ["system:x", "A_B", "..", "a%b/c"] {
        script
            .post("/apis/rbac.authorization.k8s.io/v1/clusterroles", json!({"metadata": {"name": name}, "rules": null}))
            .await;
    }
    for path in [
        "/apis/rbac.authorization.k8s.io/v1/clusterroles/system:x",
        "/api/v1/replicationcontrollers?fieldSelector=status.replicas%3D7",
    ] {
        script.send(Method::GET, path, "", &Value::Null, &["/kind", "/metadata/name", "/items"]).await;
    }
}
