//! Deletions that controllers complete, on both servers.

use core::time::Duration;
use std::collections::BTreeMap;
use std::sync::Arc;

use futures_util::future::{BoxFuture, FutureExt as _, join_all};
use serde_json::{Value, json};
use watch_test::live::Admin;

use super::words::without_numbers;

const NAMESPACES: &str = "/api/v1/namespaces";
/// The uid of no object.
const NO_UID: &str = "00000000-0000-4000-8000-000000000000";

/// A namespace of its own for each scenario.
#[derive(Clone)]
struct World {
    admin: Arc<Admin>,
    namespace: String,
}

/// Returns when both controllers work.
pub(super) async fn wait_for_both(admin: &Arc<Admin>) {
    let world = World { admin: admin.clone(), namespace: "first".to_owned() };
    world.create_namespace().await;
    world.map("lost", &[missing()]).await;
    world.gone("lost").await;
    world.end().await;
    world.ended().await;
}

/// Runs all scenarios, at once. Returns the events of each object in them.
pub(super) async fn follow(admin: &Arc<Admin>) -> Vec<(String, String)> {
    let version = admin.get(NAMESPACES).await.unwrap().json()["metadata"]["resourceVersion"].clone();
    let version = version.as_str().unwrap();
    let scenarios = scenarios().into_iter().enumerate().map(|(index, (name, scenario))| async move {
        let world = World { admin: admin.clone(), namespace: format!("scenario-{index}") };
        world.create_namespace().await;
        scenario(world.clone()).await;
        let mut seen = Vec::new();
        let own = format!("{NAMESPACES}?fieldSelector=metadata.name%3D{}&", world.namespace);
        for path in [own, format!("{}?", world.maps()), format!("{}?", world.path("pods"))] {
            for (object, events) in world.events(&path, version).await {
                seen.push((format!("{name}: {object}"), events.join("\n         ")));
            }
        }
        seen
    });
    join_all(scenarios).await.into_iter().flatten().collect()
}

type Scenario = Box<dyn FnOnce(World) -> BoxFuture<'static, ()>>;

macro_rules! scenario {
    ($name:expr, |$world:ident| $body:block) => {
        ($name.to_string(), Box::new(move |$world: World| async move { $body }.boxed()) as Scenario)
    };
}

fn scenarios() -> Vec<(String, Scenario)> {
    let mut all = Vec::new();
    for policy in ["", "Background", "Foreground", "Orphan"] {
        for blocks in [true, false] {
            all.push(scenario!(format!("a chain, {policy}, {blocks}"), |world| {
                let a = world.map("a", &[]).await;
                let b = world.map("b", &[owner(&a, blocks)]).await;
                world.map("c", &[owner(&b, blocks)]).await;
                world.delete("a", policy).await;
                world.gone(if policy == "Orphan" { "a" } else { "c" }).await;
                world.gone("a").await;
            }));
        }
        all.push(scenario!(format!("two owners, one deleted, {policy}"), |world| {
            let (a, b) = (world.map("a", &[]).await, world.map("b", &[]).await);
            world.map("c", &[owner(&a, true), owner(&b, true)]).await;
            world.delete("a", policy).await;
            world.gone("a").await;
            world.until("one owner", |maps| owners(maps, "c") == 1).await;
        }));
        all.push(scenario!(format!("a dependent with a finalizer, {policy}"), |world| {
            let a = world.map("a", &[]).await;
            world.map_with("b", &[owner(&a, true)], &["x/y"]).await;
            world.delete("a", policy).await;
            world.until("b goes, or is free", |maps| goes(maps, "b") || owners(maps, "b") == 0).await;
            world.release("b").await;
            world.gone("a").await;
        }));
        all.push(scenario!(format!("a dependent with a finalizer that blocks nothing, {policy}"), |world| {
            let a = world.map("a", &[]).await;
            world.map_with("b", &[owner(&a, false)], &["x/y"]).await;
            world.delete("a", policy).await;
            world.gone("a").await;
            world.until("b goes, or is free", |maps| goes(maps, "b") || owners(maps, "b") == 0).await;
            world.release("b").await;
        }));
        all.push(scenario!(format!("an owner with a finalizer, {policy}"), |world| {
            let a = world.map_with("a", &[], &["x/y"]).await;
            world.map("b", &[owner(&a, true)]).await;
            world.delete("a", policy).await;
            world.until("the garbage collector is done", |maps| finalizers(maps, "a") == ["x/y"]).await;
            world.release("a").await;
            if policy != "Orphan" {
                world.gone("b").await;
            }
        }));
        all.push(scenario!(format!("a cycle, {policy}"), |world| {
            let a = world.map("a", &[]).await;
            let b = world.map("b", &[owner(&a, true)]).await;
            world.change("a", json!({ "metadata": { "ownerReferences": [owner(&b, true)] } })).await;
            world.delete("a", policy).await;
            world.gone("a").await;
            if policy != "Orphan" {
                world.gone("b").await;
            }
        }));
        all.push(scenario!(format!("an owner of itself, {policy}"), |world| {
            let a = world.map("a", &[]).await;
            world.change("a", json!({ "metadata": { "ownerReferences": [owner(&a, true)] } })).await;
            world.delete("a", policy).await;
            if policy == "Foreground" {
                // It stays for ever.
                world.settled().await;
            } else {
                world.gone("a").await;
            }
        }));
    }
    all.extend(of_owners());
    all.extend(of_waiting_owners());
    all.extend(of_namespaces());
    all
}

