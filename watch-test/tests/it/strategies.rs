//! How each type handles writes, as answered by a real kube-apiserver 1.36.3. The differential suite of watch-hyper
//! sends all of these requests to both servers; these tests need no real one.

use serde_json::{Value, json};
use watch_test::model::Config;

use crate::common::media_types::{JSON, MERGE};
use crate::common::paths::MAPS;
use crate::common::{Reply, World, ask, names, send};

/// Name, path of the collection, and whether it has a `/status`.
const TYPES: [(&str, &str, bool); 21] = [
    ("pods", "/api/v1/namespaces/default/pods", true),
    ("configmaps", MAPS, false),
    ("secrets", "/api/v1/namespaces/default/secrets", false),
    ("services", "/api/v1/namespaces/default/services", true),
    ("serviceaccounts", "/api/v1/namespaces/default/serviceaccounts", false),
    ("endpoints", "/api/v1/namespaces/default/endpoints", false),
    ("persistentvolumeclaims", "/api/v1/namespaces/default/persistentvolumeclaims", true),
    ("events", "/api/v1/namespaces/default/events", false),
    ("namespaces", "/api/v1/namespaces", true),
    ("nodes", "/api/v1/nodes", true),
    ("deployments.apps", "/apis/apps/v1/namespaces/default/deployments", true),
    ("replicasets.apps", "/apis/apps/v1/namespaces/default/replicasets", true),
    ("statefulsets.apps", "/apis/apps/v1/namespaces/default/statefulsets", true),
    ("daemonsets.apps", "/apis/apps/v1/namespaces/default/daemonsets", true),
    ("jobs.batch", "/apis/batch/v1/namespaces/default/jobs", true),
    ("cronjobs.batch", "/apis/batch/v1/namespaces/default/cronjobs", true),
    ("leases.coordination.k8s.io", "/apis/coordination.k8s.io/v1/namespaces/default/leases", false),
    ("endpointslices.discovery.k8s.io", "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices", false),
    ("ingresses.networking.k8s.io", "/apis/networking.k8s.io/v1/namespaces/default/ingresses", true),
    ("widgets.example.com", "/apis/example.com/v1/namespaces/default/widgets", true),
    ("plains.example.org", "/apis/example.org/v1/namespaces/default/plains", false),
];

/// Creates a server with an object `a` of each type.
fn world() -> World {
    let mut config = Config::default();
    config.establishing = core::time::Duration::ZERO;
    let mut world = World::new(config);
    let definition = json!({
        "metadata": {"name": "plains.example.org"},
        "spec": {
            "group": "example.org",
            "names": {"plural": "plains", "kind": "Plain"},
            "scope": "Namespaced",
            "versions": [
                {"name": "v1", "served": true, "storage": true, "schema": {"openAPIV3Schema": {"type": "object"}}},
            ],
        },
    });
    world.create("customresourcedefinitions.apiextensions.k8s.io", definition);
    for (name, ..) in TYPES {
        world.create(name, json!({"metadata": {"name": "a"}, "spec": {"a": 1}}));
    }
    world
}

fn patch(world: &mut World, path: &str, body: &Value) -> Reply {
    world.ask(send("PATCH", path, MERGE, body))
}

fn message(reply: &Reply) -> String {
    reply.json()["message"].as_str().unwrap_or_else(|| panic!("{}", reply.text())).to_owned()
}

