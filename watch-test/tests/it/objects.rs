//! Writes, and their events on watches.

use core::time::Duration;

use serde_json::json;

use crate::common::media_types::MERGE;
use crate::common::paths::MAPS;
use crate::common::{World, send};

fn labelled(name: &str, tier: &str) -> serde_json::Value {
    json!({"metadata": {"name": name, "labels": {"tier": tier}}})
}

#[test]
fn a_selector_turns_changes_into_arrivals_and_departures() {
    let mut world = World::standard();
    let id = world.watch(&format!("{MAPS}?watch=1&labelSelector=tier%3Dfront"));
    world.create("configmaps", labelled("a", "back"));
    world.patch("configmaps", "a", json!({"metadata": {"labels": {"tier": "front"}}}));
    world.patch("configmaps", "a", json!({"data": {"k": "v"}}));
    let departed = world.patch("configmaps", "a", json!({"metadata": {"labels": {"tier": "back"}}}));
    world.delete("configmaps", "a");
    let body = world.read(id);
    let events: Vec<String> = body.lines().map(crate::common::summary).collect();
    assert_eq!(events, ["ADDED a@204", "MODIFIED a@205", "DELETED a@206"]);
    // It has its previous labels, and the version of the write that removed them.
    let last = body.lines().last().expect("an event");
    assert!(last.contains(r#""tier":"front""#) && departed["metadata"]["labels"]["tier"] == "back", "{last}");
}

#[test]
fn a_deletion_has_a_version_of_its_own() {
    let mut world = World::standard();
    world.create("configmaps", labelled("a", "x"));
    let id = world.watch(&format!("{MAPS}?watch=1&resourceVersion=203"));
    let deleted = world.delete("configmaps", "a");
    assert_eq!(deleted["metadata"]["resourceVersion"], "204");
    assert_eq!(world.read_events(id), ["DELETED a@204"]);
    assert_eq!(world.server.resource_version(), 204);
}

#[test]
fn an_object_that_is_created_again_has_another_uid() {
    let mut world = World::standard();
    let first = world.create("configmaps", labelled("a", "x"));
    world.delete("configmaps", "a");
    let second = world.create("configmaps", labelled("a", "x"));
    assert_ne!(first["metadata"]["uid"], second["metadata"]["uid"]);
}

#[test]
fn a_namespace_is_created_active_and_with_its_label() {
    let mut world = World::standard();
    let created =
        world.ask(send("POST", "/api/v1/namespaces", "application/json", &json!({"metadata": {"name": "n"}})));
    let rest = r#""labels":{"kubernetes.io/metadata.name":"n"}},"spec":{"finalizers":["kubernetes"]},"status":{"phase":"Active"}}"#;
    assert!(created.text().trim_end().ends_with(rest), "{}", created.text());
}

#[test]
fn finalizers_keep_an_object_until_they_are_gone() {
    let mut world = World::standard();
    world
        .create("widgets.example.com", json!({"metadata": {"name": "w", "finalizers": ["example.com/f"]}, "spec": {}}));
    let id = world.watch("/apis/example.com/v1/widgets?watch=1&resourceVersion=203");
    let marked = world.delete("widgets.example.com", "w");
    assert!(marked["metadata"]["deletionTimestamp"].is_string());
    assert_eq!(marked["metadata"]["generation"], 2);
    // A second time changes nothing.
    world.delete("widgets.example.com", "w");
    assert_eq!(world.server.objects("widgets.example.com").len(), 1);
    let last = world.patch("widgets.example.com", "w", json!({"metadata": {"finalizers": null}}));
    assert_eq!(last["metadata"]["resourceVersion"], "205");
    assert_eq!(world.read_events(id), ["MODIFIED w@204", "DELETED w@205"]);
    assert!(world.server.objects("widgets.example.com").is_empty());
}

#[test]
fn a_write_that_changes_nothing_has_no_event() {
    let mut world = World::standard();
    let created = world.create("configmaps", labelled("a", "x"));
    let id = world.watch(&format!("{MAPS}?watch=1&resourceVersion=203"));
    let updated = world.server.update(world.now, "configmaps", None, created.clone()).expect("it is there");
    assert_eq!(updated, created);
    world.patch("configmaps", "a", json!({"metadata": {"labels": {"tier": "x"}}}));
    assert_eq!(world.read(id), "");
    assert_eq!(world.server.resource_version(), 203);
}

#[test]
fn generation_counts_changes_of_the_spec() {
    let mut world = World::standard();
    let object = json!({"metadata": {"name": "w"}, "spec": {"size": 1}});
    assert_eq!(world.create("widgets.example.com", object)["metadata"]["generation"], 1);
    let mut patch = |patch| world.patch("widgets.example.com", "w", patch)["metadata"]["generation"].clone();
    assert_eq!(patch(json!({"metadata": {"labels": {"a": "b"}}})), 1);
    assert_eq!(patch(json!({"status": {"ready": true}})), 1);
    assert_eq!(patch(json!({"spec": {"size": 2}})), 2);
}

#[test]
fn a_write_with_an_old_version_is_a_conflict() {
    let mut world = World::standard();
    let old = world.create("configmaps", labelled("a", "x"));
    world.patch("configmaps", "a", json!({"data": {"k": "1"}}));
    let reply = world.ask(send("PUT", &format!("{MAPS}/a"), "application/json", &old));
    let status = reply.json();
    assert_eq!((reply.status, &status["reason"]), (409, &json!("Conflict")));
    assert_eq!(
        status["message"],
        "Operation cannot be fulfilled on configmaps \"a\": the object has been modified; please apply your changes to \
         the latest version and try again"
    );
    assert_eq!(status["details"], json!({"name": "a", "kind": "configmaps"}));
    let preconditions = json!({"preconditions": {"uid": "other"}});
    assert_eq!(world.ask(send("DELETE", &format!("{MAPS}/a"), "application/json", &preconditions)).status, 409);
}

#[test]
fn objects_are_made_changed_and_deleted_over_http() {
    let mut world = World::standard();
    let created = world.ask(send("POST", MAPS, "application/json", &json!({"metadata": {"generateName": "a-"}})));
    assert_eq!(created.status, 201);
    let created = created.json();
    let name = created["metadata"]["name"].as_str().expect("a name").to_owned();
    assert_eq!((name.len(), &created["kind"]), (7, &json!("ConfigMap")));
    let path = format!("{MAPS}/{name}");
    let patched = world.ask(send("PATCH", &path, MERGE, &json!({"data": {"k": "v"}})));
    assert_eq!(patched.json()["data"]["k"], "v");
    let operations = json!([{"op": "replace", "path": "/data/k", "value": "w"}]);
    let patched = world.ask(send("PATCH", &path, "application/json-patch+json", &operations));
    assert_eq!(patched.json()["data"]["k"], "w");
    let strategic = "application/strategic-merge-patch+json";
    assert_eq!(world.ask(send("PATCH", &path, strategic, &json!({"data": {"l": "1"}}))).status, 200);
    assert_eq!(world.ask(send("PATCH", &path, strategic, &json!({"metadata": {"finalizers": []}}))).status, 200);
    let deleted = world.ask(send("DELETE", &path, "application/json", &json!({}))).json();
    assert_eq!((&deleted["status"], &deleted["details"]["uid"]), (&json!("Success"), &created["metadata"]["uid"]));
    let gone = world.get(&path);
    assert_eq!(gone.json()["message"], format!("configmaps \"{name}\" not found"));
}

#[test]
fn creation_can_be_refused() {
    let mut world = World::standard();
    world.create("configmaps", labelled("a", "x"));
    let mut refusal = |path: &str, body: serde_json::Value| {
        let reply = world.ask(send("POST", path, "application/json", &body));
        (reply.status, reply.json()["message"].as_str().unwrap_or_default().to_owned())
    };
    assert_eq!(refusal(MAPS, labelled("a", "x")), (409, "configmaps \"a\" already exists".into()));
    assert_eq!(
        refusal(MAPS, json!({"metadata": {}})),
        (422, "ConfigMap \"\" is invalid: metadata.name: Required value: name or generateName is required".into())
    );
    let elsewhere = MAPS.replace("default", "nowhere");
    assert_eq!(refusal(&elsewhere, labelled("b", "x")), (404, "namespaces \"nowhere\" not found".into()));
    assert_eq!(refusal(MAPS, json!({"kind": "Pod", "metadata": {"name": "b"}})).0, 400);
    assert_eq!(refusal(MAPS, json!({"metadata": {"name": "b", "namespace": "kube-system"}})).0, 400);
}

#[test]
fn status_is_written_only_by_its_own_path() {
    let mut world = World::standard();
    world.create("widgets.example.com", json!({"metadata": {"name": "w"}, "spec": {"size": 1}}));
    let path = "/apis/example.com/v1/namespaces/default/widgets/w/status";
    let body = json!({"spec": {"size": 9}, "status": {"ready": true}});
    let object = world.ask(send("PATCH", path, MERGE, &body)).json();
    assert_eq!((&object["spec"]["size"], &object["status"]["ready"]), (&json!(1), &json!(true)));
}

#[test]
fn a_namespace_is_deleted_with_its_objects() {
    let mut world = World::standard();
    world.create("namespaces", json!({"metadata": {"name": "team"}}));
    world.create("configmaps", json!({"metadata": {"name": "a", "namespace": "team"}}));
    world.create("configmaps", labelled("b", "x"));
    world.delete("namespaces", "team");
    world.now += Duration::from_secs(1);
    world.get("/healthz");
    let left = world.server.objects("configmaps");
    assert_eq!(left.len(), 1);
    assert_eq!(left[0]["metadata"]["name"], "b");
}

#[test]
fn a_collection_is_deleted_by_selector() {
    let mut world = World::standard();
    for (name, tier) in [("a", "front"), ("b", "back"), ("c", "front")] {
        world.create("configmaps", labelled(name, tier));
    }
    let reply =
        world.ask(send("DELETE", &format!("{MAPS}?labelSelector=tier%3Dfront"), "application/json", &json!({})));
    assert_eq!(reply.status, 200);
    assert_eq!(world.server.objects("configmaps").len(), 1);
}

#[test]
fn lists_are_in_the_order_of_etcd_s_keys() {
    let mut world = World::standard();
    for namespace in ["a", "a-b"] {
        world.create("namespaces", json!({"metadata": {"name": namespace}}));
        world.create("configmaps", json!({"metadata": {"name": "m", "namespace": namespace}}));
    }
    let list = world.get("/api/v1/configmaps").json();
    // '-' comes before '/'.
    assert_eq!(list["items"][0]["metadata"]["namespace"], "a-b");
}

#[test]
fn the_same_calls_give_the_same_bytes() {
    let run = || {
        let mut world = World::standard();
        for name in ["a", "b"] {
            world.create("pods", json!({"metadata": {"name": name}, "spec": {"containers": []}}));
        }
        let head = format!("{:?}", world.get("/api/v1/pods").headers);
        (head, world.get("/api/v1/pods?watch=1&timeoutSeconds=100&allowWatchBookmarks=1").body)
    };
    assert_eq!(run(), run());
}
