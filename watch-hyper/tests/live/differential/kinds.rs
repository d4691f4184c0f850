//! The kinds, the versions and the types of fields in bodies, asked of both servers.

use http::Method;
use serde_json::{Map, Value, json};
use watch_test::live::Admin;

use super::answers::Answers;
use super::types::{NAMESPACE, Type};

const JSON: &str = "application/json";
const MERGE: &str = "application/merge-patch+json";
const STRATEGIC: &str = "application/strategic-merge-patch+json";
const OPERATIONS: &str = "application/json-patch+json";

/// What bodies have in place of the kind and the version of an object. The fields of a `ServiceAccount` have the types of
/// those of any other type, so the errors are about the kind.
fn given() -> Vec<Value> {
    vec![
        json!({ "kind": "Banana" }),
        json!({ "apiVersion": "none/v9" }),
        json!({ "kind": "ServiceAccount", "apiVersion": "v1" }),
        json!({ "kind": "Status", "apiVersion": "v1" }),
        json!({ "apiVersion": null }),
        json!({ "kind": null }),
        json!({ "apiVersion": "a/b/c" }),
        json!({ "kind": 1.5 }),
    ]
}

/// The same that only some types answer in a way of their own.
fn rare() -> Vec<Value> {
    let kind = |kind: &str, version: &str| json!({ "kind": kind, "apiVersion": version });
    vec![
        kind("Deployment", "apps/v1beta1"),
        kind("Deployment", "extensions/v1beta1"),
        json!({ "apiVersion": "apps/v1beta2" }),
        kind("Event", "events.k8s.io/v1"),
        kind("DeleteOptions", "v1"),
        kind("List", "v1"),
        kind("ConfigMapList", "v1"),
        kind("Scale", "autoscaling/v1"),
        kind("Eviction", "policy/v1beta1"),
        kind("HorizontalPodAutoscaler", "autoscaling/v1"),
        kind("CustomResourceDefinition", "apiextensions.k8s.io/v1"),
        kind("WatchEvent", "v1"),
        kind("WatchEvent", "apps/__internal"),
        kind("Single", "typed.example.com/v1"),
        kind("", ""),
        json!({ "kind": "Deployment", "apiVersion": null }),
        json!({ "apiVersion": "__internal" }),
        json!({ "apiVersion": "apps/__internal" }),
        json!({ "apiVersion": "apps/" }),
        json!({ "apiVersion": "/v1" }),
        json!({ "apiVersion": "/" }),
        json!({ "apiVersion": [] }),
        json!({ "kind": {} }),
        json!({ "metadata": 1 }),
        json!({ "metadata": [] }),
        json!({ "metadata": { "name": 1 } }),
        json!({ "metadata": { "labels": { "a": 1.5 } } }),
        json!({ "metadata": { "labels": true } }),
        json!({ "metadata": { "generation": 1.5 } }),
        json!({ "metadata": { "finalizers": "x" } }),
        json!({ "metadata": { "ownerReferences": [{ "controller": "x" }] } }),
        json!({ "metadata": { "ownerReferences": [5] } }),
        json!({ "metadata": { "creationTimestamp": 1 } }),
        json!({ "kind": "Pod", "apiVersion": "v1", "metadata": 5 }),
        json!({ "kind": "Banana", "metadata": { "uid": "x" } }),
        json!({ "kind": "Banana", "metadata": { "labels": { "a b": "c" } } }),
        json!({ "kind": "Banana", "metadata": { "resourceVersion": "1" } }),
        json!({ "apiVersion": null, "metadata": { "name": "x" } }),
        json!({ "apiVersion": "none/v9", "metadata": { "uid": "x" } }),
    ]
}

/// Bodies of a DELETE.
const OPTIONS: &[&str] = &[
    r#"{"kind":"Banana","apiVersion":"v1"}"#,
    r#"{"kind":"Banana"}"#,
    r#"{"kind":"Status","apiVersion":"v1"}"#,
    r#"{"kind":"Deployment","apiVersion":"apps/v1"}"#,
];
const RARE_OPTIONS: &[&str] = &[
    r#"{"kind":"DeleteOptions","apiVersion":"apps/v1"}"#,
    r#"{"kind":"DeleteOptions","apiVersion":"none/v9"}"#,
    r#"{"kind":"DeleteOptions","apiVersion":"__internal"}"#,
    r#"{"kind":"DeleteOptions","apiVersion":"a/b/c"}"#,
    r#"{"kind":"Table","apiVersion":"meta.k8s.io/v1beta1"}"#,
    r#"{"kind":"PartialObjectMetadataList","apiVersion":"meta.k8s.io/v1beta1"}"#,
    r#"{"kind":"ListOptions","apiVersion":"meta.k8s.io/__internal"}"#,
    r#"{"kind":"WatchEvent"}"#,
    r#"{"apiVersion":"banana"}"#,
    r#"{"kind":null,"apiVersion":null}"#,
    r#"{"kind":1}"#,
    r#"{"apiVersion":{}}"#,
    "{}",
    "null",
    "[]",
    "5",
    r#""x""#,
    r#"{"banana":1}"#,
    r#"{"gracePeriodSeconds":"x"}"#,
    r#"{"gracePeriodSeconds":1.5}"#,
    r#"{"gracePeriodSeconds":-1}"#,
    r#"{"gracePeriodSeconds":null}"#,
    r#"{"preconditions":"x"}"#,
    r#"{"preconditions":[]}"#,
    r#"{"preconditions":{"uid":1}}"#,
    r#"{"preconditions":{"resourceVersion":1}}"#,
    r#"{"dryRun":"All"}"#,
    r#"{"dryRun":[1]}"#,
    r#"{"propagationPolicy":1}"#,
    r#"{"orphanDependents":"true"}"#,
    r#"{"ignoreStoreReadErrorWithClusterBreakingPotential":"x"}"#,
];

