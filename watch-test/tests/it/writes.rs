//! Invalid writes, refused with the messages of a real kube-apiserver 1.36.3.

use serde_json::{Value, json};

use crate::common::media_types::{JSON, MERGE};
use crate::common::paths::{MAPS, WIDGETS};
use crate::common::{Reply, World, send};

const JSON_PATCH: &str = "application/json-patch+json";

/// Creates a server with a ConfigMap and a Widget named `a`.
fn world() -> World {
    let mut world = World::standard();
    world.create("configmaps", json!({"metadata": {"name": "a", "labels": {"x": "y"}}}));
    world.create("widgets.example.com", json!({"metadata": {"name": "a", "labels": {"x": "y"}}}));
    world
}

fn widget() -> Value {
    json!({"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": "a"}})
}

fn status_and_message(reply: &Reply) -> (u64, String) {
    let status = reply.json();
    assert_eq!(status["code"], json!(reply.status));
    (status["code"].as_u64().expect("a code"), status["message"].as_str().expect("a message").to_owned())
}

#[test]
fn a_custom_resource_is_replaced_only_by_who_knows_its_version() {
    let mut world = world();
    let refused = world.ask(send("PUT", &format!("{WIDGETS}/a"), JSON, &widget()));
    assert_eq!(
        refused.text(),
        "{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"metadata\":{},\"status\":\"Failure\",\"message\":\
         \"widgets.example.com \\\"a\\\" is invalid: metadata.resourceVersion: Invalid value: 0: must be specified for \
         an update\",\"reason\":\"Invalid\",\"details\":{\"name\":\"a\",\"group\":\"example.com\",\"kind\":\"widgets\",\
         \"causes\":[{\"reason\":\"FieldValueInvalid\",\"message\":\"Invalid value: 0: must be specified for an \
         update\",\"field\":\"metadata.resourceVersion\"}]},\"code\":422}\n"
    );
    let mut known = widget();
    known["metadata"]["resourceVersion"] = world.server.resource_version().to_string().into();
    assert_eq!(world.ask(send("PUT", &format!("{WIDGETS}/a"), JSON, &known)).status, 200);
    let mut another = widget();
    another["metadata"]["uid"] = "0".into();
    assert_eq!(world.ask(send("PUT", &format!("{WIDGETS}/a"), JSON, &another)).status, 409);
    let map = json!({"metadata": {"name": "a"}});
    assert_eq!(world.ask(send("PUT", &format!("{MAPS}/a"), JSON, &map)).status, 200);
}

#[test]
fn a_precondition_on_another_object_is_a_conflict() {
    let mut world = world();
    let mut put = |metadata: Value| {
        let mut map = json!({"metadata": {"name": "a"}});
        json_merge(&mut map["metadata"], &metadata);
        status_and_message(&world.ask(send("PUT", &format!("{MAPS}/a"), JSON, &map)))
    };
    let (code, message) = put(json!({"uid": "0"}));
    let words = "Operation cannot be fulfilled on configmaps \"a\": StorageError: invalid object, Code: 4, Key: \
                 /registry/configmaps/default/a, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in \
                 precondition: 0, UID in object meta: ";
    assert!(code == 409 && message.starts_with(words), "{message}");
    let garbage = put(json!({"resourceVersion": "x"}));
    assert_eq!(garbage, (500, "strconv.ParseUint: parsing \"x\": invalid syntax".to_owned()));

    let uid = world.server.objects("widgets.example.com")[0]["metadata"]["uid"].as_str().expect("a uid").to_owned();
    let mut delete = |preconditions: Value| {
        let options = json!({ "preconditions": preconditions });
        status_and_message(&world.ask(send("DELETE", &format!("{WIDGETS}/a"), JSON, &options)))
    };
    let subject = "Operation cannot be fulfilled on Widget.example.com \"a\"";
    assert_eq!(
        [delete(json!({"uid": "x"})), delete(json!({"resourceVersion": "1"}))],
        [
            (
                409,
                format!(
                    "{subject}: the UID in the precondition (x) does not match the UID in record ({uid}). The object \
                     might have been deleted and then recreated"
                )
            ),
            (
                409,
                format!(
                    "{subject}: the ResourceVersion in the precondition (1) does not match the ResourceVersion in \
                     record (204). The object might have been modified"
                )
            ),
        ]
    );
}

fn json_merge(into: &mut Value, from: &Value) {
    for (name, value) in from.as_object().expect("an object") {
        into[name.as_str()] = value.clone();
    }
}

