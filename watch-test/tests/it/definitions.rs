//! CustomResourceDefinitions, and the resources that they define.

use core::time::Duration;

use serde_json::{Value, json};
use watch_test::model::{Config, End};

use crate::common::media_types::MERGE;
use crate::common::{World, ask, get, send, summary};

const DEFINITIONS: &str = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const RESOURCE: &str = "customresourcedefinitions.apiextensions.k8s.io";
const GADGETS: &str = "/apis/example.org/v2/gadgets";

/// Pairs of lines: the request, and the answer of a real kube-apiserver 1.36.3.
const REFUSED: &str = include_str!("definitions.txt");

fn definition() -> Value {
    json!({
        "metadata": {"name": "gadgets.example.org"},
        "spec": {
            "group": "example.org",
            "names": {"plural": "gadgets", "kind": "Gadget", "shortNames": ["gd"], "categories": ["all"]},
            "scope": "Namespaced",
            "versions": [
                {"name": "v2", "served": true, "storage": true, "schema": {"openAPIV3Schema": {"type": "object"}}},
            ],
        },
    })
}

/// Creates a server that serves definitions at once.
fn world() -> World {
    let mut config = Config::default();
    config.establishing = Duration::ZERO;
    World::new(config)
}

fn post(world: &mut World, definition: &Value) -> crate::common::Reply {
    world.ask(send("POST", DEFINITIONS, "application/json", definition))
}

#[test]
fn invalid_definitions_get_the_recorded_messages() {
    let mut world = world();
    let lines: Vec<&str> = REFUSED.lines().collect();
    for pair in lines.chunks(2) {
        let reply = post(&mut world, &serde_json::from_str(pair[0]).expect("JSON"));
        assert_eq!(reply.text().trim_end(), pair[1], "{}", pair[0]);
        assert_eq!(json!(reply.status), reply.json()["code"]);
    }
    assert!(world.server.objects(RESOURCE).is_empty());
}

#[test]
fn a_definition_is_read_back_as_a_real_server_keeps_it() {
    let mut world = world();
    let created = post(&mut world, &definition()).json();
    assert_eq!(created["metadata"]["generation"], 1);
    assert_eq!(created["spec"]["conversion"], json!({"strategy": "None"}));
    let names = json!({"plural": "gadgets", "singular": "gadget", "shortNames": ["gd"], "kind": "Gadget",
        "listKind": "GadgetList", "categories": ["all"]});
    assert_eq!(created["spec"]["names"], names);
    let nothing = json!({"conditions": null, "acceptedNames": {"plural": "", "kind": ""}, "storedVersions": ["v2"]});
    assert_eq!(created["status"], nothing);

    let path = format!("{DEFINITIONS}/gadgets.example.org");
    let read = world.get(&path).json();
    let at = &read["metadata"]["creationTimestamp"];
    let status = json!({
        "conditions": [
            {"type": "NamesAccepted", "status": "True", "lastTransitionTime": at, "reason": "NoConflicts",
             "message": "no conflicts found"},
            {"type": "Established", "status": "True", "lastTransitionTime": at, "reason": "InitialNamesAccepted",
             "message": "the initial names have been accepted"},
        ],
        "acceptedNames": names,
        "storedVersions": ["v2"],
    });
    assert_eq!(read["status"], status);
    let order = r#"{"kind":"CustomResourceDefinition","apiVersion":"apiextensions.k8s.io/v1","metadata":{"name":"#;
    assert!(world.get(&path).text().starts_with(order));
    // A write to the definition doesn't change its status.
    let change = json!({"spec": {"names": {"shortNames": null}}, "status": {"storedVersions": ["v9"]}});
    let changed = world.ask(send("PATCH", &path, MERGE, &change)).json();
    assert_eq!((&changed["status"], &changed["metadata"]["generation"]), (&status, &json!(2)));
}

#[test]
fn scope_group_and_stored_versions_of_a_definition_are_fixed() {
    let mut world = world();
    post(&mut world, &definition());
    let mut refusal = |change: Value| {
        let path = format!("{DEFINITIONS}/gadgets.example.org");
        let reply = world.ask(send("PATCH", &path, MERGE, &change));
        assert_eq!(reply.status, 422);
        let message = reply.json()["message"].as_str().expect("a message").to_owned();
        message.split_once(" is invalid: ").expect("what is invalid").1.to_owned()
    };
    assert_eq!(
        refusal(json!({"spec": {"scope": "Cluster", "group": "example.net"}})),
        "[spec.scope: Invalid value: \"Cluster\": field is immutable, spec.group: Invalid value: \"example.net\": \
         field is immutable]"
    );
    assert_eq!(
        refusal(json!({"spec": {"versions": []}})),
        "[spec.versions: Invalid value: []: must have exactly one version marked as storage version, \
         status.storedVersions[0]: Invalid value: \"v2\": missing from spec.versions; v2 was previously a storage \
         version, and must remain in spec.versions until a storage migration ensures no data remains persisted in v2 \
         and removes v2 from status.storedVersions]"
    );
}

