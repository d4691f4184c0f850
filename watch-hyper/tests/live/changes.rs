//! Changes as they happen.

use serde_json::json;
use watch_hyper::watch_core::{Config, Resource};

use crate::mirror::Mirror;
use crate::namespace::{Namespace, text};
use crate::server::{BOTH, Http, shared};

#[tokio::test]
async fn changes_of_an_object_are_reported_in_order_and_once() {
    let Some(server) = shared().await else { return };
    let namespace = Namespace::create(&server.access, "changes").await;
    let list = namespace.path("configmaps");
    for http in BOTH {
        let config = namespace.watch("configmaps").build().unwrap();
        let mut mirror = Mirror::started(server.client(http), config).await;
        mirror.log.clear();
        namespace.put("a", "one").await;
        namespace.change("a", &text("two")).await;
        namespace.change("a", &text("two")).await;
        namespace.remove("a").await;
        namespace.put("a", "three").await;
        namespace.remove("a").await;
        let expected = ["ADDED a", "MODIFIED a", "DELETED a", "ADDED a", "DELETED a"];
        mirror.until("all changes are reported", |mirror| mirror.log.len() >= expected.len()).await;
        let log: Vec<_> = mirror.log.iter().filter(|word| word.ends_with(" a")).collect();
        assert_eq!(log, expected, "{http:?}: a change that changes nothing is none");
        mirror.agrees(&namespace.admin, &list).await;
    }
    namespace.give_back().await;
}

#[tokio::test]
async fn many_changes_at_once_lose_none() {
    let Some(server) = shared().await else { return };
    let namespace = Namespace::create(&server.access, "churn").await;
    let list = namespace.path("configmaps");
    for http in BOTH {
        let config = namespace.watch("configmaps").build().unwrap();
        let mut mirror = Mirror::started(server.client(http), config).await;
        let churn = async {
            namespace.fill("a", 0..200).await;
            for number in 0..200 {
                let name = format!("a-{number:05}");
                match number % 4 {
                    0 => namespace.change(&name, &text("other")).await,
                    1 => namespace.remove(&name).await,
                    _ => {}
                }
            }
            namespace.fill("b", 0..100).await;
        };
        mirror.during(churn).await;
        mirror.agrees(&namespace.admin, &list).await;
        for (name, numbers) in [("a", 0..200), ("b", 0..100)] {
            for number in numbers {
                drop(namespace.admin.delete(&format!("{list}/{name}-{number:05}")).await.unwrap());
            }
        }
        mirror.agrees(&namespace.admin, &list).await;
    }
    namespace.give_back().await;
}

#[tokio::test]
async fn named_groups_and_cluster_resources_are_followed() {
    let Some(server) = shared().await else { return };
    let namespace = Namespace::create(&server.access, "groups").await;
    let path = format!("/apis/apps/v1/namespaces/{}/deployments", namespace.name);
    let in_namespace = Config::builder(Resource::new("apps", "v1", "deployments")).namespace(&namespace.name);
    let in_cluster = Config::builder(Resource::new("apps", "v1", "deployments"));
    let mut one = Mirror::started(server.client(Http::Two), in_namespace.build().unwrap()).await;
    let mut all = Mirror::started(server.client(Http::One), in_cluster.build().unwrap()).await;
    let deployment = json!({
        "metadata": { "name": "web" },
        "spec": {
            "replicas": 2,
            "selector": { "matchLabels": { "app": "web" } },
            "template": {
                "metadata": { "labels": { "app": "web" } },
                "spec": { "containers": [{ "name": "main", "image": "example.com/web:1" }] },
            },
        },
    });
    namespace.admin.post(&path, &deployment).await.unwrap().success().unwrap();
    namespace
        .admin
        .patch(&format!("{path}/web"), &json!({ "spec": { "replicas": 3 } }))
        .await
        .unwrap()
        .success()
        .unwrap();
    one.until("it has three replicas", |mirror| mirror.field("web", "/spec/replicas") == Some(&json!(3))).await;
    one.agrees(&namespace.admin, &path).await;
    all.agrees(&namespace.admin, "/apis/apps/v1/deployments").await;
    namespace.give_back().await;
}
