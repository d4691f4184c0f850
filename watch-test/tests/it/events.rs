//! Events in their two groups: the same objects with other fields, as on a real server.

use serde_json::{Value, json};

use crate::common::media_types::JSON;
use crate::common::{World, get, send};

const CORE: &str = "/api/v1/namespaces/default/events";
const OWN: &str = "/apis/events.k8s.io/v1/namespaces/default/events";

/// The object without its metadata.
fn body(mut event: Value) -> Value {
    let metadata = event.as_object_mut().and_then(|event| event.remove("metadata")).expect("metadata");
    assert_eq!(metadata["name"], "e");
    event
}

#[test]
fn events_written_in_one_group_are_read_in_the_other() {
    let mut world = World::standard();
    let written = json!({
        "metadata": {"name": "e"}, "regarding": {"kind": "Pod", "name": "p"}, "note": "hello", "type": "Normal",
        "reason": "R", "action": "a", "reportingController": "c", "reportingInstance": "i",
        "deprecatedSource": {"component": "s"}, "deprecatedCount": 3, "deprecatedFirstTimestamp": "2026-01-01T00:00:00Z",
        "deprecatedLastTimestamp": null, "eventTime": "2026-01-01T00:00:00.000000Z",
    });
    let reply = world.ask(send("POST", OWN, JSON, &written));
    assert_eq!(reply.status, 201);
    let expected_order = r#""eventTime":"2026-01-01T00:00:00.000000Z","reportingController":"c","reportingInstance":"i","action":"a","reason":"R","regarding":{"kind":"Pod","name":"p"},"note":"hello","type":"Normal","deprecatedSource":{"component":"s"},"deprecatedFirstTimestamp":"2026-01-01T00:00:00Z","deprecatedLastTimestamp":null,"deprecatedCount":3}"#;
    assert!(reply.text().trim_end().ends_with(expected_order), "{}", reply.text());
    let core = world.get(&format!("{CORE}/e")).json();
    let expected = json!({
        "kind": "Event", "apiVersion": "v1", "involvedObject": {"kind": "Pod", "name": "p"}, "message": "hello",
        "type": "Normal", "reason": "R", "action": "a", "reportingComponent": "c", "reportingInstance": "i",
        "source": {"component": "s"}, "count": 3, "firstTimestamp": "2026-01-01T00:00:00Z", "lastTimestamp": null,
        "eventTime": "2026-01-01T00:00:00.000000Z",
    });
    assert_eq!(body(core), expected);

    let mut change = expected;
    change["metadata"] = json!({"name": "e"});
    change["message"] = "bye".into();
    assert_eq!(world.ask(send("PUT", &format!("{CORE}/e"), JSON, &change)).status, 200);
    assert_eq!(world.get(&format!("{OWN}/e")).json()["note"], "bye");
    let deleted = world.ask(send("DELETE", &format!("{OWN}/e"), JSON, &Value::Null)).json();
    assert_eq!(
        (&deleted["details"]["group"], &deleted["details"]["kind"]),
        (&json!("events.k8s.io"), &json!("events"))
    );
    let gone = world.get(&format!("{OWN}/e")).json();
    assert_eq!(gone["message"], "events.events.k8s.io \"e\" not found");
    assert_eq!(world.get(&format!("{CORE}/e")).status, 404);
}

#[test]
fn lists_and_watches_have_the_fields_of_their_group() {
    let mut world = World::standard();
    let watches = [CORE, OWN].map(|path| world.watch(&format!("{path}?watch=1")));
    world.create("events", json!({"metadata": {"name": "e"}, "involvedObject": {"name": "p"}, "message": "m"}));
    let note =
        |event: &Value| (event["apiVersion"].clone(), event.get("message").is_some(), event.get("note").is_some());
    let seen = watches.map(|id| note(&serde_json::from_str::<Value>(&world.read(id)).expect("JSON")["object"]));
    assert_eq!(seen, [(json!("v1"), true, false), (json!("events.k8s.io/v1"), false, true)]);
    let list = world.get(OWN).json();
    assert_eq!((&list["kind"], &list["apiVersion"]), (&json!("EventList"), &json!("events.k8s.io/v1")));
    assert_eq!((list["items"][0].get("kind"), &list["items"][0]["note"]), (None, &json!("m")));
    // Objects of a test are created as they are stored.
    assert_eq!(world.server.objects("events.events.k8s.io")[0]["regarding"], json!({"name": "p"}));
}

#[test]
fn each_group_has_its_own_fields_to_select_by() {
    let mut world = World::standard();
    world.create(
        "events",
        json!({"metadata": {"name": "e"}, "involvedObject": {"name": "p"}, "reportingComponent": "c"}),
    );
    for (selector, expected) in [
        ("regarding.name%3Dp", 1),
        ("regarding.name!%3Dp", 0),
        ("reportingController%3Dc", 1),
        ("reportingController%3Dd", 0),
        ("type%3DNormal", 0),
    ] {
        let list = world.get(&format!("{OWN}?fieldSelector={selector}")).json();
        assert_eq!(list["items"].as_array().map(Vec::len), Some(expected), "{selector}");
    }
    let refused = world.ask(get(&format!("{OWN}?fieldSelector=involvedObject.name%3Dp"), JSON)).json();
    assert_eq!(refused["message"], "field label not supported: involvedObject.name");
}