/// Owners that aren't there, or aren't what a dependent says.
fn of_owners() -> Vec<(String, Scenario)> {
    vec![
        scenario!("no such owner", |world| {
            world.map("c", &[missing()]).await;
            world.gone("c").await;
        }),
        scenario!("an owner with another uid", |world| {
            let mut owner = owner(&world.map("a", &[]).await, true);
            owner["uid"] = NO_UID.into();
            world.map("c", &[owner]).await;
            world.gone("c").await;
        }),
        scenario!("an owner with another uid, and one that is there", |world| {
            let b = world.map("b", &[]).await;
            world.map("c", &[missing(), owner(&b, true)]).await;
            world.until("one owner", |maps| owners(maps, "c") == 1).await;
        }),
        scenario!("an owner in another namespace", |world| {
            let elsewhere = World { admin: world.admin.clone(), namespace: format!("{}-other", world.namespace) };
            elsewhere.create_namespace().await;
            let a = elsewhere.map("a", &[]).await;
            elsewhere.settled().await;
            world.map("c", &[owner(&a, true)]).await;
            world.gone("c").await;
        }),
        scenario!("an owner of another kind", |world| {
            let mut owner = owner(&world.map("a", &[]).await, true);
            owner["kind"] = "Secret".into();
            world.map("c", &[owner]).await;
            world.delete("a", "").await;
            world.gone("c").await;
        }),
        scenario!("an owner of an unknown kind", |world| {
            let mut owner = owner(&world.map("a", &[]).await, true);
            owner["apiVersion"] = "none/v1".into();
            world.map("c", &[owner]).await;
            world.settled().await;
        }),
        scenario!("the namespace as the owner", |world| {
            let namespace = world.admin.get(&world.at()).await.unwrap().json();
            world.map("c", &[owner(&namespace, false)]).await;
            world.settled().await;
        }),
        scenario!("an owner that is created again", |world| {
            let a = world.map("a", &[]).await;
            world.map("c", &[owner(&a, false)]).await;
            world.delete("a", "").await;
            world.map("a", &[]).await;
            world.gone("c").await;
        }),
        scenario!("an owner that is gone is added", |world| {
            let a = world.map("a", &[]).await;
            world.map("c", &[]).await;
            world.delete("a", "").await;
            world.change("c", json!({ "metadata": { "ownerReferences": [owner(&a, false)] } })).await;
            world.gone("c").await;
        }),
    ]
}

