//! The deletions.

use futures_util::future::{BoxFuture, FutureExt as _};
use serde_json::{Value, json};

use super::world::{NO_UID, World, finalizers, goes, missing, owner, owners};

pub(super) type Scenario = Box<dyn FnOnce(World) -> BoxFuture<'static, ()>>;

macro_rules! scenario {
    ($name:expr, |$world:ident| $body:block) => {
        ($name.to_string(), Box::new(move |$world: World| async move { $body }.boxed()) as Scenario)
    };
}

pub(super) fn scenarios() -> Vec<(String, Scenario)> {
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
        scenario!("a namespace with a map that has finalizers", |world| {
            world.map_with("a", &[], &["x/y", "x/z"]).await;
            world.map("b", &[]).await;
            world.end().await;
            world.remains().await;
            world.release("a").await;
            world.ended().await;
        }),
        // It is counted in both of its groups.
        scenario!("a namespace with an event that has a finalizer", |world| {
            let event = json!({ "metadata": { "name": "e", "finalizers": ["x/y"] },
                "involvedObject": { "namespace": world.namespace } });
            world.post("events", &event).await;
            world.end().await;
            world.remains().await;
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
