//! `/eviction`: pods are deleted if their disruption budget allows it, as on a real server.

use serde_json::{Value, json};

use crate::common::media_types::JSON;
use crate::common::paths::PODS;
use crate::common::{World, ask, send};

const BUDGET: &str = "poddisruptionbudgets.policy";

fn pod(world: &mut World, name: &str, app: &str, phase: &str, is_ready: bool) {
    let ready = if is_ready { "True" } else { "False" };
    let status = json!({"phase": phase, "conditions": [{"type": "Ready", "status": ready}]});
    world.create("pods", json!({"metadata": {"name": name, "labels": {"app": app}, "finalizers": ["x/y"]}}));
    world.server.patch_status(world.now, "pods", None, name, &json!({ "status": status })).expect("a pod");
}

fn world(status: Value) -> World {
    let mut world = World::standard();
    for name in ["a", "b"] {
        pod(&mut world, name, "web", "Running", true);
    }
    let selector = json!({"matchLabels": {"app": "web"}});
    world.create(BUDGET, json!({"metadata": {"name": "budget"}, "spec": {"selector": selector}}));
    let budget = json!({ "status": status });
    let path = "/apis/policy/v1/namespaces/default/poddisruptionbudgets/budget/status";
    assert_eq!(world.ask(send("PATCH", path, "application/merge-patch+json", &budget)).status, 200);
    world
}

fn eviction(name: &str) -> Value {
    json!({"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": name, "namespace": "default"}})
}

fn evict(world: &mut World, name: &str) -> (u16, Value) {
    let reply = world.ask(send("POST", &format!("{PODS}/{name}/eviction"), JSON, &eviction(name)));
    (reply.status, reply.json())
}

fn is_going(world: &mut World, name: &str) -> bool {
    world.get(&format!("{PODS}/{name}")).json()["metadata"].get("deletionTimestamp").is_some()
}

/// The refusal of a budget that allows no eviction.
fn too_many(why: &str, retry_after: i64) -> (u16, Value) {
    let mut details = json!({"causes": [{"reason": "DisruptionBudget", "message": why}]});
    if retry_after > 0 {
        details["retryAfterSeconds"] = retry_after.into();
    }
    let message = "Cannot evict pod as it would violate the pod's disruption budget.";
    let status = json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "message": message,
        "reason": "TooManyRequests", "details": details, "code": 429});
    (429, status)
}

fn success() -> (u16, Value) {
    (201, json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201}))
}

#[test]
fn a_pod_without_a_budget_is_evicted() {
    let mut world = World::standard();
    pod(&mut world, "p", "other", "Running", true);
    assert_eq!(evict(&mut world, "p"), success());
    let pod = world.get(&format!("{PODS}/p")).json();
    let conditions = pod["status"]["conditions"].as_array().expect("conditions");
    assert_eq!((conditions.len(), &conditions[1]["type"]), (2, &json!("DisruptionTarget")));
    assert_eq!(
        (&conditions[1]["reason"], &conditions[1]["message"]),
        (&json!("EvictionByEvictionAPI"), &json!("Eviction API: evicting"))
    );
    assert!(is_going(&mut world, "p"));
    // A repeated eviction changes nothing.
    let version = world.server.resource_version();
    assert_eq!((evict(&mut world, "p"), world.server.resource_version()), (success(), version));
    world.create("pods", json!({"metadata": {"name": "q"}}));
    assert_eq!(evict(&mut world, "q"), success());
    assert_eq!(world.get(&format!("{PODS}/q")).status, 404);
}

#[test]
fn a_budget_is_used_up() {
    let mut world = world(
        json!({"observedGeneration": 1, "disruptionsAllowed": 1, "currentHealthy": 2, "desiredHealthy": 1, "expectedPods": 2}),
    );
    assert_eq!(evict(&mut world, "a"), success());
    assert!(is_going(&mut world, "a"));
    let budget = world.get("/apis/policy/v1/namespaces/default/poddisruptionbudgets/budget").json();
    let status = &budget["status"];
    assert_eq!(
        (&status["disruptionsAllowed"], &status["disruptedPods"]["a"]),
        (&json!(0), &json!("2026-01-01T00:00:00Z"))
    );
    let condition = json!({"type": "DisruptionAllowed", "status": "False", "observedGeneration": 1,
        "lastTransitionTime": "2026-01-01T00:00:00Z", "reason": "InsufficientPods", "message": ""});
    assert_eq!((&status["conditions"], &budget["metadata"]["generation"]), (&json!([condition]), &json!(1)));
    assert_eq!(
        evict(&mut world, "b"),
        too_many("The disruption budget budget does not allow evicting pods currently", 0)
    );
    assert!(!is_going(&mut world, "b"));
}

#[test]
fn a_budget_reports_why_it_allows_nothing() {
    let refused = |status: Value, why: &str, retry_after: i64| {
        let mut world = world(status);
        let version = world.server.resource_version();
        assert_eq!(evict(&mut world, "a"), too_many(&format!("The disruption budget budget {why}"), retry_after));
        assert_eq!(world.server.resource_version(), version);
    };
    refused(json!({}), "is still being processed by the server.", 10);
    let counted = |allowed: i64, current: i64, desired: i64| json!({"observedGeneration": 1, "disruptionsAllowed": allowed, "currentHealthy": current, "desiredHealthy": desired});
    refused(counted(0, 1, 2), "needs 2 healthy pods and has 1 currently", 0);
    refused(counted(0, 2, 1), "does not allow evicting pods currently", 0);
    let because = |reason: &str, current: i64| {
        let mut status = counted(0, current, 1);
        status["conditions"] =
            json!([{"type": "DisruptionAllowed", "status": "False", "reason": reason, "message": "why"}]);
        status
    };
    refused(because("SyncFailed", 0), "does not allow evicting pods currently because it failed sync: why", 0);
    refused(because("InsufficientPods", 2), "does not allow evicting pods currently (InsufficientPods): why", 0);
    let mut world = world(counted(-1, 1, 1));
    let (status, refused) = evict(&mut world, "a");
    assert_eq!(
        (status, &refused["message"]),
        (403, &json!("poddisruptionbudget.policy \"budget\" is forbidden: pdb disruptions allowed is negative"))
    );
}

