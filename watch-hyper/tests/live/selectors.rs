//! Selectors: objects that start and stop matching.

use serde_json::{Value, json};
use watch_hyper::watch_core::{FieldSelector, LabelSelector};
use watch_test::live::Admin;

use crate::mirror::Mirror;
use crate::namespace::{Namespace, label};
use crate::server::{BOTH, Http, shared};

#[tokio::test]
async fn entering_a_label_selector_adds_and_leaving_it_deletes() {
    let Some(server) = shared().await else { return };
    let namespace = Namespace::create(&server.access, "labels").await;
    for http in BOTH {
        let config = namespace.watch("configmaps").labels(LabelSelector::new().equal("app", "web"));
        let mut mirror = Mirror::started(server.client(http), config.build().unwrap()).await;
        mirror.log.clear();
        namespace.put("a", "one").await;
        namespace.change("a", &label("app", "web")).await;
        namespace.change("a", &label("tier", "front")).await;
        namespace.change("a", &label("app", "db")).await;
        namespace.change("a", &label("app", "web")).await;
        mirror.until("it is in again", |mirror| mirror.log.len() >= 4).await;
        assert_eq!(mirror.log, ["ADDED a", "MODIFIED a", "DELETED a", "ADDED a"]);
        mirror.agrees(&namespace.admin, &format!("{}?labelSelector=app%3Dweb", namespace.path("configmaps"))).await;
        namespace.remove("a").await;
        mirror.until("it is gone", |mirror| mirror.len() == 0).await;
    }
    namespace.give_back().await;
}

#[tokio::test]
async fn a_set_based_selector_matches_what_the_server_matches() {
    let Some(server) = shared().await else { return };
    let namespace = Namespace::create(&server.access, "sets").await;
    let selector =
        LabelSelector::new().is_in("tier", ["front", "back"]).not_in("app", ["db"]).exists("tier").absent("old");
    let config = namespace.watch("configmaps").labels(selector).build().unwrap();
    let mut mirror = Mirror::started(server.client(Http::Two), config).await;
    for (name, labels) in [
        ("front", json!({ "tier": "front" })),
        ("back", json!({ "tier": "back", "app": "web" })),
        ("middle", json!({ "tier": "middle" })),
        ("database", json!({ "tier": "back", "app": "db" })),
        ("old", json!({ "tier": "front", "old": "yes" })),
    ] {
        namespace.add("configmaps", &json!({ "metadata": { "name": name, "labels": labels } })).await;
    }
    namespace.change("old", &label("old", None::<&str>)).await;
    mirror.until("the last is in", |mirror| mirror.has("old")).await;
    assert_eq!(mirror.len(), 3);
    assert!(mirror.has("front") && mirror.has("back"));
    let query = "labelSelector=tier%20in%20(back,front),app%20notin%20(db),tier,!old";
    mirror.agrees(&namespace.admin, &format!("{}?{query}", namespace.path("configmaps"))).await;
    namespace.give_back().await;
}

#[tokio::test]
async fn entering_a_field_selector_adds_and_leaving_it_deletes() {
    let Some(server) = shared().await else { return };
    let namespace = Namespace::create(&server.access, "fields").await;
    let config = namespace.watch("pods").fields(FieldSelector::new().equal("status.phase", "Running"));
    let mut mirror = Mirror::started(server.client(Http::Two), config.build().unwrap()).await;
    mirror.log.clear();
    let pod = json!({
        "metadata": { "name": "web" },
        "spec": { "nodeName": "nowhere", "containers": [{ "name": "main", "image": "example.com/web:1" }] },
    });
    namespace.add("pods", &pod).await;
    for phase in ["Running", "Failed", "Running"] {
        namespace.change_any("pods", "web/status", &json!({ "status": { "phase": phase } })).await;
    }
    mirror.until("it runs again", |mirror| mirror.log.len() >= 3).await;
    assert_eq!(mirror.log, ["ADDED web", "DELETED web", "ADDED web"]);
    mirror.agrees(&namespace.admin, &format!("{}?fieldSelector=status.phase%3DRunning", namespace.path("pods"))).await;
    namespace.give_back().await;
}

#[tokio::test]
async fn one_object_is_watched_by_its_name() {
    let Some(server) = shared().await else { return };
    let namespace = Namespace::create(&server.access, "name").await;
    let config = namespace.watch("configmaps").name("mine").build().unwrap();
    let mut mirror = Mirror::started(server.client(Http::Two), config).await;
    namespace.put("other", "text").await;
    namespace.put("mine", "text").await;
    mirror.until("it is there", |mirror| mirror.has("mine")).await;
    assert_eq!(mirror.len(), 1);
    namespace.remove("mine").await;
    mirror.until("it is gone", |mirror| mirror.len() == 0).await;
    namespace.give_back().await;
}

#[tokio::test]
async fn events_about_one_object_are_watched_by_its_name() {
    let Some(server) = shared().await else { return };
    let namespace = Namespace::create(&server.access, "events").await;
    let event = |name: &str, about: &str| {
        json!({
            "metadata": { "name": name },
            "involvedObject": { "kind": "Pod", "name": about, "namespace": namespace.name },
            "reason": "Testing",
            "type": "Normal",
        })
    };
    namespace.add("events", &event("before", "web-0")).await;
    let config = namespace.watch("events").involved_object("web-0").build().unwrap();
    let mut mirror = Mirror::started(server.client(Http::Two), config).await;
    assert!(mirror.has("before"));
    namespace.add("events", &event("elsewhere", "web-1")).await;
    namespace.add("events", &event("after", "web-0")).await;
    mirror.until("it is there", |mirror| mirror.has("after")).await;
    let list = format!("{}?fieldSelector=involvedObject.name%3Dweb-0", namespace.path("events"));
    mirror.agrees(&namespace.admin, &list).await;
    assert_eq!(mirror.len(), 2);
    namespace.give_back().await;
}

/// The recorded answers, which other tests compare with the parsers of this repository.
#[tokio::test]
async fn the_server_accepts_and_refuses_selectors_as_recorded() {
    const RECORDED: &str = include_str!("../../../watch-test/tests/it/selectors.txt");
    let Some(server) = shared().await else { return };
    let admin = Admin::new(&server.access).unwrap();
    let mut found = Vec::new();
    for line in RECORDED.lines() {
        let [name, selector, _]: [Option<String>; 3] = serde_json::from_str(line).unwrap();
        let (name, selector) = (name.unwrap(), selector.unwrap());
        let encoded: String = selector.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let answer = admin.get(&format!("/api/v1/pods?limit=1&{name}={encoded}")).await.unwrap();
        let message = if answer.status == 200 { Value::Null } else { answer.json()["message"].clone() };
        found.push(json!([name, selector, message]).to_string());
    }
    assert_eq!(found, RECORDED.lines().collect::<Vec<_>>(), "the answers:\n{}", found.join("\n"));
}