#[test]
fn a_status_update_writes_the_metadata_of_its_type() {
    let mut world = world();
    let metadata = json!({
        "labels": {"l": "1"},
        "annotations": {"a": "1"},
        "finalizers": ["example.com/f"],
        "ownerReferences": [{"apiVersion": "v1", "kind": "Node", "name": "n", "uid": "u"}],
    });
    for (name, path, has_status) in TYPES {
        let path = format!("{path}/a/status");
        let reply = patch(&mut world, &path, &json!({"metadata": metadata, "spec": {"a": 2}, "status": {"b": 1}}));
        if !has_status {
            let expected = match name {
                "plains.example.org" => "plains.example.org \"a\" not found",
                _ => "the server could not find the requested resource",
            };
            assert_eq!((reply.status, message(&reply).as_str()), (404, expected), "{name}");
            continue;
        }
        let object = reply.json();
        let left_out: &[&str] = match name {
            "pods" => &["ownerReferences"],
            "deployments.apps" => &["labels"],
            "widgets.example.com" => &["labels", "annotations", "finalizers", "ownerReferences"],
            _ => &[],
        };
        for field in ["labels", "annotations", "finalizers", "ownerReferences"] {
            let is_written = match (name, field) {
                ("namespaces", "labels") => object["metadata"]["labels"]["l"] == "1",
                _ => object["metadata"][field] == metadata[field],
            };
            assert_eq!(is_written, !left_out.contains(&field), "{name}: {object}");
        }
        let spec = if name == "namespaces" { json!({"finalizers": ["kubernetes"]}) } else { json!({"a": 1}) };
        assert_eq!((&object["spec"], &object["status"]["b"]), (&spec, &json!(1)), "{name}");
        assert_eq!(object["metadata"]["generation"].as_i64().unwrap_or(1), 1, "{name}");
    }
}

#[test]
fn other_writes_do_not_change_the_status() {
    let mut world = world();
    for (name, path, has_status) in TYPES {
        let object = world.ask(send("POST", path, JSON, &created(name, json!({"b": 0})))).json();
        let begun = object["status"].clone();
        let path = format!("{path}/s");
        let patched = patch(&mut world, &path, &json!({"status": {"b": 2}})).json()["status"].clone();
        let mut object = world.get(&path).json();
        object["status"] = json!({"b": 3});
        let put = world.ask(send("PUT", &path, JSON, &object)).json()["status"].clone();
        let expected = match name {
            "plains.example.org" => [json!({"b": 0}), json!({"b": 2}), json!({"b": 3})],
            // A kubelet writes the status of its node with the object.
            "nodes" => {
                assert_eq!((&begun["b"], begun["nodeInfo"]["bootID"].as_str()), (&json!(0), Some("")));
                [begun.clone(), begun.clone(), begun.clone()]
            }
            _ => {
                let empty = match name {
                    "pods" => json!({"phase": "Pending", "qosClass": "BestEffort"}),
                    "services" | "ingresses.networking.k8s.io" => json!({"loadBalancer": {}}),
                    "persistentvolumeclaims" => json!({"phase": "Pending"}),
                    "namespaces" => json!({"phase": "Active"}),
                    "replicasets.apps" => json!({"replicas": 0}),
                    "statefulsets.apps" => json!({"replicas": 0, "availableReplicas": 0}),
                    "daemonsets.apps" => json!({"currentNumberScheduled": 0, "numberMisscheduled": 0,
                        "desiredNumberScheduled": 0, "numberReady": 0}),
                    "widgets.example.com" => Value::Null,
                    _ if has_status => json!({}),
                    _ => Value::Null,
                };
                [empty.clone(), empty.clone(), empty]
            }
        };
        assert_eq!([begun, patched, put], expected, "{name}");
    }
}

/// Returns an object `s` of a type.
fn created(name: &str, status: Value) -> Value {
    let (kind, api_version) = match name {
        "widgets.example.com" => ("Widget", "example.com/v1"),
        "plains.example.org" => ("Plain", "example.org/v1"),
        _ => return json!({"metadata": {"name": "s"}, "status": status}),
    };
    json!({"kind": kind, "apiVersion": api_version, "metadata": {"name": "s"}, "status": status})
}