#[test]
fn pods_that_do_not_run_are_evicted_with_any_budget() {
    let mut world = world(json!({"observedGeneration": 1}));
    for phase in ["Pending", "Succeeded", "Failed"] {
        let name = phase.to_lowercase();
        pod(&mut world, &name, "web", phase, false);
        assert_eq!(evict(&mut world, &name), success(), "{phase}");
    }
}

#[test]
fn pods_that_are_not_ready_are_evicted_if_others_are() {
    for (status, policy, goes) in [
        (json!({"observedGeneration": 1, "currentHealthy": 2, "desiredHealthy": 2}), "IfHealthyBudget", true),
        (json!({"observedGeneration": 1, "currentHealthy": 1, "desiredHealthy": 2}), "IfHealthyBudget", false),
        (json!({"observedGeneration": 1, "currentHealthy": 0, "desiredHealthy": 0}), "IfHealthyBudget", false),
        (json!({"observedGeneration": 1, "currentHealthy": 0, "desiredHealthy": 2}), "AlwaysAllow", true),
    ] {
        let mut world = world(status.clone());
        pod(&mut world, "c", "web", "Running", false);
        let path = "/apis/policy/v1/namespaces/default/poddisruptionbudgets/budget";
        let patch = json!({"spec": {"unhealthyPodEvictionPolicy": policy}, "status": {"observedGeneration": 2}});
        world.ask(send("PATCH", path, "application/merge-patch+json", &patch));
        world.ask(send("PATCH", &format!("{path}/status"), "application/merge-patch+json", &patch));
        let (status_code, _) = evict(&mut world, "c");
        assert_eq!(status_code, if goes { 201 } else { 429 }, "{status} {policy}");
    }
}

#[test]
fn more_than_one_budget_is_too_much() {
    let mut world = world(json!({"observedGeneration": 1, "disruptionsAllowed": 5}));
    world.create(BUDGET, json!({"metadata": {"name": "all"}, "spec": {"selector": {}}}));
    let (status, refused) = evict(&mut world, "a");
    let message = "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.";
    assert_eq!((status, &refused["message"]), (500, &json!(message)));
    assert_eq!((refused.get("reason"), refused.get("details"), &refused["code"]), (None, None, &json!(500)));
    // Budgets in other namespaces, and budgets that select nothing, don't count.
    let mut world = World::standard();
    pod(&mut world, "a", "web", "Running", true);
    world.create(BUDGET, json!({"metadata": {"name": "far", "namespace": "kube-system"}, "spec": {"selector": {}}}));
    world.create(BUDGET, json!({"metadata": {"name": "none"}, "spec": {}}));
    let other = json!({"matchExpressions": [{"key": "app", "operator": "NotIn", "values": ["web"]}]});
    world.create(BUDGET, json!({"metadata": {"name": "other"}, "spec": {"selector": other}}));
    assert_eq!(evict(&mut world, "a"), success());
}

#[test]
fn invalid_requests_get_the_messages_of_a_real_server() {
    let mut world = world(json!({"observedGeneration": 1, "disruptionsAllowed": 5}));
    let uid = world.get(&format!("{PODS}/a")).json()["metadata"]["uid"].as_str().expect("a uid").to_owned();
    let mut refused = |name: &str, body: Value| {
        let reply = world.ask(send("POST", &format!("{PODS}/{name}/eviction"), JSON, &body));
        (reply.status, reply.json()["message"].as_str().unwrap_or_default().to_owned())
    };
    let named = "name in URL does not match name in Eviction object".to_owned();
    assert_eq!(refused("a", eviction("x")), (400, named.clone()));
    assert_eq!(refused("a", json!({})), (400, named));
    assert_eq!(refused("nope", eviction("nope")), (404, "pods \"nope\" not found".to_owned()));
    let kind = json!({"kind": "Pod", "apiVersion": "v1", "metadata": {"name": "a"}});
    let converted = "Pod in version \"v1\" cannot be handled as a Eviction: converting (v1.Pod) to (policy.Eviction): unknown conversion";
    assert_eq!(refused("a", kind), (400, converted.to_owned()));
    let mut another = eviction("a");
    another["deleteOptions"] = json!({"preconditions": {"uid": "x"}});
    let why = format!(
        "Operation cannot be fulfilled on Pod \"a\": the UID in the precondition (x) does not match the UID in record ({uid}). The object might have been deleted and then recreated"
    );
    assert_eq!(refused("a", another), (409, why));
    for method in ["GET", "PUT", "PATCH", "DELETE"] {
        assert_eq!(ask(&mut world, method, &format!("{PODS}/a/eviction"), JSON, "{}").status, 405, "{method}");
    }
    assert!(!is_going(&mut world, "a"));
    let mut tried = eviction("a");
    tried["deleteOptions"] = json!({"dryRun": ["All"]});
    let version = world.server.resource_version();
    assert_eq!(world.ask(send("POST", &format!("{PODS}/a/eviction"), JSON, &tried)).status, 201);
    assert_eq!(world.server.resource_version(), version);
}
