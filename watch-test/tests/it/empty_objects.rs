//! A bookmark has an object with only the fields that Go writes for an empty struct.

use serde_json::Value;

use crate::common::{World, get};

/// The end markers of a real kube-apiserver 1.36.3, one for each built-in type; the versions are left out.
const RECORDED: &str = include_str!("empty_objects.txt");

#[test]
fn the_end_marker_of_every_built_in_type_has_the_recorded_bytes() {
    let mut world = World::standard();
    for recorded in RECORDED.lines() {
        let object: Value = serde_json::from_str(recorded).expect("JSON");
        let (kind, api_version) = (object["kind"].as_str().expect("a kind"), object["apiVersion"].as_str());
        let base = match api_version.expect("a version") {
            "v1" => "/api/v1".into(),
            group => format!("/apis/{group}"),
        };
        let resources = world.get(&base).json();
        let of_kind =
            |entry: &&Value| entry["kind"] == kind && !entry["name"].as_str().unwrap_or_default().contains('/');
        let entry = resources["resources"].as_array().and_then(|all| all.iter().find(of_kind)).expect(kind);
        let query = "watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=1\
                     &fieldSelector=metadata.name%3Dnope";
        let path = format!("{base}/{}?{query}", entry["name"].as_str().expect("a name"));
        let id = world.open(get(&path, "application/json"));
        let line = world.read(id);
        let version = format!("\"resourceVersion\":\"{}\"", world.server.resource_version());
        let expected = recorded.replace("\"resourceVersion\":\"N\"", &version);
        assert_eq!(line, format!("{{\"type\":\"BOOKMARK\",\"object\":{expected}}}\n"));
    }
}