#[test]
fn a_new_definition_is_served_after_404_and_429() {
    let mut config = Config::default();
    config.establishing = Duration::from_millis(20);
    let mut world = World::new(config);
    assert_eq!(post(&mut world, &definition()).status, 201);
    assert_eq!(world.get(GADGETS).text(), "404 page not found\n");
    world.now += Duration::from_millis(20);
    let unready = world.get(GADGETS);
    assert_eq!((unready.status, unready.header("retry-after")), (429, Some("1")));
    assert_eq!(unready.json()["message"], "storage is (re)initializing");
    world.now += Duration::from_millis(20);
    assert_eq!(world.get(GADGETS).status, 200);
}

#[test]
fn a_version_that_is_not_served_is_not_found() {
    let mut world = world();
    let mut definition = definition();
    definition["spec"]["versions"][0]["served"] = false.into();
    assert_eq!(post(&mut world, &definition).status, 201);
    assert_eq!(world.get(GADGETS).text(), "404 page not found\n");
}

#[test]
fn a_deletion_removes_objects_then_definition_then_watches() {
    let mut world = world();
    post(&mut world, &definition());
    world.create("gadgets.example.org", json!({"metadata": {"name": "g"}}));
    let id = world.watch(&format!("{GADGETS}?watch=1"));
    let definitions = world.watch(&format!("{DEFINITIONS}?watch=1"));
    assert_eq!(world.read_events(id), ["ADDED g@206"]);
    assert_eq!(world.read_events(definitions), ["ADDED gadgets.example.org@205"]);

    let path = format!("{DEFINITIONS}/gadgets.example.org");
    let reply = world.ask(send("DELETE", &path, "application/json", &Value::Null));
    let deleted = reply.json();
    assert_eq!((reply.status, &deleted["kind"]), (200, &json!("CustomResourceDefinition")));
    assert_eq!(deleted["metadata"]["finalizers"], json!(["customresourcecleanup.apiextensions.k8s.io"]));
    assert_eq!(deleted["metadata"]["deletionTimestamp"], deleted["metadata"]["creationTimestamp"]);
    assert_eq!(deleted["metadata"].get("deletionGracePeriodSeconds"), None);
    assert_eq!(deleted["status"]["conditions"][2]["reason"], "InstanceDeletionPending");

    let seen = world.read(definitions);
    let name = "gadgets.example.org";
    let expected = [format!("MODIFIED {name}@207"), format!("MODIFIED {name}@208"), format!("DELETED {name}@210")];
    assert_eq!(seen.lines().map(summary).collect::<Vec<_>>(), expected);
    assert!(seen.lines().skip(1).all(|line| line.contains("InstanceDeletionInProgress")));
    assert_eq!(world.read_events(id), ["DELETED g@209"]);
    assert_eq!((world.get(&path).status, world.get(GADGETS).status), (404, 404));

    let reply = world.finish(id);
    assert_eq!((reply.text(), reply.end, reply.ended_at), ("", End::Complete, Duration::from_secs(1)));
}

