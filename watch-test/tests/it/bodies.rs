//! Bodies of requests in all forms: read, or refused as kube-apiserver 1.36 refuses them.

use bytes::Bytes;
use serde_json::json;
use watch_test::model::LONGEST_BODY;

use crate::common::paths::{MAPS, WIDGETS};
use crate::common::raw::{Raw, start};
use crate::common::{World, ask, post};

#[test]
fn an_object_of_another_kind_is_a_bad_request() {
    let mut world = World::standard();
    let parse = "the object provided is unrecognized (must be of type ConfigMap): couldn't get version/kind; json parse error: ";
    let wrong = [
        ("", format!("{parse}unexpected end of JSON input (<empty>)")),
        ("{", format!("{parse}unexpected end of JSON input ({{)")),
        ("5", format!("{parse}json: cannot unmarshal number into Go value of type struct {{ APIVersion string \"json:\\\"apiVersion,omitempty\\\"\"; Kind string \"json:\\\"kind,omitempty\\\"\" }} (35)")),
        (r#"{"kind":7}"#, format!("{parse}json: cannot unmarshal number into Go struct field .kind of type string ({{\"kind\":7}})")),
        (r#"{"kind":"Pod"}"#, "Pod in version \"v1\" cannot be handled as a ConfigMap: converting (v1.Pod) to (core.ConfigMap): unknown conversion".into()),
        (r#"{"apiVersion":"v2"}"#, "ConfigMap in version \"v2\" cannot be handled as a ConfigMap: no kind \"ConfigMap\" is registered for version \"v2\" in scheme \"pkg/runtime/scheme.go:111\"".into()),
    ];
    for (body, message) in wrong {
        let (status, error) = post(&mut world, MAPS, body);
        assert_eq!((status, &error["message"]), (400, &json!(message)), "{body}");
    }
    let unrecognized = "the object provided is unrecognized (must be of type Widget): ";
    for (body, message) in [
        ("{}", format!("{unrecognized}Object 'Kind' is missing in '{{}}' ({{}})")),
        ("null", format!("{unrecognized}Object 'Kind' is missing in 'null' (6e756c6c)")),
        (
            r#"{"apiVersion":"v1","kind":"Pod"}"#,
            "the API version in the data (v1) does not match the expected API version (example.com/v1)".into(),
        ),
    ] {
        let (status, error) = post(&mut world, WIDGETS, body);
        assert_eq!((status, &error["message"]), (400, &json!(message)), "{body}");
    }
    // An empty struct, in Go.
    let (status, error) = post(&mut world, MAPS, "null");
    let message = "ConfigMap \"\" is invalid: metadata.name: Required value: name or generateName is required";
    assert_eq!((status, &error["message"]), (422, &json!(message)));
}

#[test]
fn a_body_that_is_too_long_is_413() {
    let mut world = World::standard();
    world.create("configmaps", json!({"metadata": {"name": "a"}}));
    let body = Bytes::from(vec![b' '; LONGEST_BODY + 1]);
    let one = format!("{MAPS}/a");
    for (method, path) in [("POST", MAPS), ("PUT", &one), ("PATCH", &one), ("DELETE", &one), ("DELETE", MAPS)] {
        let reply = ask(&mut world, method, path, "application/json", body.clone());
        let expected = r#"{"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":"Request entity too large: limit is 3145728","reason":"RequestEntityTooLarge","code":413}"#;
        assert_eq!((reply.status, reply.text().trim_end()), (413, expected), "{method}");
    }
    assert_eq!(ask(&mut world, "POST", MAPS, "application/json", body.slice(1..)).status, 400);
    assert_eq!(ask(&mut world, "GET", &one, "application/json", body).status, 200);
}

#[test]
fn client_go_s_protobuf_is_read_and_answered_in_json() {
    let mut world = World::standard();
    let protobuf = "application/vnd.kubernetes.protobuf";
    // A ConfigMap `m` with `a: b`, as `kubectl create configmap m --from-literal=a=b` sent it.
    let body: &[u8] = b"k8s\0\n\x0f\n\x02v1\x12\tConfigMap\x12\x1b\n\x11\n\x01m\x12\0\x1a\0\"\0*\x002\08\0B\0\x12\x06\n\x01a\x12\x01b\x1a\0\"\0";
    let reply = ask(&mut world, "POST", MAPS, protobuf, body);
    assert_eq!((reply.status, &reply.json()["data"]), (201, &json!({"a": "b"})), "{}", reply.text());
    let refused = ask(&mut world, "POST", MAPS, protobuf, "{}");
    let message = "the object provided is unrecognized (must be of type ConfigMap): provided data does not appear to be a protobuf message, expected prefix [107 56 115 0] ({})";
    assert_eq!((refused.status, &refused.json()["message"]), (400, &json!(message)));
    // Custom resources have no protobuf.
    assert_eq!(ask(&mut world, "POST", WIDGETS, protobuf, body).status, 415);
    let options: &[u8] = b"k8s\0\n\x13\n\x02v1\x12\rDeleteOptions\x12\t\x12\x07\n\x05other\x1a\0\"\0";
    assert_eq!(ask(&mut world, "DELETE", &format!("{MAPS}/m"), protobuf, options).status, 409);
    let tried = ask(&mut world, "DELETE", &format!("{MAPS}/m?dryRun=All"), "", "");
    assert_eq!((tried.status, world.server.objects("configmaps").len()), (200, 1));
}

#[test]
fn sixty_megabytes_get_their_413_over_the_wire() {
    let server = start();
    let body = " ".repeat(60_000_000);
    let mut reply = Raw::send(&server, "POST", MAPS, &body);
    let head = reply.head();
    assert!(head.starts_with("HTTP/1.1 413 Request Entity Too Large\r\n"), "{head}");
    assert!(reply.body().contains("limit is 3145728"));
    assert_eq!(reply.rest(), Ok(String::new()));
    assert_eq!(server.requests()[0].status, Some(413));
}
