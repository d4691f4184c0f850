//! What differs between releases of Kubernetes, as answered by kube-apiserver 1.36.3 and 1.37.2. The differential suite
//! of watch-hyper sends all of its requests to a model of the release of the real server.

use serde_json::{Value, json};
use watch_test::model::{Config, Release};

use crate::common::media_types::{JSON, MERGE};
use crate::common::paths::MAPS;
use crate::common::{World, ask};

const SCALERS: &str = "/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers";
const NODES: &str = "/apis/storage.k8s.io/v1/csinodes";

fn world(release: Release) -> World {
    let mut config = Config::default();
    config.release = release;
    World::new(config)
}

fn sent(world: &mut World, method: &str, path: &str, body: &Value) -> (u16, Value) {
    let media_type = if method == "PATCH" { MERGE } else { JSON };
    let reply = ask(world, method, path, media_type, body.to_string());
    (reply.status, reply.json())
}

/// The fields and messages of the causes.
fn causes(reply: &Value) -> Vec<String> {
    let causes = reply["details"]["causes"].as_array().expect("causes");
    let text = |cause: &Value, field: &str| cause[field].as_str().expect("a text").to_owned();
    causes.iter().map(|cause| format!("{}: {}", text(cause, "field"), text(cause, "message"))).collect()
}

#[test]
fn the_version_is_that_of_the_release() {
    for (release, minor) in [(Release::V1_36, "36"), (Release::V1_37, "37")] {
        let (_, version) = sent(&mut world(release), "GET", "/version", &Value::Null);
        assert_eq!(version["minor"], minor);
        assert!(version["gitVersion"].as_str().expect("a text").starts_with(&format!("v1.{minor}.")));
    }
}

#[test]
fn since_1_37_an_incomplete_owner_is_named_by_its_index() {
    let map = |owner: Value| json!({"metadata": {"name": "a", "ownerReferences": [owner]}});
    let no_uid = map(json!({"apiVersion": "v1", "kind": "Node", "name": "n"}));
    let no_version = map(json!({"apiVersion": "a/b/c", "kind": "Node", "name": "n", "uid": "u"}));
    for (release, uid, version) in [
        (
            Release::V1_36,
            "metadata.ownerReferences.uid: Invalid value: \"\": must not be empty",
            "metadata.ownerReferences.apiVersion: Invalid value: \"a/b/c\": version must not be empty",
        ),
        (
            Release::V1_37,
            "metadata.ownerReferences[0].uid: Required value: must not be empty",
            "metadata.ownerReferences[0].apiVersion: Invalid value: \"a/b/c\": must be <group>/<version> or <version>",
        ),
    ] {
        let mut world = world(release);
        for (object, expected) in [(&no_uid, uid), (&no_version, version)] {
            let (status, refusal) = sent(&mut world, "POST", MAPS, object);
            assert_eq!((status, causes(&refusal)), (422, vec![expected.to_owned()]), "{release}");
        }
    }
}

/// A patch of a ConfigMap is validated four times.
#[test]
fn since_1_37_an_error_of_a_field_is_reported_once() {
    for (release, times) in [(Release::V1_36, 4), (Release::V1_37, 1)] {
        let mut world = world(release);
        sent(&mut world, "POST", MAPS, &json!({"metadata": {"name": "a"}}));
        let path = format!("{MAPS}/a");
        let (status, refusal) = sent(&mut world, "PATCH", &path, &json!({"metadata": {"labels": {"a b": "c"}}}));
        assert_eq!((status, causes(&refusal).len()), (422, times), "{release}: {refusal}");
    }
}

#[test]
fn since_1_37_an_autoscaler_has_a_generation() {
    let spec = |most: u32| json!({"scaleTargetRef": {"kind": "Deployment", "name": "d"}, "maxReplicas": most});
    for (release, expected) in [(Release::V1_36, [Value::Null, Value::Null]), (Release::V1_37, [json!(1), json!(2)])] {
        let mut world = world(release);
        let (_, created) = sent(&mut world, "POST", SCALERS, &json!({"metadata": {"name": "a"}, "spec": spec(2)}));
        let path = format!("{SCALERS}/a");
        let (_, changed) = sent(&mut world, "PATCH", &path, &json!({"spec": spec(3)}));
        let generations = [created, changed].map(|object| object["metadata"]["generation"].clone());
        assert_eq!(generations, expected, "{release}");
    }
}

#[test]
fn since_1_37_a_csi_node_has_a_status() {
    let node =
        json!({"metadata": {"name": "a"}, "spec": {"drivers": []}, "status": {"storageHealth": [{"name": "d"}]}});
    for (release, created_with, status) in [(Release::V1_36, Value::Null, 404), (Release::V1_37, json!({}), 200)] {
        let mut world = world(release);
        let (_, created) = sent(&mut world, "POST", NODES, &node);
        assert_eq!(created["status"], created_with, "{release}");
        let path = format!("{NODES}/a/status");
        let (found, written) = sent(&mut world, "PATCH", &path, &json!({"status": node["status"]}));
        assert_eq!(found, status, "{release}: {written}");
        let is_written = written["status"] == node["status"];
        assert_eq!(is_written, status == 200, "{release}: {written}");
    }
}

#[test]
fn since_1_37_protobuf_has_the_status_of_a_csi_node() {
    fn field(number: u8, value: &[u8]) -> Vec<u8> {
        [&[number << 3 | 2, u8::try_from(value.len()).expect("short")], value].concat()
    }
    let mut statuses = [Release::V1_36, Release::V1_37].map(|release| {
        let mut world = world(release);
        let created =
            world.create("csinodes.storage.k8s.io", json!({"metadata": {"name": "n"}, "spec": {"drivers": []}}));
        let version = created["metadata"]["resourceVersion"].as_str().expect("a version");
        let time = [8, 0xe6, 0x9b, 0x9d, 0xcb, 6];
        let condition =
            [field(1, b"Degraded"), field(2, b"R"), field(3, b"m"), field(4, b"ReadOnlyMany"), field(6, &time)]
                .concat();
        let health = [field(1, b"d"), field(2, &condition)].concat();
        let metadata = [field(1, b"n"), field(6, version.as_bytes())].concat();
        let node = [field(1, &metadata), field(2, b""), field(3, &field(1, &health))].concat();
        let type_meta = [field(1, b"storage.k8s.io/v1"), field(2, b"CSINode")].concat();
        let body = [b"k8s\0".to_vec(), field(1, &type_meta), field(2, &node)].concat();
        let part = if release == Release::V1_36 { "" } else { "/status" };
        let reply = ask(&mut world, "PUT", &format!("{NODES}/n{part}"), "application/vnd.kubernetes.protobuf", body);
        assert_eq!(reply.status, 200, "{}", reply.text());
        reply.json()["status"].take()
    });
    let [before, since] = &mut statuses;
    // An unknown field, which is omitted.
    assert_eq!(*before, Value::Null);
    let condition = json!({"status": "Degraded", "reason": "R", "message": "m", "accessMode": "ReadOnlyMany",
        "lastTransitionTime": "2026-01-14T08:03:50Z"});
    assert_eq!(*since, json!({"storageHealth": [{"name": "d", "healthConditions": [condition]}]}));
}