/// Owners that wait for their dependents.
fn of_waiting_owners() -> Vec<(String, Scenario)> {
    async fn waiting(world: &World) -> Value {
        let a = world.map("a", &[]).await;
        world.map_with("b", &[owner(&a, true)], &["x/y"]).await;
        world.delete("a", "Foreground").await;
        world.until("b goes", |maps| goes(maps, "b")).await;
        a
    }
    let mut all = vec![
        scenario!("two owners, both deleted", |world| {
            let (a, b) = (world.map("a", &[]).await, world.map("b", &[]).await);
            world.map_with("c", &[owner(&a, true), owner(&b, true)], &["x/y"]).await;
            world.delete("a", "Foreground").await;
            world.until("one owner", |maps| owners(maps, "c") == 1).await;
            world.gone("a").await;
            world.delete("b", "Foreground").await;
            world.until("c goes", |maps| goes(maps, "c")).await;
            world.release("c").await;
            world.gone("b").await;
        }),
        scenario!("the middle of a chain has a finalizer", |world| {
            let a = world.map("a", &[]).await;
            let b = world.map_with("b", &[owner(&a, true)], &["x/y"]).await;
            world.map("c", &[owner(&b, true)]).await;
            world.delete("a", "Foreground").await;
            world
                .until("only the finalizer of b is left", |maps| goes(maps, "b") && finalizers(maps, "b") == ["x/y"])
                .await;
            world.release("b").await;
            world.gone("a").await;
        }),
        scenario!("another dependent is created", |world| {
            let a = waiting(&world).await;
            // The real collector looks at it when another dependent is gone; the model at once.
            world.map("n", &[owner(&a, true)]).await;
            world.release("b").await;
            world.gone("n").await;
            world.gone("a").await;
        }),
    ];
    for policy in ["Orphan", "Background"] {
        all.push(scenario!(format!("{policy} after Foreground"), |world| {
            waiting(&world).await;
            world.delete("a", policy).await;
            world.gone("a").await;
            world.release("b").await;
        }));
    }
    all
}

fn of_namespaces() -> Vec<(String, Scenario)> {
    vec![
        scenario!("an empty namespace", |world| {
            world.end().await;
            world.ended().await;
        }),
        scenario!("a namespace with maps", |world| {
            let a = world.map("a", &[]).await;
            world.map("b", &[owner(&a, true)]).await;
            world.end().await;
            world.ended().await;
        }),
        scenario!("a namespace with finalizers in two types", |world| {
            world.map_with("a", &[], &["x/y", "x/z"]).await;
            world.map_with("b", &[], &["x/y"]).await;
            let event = json!({ "metadata": { "name": "e", "finalizers": ["x/y"] },
                "involvedObject": { "namespace": world.namespace } });
            world.post("events", &event).await;
            world.end().await;
            world.remains().await;
            world.release("a").await;
            world.release("b").await;
            world.free("events/e").await;
            world.ended().await;
        }),
        scenario!("a namespace with a finalizer in its metadata", |world| {
            let finalizers = |finalizers: Value| json!({ "metadata": { "finalizers": finalizers } });
            world.admin.patch(&world.at(), &finalizers(json!(["x/y"]))).await.unwrap().success().unwrap();
            world.end().await;
            world
                .until_namespace("kubernetes is done", |namespace| namespace["spec"].get("finalizers").is_none())
                .await;
            world.admin.patch(&world.at(), &finalizers(Value::Null)).await.unwrap().success().unwrap();
            world.ended().await;
        }),
        scenario!("a namespace with another finalizer in its spec", |world| {
            let finalizers = |finalizers: Value| {
                json!({ "metadata": { "name": world.namespace },
                "spec": { "finalizers": finalizers } })
            };
            let path = format!("{}/finalize", world.at());
            world.admin.put(&path, &finalizers(json!(["kubernetes", "x/z"]))).await.unwrap().success().unwrap();
            world.end().await;
            world
                .until_namespace("kubernetes is done", |namespace| namespace["spec"]["finalizers"] == json!(["x/z"]))
                .await;
            world.admin.put(&path, &finalizers(json!([]))).await.unwrap().success().unwrap();
            world.ended().await;
        }),
        scenario!("a namespace with pods", |world| {
            for (name, finalizers) in [("p", json!([])), ("q", json!(["x/y"]))] {
                let pod = json!({ "metadata": { "name": name, "finalizers": finalizers }, "spec": {
                    "automountServiceAccountToken": false, "containers": [{ "name": "c", "image": "i" }] } });
                world.post("pods", &pod).await;
            }
            world.map("a", &[]).await;
            world.end().await;
            world
                .until_path(&format!("{}/q", world.path("pods")), "q goes", |pod| {
                    pod.pointer("/metadata/deletionTimestamp").is_some()
                })
                .await;
            world.free("pods/q").await;
            world.ended().await;
        }),
    ]
}

/// A reference to a map or a namespace as an owner.
fn owner(object: &Value, blocks: bool) -> Value {
    let mut owner = json!({ "apiVersion": object["apiVersion"], "kind": object["kind"],
        "name": object["metadata"]["name"], "uid": object["metadata"]["uid"] });
    if blocks {
        owner["blockOwnerDeletion"] = true.into();
    }
    owner
}

fn missing() -> Value {
    json!({ "apiVersion": "v1", "kind": "ConfigMap", "name": "missing", "uid": NO_UID })
}

