//! Namespaces that end, deletions, dry runs, strategic merge patches, subresources, versions of resources, discovery.

use bytes::Bytes;
use http::Method;
use serde_json::{Value, json};
use watch_test::live::Admin;

use super::bodies::comparable;

const JSON: &str = "application/json";
const MERGE: &str = "application/merge-patch+json";
const STRATEGIC: &str = "application/strategic-merge-patch+json";
const OPERATIONS: &str = "application/json-patch+json";
const DISCOVERY: &str = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

/// Requests and their answers.
struct Script<'a> {
    admin: &'a Admin,
    answers: Vec<(String, String)>,
}

impl Script<'_> {
    async fn send(&mut self, method: Method, path: &str, media_type: &str, body: &Value, shown: &[&str]) {
        let answer = if body.is_null() {
            self.admin.request(method.clone(), path, &[], Bytes::new()).await.unwrap()
        } else {
            let headers = [("content-type", media_type)];
            self.admin.request(method.clone(), path, &headers, body.to_string()).await.unwrap()
        };
        let media_type = if body.is_null() { "" } else { media_type };
        self.answers.push((format!("{method} {path} {media_type} {body}"), comparable(&answer, shown)));
    }

    async fn post(&mut self, path: &str, body: Value) {
        self.send(Method::POST, path, JSON, &body, &[]).await;
    }

    async fn put(&mut self, path: &str, body: Value) {
        self.send(Method::PUT, path, JSON, &body, &[]).await;
    }

    async fn patch(&mut self, path: &str, media_type: &str, body: Value) {
        self.send(Method::PATCH, path, media_type, &body, &[]).await;
    }

    async fn delete(&mut self, path: &str, options: Value) {
        self.send(Method::DELETE, path, JSON, &options, &[]).await;
    }

    async fn get(&mut self, path: &str) {
        self.send(Method::GET, path, "", &Value::Null, &[]).await;
    }
}

pub(super) async fn follow(admin: &Admin) -> Vec<(String, String)> {
    let mut script = Script { admin, answers: Vec::new() };
    namespaces(&mut script).await;
    dry_runs(&mut script).await;
    deletions(&mut script).await;
    patches(&mut script).await;
    patches_of_deployments(&mut script).await;
    scales(&mut script).await;
    evictions(&mut script).await;
    versions(&mut script).await;
    events(&mut script).await;
    more_resources(&mut script).await;
    names(&mut script).await;
    discovery(&mut script).await;
    script.answers
}

