//! `dryRun=All` of every write: answered like the write, and not stored.

use serde_json::{Value, json};

use crate::common::media_types::{JSON, MERGE, STRATEGIC};
use crate::common::paths::MAPS;
use crate::common::{World, ask, send};

/// Creates a server with two ConfigMaps, of which one has a finalizer.
fn world() -> World {
    let mut world = World::standard();
    world.create("configmaps", json!({"metadata": {"name": "a"}, "data": {"x": "1"}}));
    world.create("configmaps", json!({"metadata": {"name": "kept", "finalizers": ["x/y"]}}));
    world
}

#[test]
fn nothing_is_written_by_any_verb() {
    let mut world = world();
    world.create("namespaces", json!({"metadata": {"name": "team"}}));
    world.create("pods", json!({"metadata": {"name": "p"}, "status": {"phase": "Running"}}));
    world.create("deployments.apps", json!({"metadata": {"name": "d"}, "spec": {"replicas": 1}}));
    world.create("poddisruptionbudgets.policy", json!({"metadata": {"name": "b"}, "spec": {"selector": {}}}));
    let budget = json!({"status": {"observedGeneration": 9, "disruptionsAllowed": 1}});
    world.server.patch(world.now, "poddisruptionbudgets.policy", None, "b", &budget).expect("a budget");
    let definition = json!({"metadata": {"name": "gs.ex.org"}, "spec": {"group": "ex.org", "scope": "Cluster",
        "names": {"plural": "gs", "kind": "G"}, "versions": [{"name": "v1", "served": true, "storage": true,
        "schema": {"openAPIV3Schema": {"type": "object"}}}]}});
    world.create("customresourcedefinitions.apiextensions.k8s.io", definition.clone());
    world.now += core::time::Duration::from_secs(1);
    world.get("/apis/ex.org/v1/gs");
    let (version, watch) = (world.server.resource_version(), world.watch("/api/v1/configmaps?watch=1"));
    world.read(watch);

    let eviction = json!({"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": "p"}});
    let replaced = json!({"metadata": {"name": "a"}, "data": {"x": "2"}});
    let changed = json!({"data": {"x": "2"}});
    let definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
    let mut another = definition;
    another["metadata"]["name"] = "hs.ex.org".into();
    another["spec"]["names"] = json!({"plural": "hs", "kind": "H"});
    for (method, path, media_type, body, status) in [
        ("POST", MAPS.to_owned(), JSON, json!({"metadata": {"name": "new"}}), 201),
        ("POST", MAPS.to_owned(), JSON, json!({"metadata": {"generateName": "new-"}}), 201),
        ("POST", "/api/v1/namespaces".to_owned(), JSON, json!({"metadata": {"name": "new"}}), 201),
        ("POST", definitions.to_owned(), JSON, another, 201),
        ("PUT", format!("{MAPS}/a"), JSON, replaced, 200),
        ("PATCH", format!("{MAPS}/a"), MERGE, changed.clone(), 200),
        ("PATCH", format!("{MAPS}/a"), STRATEGIC, changed, 200),
        (
            "PATCH",
            "/api/v1/namespaces/default/pods/p/status".to_owned(),
            MERGE,
            json!({"status": {"phase": "Failed"}}),
            200,
        ),
        ("PATCH", format!("{MAPS}/kept"), MERGE, json!({"metadata": {"finalizers": null}}), 200),
        ("PUT", "/api/v1/namespaces/team/finalize".to_owned(), JSON, json!({"metadata": {"name": "team"}}), 200),
        (
            "PATCH",
            "/apis/apps/v1/namespaces/default/deployments/d/scale".to_owned(),
            MERGE,
            json!({"spec": {"replicas": 3}}),
            200,
        ),
        ("POST", "/api/v1/namespaces/default/pods/p/eviction".to_owned(), JSON, eviction, 201),
        ("DELETE", format!("{MAPS}/a"), JSON, Value::Null, 200),
        ("DELETE", format!("{MAPS}/kept"), JSON, Value::Null, 200),
        ("DELETE", "/api/v1/namespaces/team".to_owned(), JSON, Value::Null, 200),
        ("DELETE", "/api/v1/namespaces/default/pods/p".to_owned(), JSON, Value::Null, 200),
        ("DELETE", format!("{definitions}/gs.ex.org"), JSON, Value::Null, 200),
        ("DELETE", MAPS.to_owned(), JSON, Value::Null, 200),
    ] {
        let path = format!("{path}?dryRun=All");
        let reply = if body.is_null() {
            ask(&mut world, method, &path, "", "")
        } else {
            world.ask(send(method, &path, media_type, &body))
        };
        assert_eq!(reply.status, status, "{method} {path}: {}", reply.text());
        assert_eq!(world.server.resource_version(), version, "{method} {path}");
    }
    world.now += core::time::Duration::from_secs(5);
    assert_eq!(world.read(watch), "");
    assert_eq!(world.get("/apis/ex.org/v1/gs").status, 200);
    assert_eq!(world.get("/apis/ex.org/v1/hs").status, 404);
    assert_eq!(world.server.resource_version(), version);
    // The next request isn't a dry run.
    assert_eq!(world.ask(send("POST", MAPS, JSON, &json!({"metadata": {"name": "new"}}))).status, 201);
    assert!(world.server.resource_version() > version);
}

