//! Scales and evictions.

use http::Method;
use serde_json::{Value, json};

use super::{JSON, MERGE, OPERATIONS, STRATEGIC, Script};

pub(super) async fn scales(script: &mut Script<'_>) {
    const SCALE: &str = "/apis/apps/v1/namespaces/default/deployments/web/scale";
    let scale = |replicas: i64| {
        json!({"kind": "Scale", "apiVersion": "autoscaling/v1",
        "metadata": {"name": "web", "namespace": "default"}, "spec": {"replicas": replicas}})
    };
    script.get(SCALE).await;
    script.put(SCALE, scale(3)).await;
    script.patch(SCALE, MERGE, json!({"spec": {"replicas": 4}})).await;
    script.patch(SCALE, STRATEGIC, json!({"spec": {"replicas": 5}})).await;
    script.patch(SCALE, OPERATIONS, json!([{"op": "replace", "path": "/spec/replicas", "value": 6}])).await;
    script.patch(&format!("{SCALE}?dryRun=All"), MERGE, json!({"spec": {"replicas": 9}})).await;
    script.put(SCALE, scale(-1)).await;
    script.patch(SCALE, MERGE, json!({"spec": {"replicas": -1}})).await;
    script.patch(SCALE, MERGE, json!({"metadata": {"resourceVersion": "1"}})).await;
    let mut other = scale(1);
    other["metadata"]["uid"] = "x".into();
    script.put(SCALE, other.clone()).await;
    other["metadata"] = json!({"name": "other"});
    script.put(SCALE, other).await;
    script.put(SCALE, json!({"kind": "Deployment", "apiVersion": "apps/v1", "metadata": {"name": "web"}})).await;
    let mut words = scale(1);
    words["spec"]["replicas"] = "x".into();
    script.put(SCALE, words).await;
    script.put(SCALE, json!({"metadata": {"name": "web"}})).await;
    script.get(SCALE).await;
    script.post(SCALE, json!({})).await;
    script.delete(SCALE, Value::Null).await;
    for path in ["deployments/missing/scale", "deployments/web/banana", "daemonsets/web/scale"] {
        let path = format!("/apis/apps/v1/namespaces/default/{path}");
        script.get(&path).await;
        script.patch(&path, MERGE, json!({})).await;
    }
    let shown = ["/spec/replicas", "/metadata/generation"];
    script.send(Method::GET, "/apis/apps/v1/namespaces/default/deployments/web", "", &Value::Null, &shown).await;
}

pub(super) async fn evictions(script: &mut Script<'_>) {
    const PODS: &str = "/api/v1/namespaces/default/pods";
    const BUDGETS: &str = "/apis/policy/v1/namespaces/default/poddisruptionbudgets";
    let running = json!({"status": {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}});
    for name in ["a", "b"] {
        let pod = json!({"metadata": {"name": name, "labels": {"app": "web"}, "finalizers": ["x/y"]}, "spec": {
            "automountServiceAccountToken": false, "containers": [{"name": "c", "image": "i"}]}});
        script.send(Method::POST, PODS, JSON, &pod, &["/kind"]).await;
        script.send(Method::PATCH, &format!("{PODS}/{name}/status"), MERGE, &running, &["/status/phase"]).await;
    }
    let eviction = |name: &str| json!({"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": name}});
    let path = |name: &str| format!("{PODS}/{name}/eviction");
    let budget = json!({"metadata": {"name": "budget"}, "spec": {"minAvailable": 1, "selector": {"matchLabels": {"app": "web"}}}});
    script.send(Method::POST, BUDGETS, JSON, &budget, &["/metadata", "/spec"]).await;
    let status = |status: Value| json!({ "status": status });
    let budget = format!("{BUDGETS}/budget");
    script.post(&path("a"), eviction("a")).await;
    for counted in [
        json!({"observedGeneration": 1, "currentHealthy": 1, "desiredHealthy": 2, "expectedPods": 2}),
        json!({"currentHealthy": 2, "desiredHealthy": 1}),
        json!({"disruptionsAllowed": 1}),
    ] {
        script.send(Method::PATCH, &format!("{budget}/status"), MERGE, &status(counted), &["/kind"]).await;
        script.post(&format!("{}?dryRun=All", path("a")), eviction("a")).await;
    }
    script.post(&path("a"), eviction("b")).await;
    script.post(&path("a"), json!({})).await;
    script.post(&path("a"), json!({"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "a"}})).await;
    script.post(&path("missing"), eviction("missing")).await;
    script.get(&path("a")).await;
    script.post(&path("a"), eviction("a")).await;
    script.send(Method::GET, &budget, "", &Value::Null, &["/status"]).await;
    script.send(Method::GET, &format!("{PODS}/a"), "", &Value::Null, &["/status/conditions/1/reason"]).await;
    script.post(&path("b"), eviction("b")).await;
    let all = json!({"metadata": {"name": "all"}, "spec": {"minAvailable": 1, "selector": {}}});
    script.send(Method::POST, BUDGETS, JSON, &all, &["/kind"]).await;
    script.post(&path("b"), eviction("b")).await;
}