#[test]
fn an_object_that_is_kept_keeps_its_definition() {
    let mut world = world();
    post(&mut world, &definition());
    world.create("gadgets.example.org", json!({"metadata": {"name": "g", "finalizers": ["example.org/f"]}}));
    let id = world.watch(&format!("{GADGETS}?watch=1"));
    world.read(id);
    world.delete(RESOURCE, "gadgets.example.org");
    let objects = "/apis/example.org/v2/namespaces/default/gadgets";
    assert_eq!(world.get(&format!("{objects}/g")).status, 200);

    let again = post(&mut world, &definition());
    assert_eq!(again.status, 409);
    assert_eq!(
        again.json()["message"],
        "object is being deleted: customresourcedefinitions.apiextensions.k8s.io \"gadgets.example.org\" already exists"
    );
    let another = json!({"apiVersion": "example.org/v2", "kind": "Gadget", "metadata": {"name": "h"}});
    let refused = world.ask(send("POST", objects, "application/json", &another));
    assert_eq!(
        refused.text(),
        "{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"metadata\":{},\"status\":\"Failure\",\"message\":\
         \"gadgets.example.org \\\"h\\\" is forbidden: create not allowed while custom resource definition is \
         terminating\",\"reason\":\"Forbidden\",\"details\":{\"name\":\"h\",\"group\":\"example.org\",\
         \"kind\":\"gadgets\"},\"code\":403}\n"
    );

    assert_eq!(refused.header("x-content-type-options"), None);

    world.patch("gadgets.example.org", "g", json!({"metadata": {"finalizers": null}}));
    assert_eq!(world.get(&format!("{DEFINITIONS}/gadgets.example.org")).status, 404);
    let events: Vec<String> = world.read(id).lines().map(|line| summary(line).replace(char::is_numeric, "")).collect();
    assert_eq!(events, ["MODIFIED g@", "DELETED g@"]);
    assert_eq!(post(&mut world, &definition()).status, 201);
}

#[test]
fn watches_of_a_redefined_resource_end_without_events() {
    let mut world = world();
    post(&mut world, &definition());
    let path = format!("{GADGETS}?watch=1&allowWatchBookmarks=1&timeoutSeconds=4");
    let old = world.watch(&path);
    world.read(old);
    world.delete(RESOURCE, "gadgets.example.org");
    world.now += Duration::from_millis(500);
    assert_eq!(post(&mut world, &definition()).status, 201);
    let new = world.watch(&path);
    world.create("gadgets.example.org", json!({"metadata": {"name": "g"}}));
    world.server.send_bookmarks();
    let ended = world.finish(old);
    assert_eq!((ended.text(), ended.ended_at), ("", Duration::from_millis(500)));
    // The watch of the new definition doesn't end with the old one.
    let events = world.read_events(new).join(", ");
    let last = world.server.resource_version();
    assert!(events.ends_with(&format!("ADDED g@{last}, BOOKMARK @{last}")), "{events}");
    world.now += Duration::from_secs(1);
    assert_eq!(world.finish(new).events().first(), Some(&format!("BOOKMARK @{last}")));
}

#[test]
fn a_terminating_object_blocks_another_of_its_name() {
    let mut world = world();
    let map = json!({"metadata": {"name": "m", "finalizers": ["example.org/f"]}});
    world.create("configmaps", map.clone());
    world.delete("configmaps", "m");
    let path = "/api/v1/namespaces/default/configmaps";
    let refused = world.ask(send("POST", path, "application/json", &map)).json();
    assert_eq!(refused["message"], "object is being deleted: configmaps \"m\" already exists");
    assert_eq!(world.ask(get(&format!("{path}/m"), "application/json")).status, 200);
}

/// A definition in four versions, of which the last isn't served and the second is stored.
fn in_versions() -> Value {
    let mut definition = definition();
    let schema = json!({"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": true}});
    let version = |name: &str, is_served: bool, is_stored: bool| json!({"name": name, "served": is_served, "storage": is_stored, "schema": schema});
    let mut stored = version("v1", true, true);
    stored["subresources"] = json!({"status": {}});
    definition["spec"]["versions"] = json!([
        version("v1beta1", true, false),
        stored,
        version("v2alpha1", true, false),
        version("v1alpha1", false, false)
    ]);
    definition
}