#[test]
fn invalid_patches_are_refused() {
    let mut world = world();
    let mut patch = |path: &str, media_type: &str, body: Value| {
        status_and_message(&world.ask(send("PATCH", &format!("{path}/a"), media_type, &body)))
    };
    let rejected = (422, "the server rejected our request due to an error in our request".to_owned());
    for operations in [json!([{"op": "bogus", "path": "/x"}]), json!([{"op": "add"}]), json!([null])] {
        assert_eq!(patch(MAPS, JSON_PATCH, operations), rejected);
    }
    let cannot = |found: &str, wanted: &str| {
        (400, format!("error decoding patch: json: cannot unmarshal {found} into Go value of type {wanted}"))
    };
    assert_eq!(patch(MAPS, JSON_PATCH, json!({})), cannot("object", "[]handlers.jsonPatchOp"));
    assert_eq!(patch(MAPS, JSON_PATCH, json!([7])), cannot("number", "handlers.jsonPatchOp"));
    assert_eq!(patch(MAPS, JSON, json!({})), (415, "415: Unsupported Media Type".to_owned()));
    assert_eq!(
        patch(WIDGETS, JSON, json!({})),
        (
            415,
            "the body of the request was in an unknown format - accepted media types include: \
             application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml"
                .to_owned()
        )
    );
    let expected = [
        (
            MAPS,
            json!({"metadata": {"uid": "x"}}),
            "ConfigMap \"a\" is invalid: metadata.uid: Invalid value: \"x\": field is immutable",
        ),
        (
            WIDGETS,
            json!({"kind": "Other"}),
            "Other.example.com \"a\" is invalid: kind: Invalid value: \"Other\": must be Widget",
        ),
        (
            WIDGETS,
            json!({"apiVersion": "v9"}),
            "Widget \"a\" is invalid: apiVersion: Invalid value: \"v9\": must be example.com/v1",
        ),
    ];
    for (path, body, message) in expected {
        assert_eq!(patch(path, MERGE, body), (422, message.to_owned()));
    }
    let details = world.ask(send("PATCH", &format!("{MAPS}/a"), "text/plain", &json!({}))).json()["details"].clone();
    assert_eq!(details, json!({}));
    let mut patch = |path: &str, media_type: &str, body: Value| {
        status_and_message(&world.ask(send("PATCH", &format!("{path}/a"), media_type, &body)))
    };
    let (code, message) = patch(MAPS, MERGE, json!({"kind": "Other"}));
    assert!(code == 422 && message.starts_with(" \"\" is invalid: patch: Invalid value: "), "{message}");
    assert!(
        message.ends_with("no kind \"Other\" is registered for version \"v1\" in scheme \"pkg/runtime/scheme.go:111\"")
    );
}

#[test]
fn a_json_patch_replaces_absent_fields_as_in_go() {
    let mut world = world();
    let operations = json!([{"op": "replace", "path": "/metadata/labels/new", "value": "1"}]);
    let patched = world.ask(send("PATCH", &format!("{MAPS}/a"), JSON_PATCH, &operations));
    assert_eq!(patched.json()["metadata"]["labels"], json!({"x": "y", "new": "1"}));
    let nothing = world.ask(send("PATCH", &format!("{MAPS}/a"), JSON_PATCH, &Value::Null));
    assert_eq!((nothing.status, &nothing.body), (200, &patched.body));
}

#[test]
fn a_terminating_object_gets_no_more_finalizers() {
    let mut world = World::standard();
    world.create("configmaps", json!({"metadata": {"name": "f", "finalizers": ["a.b/c"]}}));
    let marked = world.delete("configmaps", "f");
    let path = format!("{MAPS}/f");
    let more = json!({"metadata": {"finalizers": ["a.b/c", "d.e/f", "g.h/i"]}});
    let refused = world.ask(send("PATCH", &path, MERGE, &more));
    let why = "Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers \
               []string{\"d.e/f\", \"g.h/i\"}";
    assert_eq!(status_and_message(&refused), (422, format!("ConfigMap \"f\" is invalid: metadata.finalizers: {why}")));
    let causes = refused.json()["details"]["causes"].clone();
    let cause = json!({"reason": "FieldValueForbidden", "message": why, "field": "metadata.finalizers"});
    assert_eq!(causes, json!([cause, cause]));
    // The write that removes the last finalizer returns the object that it would have stored.
    let none = json!({"metadata": {"finalizers": null, "labels": {"q": "r"}}});
    let last = world.ask(send("PATCH", &path, MERGE, &none)).json();
    assert_eq!(last["metadata"].get("finalizers"), None);
    assert_eq!(last["metadata"]["labels"], json!({"q": "r"}));
    assert_eq!(last["metadata"]["resourceVersion"], marked["metadata"]["resourceVersion"]);
    assert_eq!(world.get(&path).status, 404);
}

#[test]
fn empty_metadata_fields_are_left_out() {
    let mut world = World::standard();
    let metadata = json!({"name": "m", "labels": {}, "annotations": {}, "finalizers": [], "selfLink": "/x"});
    let created = world.create("configmaps", json!({ "metadata": metadata }));
    for field in ["labels", "annotations", "finalizers", "selfLink"] {
        assert_eq!(created["metadata"].get(field), None, "{field}");
    }
}

#[test]
fn one_object_is_not_read_before_its_version() {
    let mut world = world();
    let now = world.server.resource_version();
    let mut get = |version: &str| world.get(&format!("{MAPS}/a?resourceVersion={version}"));
    assert_eq!([get("").status, get("0").status, get(&now.to_string()).status], [200, 200, 200]);
    let late = get(&(now + 1).to_string());
    assert_eq!(
        status_and_message(&late),
        (504, format!("Timeout: Too large resource version: {}, current: {now}", now + 1))
    );
    assert_eq!(late.header("retry-after"), Some("1"));
    let garbage = "resourceVersion: Invalid value: \"x\": strconv.ParseUint: parsing \"x\": invalid syntax";
    assert_eq!(status_and_message(&get("x")), (500, garbage.to_owned()));
}

#[test]
fn an_unknown_version_of_a_group_is_not_found_in_json() {
    let mut world = World::standard();
    for path in ["/api/v2", "/apis/apps/v2", "/api/v9/pods"] {
        let refused = world.get(path);
        assert_eq!(
            status_and_message(&refused),
            (404, "the server could not find the requested resource".to_owned()),
            "{path}"
        );
    }
    assert_eq!(world.get("/apis/example.com/v2").text(), "404 page not found\n");
}