/// Sends the requests that are about each type. The object `a` exists.
pub(super) async fn ask(admin: &Admin, answers: &mut Answers, of: &Type) {
    let mut kinds = Kinds { admin, answers, name: of.name };
    let at = of.at("a");
    for (index, given) in given().into_iter().enumerate() {
        kinds.send(Method::PATCH, &at, MERGE, &given).await;
        if !of.is_custom() {
            kinds.send(Method::PATCH, &at, STRATEGIC, &given).await;
        }
        // Two that are no errors of built-in types.
        let is_default = given.as_object().unwrap().values().all(Value::is_null);
        if !is_default {
            kinds.send(Method::PATCH, &at, OPERATIONS, &operations(&given)).await;
            let name = format!("kind-{index}");
            kinds.send(Method::POST, &of.path, JSON, &with(of.object(&name, json!({})), &given)).await;
        }
        // The refusal of something without a kind begins with the body, which differs between the servers.
        let has_kind = given["kind"] != 1.5 && given["apiVersion"] != "a/b/c";
        if has_kind {
            let present = admin.get(&at).await.unwrap().json();
            kinds.replace(&at, present, &given).await;
        }
    }
    for options in OPTIONS {
        kinds.send_text(Method::DELETE, &of.at("missing"), JSON, options).await;
        kinds.send_text(Method::DELETE, &format!("{}?labelSelector=none%3Dsuch", of.path), JSON, options).await;
    }
}

/// Sends the others, about some types.
pub(super) async fn ask_rare(admin: &Admin, answers: &mut Answers) {
    let path = |group: &str, plural: &str| format!("{group}/namespaces/{NAMESPACE}/{plural}");
    let template =
        json!({ "metadata": { "labels": { "x": "y" } }, "spec": { "containers": [{ "name": "c", "image": "i" }] } });
    let deployment = json!({ "selector": { "matchLabels": { "x": "y" } }, "template": template });
    for (name, path, version, kind, content) in [
        ("configmaps", path("/api/v1", "configmaps"), "v1", "ConfigMap", json!({ "data": { "a": "bbbb" } })),
        ("deployments", path("/apis/apps/v1", "deployments"), "apps/v1", "Deployment", json!({ "spec": deployment })),
        ("events", path("/api/v1", "events"), "v1", "Event", json!({ "involvedObject": { "namespace": NAMESPACE } })),
        (
            "singles",
            path("/apis/typed.example.com/v1", "singles"),
            "typed.example.com/v1",
            "Single",
            json!({ "spec": { "a": 1 } }),
        ),
    ] {
        let mut kinds = Kinds { admin, answers: &mut *answers, name };
        let mut object = with(content, &json!({ "kind": kind, "apiVersion": version }));
        // The real server gives old deployments the labels of their template.
        object["metadata"] = json!({ "name": "rare", "labels": { "x": "y" } });
        admin.post(&path, &object).await.unwrap().success().unwrap();
        let at = format!("{path}/rare");
        for given in rare() {
            // The other group's event has other fields.
            if (name, &given["kind"]) == ("events", &json!("Event")) {
                continue;
            }
            kinds.send(Method::PATCH, &at, MERGE, &given).await;
            kinds.send(Method::PATCH, &at, STRATEGIC, &given).await;
            kinds.send(Method::PUT, &at, JSON, &with(object.clone(), &given)).await;
            kinds.send(Method::POST, &path, JSON, &with(object.clone(), &given)).await;
        }
        for options in OPTIONS.iter().chain(RARE_OPTIONS) {
            kinds.send_text(Method::DELETE, &format!("{path}/missing"), JSON, options).await;
            kinds.send_text(Method::DELETE, &format!("{path}?labelSelector=none%3Dsuch"), JSON, options).await;
        }
    }
    let mut kinds = Kinds { admin, answers, name: "deployments" };
    kinds.scales(&format!("{}/scale?dryRun=All", path("/apis/apps/v1", "deployments/rare"))).await;
    // The other namespace has a LimitRange.
    kinds.evictions("/api/v1/namespaces/default/pods").await;
}