#[test]
fn an_object_is_read_and_written_in_every_served_version() {
    let mut world = world();
    assert_eq!(post(&mut world, &in_versions()).status, 201);
    let objects = |version: &str| format!("/apis/example.org/{version}/namespaces/default/gadgets");
    let watches = ["v1", "v1beta1", "v2alpha1"].map(|version| world.watch(&format!("{}?watch=1", objects(version))));

    let object =
        json!({"apiVersion": "example.org/v1beta1", "kind": "Gadget", "metadata": {"name": "g"}, "spec": {"a": 1}});
    let created = world.ask(send("POST", &objects("v1beta1"), "application/json", &object));
    assert_eq!((created.status, &created.json()["apiVersion"]), (201, &json!("example.org/v1beta1")));
    let mut other = object;
    other["metadata"]["name"] = "h".into();
    let refused = world.ask(send("POST", &objects("v1"), "application/json", &other)).json();
    assert_eq!(
        refused["message"],
        "the API version in the data (example.org/v1beta1) does not match the expected API version (example.org/v1)"
    );
    let changed =
        world.ask(send("PATCH", &format!("{}/g", objects("v2alpha1")), MERGE, &json!({"spec": {"a": 2}}))).json();
    assert_eq!(
        (&changed["apiVersion"], &changed["metadata"]["generation"]),
        (&json!("example.org/v2alpha1"), &json!(2))
    );
    let same = world.ask(send("PATCH", &format!("{}/g", objects("v1")), MERGE, &json!({"spec": {"a": 2}}))).json();
    assert_eq!(same["metadata"]["resourceVersion"], changed["metadata"]["resourceVersion"]);
    for version in ["v1", "v1beta1", "v2alpha1"] {
        let api_version = json!(format!("example.org/{version}"));
        assert_eq!(world.get(&format!("{}/g", objects(version))).json()["apiVersion"], api_version);
        let list = world.get(&objects(version)).json();
        assert_eq!((&list["apiVersion"], &list["items"][0]["apiVersion"]), (&api_version, &api_version));
        assert_eq!((&list["kind"], &list["items"][0]["spec"]["a"]), (&json!("GadgetList"), &json!(2)));
    }
    for path in [objects("v1alpha1"), format!("{}/g", objects("v1alpha1"))] {
        assert_eq!(world.get(&path).text(), "404 page not found\n");
    }
    assert_eq!(ask(&mut world, "DELETE", &format!("{}/g", objects("v1beta1")), "", "").status, 200);
    for (id, version) in watches.into_iter().zip(["v1", "v1beta1", "v2alpha1"]) {
        let lines = world.read(id);
        let events: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
        let seen: Vec<&str> = events.iter().filter_map(|event| event["type"].as_str()).collect();
        assert_eq!(seen, ["ADDED", "MODIFIED", "DELETED"], "{version}");
        let api_version = format!("example.org/{version}");
        assert!(events.iter().all(|event| event["object"]["apiVersion"] == *api_version), "{version}: {lines}");
    }
}

#[test]
fn versions_are_found_in_the_order_of_preference() {
    let mut world = world();
    post(&mut world, &in_versions());
    let group = world.get("/apis/example.org").json();
    let names: Vec<&str> =
        group["versions"].as_array().expect("versions").iter().filter_map(|one| one["version"].as_str()).collect();
    assert_eq!((names, &group["preferredVersion"]["version"]), (vec!["v1", "v1beta1", "v2alpha1"], &json!("v1")));
    let list = |world: &mut World, version: &str| world.get(&format!("/apis/example.org/{version}")).json();
    let (stored, other) = (list(&mut world, "v1"), list(&mut world, "v2alpha1"));
    // A version may have no `/status`. All versions share the stored objects.
    assert_eq!(
        (stored["resources"].as_array().map(Vec::len), other["resources"].as_array().map(Vec::len)),
        (Some(2), Some(1))
    );
    assert_eq!(stored["resources"][0]["storageVersionHash"], other["resources"][0]["storageVersionHash"]);
}

#[test]
fn a_deletion_removes_objects_of_all_versions_and_watches() {
    let mut world = world();
    post(&mut world, &in_versions());
    world.create("gadgets.example.org", json!({"metadata": {"name": "g"}}));
    let id = world.watch("/apis/example.org/v1beta1/gadgets?watch=1");
    world.read(id);
    world.delete(RESOURCE, "gadgets.example.org");
    assert_eq!(world.read(id).matches("DELETED").count(), 1);
    assert_eq!(world.get("/apis/example.org/v1beta1/gadgets").status, 404);
    assert_eq!(world.finish(id).end, End::Complete);
}

#[test]
fn objects_can_be_stored_in_a_version_that_is_not_served() {
    let mut world = world();
    let mut definition = in_versions();
    definition["spec"]["versions"][1]["served"] = false.into();
    assert_eq!(post(&mut world, &definition).status, 201);
    let objects = "/apis/example.org/v1beta1/namespaces/default/gadgets";
    let object = json!({"apiVersion": "example.org/v1beta1", "kind": "Gadget", "metadata": {"name": "g"}});
    assert_eq!(world.ask(send("POST", objects, "application/json", &object)).status, 201);
    assert_eq!(world.get(&format!("{objects}/g")).json()["apiVersion"], "example.org/v1beta1");
    assert_eq!(world.get("/apis/example.org/v1/gadgets").text(), "404 page not found\n");
}