async fn namespaces(script: &mut Script<'_>) {
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

async fn dry_runs(script: &mut Script<'_>) {
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

async fn deletions(script: &mut Script<'_>) {
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

/// Types to which the real server adds no defaults.
async fn patches(script: &mut Script<'_>) {
    const ACCOUNTS: &str = "/api/v1/namespaces/default/serviceaccounts";
    let account = json!({"metadata": {"name": "sa", "labels": {"a": "b"}, "finalizers": ["x/a", "x/b"]},
        "secrets": [{"name": "a"}, {"name": "b"}], "imagePullSecrets": [{"name": "p"}]});
    script.post(ACCOUNTS, account).await;
    for patch in [
        json!({"secrets": [{"name": "b"}, {"name": "c"}]}),
        json!({"secrets": [{"name": "a", "$patch": "delete"}]}),
        json!({"imagePullSecrets": [{"name": "q"}]}),
        json!({"secrets": [{"name": "d"}, {"name": "b"}], "$setElementOrder/secrets": [{"name": "d"}, {"name": "b"}, {"name": "c"}]}),
        json!({"metadata": {"$deleteFromPrimitiveList/finalizers": ["x/a"]}}),
        json!({"metadata": {"finalizers": ["x/c"], "$setElementOrder/finalizers": ["x/c", "x/b"]}}),
        json!({"metadata": {"labels": {"$patch": "replace", "c": "d"}}}),
        json!({"metadata": {"labels": {"$retainKeys": ["a"], "b": "c"}}}),
        json!({"secrets": [{"fieldPath": "f"}]}),
        json!({"secrets": [{"name": "x", "$patch": "banana"}]}),
        json!({"metadata": {"labels": {"$patch": "delete"}}}),
        json!({"secrets": [{"$patch": "replace"}, {"name": "z"}]}),
        json!({"secrets": null}),
        json!({"imagePullSecrets": [{"name": "x", "$patch": "banana"}]}),
        json!({"metadata": {"$patch": "banana"}}),
        json!({"$setElementOrder": []}),
        json!({"metadata": {"$deleteFromPrimitiveList": []}}),
        json!({"metadata": {"$retainKeys": "name"}}),
        json!({"secrets": [["x"]], "metadata": {"finalizers": [["x"]]}}),
        json!({"metadata": {"name": "other"}}),
        json!({}),
    ] {
        script.patch(&format!("{ACCOUNTS}/sa"), STRATEGIC, patch).await;
    }
    script.send(Method::PATCH, &format!("{ACCOUNTS}/sa"), STRATEGIC, &json!([]), &[]).await;
    script.patch(&format!("{ACCOUNTS}/missing"), STRATEGIC, json!({})).await;
    script.delete(&format!("{ACCOUNTS}/sa"), Value::Null).await;
}

async fn patches_of_deployments(script: &mut Script<'_>) {
    const DEPLOYMENTS: &str = "/apis/apps/v1/namespaces/default/deployments";
    let variables = |pairs: &[(&str, &str)]| {
        pairs.iter().map(|(name, value)| json!({"name": name, "value": value})).collect::<Vec<_>>()
    };
    let deployment = json!({"metadata": {"name": "web"}, "spec": {"replicas": 2, "selector": {"matchLabels": {"a": "b"}},
        "template": {"metadata": {"labels": {"a": "b"}}, "spec": {
            "containers": [{"name": "x", "image": "i", "env": variables(&[("A", "1"), ("B", "2")]), "args": ["1", "2"]},
                {"name": "y", "image": "j"}],
            "tolerations": [{"key": "k", "operator": "Exists"}]}}}});
    let spec = "/spec/template/spec";
    let shown: Vec<String> = [
        "containers/0/name",
        "containers/0/image",
        "containers/0/env",
        "containers/0/args",
        "containers/1/name",
        "containers/1/image",
        "containers/1/env",
        "containers/2/name",
        "tolerations",
        "nodeSelector",
    ]
    .iter()
    .map(|field| format!("{spec}/{field}"))
    .chain(["/spec/replicas", "/spec/strategy/type", "/metadata/labels"].map(str::to_owned))
    .collect();
    let shown: Vec<&str> = shown.iter().map(String::as_str).collect();
    let mut with_strategy = deployment;
    with_strategy["spec"]["strategy"] =
        json!({"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 1}});
    script.send(Method::POST, DEPLOYMENTS, JSON, &with_strategy, &shown).await;
    let containers = |containers: Value| json!({"spec": {"template": {"spec": {"containers": containers}}}});
    let mut ordered =
        containers(json!([{"name": "x", "image": "k", "$setElementOrder/env": [{"name": "B"}, {"name": "C"}],
        "env": [{"name": "C", "value": "3"}, {"name": "A", "$patch": "delete"}]}]));
    ordered["spec"]["template"]["spec"]["$setElementOrder/containers"] = json!([{"name": "y"}, {"name": "x"}]);
    for patch in [
        containers(json!([{"name": "x", "image": "i:2", "args": ["3"]}])),
        containers(json!([{"name": "z", "image": "k"}])),
        containers(json!([{"name": "z", "$patch": "delete"}])),
        // As a second `kubectl apply` sends it.
        ordered,
        json!({"spec": {"template": {"spec": {"tolerations": [{"key": "l", "operator": "Exists"}], "nodeSelector": {"a": "b"}}}}}),
        json!({"spec": {"strategy": {"$retainKeys": ["type"], "type": "Recreate"}}}),
        json!({"spec": {"template": {"spec": {"nodeSelector": {"$patch": "replace", "c": "d"}}}}}),
        json!({"metadata": {"labels": {"x": "y"}}}),
        containers(json!([{"image": "i"}])),
    ] {
        script.send(Method::PATCH, &format!("{DEPLOYMENTS}/web"), STRATEGIC, &patch, &shown).await;
    }
}

async fn scales(script: &mut Script<'_>) {
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

async fn evictions(script: &mut Script<'_>) {
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

async fn versions(script: &mut Script<'_>) {
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

async fn events(script: &mut Script<'_>) {
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
async fn more_resources(script: &mut Script<'_>) {
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
async fn names(script: &mut Script<'_>) {
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

/// The forms of discovery; the groups differ in what else a real server has.
async fn discovery(script: &mut Script<'_>) {
    for path in ["/api", "/apis"] {
        for accept in [
            DISCOVERY.to_owned(),
            format!("{DISCOVERY},application/json"),
            format!("application/json,{DISCOVERY}"),
            format!("application/json;q=0.9,{DISCOVERY};q=0.5"),
            "application/json;g=apidiscovery.k8s.io;v=v9;as=APIGroupDiscoveryList".to_owned(),
            "text/html".to_owned(),
        ] {
            let headers = [("accept", &*accept)];
            let answer = script.admin.request(Method::GET, path, &headers, Bytes::new()).await.unwrap();
            script
                .answers
                .push((format!("GET {path} {accept}"), comparable(&answer, &["/kind", "/apiVersion", "/metadata"])));
        }
    }
}