#[test]
fn a_test_writes_a_status_by_its_own_method() {
    let mut world = world();
    let patch = json!({"spec": {"a": 2}, "status": {"phase": "Running"}});
    let pod = world.server.patch_status(world.now, "pods", None, "a", &patch).expect("a status");
    assert_eq!((&pod["spec"]["a"], &pod["status"]["phase"]), (&json!(1), &json!("Running")));
    assert_eq!(pod["status"]["qosClass"], "BestEffort");
    let mut other = pod;
    other["status"] = json!({"phase": "Failed"});
    other["spec"] = json!({});
    let pod = world.server.update_status(world.now, "pods", None, other.clone()).expect("a status");
    assert_eq!((&pod["spec"]["a"], &pod["status"]), (&json!(1), &json!({"phase": "Failed", "qosClass": "BestEffort"})));
    assert_eq!(world.server.update_status(world.now, "pods", None, other).expect_err("it has changed").code, 409);
    for (resource, name) in [("configmaps", "a"), ("pods", "missing"), ("bananas", "a")] {
        let error = world.server.patch_status(world.now, resource, None, name, &patch).expect_err("there is none");
        assert_eq!(error.code, 404, "{resource}");
    }
}

#[test]
fn a_generation_counts_the_changes_of_its_type() {
    let mut world = world();
    for (name, path, has_status) in TYPES {
        let path = format!("{path}/a");
        let of_metadata = |metadata: Value| json!({"metadata": metadata});
        let changes = [
            json!({}),
            of_metadata(json!({"annotations": {"a": "b"}})),
            of_metadata(json!({"labels": {"a": "b"}})),
            of_metadata(json!({"ownerReferences": [{"apiVersion": "v1", "kind": "K", "name": "n", "uid": "u"}]})),
            json!({"spec": {"a": 2}}),
            json!({"spec": {"a": 2, "b": null, "c": []}}),
            json!({"spec": {"b": [{"c": 1}]}}),
            json!({"status": {"a": 9}}),
            of_metadata(json!({"generation": 7})),
        ];
        let counted: Vec<i64> = changes
            .iter()
            .map(|change| patch(&mut world, &path, change).json()["metadata"]["generation"].as_i64().unwrap_or(0))
            .collect();
        let expected = match name {
            "deployments.apps" => [1, 2, 2, 2, 3, 3, 4, 4, 4],
            "endpointslices.discovery.k8s.io" => [1, 1, 2, 2, 3, 3, 4, 4, 4],
            // Without a Go type, an empty list differs from a missing one.
            "widgets.example.com" => [1, 1, 1, 1, 2, 3, 4, 4, 4],
            "plains.example.org" => [1, 1, 1, 1, 2, 3, 4, 5, 5],
            "pods"
            | "replicasets.apps"
            | "statefulsets.apps"
            | "daemonsets.apps"
            | "jobs.batch"
            | "cronjobs.batch"
            | "ingresses.networking.k8s.io" => [1, 1, 1, 1, 2, 2, 3, 3, 3],
            _ => [0; 9],
        };
        assert_eq!(counted, expected, "{name}");
        if has_status {
            let reply = patch(&mut world, &format!("{path}/status"), &of_metadata(json!({"annotations": {"a": "c"}})));
            let generation = reply.json()["metadata"]["generation"].as_i64().unwrap_or(0);
            assert_eq!(generation, expected[8], "{name}");
        }
    }
}

#[test]
fn a_generation_that_is_not_managed_is_the_creators() {
    let mut world = world();
    let mut generation = |path: &str, generation: i64| {
        let object = json!({"metadata": {"generateName": "g", "generation": generation}});
        let reply = world.ask(send("POST", path, JSON, &object));
        (reply.status, reply.json()["metadata"]["generation"].clone())
    };
    assert_eq!(generation(MAPS, 7), (201, json!(7)));
    assert_eq!(generation(MAPS, -1).0, 422);
    assert_eq!(generation("/api/v1/namespaces/default/pods", -1), (201, json!(1)));
}

