//! Deletions, namespaces that end, dry runs.

use http::Method;
use serde_json::{Value, json};

use super::{JSON, MERGE, OPERATIONS, STRATEGIC, Script};

pub(super) async fn namespaces(script: &mut Script<'_>) {
    const TEAM: &str = "/api/v1/namespaces/team";
    const MAPS: &str = "/api/v1/namespaces/team/configmaps";
    let named = |name: &str| json!({"metadata": {"name": name}});
    script.post("/api/v1/namespaces", json!({"metadata": {"name": "team"}, "spec": {"finalizers": ["x/y"]}})).await;
    script.patch(TEAM, MERGE, json!({"spec": {"finalizers": []}, "status": {"phase": "Terminating"}})).await;
    script.post(MAPS, named("a")).await;
    script.delete(&format!("{TEAM}?dryRun=All"), Value::Null).await;
    script.delete(TEAM, json!({"preconditions": {"uid": "x"}})).await;
    script.delete(TEAM, json!({"preconditions": {"resourceVersion": "1"}})).await;
    script.delete(TEAM, Value::Null).await;
    script.delete(&format!("{TEAM}?propagationPolicy=Foreground"), Value::Null).await;
    script.get(TEAM).await;
    script.post("/api/v1/namespaces", named("team")).await;
    script.post(MAPS, named("b")).await;
    script.post(&format!("{MAPS}?dryRun=All"), named("b")).await;
    script.post(MAPS, json!({"metadata": {"generateName": "b-"}})).await;
    script.post(MAPS, named("A_B")).await;
    script.post(MAPS, json!({"metadata": {}})).await;
    script.post("/apis/events.k8s.io/v1/namespaces/team/events", named("e")).await;
    script.post("/apis/apps/v1/namespaces/team/deployments", named("d")).await;
    script.patch(&format!("{MAPS}/a"), MERGE, json!({"data": {"x": "y"}})).await;
    script
        .put(&format!("{TEAM}/finalize"), json!({"metadata": {"name": "team"}, "spec": {"finalizers": ["banana"]}}))
        .await;
    script
        .put(&format!("{TEAM}/finalize"), json!({"metadata": {"name": "team"}, "spec": {"finalizers": ["x/z"]}}))
        .await;
    script.put(&format!("{TEAM}/finalize?dryRun=All"), named("team")).await;
    for method in [Method::GET, Method::PATCH, Method::DELETE] {
        script.send(method, &format!("{TEAM}/finalize"), MERGE, &json!({}), &[]).await;
    }
    script.put(&format!("{TEAM}/finalize"), named("team")).await;
    script.get(TEAM).await;
    script.get(&format!("{MAPS}/a")).await;
    script.post(MAPS, named("c")).await;
}

pub(super) async fn dry_runs(script: &mut Script<'_>) {
    const MAPS: &str = "/api/v1/namespaces/default/configmaps";
    let item = |query: &str| format!("{MAPS}/dry{query}");
    let map = |text: &str| json!({"metadata": {"name": "dry"}, "data": {"x": text}});
    script.post(&format!("{MAPS}?dryRun=All"), map("1")).await;
    for query in ["dryRun=x", "dryRun=", "dryRun=All&dryRun=x"] {
        script.post(&format!("{MAPS}?{query}"), map("1")).await;
        script.put(&item(&format!("?{query}")), map("1")).await;
        script.patch(&item(&format!("?{query}")), MERGE, json!({})).await;
        script.delete(&item(&format!("?{query}")), Value::Null).await;
        script.delete(&format!("{MAPS}?labelSelector=a%3Db&{query}"), Value::Null).await;
    }
    script.get(&item("")).await;
    script.post(MAPS, map("1")).await;
    script.post(&format!("{MAPS}?dryRun=All"), map("1")).await;
    script.put(&item("?dryRun=All"), map("2")).await;
    script.patch(&item("?dryRun=All"), MERGE, json!({"data": {"x": "2"}})).await;
    script.patch(&item("?dryRun=All"), STRATEGIC, json!({"data": {"x": "2"}})).await;
    script.patch(&item("?dryRun=All"), OPERATIONS, json!([{"op": "add", "path": "/data/x", "value": "2"}])).await;
    script.delete(&item("?dryRun=All"), Value::Null).await;
    script.delete(&item(""), json!({"dryRun": ["All"]})).await;
    script.delete(&item(""), json!({"dryRun": ["x"]})).await;
    script.get(&item("")).await;
    script.delete(&item("?dryRun=All"), json!({})).await;
    script.get(&item("")).await;
}

pub(super) async fn deletions(script: &mut Script<'_>) {
    const MAPS: &str = "/api/v1/namespaces/default/configmaps";
    let item = |query: &str| format!("{MAPS}/going{query}");
    script.post(MAPS, json!({"metadata": {"name": "going", "finalizers": ["x/y"]}})).await;
    script.delete(&item("?dryRun=All&propagationPolicy=Orphan"), Value::Null).await;
    script.delete(&item("?propagationPolicy=x"), Value::Null).await;
    script.delete(&item(""), json!({"propagationPolicy": "Orphan", "orphanDependents": true})).await;
    for policy in ["Orphan", "Foreground", "Background", "Foreground"] {
        script.delete(&item(&format!("?propagationPolicy={policy}")), Value::Null).await;
    }
    script.delete(&item(""), Value::Null).await;
    script.delete(&item(""), json!({"orphanDependents": true})).await;
    script.delete(&item("?orphanDependents=false"), Value::Null).await;
    script.patch(&item(""), MERGE, json!({"metadata": {"finalizers": null}})).await;
    script.get(&item("")).await;
    for policy in ["Orphan", "Foreground"] {
        let name = policy.to_lowercase();
        script.post(MAPS, json!({"metadata": {"name": name}})).await;
        script.delete(&format!("{MAPS}/{name}?propagationPolicy={policy}"), Value::Null).await;
    }
    let template = json!({"metadata": {"labels": {"a": "b"}}, "spec": {"restartPolicy": "Always",
        "containers": [{"name": "c", "image": "i"}]}});
    let controllers = "/api/v1/namespaces/default/replicationcontrollers";
    let controller = json!({"metadata": {"name": "r"}, "spec": {"selector": {"a": "b"}, "template": template}});
    script.send(Method::POST, controllers, JSON, &controller, &["/kind"]).await;
    let shown = ["/metadata/finalizers", "/metadata/generation", "/metadata/deletionGracePeriodSeconds"];
    script.send(Method::DELETE, &format!("{controllers}/r"), "", &Value::Null, &shown).await;
}
