//! The forms of replies: compressed, as tables, indented.

use std::io::Read as _;

use serde_json::{Value, json};

use crate::common::paths::PODS;
use crate::common::{World, get};

#[test]
fn long_lists_are_compressed_on_request() {
    let mut world = World::with_tiers(1);
    let list = |world: &mut World, encoding: &str| {
        let mut request = get(PODS, "application/json");
        request.headers_mut().insert("accept-encoding", encoding.parse().expect("a header"));
        world.ask(request)
    };
    assert_eq!(list(&mut world, "gzip").header("content-encoding"), None);
    let note = "x".repeat(140_000);
    world.create("pods", json!({"metadata": {"name": "big", "annotations": {"note": note}}}));
    let plain = list(&mut world, "gzip;q=1.0");
    assert_eq!(plain.header("content-encoding"), None);
    let packed = list(&mut world, "deflate, gzip");
    assert_eq!((packed.header("content-encoding"), packed.header("vary")), (Some("gzip"), Some("Accept-Encoding")));
    let mut text = Vec::new();
    flate2::read::GzDecoder::new(packed.body.as_slice()).read_to_end(&mut text).expect("gzip");
    assert_eq!(text, plain.body);
}

#[test]
fn metadata_is_sent_as_objects_and_as_lists() {
    let mut world = World::with_tiers(1);
    let list = world.ask(get(PODS, "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1")).json();
    assert_eq!(list["kind"], "PartialObjectMetadataList");
    assert_eq!(list["items"][0]["kind"], "PartialObjectMetadata");
    let object = world.ask(get(&format!("{PODS}/p0"), "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"));
    assert_eq!(object.json()["apiVersion"], "meta.k8s.io/v1");
    let refused = world.ask(get(PODS, "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"));
    assert_eq!(refused.status, 406);
    assert_eq!(
        refused.json()["message"],
        "you requested PartialObjectMetadata, but the requested object is a list (*core.PodList)"
    );
    // A client that accepts transformed objects only gets errors on many lines.
    assert!(refused.text().starts_with("{\n  \"kind\": \"Status\",\n"));
}

#[test]
fn other_media_types_get_the_recorded_messages() {
    let mut world = World::with_tiers(1);
    world.create("widgets.example.com", json!({"metadata": {"name": "w"}}));
    let mut refused = |path: &str, accept: &str| {
        let reply = world.ask(get(path, accept));
        (reply.status, reply.json()["message"].as_str().expect("a message").to_owned(), reply.text().contains("\n "))
    };
    let (partial, list) = (
        "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json",
        "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json",
    );
    let pod = format!("{PODS}/p0");
    let routed = "406: Not Acceptable\n\nAvailable representations: application/json, application/yaml, \
                  application/vnd.kubernetes.protobuf";
    let streams = ", application/json;stream=watch, application/vnd.kubernetes.protobuf;stream=watch";
    let expected = [
        (PODS, partial, 406, "you requested PartialObjectMetadata, but the requested object is a list (*core.PodList)"),
        (
            &pod,
            list,
            406,
            "you requested PartialObjectMetadataList, but the requested object is not a list (*core.Pod)",
        ),
        ("/apis/example.com/v1/namespaces/default/widgets/w", list, 500, "content is not a list"),
        (PODS, "application/*", 406, &format!("{routed}{streams}")),
        (&pod, "application/*", 406, routed),
    ];
    for (path, accept, status, message) in expected {
        assert_eq!(refused(path, accept), (status, message.to_owned(), false), "{path} {accept}");
    }
    assert_eq!(refused(&pod, "text/html"), (406, routed.to_owned(), true));
    let table = "application/json;as=Table;g=meta.k8s.io;v=v1,application/json";
    let policy = "Unable to convert to Table as requested: includeObject: Invalid value: \"x\": must be 'Metadata', \
                  'Object', 'None', or empty";
    assert_eq!(refused(&format!("{PODS}?includeObject=x"), table), (400, policy.to_owned(), false));
}

#[test]
fn ages_of_custom_resources_are_dates() {
    let accept = "application/json;as=Table;g=meta.k8s.io;v=v1";
    let table = World::standard().ask(get("/apis/example.com/v1/widgets", accept)).json();
    assert_eq!(table["columnDefinitions"][1]["type"], "date");
    let table = World::standard().ask(get("/api/v1/configmaps", accept)).json();
    assert_eq!(table["columnDefinitions"][1]["type"], "string");
}

#[test]
fn rows_of_tables_have_the_requested_objects() {
    let mut world = World::with_tiers(1);
    let mut row = |include: &str| {
        let path = format!("{PODS}?includeObject={include}");
        world.ask(get(&path, "application/json;as=Table;g=meta.k8s.io;v=v1")).json()["rows"][0].clone()
    };
    assert_eq!(row("")["object"]["kind"], "PartialObjectMetadata");
    assert_eq!(row("None")["object"], Value::Null);
    assert_eq!(row("Object")["object"]["kind"], "Pod");
    assert_eq!(row("")["cells"][0], "p0");
}

#[test]
fn browsers_get_indented_json() {
    let mut world = World::with_tiers(1);
    let mut request = get(&format!("{PODS}/p0"), "*/*");
    request.headers_mut().insert("user-agent", "curl/8.5.0".parse().expect("a header"));
    assert!(world.ask(request).text().starts_with("{\n  \"kind\": \"Pod\",\n"));
    assert!(world.get(&format!("{PODS}/p0?pretty=true")).text().contains("\n    \"name\": \"p0\",\n"));
    assert!(!world.get(&format!("{PODS}/p0?pretty=false")).text().contains("\n "));
}