/// Invalid metadata, and the causes in the refusal of an object with it.
fn wrong() -> Vec<(Value, Vec<(&'static str, String)>)> {
    let owner = |name: &str| json!({"apiVersion": "v1", "kind": "Node", "name": name, "uid": "u", "controller": true});
    let shown = |name: &str| {
        format!("{{\"apiVersion\":\"v1\",\"kind\":\"Node\",\"name\":\"{name}\",\"uid\":\"u\",\"controller\":true}}")
    };
    let empty = |field: &str| match field {
        "apiVersion" => "Invalid value: \"\": version must not be empty".to_owned(),
        _ => "Invalid value: \"\": must not be empty".to_owned(),
    };
    vec![
        (
            json!({"annotations": {"a": "x".repeat(262_144)}}),
            vec![("metadata.annotations", "Too long: may not be more than 262144 bytes".into())],
        ),
        (
            json!({"ownerReferences": [{}]}),
            vec![
                ("metadata.ownerReferences.apiVersion", empty("apiVersion")),
                ("metadata.ownerReferences.kind", empty("kind")),
                ("metadata.ownerReferences.name", empty("name")),
                ("metadata.ownerReferences.uid", empty("uid")),
            ],
        ),
        (
            json!({"ownerReferences": [owner("n"), owner("m")]}),
            vec![(
                "metadata.ownerReferences",
                format!(
                    "Invalid value: [{},{}]: Only one reference can have Controller set to true. Found \"true\" in \
                     references for Node/n and Node/m",
                    shown("n"),
                    shown("m")
                ),
            )],
        ),
        (
            json!({"ownerReferences": [{"apiVersion": "v1", "kind": "Event", "name": "e", "uid": "u"}]}),
            vec![(
                "metadata.ownerReferences",
                "Invalid value: {\"apiVersion\":\"v1\",\"kind\":\"Event\",\"name\":\"e\",\"uid\":\"u\"}: /v1, Kind=Event \
                 is disallowed from being an owner"
                    .into(),
            )],
        ),
        (
            json!({"finalizers": ["orphan", "foregroundDeletion"]}),
            vec![(
                "metadata.finalizers",
                "Invalid value: [\"orphan\",\"foregroundDeletion\"]: finalizer orphan and foregroundDeletion cannot be \
                 both set"
                    .into(),
            )],
        ),
    ]
}

fn causes(reply: &Reply) -> Vec<(String, String)> {
    let status = reply.json();
    assert_eq!((reply.status, &status["reason"]), (422, &json!("Invalid")), "{status}");
    let causes = status["details"]["causes"].as_array().expect("causes");
    let text = |cause: &Value, field: &str| cause[field].as_str().unwrap_or_default().to_owned();
    causes.iter().map(|cause| (text(cause, "field"), text(cause, "message"))).collect()
}

#[test]
fn invalid_metadata_are_refused_as_often_as_they_are_checked() {
    let mut world = world();
    for (name, path, _) in TYPES {
        // The number of validations that check all metadata, and of those that check finalizers.
        let (all, of_finalizers) = match name {
            "events" => (2, 1),
            "endpointslices.discovery.k8s.io" => (3, 2),
            "pods"
            | "configmaps"
            | "secrets"
            | "serviceaccounts"
            | "endpoints"
            | "persistentvolumeclaims"
            | "namespaces"
            | "nodes"
            | "jobs.batch"
            | "ingresses.networking.k8s.io" => (4, 2),
            _ => (3, 1),
        };
        for (metadata, expected) in wrong() {
            let expected: Vec<(String, String)> =
                expected.into_iter().map(|(field, message)| (field.to_owned(), message)).collect();
            let times = if metadata.get("finalizers").is_some() { of_finalizers } else { all };
            let mut object = created(name, Value::Null);
            object["metadata"] = metadata.clone();
            object["metadata"]["name"] = "wrong".into();
            assert_eq!(causes(&world.ask(send("POST", path, JSON, &object))), expected, "{name}");
            let reply = patch(&mut world, &format!("{path}/a"), &json!({"metadata": metadata}));
            assert_eq!(causes(&reply), vec![expected.clone(); times].concat(), "{name}");
        }
        // A finalizer without a domain is invalid if the type has its own validation.
        let free = ["events", "leases.coordination.k8s.io", "widgets.example.com", "plains.example.org"];
        let reply = patch(&mut world, &format!("{path}/a"), &json!({"metadata": {"finalizers": ["plain"]}}));
        assert_eq!(reply.status, if free.contains(&name) { 200 } else { 422 }, "{name}");
    }
    let just = json!({"metadata": {"annotations": {"a": "x".repeat(262_143)}}});
    assert_eq!(patch(&mut world, &format!("{MAPS}/a"), &just).status, 200);
}

#[test]
fn immutable_fields_are_refused_or_ignored() {
    let mut world = world();
    let mut answer = |field: &str, value: Value| {
        let reply = patch(&mut world, &format!("{MAPS}/a"), &json!({"metadata": {field: value}}));
        (reply.status, reply.json()["details"]["causes"].as_array().map_or(0, Vec::len))
    };
    assert_eq!(answer("deletionTimestamp", json!("2026-01-01T00:00:00Z")), (422, 2));
    assert_eq!(answer("deletionGracePeriodSeconds", json!(5)), (422, 2));
    assert_eq!(answer("creationTimestamp", json!("2026-01-01T00:00:00Z")), (200, 0));
    assert_eq!(answer("uid", json!("other")), (422, 2));
    let of_events = "/api/v1/namespaces/default/events/a";
    let reply = patch(&mut world, of_events, &json!({"metadata": {"uid": "other"}}));
    assert_eq!(causes(&reply).len(), 1);
}

#[test]
fn owners_are_read_as_go_reads_them() {
    let mut world = world();
    let mut answer = |path: &str, name: &str, owners: Value| {
        let mut object = created(name, Value::Null);
        object["metadata"] = json!({"generateName": "o", "ownerReferences": owners});
        let reply = world.ask(send("POST", path, JSON, &object));
        (reply.status, reply.json())
    };
    let widgets = "/apis/example.com/v1/namespaces/default/widgets";
    for (owners, why) in [
        (
            json!([{"controller": "yes"}]),
            "string into Go struct field OwnerReference.metadata.ownerReferences.controller of type bool",
        ),
        (
            json!([{"uid": 7}]),
            "number into Go struct field OwnerReference.metadata.ownerReferences.uid of type types.UID",
        ),
        (json!(["x"]), "string into Go struct field ObjectMeta.metadata.ownerReferences of type v1.OwnerReference"),
    ] {
        let expected =
            format!("ConfigMap in version \"v1\" cannot be handled as a ConfigMap: json: cannot unmarshal {why}");
        let (status, body) = answer(MAPS, "configmaps", owners.clone());
        assert_eq!((status, &body["message"]), (400, &json!(expected)));
        let expected = expected.replace("ConfigMap", "Widget").replace("metadata.ownerReferences", "ownerReferences");
        let (status, body) = answer(widgets, "widgets.example.com", owners);
        assert_eq!((status, &body["message"]), (400, &json!(expected)));
    }
    let owner = json!({"apiVersion": "v1", "kind": "K", "name": "n", "uid": "u"});
    let (status, body) = answer(MAPS, "configmaps", json!([owner, owner]));
    assert_eq!((status, &body["metadata"]["ownerReferences"]), (201, &json!([owner])));
}

#[test]
fn put_creates_an_object_if_its_type_allows() {
    let mut world = world();
    for (name, path, _) in TYPES {
        let creates = ["services", "endpoints", "events", "leases.coordination.k8s.io"].contains(&name);
        let mut put = |path: &str, metadata: Value| {
            let mut object = created(name, json!({}));
            object["metadata"] = metadata;
            object["metadata"]["name"] = "s".into();
            world.ask(send("PUT", path, JSON, &object))
        };
        let new = put(&format!("{path}/s"), json!({"resourceVersion": "5"}));
        assert_eq!(new.status, if creates { 201 } else { 404 }, "{name}");
        if !creates {
            assert_eq!(message(&new), format!("{name} \"s\" not found"));
            continue;
        }
        let object = new.json();
        assert!(object["metadata"]["uid"].is_string() && object["metadata"]["creationTimestamp"].is_string());
        let elsewhere = put(&format!("{path}/s").replace("default", "nowhere"), json!({}));
        assert_eq!((elsewhere.status, message(&elsewhere)), (404, "namespaces \"nowhere\" not found".into()));
        assert_eq!(put(&format!("{path}/t"), json!({})).status, 400);
        let wrong = world.ask(send("PUT", &format!("{path}/w"), JSON, &json!({"metadata": {"name": "w", "uid": "5"}})));
        let place = match name {
            "services" => "services/specs",
            "endpoints" => "services/endpoints",
            "events" => "events",
            _ => "leases",
        };
        let expected = format!(
            "Operation cannot be fulfilled on {name} \"w\": StorageError: invalid object, Code: 4, Key: \
             /registry/{place}/default/w, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in \
             precondition: 5, UID in object meta: "
        );
        assert_eq!((wrong.status, message(&wrong)), (409, expected));
        let missing = patch(&mut world, &format!("{path}/missing"), &json!({}));
        assert_eq!(missing.status, 404, "{name}");
    }
    // The strategy of the status of services embeds the strategy of services.
    let service = json!({"metadata": {"name": "by-status"}});
    let path = "/api/v1/namespaces/default/services/by-status/status";
    assert_eq!(world.ask(send("PUT", path, JSON, &service)).status, 201);
    let path = "/api/v1/namespaces/default/pods/by-status/status";
    assert_eq!(world.ask(send("PUT", path, JSON, &service)).status, 404);
}

#[test]
fn version_zero_is_no_version() {
    let mut world = world();
    for (name, path, _) in TYPES {
        let path = format!("{path}/a");
        let needs_one = ["leases.coordination.k8s.io", "widgets.example.com", "plains.example.org"].contains(&name);
        let expected = if needs_one { 422 } else { 200 };
        for version in ["0", "00", ""] {
            let mut object = world.get(&path).json();
            object["metadata"]["resourceVersion"] = version.into();
            assert_eq!(world.ask(send("PUT", &path, JSON, &object)).status, expected, "{name} {version:?}");
            let change = json!({"metadata": {"resourceVersion": version, "labels": {"v": version}}});
            assert_eq!(patch(&mut world, &path, &change).status, expected, "{name} {version:?}");
        }
        let mut refusal = |version: &str| {
            let change = json!({"metadata": {"resourceVersion": version}});
            let reply = patch(&mut world, &path, &change);
            (reply.status, message(&reply))
        };
        assert_eq!(refusal("1").0, 409);
        assert_eq!(refusal("x"), (500, "strconv.ParseUint: parsing \"x\": invalid syntax".into()));
    }
    let mut create = |version: &str| {
        let object = json!({"metadata": {"generateName": "v", "resourceVersion": version}});
        world.ask(send("POST", MAPS, JSON, &object)).status
    };
    assert_eq!(["0", "x", "5", "18446744073709551616"].map(&mut create), [201, 201, 500, 201]);
}

#[test]
fn some_namespaces_cannot_be_deleted() {
    let mut world = world();
    for namespace in ["default", "kube-public", "kube-system"] {
        let reply = world.ask(send("DELETE", &format!("/api/v1/namespaces/{namespace}"), JSON, &json!({})));
        let expected = format!(
            r#"{{"kind":"Status","apiVersion":"v1","metadata":{{}},"status":"Failure","message":"namespaces \"{namespace}\" is forbidden: this namespace may not be deleted","reason":"Forbidden","details":{{"name":"{namespace}","kind":"namespaces"}},"code":403}}"#
        );
        assert_eq!((reply.status, reply.text().trim_end()), (403, expected.as_str()));
        let error = world.server.delete(world.now, "namespaces", None, namespace).expect_err("refused");
        assert_eq!(error.code, 403);
    }
    let reply = world.ask(send("DELETE", "/api/v1/namespaces/missing", JSON, &json!({})));
    assert_eq!(reply.status, 404);
    let reply = world.ask(send("DELETE", "/api/v1/namespaces/kube-node-lease", JSON, &json!({})));
    assert_eq!(reply.status, 200);
    // Another object than the one in the precondition isn't validated.
    let reply = world.ask(send("DELETE", "/api/v1/namespaces/default", JSON, &json!({"preconditions": {"uid": "x"}})));
    assert!(message(&reply).contains("\"default\": Precondition failed: UID in precondition: x, UID in object meta: "));
}

#[test]
fn the_media_type_of_a_body_ignores_case_and_nothing_else_does() {
    let mut world = world();
    let mut answer = |method: &str, path: &str, media_type: &str, body: &str| {
        let reply = ask(&mut world, method, path, media_type, body.to_owned());
        (reply.status, reply.json()["message"].as_str().unwrap_or_default().to_owned())
    };
    let body = r#"{"metadata":{"generateName":"m"}}"#;
    for media_type in
        ["APPLICATION/JSON", "Application/Json; charset=UTF-8", "application/json;", "application/json; a=\"b c\""]
    {
        assert_eq!(answer("POST", MAPS, media_type, body).0, 201, "{media_type}");
    }
    let unknown = "the body of the request was in an unknown format - accepted media types include: application/json, \
                   application/yaml, application/vnd.kubernetes.protobuf";
    for media_type in
        ["application/json;x", "application/json; a=\"", "text/plain", "*/*", "application/x-www-form-urlencoded"]
    {
        assert_eq!(answer("POST", MAPS, media_type, body), (415, unknown.to_owned()), "{media_type}");
        assert_eq!(answer("DELETE", &format!("{MAPS}/a"), media_type, "{}"), (415, unknown.to_owned()), "{media_type}");
    }
    assert_eq!(answer("PATCH", &format!("{MAPS}/a"), "application/merge-patch+json; charset=utf-8", "{}").0, 200);
    assert_eq!(answer("PATCH", &format!("{MAPS}/a"), "Application/Merge-Patch+json", "{}").0, 415);
    for accept in ["APPLICATION/JSON", "application/cbor"] {
        let reply = world.ask(crate::common::get(&format!("{MAPS}/a"), accept));
        assert_eq!(reply.status, 406, "{accept}");
        assert!(message(&reply).ends_with("application/json, application/yaml, application/vnd.kubernetes.protobuf"));
    }
}

#[test]
fn unknown_subresources_and_methods_are_refused() {
    let mut world = world();
    for (name, path, has_status) in TYPES {
        let is_custom = name.contains("example");
        let mut answer = |method: &str, part: &str| {
            let reply = ask(&mut world, method, &format!("{path}/a/{part}"), JSON, "{}");
            (reply.status, message(&reply))
        };
        let missing = if is_custom {
            format!("{name} \"a\" not found")
        } else {
            "the server could not find the requested resource".into()
        };
        for method in ["GET", "PUT", "POST", "DELETE"] {
            assert_eq!(answer(method, "bogus"), (404, missing.clone()), "{name}");
        }
        let expected = match (has_status, is_custom) {
            (false, _) => (404, missing),
            (true, false) => (405, "the server does not allow this method on the requested resource".into()),
            (true, true) => (405, format!("delete is not supported on resources of kind \"{name}\"")),
        };
        assert_eq!(answer("DELETE", "status"), expected, "{name}");
        assert_eq!(world.get(&format!("{path}/a")).status, 200, "{name}");
        if !path.contains("/namespaces/") {
            continue;
        }
        let everywhere = path.replace("/namespaces/default", "");
        let reply = ask(&mut world, "DELETE", &everywhere, JSON, "{}");
        assert_eq!(reply.status, if is_custom { 404 } else { 405 }, "{name}");
        assert_eq!(world.server.objects(name).len(), 1, "{name}");
    }
}

/// Five ConfigMaps.
fn five() -> World {
    let mut world = World::standard();
    for (index, name) in ["a", "b", "c", "d", "e"].iter().enumerate() {
        let labels = json!({"odd": (index % 2).to_string()});
        world.create("configmaps", json!({"metadata": {"name": name, "labels": labels}}));
    }
    world
}

/// Deletes a page. Returns the deleted objects, the token, and the remaining objects.
fn delete(world: &mut World, query: &str) -> (Vec<String>, Option<String>, Vec<String>) {
    let reply = ask(world, "DELETE", &format!("{MAPS}{query}"), JSON, "");
    let list = reply.json();
    assert_eq!((reply.status, &list["kind"]), (200, &json!("ConfigMapList")), "{query}: {list}");
    let owned = |list: &Value| names(list).into_iter().map(str::to_owned).collect();
    let token = list["metadata"]["continue"].as_str().map(str::to_owned);
    let left = world.get(MAPS).json();
    (owned(&list), token, owned(&left))
}

#[test]
fn a_collection_is_deleted_as_far_as_its_list_goes() {
    let mut world = five();
    let (deleted, token, left) = delete(&mut world, "?limit=2");
    assert_eq!((deleted.join(""), left.join("")), ("ab".into(), "cde".into()));
    // The list continues at its own version, at which all five objects exist.
    let token = token.expect("a token of the next page");
    let (deleted, again, left) = delete(&mut world, &format!("?limit=2&continue={token}"));
    assert_eq!((deleted.join(""), left.join("")), ("cd".into(), "e".into()));
    let (deleted, over, left) = delete(&mut world, &format!("?continue={}", again.expect("a token of the next page")));
    assert_eq!((deleted.join(""), over, left.join("")), ("e".into(), None, String::new()));
    // A deleted object is returned, and isn't an error.
    let (deleted, _, _) = delete(&mut world, &format!("?continue={token}"));
    assert_eq!(deleted.join(""), "cde");

    let mut world = five();
    let token = world.get(&format!("{MAPS}?limit=2")).json()["metadata"]["continue"].clone();
    let (deleted, _, left) =
        delete(&mut world, &format!("?continue={}", token.as_str().expect("a token of the next page")));
    assert_eq!((deleted.join(""), left.join("")), ("cde".into(), "ab".into()));

    let (deleted, token, left) = delete(&mut five(), "?limit=1&labelSelector=odd%3D0");
    assert_eq!((deleted.join(""), token.is_some(), left.join("")), ("a".into(), true, "bcde".into()));
    for query in ["", "?limit=0", "?limit=-1", "?watch=1", "?uid="] {
        assert_eq!(delete(&mut five(), query).2.join(""), "", "{query}");
    }
}

#[test]
fn a_deleted_list_names_the_version_of_each_object() {
    let mut world = five();
    let version = world.server.resource_version();
    world.create("configmaps", json!({"metadata": {"name": "f"}}));
    for query in [
        format!("?resourceVersion={version}"),
        "?resourceVersion=0".into(),
        "?resourceVersion=0&limit=2".into(),
        format!("?resourceVersion={version}&resourceVersionMatch=Exact"),
        "?uid=x".into(),
    ] {
        let reply = ask(&mut world, "DELETE", &format!("{MAPS}{query}"), JSON, "");
        assert_eq!(reply.status, 409, "{query}");
        assert_eq!(world.server.objects("configmaps").len(), 6, "{query}");
    }
    let reply = ask(&mut world, "DELETE", &format!("{MAPS}?resourceVersion=99999"), JSON, "");
    assert_eq!((reply.status, message(&reply).starts_with("Timeout: Too large resource version: 99999")), (504, true));
    // Options in a body take precedence.
    let options = json!({"preconditions": {"resourceVersion": "1"}});
    assert_eq!(world.ask(send("DELETE", MAPS, JSON, &options)).status, 409);
    let reply = world.ask(send("DELETE", &format!("{MAPS}?resourceVersion=0"), JSON, &json!({})));
    assert_eq!((reply.status, world.server.objects("configmaps").len()), (200, 0));
    // The same applies to one object.
    let mut world = five();
    let one = |world: &mut World, query: &str| ask(world, "DELETE", &format!("{MAPS}/a{query}"), JSON, "").status;
    assert_eq!(one(&mut world, "?resourceVersion=1"), 409);
    assert_eq!(one(&mut world, "?uid=x"), 409);
    assert_eq!(one(&mut world, "?resourceVersion=203"), 200);
}

#[test]
fn deleting_all_definitions_does_not_wait_for_objects() {
    let mut world = world();
    let path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
    let reply = world.ask(send("DELETE", path, JSON, &json!({})));
    assert_eq!((reply.status, names(&reply.json()).len()), (200, 1));
    assert_eq!(world.get(&format!("{path}/plains.example.org")).status, 404);
    assert_eq!(world.get("/apis/example.org/v1/namespaces/default/plains").status, 404);
}
