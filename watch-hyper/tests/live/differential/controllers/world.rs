//! The namespace of a scenario, and what can be done and seen in it.

use core::time::Duration;
use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};
use watch_test::live::Admin;

use crate::differential::words::without_numbers;

pub(super) const NAMESPACES: &str = "/api/v1/namespaces";
/// The uid of no object.
pub(super) const NO_UID: &str = "00000000-0000-4000-8000-000000000000";

/// A namespace of its own for each scenario.
#[derive(Clone)]
pub(super) struct World {
    pub(super) admin: Arc<Admin>,
    pub(super) namespace: String,
}

impl World {
    pub(super) fn at(&self) -> String {
        format!("{NAMESPACES}/{}", self.namespace)
    }

    pub(super) fn path(&self, plural: &str) -> String {
        format!("{}/{plural}", self.at())
    }

    pub(super) fn maps(&self) -> String {
        self.path("configmaps")
    }

    pub(super) async fn create_namespace(&self) {
        let namespace = json!({ "metadata": { "name": self.namespace } });
        self.admin.post(NAMESPACES, &namespace).await.unwrap().success().unwrap();
    }

    pub(super) async fn post(&self, plural: &str, object: &Value) -> Value {
        self.admin.post(&self.path(plural), object).await.unwrap().success().unwrap()
    }

    pub(super) async fn map(&self, name: &str, owners: &[Value]) -> Value {
        self.map_with(name, owners, &[]).await
    }

    pub(super) async fn map_with(&self, name: &str, owners: &[Value], finalizers: &[&str]) -> Value {
        let metadata = json!({ "name": name, "ownerReferences": owners, "finalizers": finalizers });
        self.post("configmaps", &json!({ "metadata": metadata })).await
    }

    pub(super) async fn change(&self, name: &str, patch: Value) {
        self.admin.patch(&format!("{}/{name}", self.maps()), &patch).await.unwrap().success().unwrap();
    }

    pub(super) async fn delete(&self, name: &str, policy: &str) {
        let query = if policy.is_empty() { String::new() } else { format!("?propagationPolicy={policy}") };
        self.admin.delete(&format!("{}/{name}{query}", self.maps())).await.unwrap().success().unwrap();
    }

    /// Removes the finalizers of a map.
    pub(super) async fn release(&self, name: &str) {
        self.free(&format!("configmaps/{name}")).await;
    }

    pub(super) async fn free(&self, path: &str) {
        let patch = json!({ "metadata": { "finalizers": null } });
        self.admin.patch(&self.path(path), &patch).await.unwrap().success().unwrap();
    }

    /// Deletes the namespace.
    pub(super) async fn end(&self) {
        self.admin.delete(&self.at()).await.unwrap().success().unwrap();
    }

    pub(super) async fn ended(&self) {
        self.until_path(&self.at(), "the end of the namespace", |namespace| namespace["code"] == 404).await;
    }

    /// Returns when the namespace says that something remains in it.
    pub(super) async fn remains(&self) {
        self.until_namespace("a condition of what remains", |namespace| {
            let conditions = namespace.pointer("/status/conditions").and_then(Value::as_array);
            conditions.is_some_and(|all| all.iter().any(|one| one["reason"] == "SomeResourcesRemain"))
        })
        .await;
    }

    pub(super) async fn gone(&self, name: &str) {
        self.until(&format!("the end of {name}"), |maps| find(maps, name).is_null()).await;
    }

    /// Returns when the garbage collector has processed a later object.
    pub(super) async fn settled(&self) {
        self.map("later", &[missing()]).await;
        self.gone("later").await;
    }

    pub(super) async fn until(&self, what: &str, is_so: impl Fn(&Value) -> bool) {
        self.until_path(&self.maps(), what, is_so).await;
    }

    pub(super) async fn until_namespace(&self, what: &str, is_so: impl Fn(&Value) -> bool) {
        self.until_path(&self.at(), what, is_so).await;
    }

    pub(super) async fn until_path(&self, path: &str, what: &str, is_so: impl Fn(&Value) -> bool) {
        for _ in 0..600 {
            if is_so(&self.admin.get(path).await.unwrap().json()) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("timeout: {what}, in {path}");
    }

    /// The events of each object since a version.
    pub(super) async fn events(&self, path: &str, version: &str) -> BTreeMap<String, Vec<String>> {
        let path = format!("{path}watch=1&resourceVersion={version}&timeoutSeconds=1");
        let answer = self.admin.get(&path).await.unwrap();
        let mut events: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for line in String::from_utf8_lossy(&answer.body).lines() {
            let event: Value = serde_json::from_str(line).unwrap();
            let object = &event["object"];
            let name = object["metadata"]["name"].as_str().unwrap_or_default();
            // Each namespace gets it, at some time.
            if name != "kube-root-ca.crt" {
                events.entry(name.to_owned()).or_default().push(shown(&event));
            }
        }
        events
    }
}

/// An event: its type and, of its object, what the controllers change.
fn shown(event: &Value) -> String {
    let (object, metadata) = (&event["object"], &event["object"]["metadata"]);
    let goes = if metadata.get("deletionTimestamp").is_some() { " goes" } else { "" };
    let mut owners = metadata["ownerReferences"].clone();
    for owner in owners.as_array_mut().into_iter().flatten() {
        *owner = json!([owner["name"], owner["blockOwnerDeletion"]]);
    }
    let of_namespace = if object["kind"] == "Namespace" {
        let mut status = object["status"].clone();
        for condition in status["conditions"].as_array_mut().into_iter().flatten() {
            condition["lastTransitionTime"] = "some time".into();
        }
        format!(" {} {status}", object["spec"])
    } else {
        String::new()
    };
    let text = format!("{}{goes} {} {owners}{of_namespace}", event["type"], metadata["finalizers"]);
    without_numbers(&text)
}

/// A reference to a map or a namespace as an owner.
pub(super) fn owner(object: &Value, blocks: bool) -> Value {
    let mut owner = json!({ "apiVersion": object["apiVersion"], "kind": object["kind"],
        "name": object["metadata"]["name"], "uid": object["metadata"]["uid"] });
    if blocks {
        owner["blockOwnerDeletion"] = true.into();
    }
    owner
}

pub(super) fn missing() -> Value {
    json!({ "apiVersion": "v1", "kind": "ConfigMap", "name": "missing", "uid": NO_UID })
}

/// The metadata of a map in a list; null if it is gone.
fn find<'a>(maps: &'a Value, name: &str) -> &'a Value {
    let mut items = maps["items"].as_array().unwrap().iter().map(|map| &map["metadata"]);
    items.find(|metadata| metadata["name"] == name).unwrap_or(&Value::Null)
}

pub(super) fn goes(maps: &Value, name: &str) -> bool {
    find(maps, name).get("deletionTimestamp").is_some()
}

pub(super) fn owners(maps: &Value, name: &str) -> usize {
    find(maps, name)["ownerReferences"].as_array().map_or(0, Vec::len)
}

pub(super) fn finalizers(maps: &Value, name: &str) -> Vec<String> {
    let finalizers = find(maps, name)["finalizers"].as_array().cloned().unwrap_or_default();
    finalizers.iter().map(|finalizer| finalizer.as_str().unwrap().to_owned()).collect()
}