struct Kinds<'a> {
    admin: &'a Admin,
    answers: &'a mut Answers,
    name: &'a str,
}

impl Kinds<'_> {
    /// Replaces a present object, which differs between the servers.
    async fn replace(&mut self, path: &str, present: Value, given: &Value) {
        let headers = [("content-type", JSON)];
        let body = with(present, given).to_string();
        let answer = self.admin.request(Method::PUT, path, &headers, body).await.unwrap();
        self.answers.answer(&format!("{}: replace with {given}", self.name), &answer);
    }

    async fn send(&mut self, method: Method, path: &str, media_type: &str, body: &Value) {
        self.send_text(method, path, media_type, &body.to_string()).await;
    }

    async fn send_text(&mut self, method: Method, path: &str, media_type: &str, body: &str) {
        let headers = [("content-type", media_type)];
        let request = format!("{}: {method} {media_type} {body}", self.name);
        let answer = self.admin.request(method, path, &headers, body.to_owned()).await.unwrap();
        self.answers.answer(&request, &answer);
    }

    async fn scales(&mut self, path: &str) {
        let scale = json!({ "metadata": { "name": "rare" }, "spec": { "replicas": 1 } });
        for given in [
            json!({}),
            json!({ "kind": "Banana" }),
            json!({ "kind": "Deployment", "apiVersion": "apps/v1" }),
            json!({ "kind": "Scale", "apiVersion": "apps/v1" }),
            json!({ "kind": "Scale", "apiVersion": "apps/v1beta1" }),
            json!({ "apiVersion": "extensions/v1beta1" }),
            json!({ "apiVersion": "autoscaling/v2" }),
            json!({ "apiVersion": "autoscaling/" }),
            json!({ "apiVersion": "autoscaling/__internal" }),
            json!({ "apiVersion": null }),
            json!({ "kind": 1 }),
            json!({ "spec": 1 }),
            json!({ "spec": null }),
            json!({ "spec": { "replicas": 1.5 } }),
            json!({ "spec": { "replicas": "x" } }),
            json!({ "status": 1 }),
            json!({ "status": { "replicas": "x" } }),
            json!({ "status": { "selector": 1 } }),
        ] {
            self.send(Method::PUT, path, JSON, &with(scale.clone(), &given)).await;
            self.send(Method::PATCH, path, MERGE, &given).await;
            self.send(Method::PATCH, path, STRATEGIC, &given).await;
        }
    }

    async fn evictions(&mut self, path: &str) {
        let pod = json!({ "metadata": { "name": "evicted" }, "spec": {
            "automountServiceAccountToken": false, "containers": [{ "name": "c", "image": "i" }] } });
        self.admin.post(path, &pod).await.unwrap().success().unwrap();
        let eviction = json!({ "metadata": { "name": "evicted" } });
        let options = |options: Value| json!({ "deleteOptions": options });
        for given in [
            json!({}),
            json!({ "kind": "Banana" }),
            json!({ "kind": "Pod", "apiVersion": "v1" }),
            json!({ "kind": "DeleteOptions", "apiVersion": "v1" }),
            json!({ "kind": "Eviction", "apiVersion": "v1" }),
            json!({ "kind": "Eviction", "apiVersion": "policy/v1beta1" }),
            json!({ "apiVersion": "policy/v9" }),
            json!({ "apiVersion": "policy/__internal" }),
            json!({ "apiVersion": "policy/" }),
            json!({ "apiVersion": "a/b/c" }),
            json!({ "kind": 1 }),
            json!({ "metadata": 1 }),
            options(json!(1)),
            options(json!([])),
            options(json!(null)),
            options(json!({ "kind": "Banana" })),
            options(json!({ "kind": 1 })),
            options(json!({ "gracePeriodSeconds": "x" })),
            options(json!({ "preconditions": { "uid": 1 } })),
            options(json!({ "dryRun": [1] })),
            options(json!({ "orphanDependents": 1 })),
            options(json!({ "propagationPolicy": "x" })),
            options(json!({ "propagationPolicy": "Orphan", "orphanDependents": true })),
        ] {
            let path = format!("{path}/evicted/eviction?dryRun=All");
            self.send(Method::POST, &path, JSON, &with(eviction.clone(), &given)).await;
        }
    }
}

/// The object with other fields; without those that are null.
fn with(mut object: Value, fields: &Value) -> Value {
    let members: &mut Map<String, Value> = object.as_object_mut().unwrap();
    for (field, value) in fields.as_object().unwrap() {
        if value.is_null() {
            members.remove(field);
        } else {
            members.insert(field.clone(), value.clone());
        }
    }
    object
}

/// The JSON patch that sets fields.
fn operations(fields: &Value) -> Value {
    let operation = |(field, value): (&String, &Value)| json!({ "op": if value.is_null() { "remove" } else { "add" }, "path": format!("/{field}"), "value": value });
    fields.as_object().unwrap().iter().map(operation).collect()
}