#[test]
fn the_answer_is_that_of_the_real_request() {
    let mut world = world();
    let mut answer = |method: &str, path: &str, body: Value| {
        let media_type = if method == "PATCH" { MERGE } else { JSON };
        if body.is_null() {
            ask(&mut world, method, path, "", "").json()
        } else {
            world.ask(send(method, path, media_type, &body)).json()
        }
    };
    let created = answer("POST", &format!("{MAPS}?dryRun=All"), json!({"metadata": {"name": "new"}}));
    assert!(created["metadata"]["uid"].is_string() && created["metadata"]["creationTimestamp"].is_string());
    assert_eq!(created["metadata"].get("resourceVersion"), None);
    let changed = answer("PATCH", &format!("{MAPS}/a?dryRun=All"), json!({"data": {"x": "2"}}));
    assert_eq!((&changed["data"]["x"], &changed["metadata"]["resourceVersion"]), (&json!("2"), &json!("203")));
    let deleted = answer("DELETE", &format!("{MAPS}/a?dryRun=All"), Value::Null);
    assert_eq!((&deleted["kind"], &deleted["status"]), (&json!("Status"), &json!("Success")));
    let marked = answer("DELETE", &format!("{MAPS}/kept?dryRun=All&propagationPolicy=Foreground"), Value::Null);
    assert_eq!(marked["metadata"]["finalizers"], json!(["x/y", "foregroundDeletion"]));
    assert!(marked["metadata"]["deletionTimestamp"].is_string());
    assert_eq!(marked["metadata"]["resourceVersion"], "204");
    let namespace = answer("DELETE", "/api/v1/namespaces/kube-system?dryRun=All", Value::Null);
    assert_eq!(namespace["code"], 403);
    let list = answer("DELETE", &format!("{MAPS}?dryRun=All"), Value::Null);
    assert_eq!(list["items"].as_array().map(Vec::len), Some(2));
    // An invalid write is refused like the real one.
    let there = answer("POST", &format!("{MAPS}?dryRun=All"), json!({"metadata": {"name": "a"}}));
    assert_eq!((&there["code"], &there["reason"]), (&json!(409), &json!("AlreadyExists")));
    let old = json!({"metadata": {"name": "a", "resourceVersion": "1"}});
    assert_eq!(answer("PUT", &format!("{MAPS}/a?dryRun=All"), old)["code"], 409);
    assert_eq!(answer("POST", &format!("{MAPS}?dryRun=All"), json!({"metadata": {"name": "A_B"}}))["code"], 422);
}

#[test]
fn only_the_value_all_is_accepted() {
    let mut world = world();
    for (method, path, options) in [
        ("POST", MAPS.to_owned(), "CreateOptions"),
        ("PUT", format!("{MAPS}/a"), "UpdateOptions"),
        ("PATCH", format!("{MAPS}/a"), "PatchOptions"),
        ("DELETE", format!("{MAPS}/a"), "DeleteOptions"),
        ("DELETE", MAPS.to_owned(), "DeleteOptions"),
    ] {
        for (query, shown) in
            [("dryRun=x", r#"["x"]"#), ("dryRun=", r#"[""]"#), ("dryRun=All&dryRun=x", r#"["All","x"]"#)]
        {
            let body = if method == "DELETE" { "" } else { "{}" };
            let media_type = if method == "PATCH" { MERGE } else { JSON };
            let refused = ask(&mut world, method, &format!("{path}?{query}"), media_type, body).json();
            let why = format!("Unsupported value: {shown}: supported values: \"All\"");
            assert_eq!(
                refused["message"],
                format!("{options}.meta.k8s.io \"\" is invalid: dryRun: {why}"),
                "{method} {query}"
            );
            let details = json!({"group": "meta.k8s.io", "kind": options,
                "causes": [{"reason": "FieldValueNotSupported", "message": why, "field": "dryRun"}]});
            assert_eq!((&refused["code"], &refused["details"]), (&json!(422), &details));
        }
    }
    let refused = world.ask(send("DELETE", &format!("{MAPS}/a"), JSON, &json!({"dryRun": ["x"]})));
    assert_eq!(refused.status, 422);
}

#[test]
fn options_in_the_body_of_a_deletion_hide_those_in_the_query() {
    let mut world = world();
    let tried = world.ask(send("DELETE", &format!("{MAPS}/a"), JSON, &json!({"dryRun": ["All"]})));
    assert_eq!((tried.status, world.get(&format!("{MAPS}/a")).status), (200, 200));
    let done = world.ask(send("DELETE", &format!("{MAPS}/a?dryRun=All"), JSON, &json!({})));
    assert_eq!((done.status, world.get(&format!("{MAPS}/a")).status), (200, 404));
}
