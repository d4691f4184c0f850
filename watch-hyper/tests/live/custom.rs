//! Custom resources.

use serde_json::{Value, json};
use watch_hyper::watch_core::{Config, Resource};
use watch_test::live::Admin;

use crate::mirror::Mirror;
use crate::namespace::Namespace;
use crate::server::{BOTH, shared};

const DEFINITIONS: &str = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

#[tokio::test]
async fn custom_resources_survive_a_redefinition() {
    let Some(server) = shared().await else { return };
    let namespace = Namespace::create(&server.access, "custom").await;
    let group = format!("g{}.example.com", std::process::id());
    let path = format!("/apis/{group}/v1/namespaces/{}/widgets", namespace.name);
    let admin = &namespace.admin;
    define(admin, &group, &path).await;
    add(admin, &path, &group, "before").await;

    let config = Config::builder(Resource::new(&group, "v1", "widgets")).namespace(&namespace.name).build().unwrap();
    let mut mirrors = Vec::new();
    for http in BOTH {
        mirrors.push(Mirror::started(server.client(http), config.clone()).await);
    }
    add(admin, &path, &group, "a").await;
    add(admin, &path, &group, "b").await;
    admin.patch(&format!("{path}/a"), &json!({ "spec": { "size": 2 } })).await.unwrap().success().unwrap();
    admin.delete(&format!("{path}/b")).await.unwrap().success().unwrap();
    for mirror in &mut mirrors {
        mirror.agrees(admin, &path).await;
        assert!(mirror.has("before") && mirror.has("a") && !mirror.has("b"));
    }

    admin.delete(&format!("{DEFINITIONS}/widgets.{group}")).await.unwrap().success().unwrap();
    for mirror in &mut mirrors {
        mirror.until("all went with the definition", |mirror| mirror.len() == 0).await;
    }
    gone(admin, &group).await;
    define(admin, &group, &path).await;
    add(admin, &path, &group, "after").await;
    for mirror in &mut mirrors {
        mirror.agrees(admin, &path).await;
        assert!(mirror.has("after"));
    }
    admin.delete(&format!("{DEFINITIONS}/widgets.{group}")).await.unwrap().success().unwrap();
    namespace.give_back().await;
}

/// Defines widgets. Returns when they can be listed.
async fn define(admin: &Admin, group: &str, path: &str) {
    let definition = json!({
        "metadata": { "name": format!("widgets.{group}") },
        "spec": {
            "group": group,
            "scope": "Namespaced",
            "names": { "plural": "widgets", "singular": "widget", "kind": "Widget", "listKind": "WidgetList" },
            "versions": [{
                "name": "v1",
                "served": true,
                "storage": true,
                "schema": { "openAPIV3Schema": {
                    "type": "object",
                    "x-kubernetes-preserve-unknown-fields": true,
                } },
            }],
        },
    });
    admin.post(DEFINITIONS, &definition).await.unwrap().success().unwrap();
    eventually("widgets can be listed", async || admin.get(path).await.unwrap().status == 200).await;
}

async fn gone(admin: &Admin, group: &str) {
    let path = format!("{DEFINITIONS}/widgets.{group}");
    eventually("the definition is gone", async || admin.get(&path).await.unwrap().status == 404).await;
}

async fn add(admin: &Admin, path: &str, group: &str, name: &str) {
    let widget: Value = json!({
        "apiVersion": format!("{group}/v1"),
        "kind": "Widget",
        "metadata": { "name": name },
        "spec": { "size": 1 },
    });
    // Just defined, they may be listed before they can be created.
    eventually("a widget can be created", async || admin.post(path, &widget).await.unwrap().status == 201).await;
}

/// Polls the server, which has no other way to report it.
async fn eventually(what: &str, holds: impl AsyncFn() -> bool) {
    for _ in 0..600 {
        if holds().await {
            return;
        }
        tokio::time::sleep(core::time::Duration::from_millis(50)).await;
    }
    panic!("it doesn't happen: {what}");
}
