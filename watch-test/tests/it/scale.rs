//! `/scale` of each type with replicas, as on a real server.

use serde_json::{Value, json};

use crate::common::media_types::{JSON, MERGE};
use crate::common::{World, ask, send};

const DEPLOYMENT: &str = "/apis/apps/v1/namespaces/default/deployments/w";
const SCALE: &str = "/apis/apps/v1/namespaces/default/deployments/w/scale";

fn world() -> World {
    let mut world = World::standard();
    world.create(
        "deployments.apps",
        json!({"metadata": {"name": "w", "labels": {"x": "y"}, "annotations": {"x": "y"}}, "spec": {"replicas": 2,
            "selector": {"matchLabels": {"a": "b"}, "matchExpressions": [{"key": "c", "operator": "In", "values": ["e", "d"]},
            {"key": "B", "operator": "DoesNotExist"}]}}}),
    );
    let status = json!({"status": {"replicas": 1}});
    world.server.patch_status(world.now, "deployments.apps", None, "w", &status).expect("a deployment");
    world
}

fn scale(replicas: i64) -> Value {
    json!({"kind": "Scale", "apiVersion": "autoscaling/v1", "metadata": {"name": "w", "namespace": "default"},
        "spec": {"replicas": replicas}})
}

#[test]
fn a_scale_has_the_replicas_and_the_selector() {
    let mut world = world();
    let deployment = world.get(DEPLOYMENT).json();
    let of = |field: &str| deployment["metadata"][field].as_str().expect("a text").to_owned();
    let (uid, version, created) = (of("uid"), of("resourceVersion"), of("creationTimestamp"));
    assert_eq!(
        world.get(SCALE).text(),
        format!(
            "{{\"kind\":\"Scale\",\"apiVersion\":\"autoscaling/v1\",\"metadata\":{{\"name\":\"w\",\"namespace\":\"default\",\
             \"uid\":\"{uid}\",\"resourceVersion\":\"{version}\",\"creationTimestamp\":\"{created}\"}},\
             \"spec\":{{\"replicas\":2}},\"status\":{{\"replicas\":1,\"selector\":\"!B,a=b,c in (d,e)\"}}}}\n"
        )
    );
}

#[test]
fn everything_that_has_replicas_is_scaled() {
    for (resource, path, selector) in [
        ("deployments.apps", "/apis/apps/v1/namespaces/default/deployments/r", json!({"matchLabels": {"a": "b"}})),
        ("replicasets.apps", "/apis/apps/v1/namespaces/default/replicasets/r", json!({"matchLabels": {"a": "b"}})),
        ("statefulsets.apps", "/apis/apps/v1/namespaces/default/statefulsets/r", json!({"matchLabels": {"a": "b"}})),
        ("replicationcontrollers", "/api/v1/namespaces/default/replicationcontrollers/r", json!({"a": "b"})),
    ] {
        let mut world = World::standard();
        world.create(resource, json!({"metadata": {"name": "r"}, "spec": {"selector": selector}}));
        let watch = world.watch(&format!("{}?watch=1&resourceVersion=203", path.trim_end_matches("/r")));
        let scale_path = format!("{path}/scale");
        assert_eq!(world.get(&scale_path).json()["spec"], json!({"replicas": 1}), "{resource}");
        let patched = world.ask(send("PATCH", &scale_path, MERGE, &json!({"spec": {"replicas": 5}}))).json();
        assert_eq!(
            (&patched["spec"], &patched["status"]),
            (&json!({"replicas": 5}), &json!({"replicas": 0, "selector": "a=b"}))
        );
        assert_eq!(world.get(path).json()["spec"]["replicas"], 5);
        assert!(world.read(watch).starts_with("{\"type\":\"MODIFIED\""), "{resource}");
    }
    let mut world = World::standard();
    world.create("daemonsets.apps", json!({"metadata": {"name": "r"}}));
    for method in ["GET", "PUT", "PATCH"] {
        let body = json!({"metadata": {"name": "r"}});
        let reply = world.ask(send(method, "/apis/apps/v1/namespaces/default/daemonsets/r/scale", MERGE, &body));
        assert_eq!(reply.status, 404, "{method}: {}", reply.text());
    }
}

