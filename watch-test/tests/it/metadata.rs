//! Invalid metadata: refused as kube-apiserver 1.36 refuses them.

use serde_json::json;

use crate::common::media_types::MERGE;
use crate::common::paths::{MAPS, WIDGETS};
use crate::common::{World, ask, post};

const SUBDOMAIN: &str = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const LABEL: &str = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const QUALIFIED: &str = "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const VALUE: &str = "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

#[test]
fn a_bad_name_is_refused_with_the_message_of_kube_apiserver() {
    let mut world = World::standard();
    let reply = ask(&mut world, "POST", MAPS, "application/json", r#"{"metadata":{"name":"A_B"}}"#);
    let detail = SUBDOMAIN.replace('\\', "\\\\");
    // Byte for byte.
    let expected = format!(
        r#"{{"kind":"Status","apiVersion":"v1","metadata":{{}},"status":"Failure","message":"ConfigMap \"A_B\" is invalid: metadata.name: Invalid value: \"A_B\": {detail}","reason":"Invalid","details":{{"name":"A_B","kind":"ConfigMap","causes":[{{"reason":"FieldValueInvalid","message":"Invalid value: \"A_B\": {detail}","field":"metadata.name"}}]}},"code":422}}"#
    );
    assert_eq!(reply.text().trim_end(), expected);
    let (status, error) =
        post(&mut world, WIDGETS, r#"{"apiVersion":"example.com/v1","kind":"Widget","metadata":{"name":"A_B"}}"#);
    assert_eq!((status, &error["details"]["group"]), (422, &json!("example.com")));
    let expected = format!("Widget.example.com \"A_B\" is invalid: metadata.name: Invalid value: \"A_B\": {SUBDOMAIN}");
    assert_eq!(error["message"], expected);
    assert_eq!(
        world.server.create(world.now, "pods", None, json!({"metadata": {"name": "-"}})).expect_err("no").code,
        422
    );
}

#[test]
fn malformed_metadata_are_invalid() {
    let mut world = World::standard();
    let long = |len: usize| "a".repeat(len);
    let (a63, a64, a254) = (long(63), long(64), long(254));
    let wrong = [
        (json!({"name": a254}), format!("metadata.name: Invalid value: \"{a254}\": must be no more than 253 characters")),
        (json!({"name": "a..b"}), format!("metadata.name: Invalid value: \"a..b\": {SUBDOMAIN}")),
        (json!({"name": "a/b"}), format!("metadata.name: Invalid value: \"a/b\": {SUBDOMAIN}")),
        (json!({"name": "a", "labels": {"-x": "y"}}), format!("metadata.labels: Invalid value: \"-x\": name part {QUALIFIED}")),
        (json!({"name": "a", "labels": {"x": "-y"}}), format!("metadata.labels: Invalid value: \"-y\": {VALUE}")),
        (
            json!({"name": "a", "labels": {"a/b/c": "y"}}),
            format!("metadata.labels: Invalid value: \"a/b/c\": a valid label key {QUALIFIED} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"),
        ),
        (json!({"name": "a", "labels": {"A_/b": "y"}}), format!("metadata.labels: Invalid value: \"A_/b\": prefix part {SUBDOMAIN}")),
        (json!({"name": "a", "labels": {"/b": "y"}}), "metadata.labels: Invalid value: \"/b\": prefix part must be non-empty".into()),
        (
            json!({"name": "a", "labels": {"": "y"}}),
            format!("[metadata.labels: Invalid value: \"\": name part must be non-empty, metadata.labels: Invalid value: \"\": name part {QUALIFIED}]"),
        ),
        (json!({"name": "a", "labels": {"x": a64}}), format!("metadata.labels: Invalid value: \"{a64}\": must be no more than 63 bytes")),
        (json!({"name": "a", "labels": {&a64: "x"}}), format!("metadata.labels: Invalid value: \"{a64}\": name part must be no more than 63 bytes")),
        (json!({"name": "a", "annotations": {"-x": "y"}}), format!("metadata.annotations: Invalid value: \"-x\": name part {QUALIFIED}")),
        (
            json!({"name": "a", "finalizers": ["x"]}),
            "metadata.finalizers[0]: Invalid value: \"x\": name is neither a standard finalizer name nor is it fully qualified".into(),
        ),
        (json!({"name": "a", "finalizers": ["-x/y"]}), format!("metadata.finalizers: Invalid value: \"-x/y\": prefix part {SUBDOMAIN}")),
        (json!({"name": null, "labels": null}), "metadata.name: Required value: name or generateName is required".into()),
    ];
    for (metadata, message) in wrong {
        let name = metadata["name"].as_str().unwrap_or_default();
        let (status, error) = post(&mut world, MAPS, &json!({"metadata": metadata}).to_string());
        assert_eq!((status, &error["message"]), (422, &json!(format!("ConfigMap \"{name}\" is invalid: {message}"))));
    }
    let (_, error) = post(&mut world, "/api/v1/namespaces", r#"{"metadata":{"name":"A.b"}}"#);
    assert_eq!(
        error["message"],
        format!("Namespace \"A.b\" is invalid: metadata.name: Invalid value: \"A.b\": {LABEL}")
    );
    let (_, error) = post(&mut world, MAPS, r#"{"metadata":{"generateName":"A_"}}"#);
    assert_eq!(error["details"]["causes"].as_array().map(Vec::len), Some(2), "{error}");
    let fine = json!({"metadata": {
        "generateName": "a-",
        "labels": {&a63: &a63, "example.com/A_b.c": ""},
        "annotations": {"example.com/x": "anything\n"},
        "finalizers": ["kubernetes", "example.com/f"],
        "ownerReferences": null,
    }});
    assert_eq!(post(&mut world, MAPS, &fine.to_string()).0, 201);
}

#[test]
fn updates_are_validated_too() {
    let mut world = World::standard();
    world.create("configmaps", json!({"metadata": {"name": "ok"}}));
    let path = format!("{MAPS}/ok");
    let wrong = [
        (
            "PUT",
            "application/json",
            r#"{"metadata":{"name":"ok","labels":{"-x":"y"}}}"#,
            422,
            "is invalid: metadata.labels: Inv",
        ),
        (
            "PUT",
            "application/json",
            r#"{"metadata":{"name":"b"}}"#,
            400,
            "the name of the object (b) does not match the name on the URL (ok)",
        ),
        (
            "PUT",
            "application/json",
            r"{}",
            400,
            "the name of the object (ok based on URL) was undeterminable: name must be provided",
        ),
        (
            "PATCH",
            MERGE,
            r#"{"metadata":{"name":"b"}}"#,
            400,
            "the name of the object (b) does not match the name on the URL (ok)",
        ),
        (
            "PATCH",
            MERGE,
            r#"{"metadata":{"labels":{"-x":"y"}}}"#,
            422,
            "ConfigMap \"ok\" is invalid: metadata.labels: Inv",
        ),
        (
            "PATCH",
            MERGE,
            r#"{"metadata":7}"#,
            422,
            r#" "" is invalid: patch: Invalid value: "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":7}": json: cannot unmarshal number into Go struct field ConfigMap.metadata of type v1.ObjectMeta"#,
        ),
        (
            "PATCH",
            MERGE,
            "7",
            400,
            "error decoding patch: json: cannot unmarshal number into Go value of type map[string]interface {}",
        ),
        ("PATCH", MERGE, "null", 400, "Invalid JSON Patch"),
        ("PATCH", MERGE, "{", 400, "error decoding patch: unexpected end of JSON input"),
        (
            "PATCH",
            "application/json-patch+json",
            r#"[{"op":"test","path":"/data/x","value":1}]"#,
            422,
            "the server rejected our request due to an error in our request",
        ),
    ];
    for (method, content_type, body, status, message) in wrong {
        let reply = ask(&mut world, method, &path, content_type, body);
        let found = reply.json()["message"].as_str().unwrap_or_default().to_owned();
        assert!(reply.status == status && found.contains(message), "{method} {body}: {} {found}", reply.status);
    }
    assert_eq!(world.server.objects("configmaps").len(), 1);
}

#[test]
fn a_field_of_the_wrong_type_is_a_bad_request() {
    let mut world = World::standard();
    let unfit = "ConfigMap in version \"v1\" cannot be handled as a ConfigMap: ";
    let field = "json: cannot unmarshal";
    let wrong = [
        (r#"{"metadata":"x"}"#, "string into Go struct field ConfigMap.metadata of type v1.ObjectMeta"),
        (r#"{"metadata":[]}"#, "array into Go struct field ConfigMap.metadata of type v1.ObjectMeta"),
        (r#"{"metadata":{"name":7}}"#, "number into Go struct field ObjectMeta.metadata.name of type string"),
        (
            r#"{"metadata":{"labels":[]}}"#,
            "array into Go struct field ObjectMeta.metadata.labels of type map[string]string",
        ),
        (r#"{"metadata":{"labels":{"a":1}}}"#, "number into Go struct field ObjectMeta.metadata.labels of type string"),
        (
            r#"{"metadata":{"finalizers":"x"}}"#,
            "string into Go struct field ObjectMeta.metadata.finalizers of type []string",
        ),
        (
            r#"{"metadata":{"resourceVersion":5}}"#,
            "number into Go struct field ObjectMeta.metadata.resourceVersion of type string",
        ),
        (
            r#"{"metadata":{"namespace":true}}"#,
            "bool into Go struct field ObjectMeta.metadata.namespace of type string",
        ),
        (
            r#"{"metadata":{"generation":"x"}}"#,
            "string into Go struct field ObjectMeta.metadata.generation of type int64",
        ),
        (
            r#"{"metadata":{"ownerReferences":{}}}"#,
            "object into Go struct field ObjectMeta.metadata.ownerReferences of type []v1.OwnerReference",
        ),
        (
            r#"{"metadata":{"creationTimestamp":5}}"#,
            "number into Go struct field ObjectMeta.metadata.creationTimestamp of type string",
        ),
    ];
    for (body, message) in wrong {
        let (status, error) = post(&mut world, MAPS, body);
        assert_eq!((status, &error["reason"]), (400, &json!("BadRequest")), "{body}");
        assert_eq!(error["message"], format!("{unfit}{field} {message}"));
    }
    let widget = |metadata: &str| format!(r#"{{"apiVersion":"example.com/v1","kind":"Widget","metadata":{metadata}}}"#);
    for (metadata, message) in [
        ("\"x\"", "string into Go value of type v1.ObjectMeta"),
        (r#"{"name":7}"#, "number into Go struct field ObjectMeta.name of type string"),
    ] {
        let (status, error) = post(&mut world, WIDGETS, &widget(metadata));
        let expected = format!("Widget in version \"v1\" cannot be handled as a Widget: {field} {message}");
        assert_eq!((status, &error["message"]), (400, &json!(expected)));
    }
}

#[test]
fn roles_and_bindings_are_called_as_parts_of_paths_can_be() {
    let mut world = World::standard();
    let mut name = |name: &str| {
        let role = json!({"metadata": {"name": name}, "rules": []});
        match world.server.create(world.now, "clusterroles.rbac.authorization.k8s.io", None, role) {
            Ok(_) => String::new(),
            Err(status) => status.message.split_once(" is invalid: ").expect("what is invalid").1.to_owned(),
        }
    };
    assert_eq!((name("system:node"), name("A_B")), (String::new(), String::new()));
    assert_eq!(name(".."), "metadata.name: Invalid value: \"..\": may not be '..'");
    assert_eq!(
        name("a/b%"),
        "[metadata.name: Invalid value: \"a/b%\": may not contain '/', metadata.name: Invalid value: \"a/b%\": may not contain '%']"
    );
}