/// The metadata of a map in a list; null if it is gone.
fn find<'a>(maps: &'a Value, name: &str) -> &'a Value {
    let mut items = maps["items"].as_array().unwrap().iter().map(|map| &map["metadata"]);
    items.find(|metadata| metadata["name"] == name).unwrap_or(&Value::Null)
}

fn goes(maps: &Value, name: &str) -> bool {
    find(maps, name).get("deletionTimestamp").is_some()
}

fn owners(maps: &Value, name: &str) -> usize {
    find(maps, name)["ownerReferences"].as_array().map_or(0, Vec::len)
}

fn finalizers(maps: &Value, name: &str) -> Vec<String> {
    let finalizers = find(maps, name)["finalizers"].as_array().cloned().unwrap_or_default();
    finalizers.iter().map(|finalizer| finalizer.as_str().unwrap().to_owned()).collect()
}

impl World {
    fn at(&self) -> String {
        format!("{NAMESPACES}/{}", self.namespace)
    }

    fn path(&self, plural: &str) -> String {
        format!("{}/{plural}", self.at())
    }

    fn maps(&self) -> String {
        self.path("configmaps")
    }

    async fn create_namespace(&self) {
        let namespace = json!({ "metadata": { "name": self.namespace } });
        self.admin.post(NAMESPACES, &namespace).await.unwrap().success().unwrap();
    }

    async fn post(&self, plural: &str, object: &Value) -> Value {
        self.admin.post(&self.path(plural), object).await.unwrap().success().unwrap()
    }

    async fn map(&self, name: &str, owners: &[Value]) -> Value {
        self.map_with(name, owners, &[]).await
    }

    async fn map_with(&self, name: &str, owners: &[Value], finalizers: &[&str]) -> Value {
        let metadata = json!({ "name": name, "ownerReferences": owners, "finalizers": finalizers });
        self.post("configmaps", &json!({ "metadata": metadata })).await
    }

    async fn change(&self, name: &str, patch: Value) {
        self.admin.patch(&format!("{}/{name}", self.maps()), &patch).await.unwrap().success().unwrap();
    }

    async fn delete(&self, name: &str, policy: &str) {
        let query = if policy.is_empty() { String::new() } else { format!("?propagationPolicy={policy}") };
        self.admin.delete(&format!("{}/{name}{query}", self.maps())).await.unwrap().success().unwrap();
    }

    /// Removes the finalizers of a map.
    async fn release(&self, name: &str) {
        self.free(&format!("configmaps/{name}")).await;
    }

    async fn free(&self, path: &str) {
        let patch = json!({ "metadata": { "finalizers": null } });
        self.admin.patch(&self.path(path), &patch).await.unwrap().success().unwrap();
    }

    /// Deletes the namespace.
    async fn end(&self) {
        self.admin.delete(&self.at()).await.unwrap().success().unwrap();
    }

    async fn ended(&self) {
        self.until_path(&self.at(), "the end of the namespace", |namespace| namespace["code"] == 404).await;
    }

    /// Returns when the namespace says that something remains in it.
    async fn remains(&self) {
        self.until_namespace("a condition of what remains", |namespace| {
            let conditions = namespace.pointer("/status/conditions").and_then(Value::as_array);
            conditions.is_some_and(|all| all.iter().any(|one| one["reason"] == "SomeResourcesRemain"))
        })
        .await;
    }

    async fn gone(&self, name: &str) {
        self.until(&format!("the end of {name}"), |maps| find(maps, name).is_null()).await;
    }

    /// Returns when the garbage collector has processed a later object.
    async fn settled(&self) {
        self.map("later", &[missing()]).await;
        self.gone("later").await;
    }

    async fn until(&self, what: &str, is_so: impl Fn(&Value) -> bool) {
        self.until_path(&self.maps(), what, is_so).await;
    }

    async fn until_namespace(&self, what: &str, is_so: impl Fn(&Value) -> bool) {
        self.until_path(&self.at(), what, is_so).await;
    }

    async fn until_path(&self, path: &str, what: &str, is_so: impl Fn(&Value) -> bool) {
        for _ in 0..600 {
            if is_so(&self.admin.get(path).await.unwrap().json()) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("timeout: {what}, in {path}");
    }

    /// The events of each object since a version.
    async fn events(&self, path: &str, version: &str) -> BTreeMap<String, Vec<String>> {
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