#[test]
fn a_scale_is_written_by_put_and_by_patches() {
    let mut world = world();
    let mut write = |method: &str, media_type: &str, body: Value| {
        let reply = world.ask(send(method, SCALE, media_type, &body));
        assert_eq!(reply.status, 200, "{}", reply.text());
        let (scale, deployment) = (reply.json(), world.get(DEPLOYMENT).json());
        assert_eq!(scale["metadata"]["resourceVersion"], deployment["metadata"]["resourceVersion"]);
        assert_eq!(
            (&deployment["metadata"]["labels"], &deployment["status"]),
            (&json!({"x": "y"}), &json!({"replicas": 1}))
        );
        (scale["spec"].clone(), deployment["spec"]["replicas"].clone(), deployment["metadata"]["generation"].clone())
    };
    let is = |spec: Value, replicas: i64, generation: i64| (spec, json!(replicas), json!(generation));
    assert_eq!(write("PUT", JSON, scale(3)), is(json!({"replicas": 3}), 3, 2));
    assert_eq!(write("PATCH", MERGE, json!({"spec": {"replicas": 4}})), is(json!({"replicas": 4}), 4, 3));
    let strategic = "application/strategic-merge-patch+json";
    assert_eq!(write("PATCH", strategic, json!({"spec": {"replicas": 5}})), is(json!({"replicas": 5}), 5, 4));
    let operations = json!([{"op": "replace", "path": "/spec/replicas", "value": 6}]);
    assert_eq!(write("PATCH", "application/json-patch+json", operations), is(json!({"replicas": 6}), 6, 5));
    let ignored = json!({"metadata": {"labels": {"a": "b"}}, "status": {"replicas": 9}});
    assert_eq!(write("PATCH", MERGE, ignored), is(json!({"replicas": 6}), 6, 5));
    let mut without = scale(0);
    without["spec"].take();
    assert_eq!(write("PUT", JSON, without), is(json!({}), 0, 6));
}

#[test]
fn invalid_requests_get_the_messages_of_a_real_server() {
    let mut world = world();
    let uid = world.get(DEPLOYMENT).json()["metadata"]["uid"].as_str().expect("a uid").to_owned();
    let mut refused = |method: &str, path: &str, body: Value| {
        let reply = world.ask(send(method, path, if method == "PATCH" { MERGE } else { JSON }, &body));
        (reply.status, reply.json()["message"].as_str().unwrap_or_default().to_owned())
    };
    let with = |field: &str, value: &str| {
        let mut scale = scale(1);
        scale["metadata"][field] = value.into();
        scale
    };
    let modified = "Operation cannot be fulfilled on deployments.apps \"w\": the object has been modified; please apply your changes to the latest version and try again";
    assert_eq!(refused("PUT", SCALE, with("resourceVersion", "1")), (409, modified.into()));
    assert_eq!(refused("PATCH", SCALE, json!({"metadata": {"resourceVersion": "1"}})), (409, modified.into()));
    let another = format!(
        "Operation cannot be fulfilled on deployments.apps \"w\": StorageError: invalid object, Code: 4, Key: /registry/deployments/default/w, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: x, UID in object meta: {uid}"
    );
    assert_eq!(refused("PUT", SCALE, with("uid", "x")), (409, another));
    let negative =
        "Scale.autoscaling \"w\" is invalid: spec.replicas: Invalid value: -1: must be greater than or equal to 0";
    assert_eq!(refused("PUT", SCALE, scale(-1)), (422, negative.into()));
    assert_eq!(refused("PATCH", SCALE, json!({"spec": {"replicas": -1}})), (422, negative.into()));
    let named = "the name of the object (v) does not match the name on the URL (w)";
    assert_eq!(refused("PUT", SCALE, with("name", "v")), (400, named.into()));
    let kind = json!({"kind": "Deployment", "apiVersion": "apps/v1", "metadata": {"name": "w"}});
    let converted = "Deployment in version \"v1\" cannot be handled as a Scale: converting (v1.Deployment) to (autoscaling.Scale): unknown conversion";
    assert_eq!(refused("PUT", SCALE, kind), (400, converted.into()));
    let missing = "/apis/apps/v1/namespaces/default/deployments/nope/scale";
    let not_found = "deployments.apps \"nope\" not found";
    for method in ["PUT", "PATCH", "GET"] {
        let mut body = scale(1);
        body["metadata"]["name"] = "nope".into();
        assert_eq!(refused(method, missing, body), (404, not_found.into()), "{method}");
    }
    let (status, message) = refused("PATCH", SCALE, json!({"spec": {"replicas": "x"}}));
    assert!(
        message.ends_with("json: cannot unmarshal string into Go struct field ScaleSpec.spec.replicas of type int32")
    );
    assert_eq!(status, 422);
    for method in ["POST", "DELETE"] {
        let reply = ask(&mut world, method, SCALE, JSON, "{}");
        assert_eq!((reply.status, &reply.json()["reason"]), (405, &json!("MethodNotAllowed")), "{method}");
    }
}
