//! Kinds, versions and types of fields in bodies, with the answers of kube-apiserver 1.36. The differential suite of
//! watch-hyper asks the same of a real one, for each type.

use serde_json::{Value, json};

use crate::common::media_types::{JSON, MERGE, OPERATIONS, STRATEGIC};
use crate::common::paths::{MAPS, WIDGETS};
use crate::common::{World, ask};

const MAP: &str = "/api/v1/namespaces/default/configmaps/a";
const WIDGET: &str = "/apis/example.com/v1/namespaces/default/widgets/a";
const DEPLOYMENT: &str = "/apis/apps/v1/namespaces/default/deployments/a";
const SCALE: &str = "/apis/apps/v1/namespaces/default/deployments/a/scale";
const EVICTION: &str = "/api/v1/namespaces/default/pods/a/eviction";

fn world() -> World {
    let mut world = World::standard();
    world.create("configmaps", json!({"metadata": {"name": "a"}, "data": {"x": "y"}}));
    world.create("widgets.example.com", json!({"metadata": {"name": "a"}}));
    world.create("deployments.apps", json!({"metadata": {"name": "a"}, "spec": {"replicas": 2}}));
    world.create("pods", json!({"metadata": {"name": "a", "finalizers": ["x/y"]}}));
    world
}

/// The status and the message of an answer; without a message, the kind and the version. The object in the error of a
/// patch is left out.
fn answer(world: &mut World, method: &str, path: &str, media_type: &str, body: &str) -> String {
    let reply = ask(world, method, path, media_type, body.to_owned());
    let body = reply.json();
    let shown = match body["message"].as_str() {
        Some(message) => match (message.find("\"{"), message.find("}\": ")) {
            (Some(begin), Some(end)) => format!("{}\"{{}}\": {}", &message[..begin], &message[end + 4..]),
            _ => message.to_owned(),
        },
        None => {
            format!("{} {}", body["apiVersion"].as_str().expect("a version"), body["kind"].as_str().expect("a kind"))
        }
    };
    format!("{} {shown}", reply.status)
}

fn registered(kind: &str, version: &str) -> String {
    format!("no kind \"{kind}\" is registered for version \"{version}\" in scheme \"pkg/runtime/scheme.go:111\"")
}

#[test]
fn the_options_of_a_delete_must_be_options() {
    let mut world = world();
    let cannot = |found: &str, field: &str, wanted: &str| {
        format!("400 json: cannot unmarshal {found} into Go struct field {field} of type {wanted}")
    };
    let kind = "couldn't get version/kind; json parse error: json: cannot unmarshal";
    for (body, expected) in [
        (r#"{"kind":"Banana","apiVersion":"v1"}"#, format!("400 {}", registered("Banana", "v1"))),
        (r#"{"kind":"Banana"}"#, format!("400 {}", registered("Banana", "meta.k8s.io/v1"))),
        (r#"{"kind":"Deployment","apiVersion":"apps/v1"}"#, format!("400 {}", registered("Deployment", "apps/v1"))),
        (
            r#"{"kind":"Status","apiVersion":"apps/v9"}"#,
            "400 converting (v1.Status) to (v1.DeleteOptions): unknown conversion".into(),
        ),
        (r#"{"apiVersion":"a/b/c"}"#, "400 unexpected GroupVersion string: a/b/c".into()),
        (r#"{"kind":1}"#, format!("400 {kind} number into Go struct field .kind of type string")),
        (
            "[]",
            format!(
                "400 {kind} array into Go value of type struct {{ APIVersion string \"json:\\\"apiVersion,omitempty\\\"\"; Kind string \"json:\\\"kind,omitempty\\\"\" }}"
            ),
        ),
        (r#"{"gracePeriodSeconds":"x"}"#, cannot("string", "DeleteOptions.gracePeriodSeconds", "int64")),
        (r#"{"gracePeriodSeconds":1.5}"#, cannot("number 1.5", "DeleteOptions.gracePeriodSeconds", "int64")),
        (r#"{"preconditions":[]}"#, cannot("array", "DeleteOptions.preconditions", "v1.Preconditions")),
        (r#"{"preconditions":{"uid":1}}"#, cannot("number", "Preconditions.preconditions.uid", "types.UID")),
        (r#"{"dryRun":"All"}"#, cannot("string", "DeleteOptions.dryRun", "[]string")),
        (r#"{"dryRun":[1]}"#, cannot("number", "DeleteOptions.dryRun", "string")),
        (r#"{"propagationPolicy":1}"#, cannot("number", "DeleteOptions.propagationPolicy", "v1.DeletionPropagation")),
        (r#"{"orphanDependents":"true"}"#, cannot("string", "DeleteOptions.orphanDependents", "bool")),
    ] {
        for path in [MAP, MAPS, WIDGET, WIDGETS] {
            assert_eq!(answer(&mut world, "DELETE", path, JSON, body), expected, "{path} {body}");
        }
    }
    assert_eq!(world.server.objects("configmaps").len(), 1);
    // Any version of the options, unknown fields, and null are no errors.
    for body in
        [r#"{"kind":"DeleteOptions","apiVersion":"none/v9","banana":1,"gracePeriodSeconds":null}"#, "null", "{}"]
    {
        assert_eq!(answer(&mut world, "DELETE", MAP, JSON, body), "200 v1 Status", "{body}");
        world.create("configmaps", json!({"metadata": {"name": "a"}}));
    }
}

#[test]
fn built_in_types_are_decoded_by_the_kind_in_the_body() {
    let mut world = world();
    let converting = |from: &str, to: &str| format!("converting ({from}) to ({to}): unknown conversion");
    for (given, why) in [
        (r#""kind":"Banana","apiVersion":"v1""#, registered("Banana", "v1")),
        (r#""kind":"Banana","apiVersion":"apps/v1""#, registered("Banana", "apps/v1")),
        (r#""kind":"ServiceAccount","apiVersion":"v1""#, converting("v1.ServiceAccount", "core.ConfigMap")),
        (r#""kind":"RoleBinding","apiVersion":"rbac.authorization.k8s.io/v1beta1""#, converting("v1beta1.RoleBinding", "core.ConfigMap")),
        (r#""kind":"Event","apiVersion":"events.k8s.io/v1""#, converting("v1.Event", "core.ConfigMap")),
        (r#""kind":"Status","apiVersion":"none/v9""#, converting("v1.Status", "core.ConfigMap")),
        (r#""kind":"WatchEvent","apiVersion":"apps/v1""#, converting("v1.WatchEvent", "core.ConfigMap")),
        // Neither custom resources nor definitions are in the scheme of the built-in types.
        (r#""kind":"Widget","apiVersion":"example.com/v1""#, registered("Widget", "example.com/v1")),
        (
            r#""kind":"CustomResourceDefinition","apiVersion":"apiextensions.k8s.io/v1""#,
            registered("CustomResourceDefinition", "apiextensions.k8s.io/v1"),
        ),
        (
            r#""apiVersion":"apps/__internal","kind":"ConfigMap""#,
            "no kind \"ConfigMap\" is registered for the internal version of group \"apps\" in scheme \"pkg/runtime/scheme.go:111\"".into(),
        ),
    ] {
        let body = format!(r#"{{{given},"metadata":{{"name":"a"}}}}"#);
        let parsed: Value = serde_json::from_str(&body).expect("JSON");
        let version = parsed["apiVersion"].as_str().expect("a version").rsplit('/').next().expect("a part");
        let kind = parsed["kind"].as_str().expect("a kind");
        let expected = format!("400 {kind} in version {version:?} cannot be handled as a ConfigMap: {why}");
        assert_eq!(answer(&mut world, "POST", MAPS, JSON, &body), expected, "{body}");
        assert_eq!(answer(&mut world, "PUT", MAP, JSON, &body), expected, "{body}");
        let expected = format!("422  \"\" is invalid: patch: Invalid value: \"{{}}\": {why}");
        assert_eq!(answer(&mut world, "PATCH", MAP, MERGE, &body), expected, "{body}");
        // It is written into the type of the present object.
        assert_eq!(answer(&mut world, "PATCH", MAP, STRATEGIC, &body), "200 v1 ConfigMap", "{body}");
    }
}

#[test]
fn a_patch_may_use_an_old_version() {
    let mut world = world();
    for version in ["apps/v1beta1", "apps/v1beta2", "extensions/v1beta1"] {
        let body = json!({"kind": "Deployment", "apiVersion": version, "metadata": {"name": "a"}}).to_string();
        assert_eq!(answer(&mut world, "PATCH", DEPLOYMENT, MERGE, &body), "200 apps/v1 Deployment");
        let expected =
            format!("400 the API version in the data ({version}) does not match the expected API version (apps/v1)");
        assert_eq!(answer(&mut world, "PUT", DEPLOYMENT, JSON, &body), expected);
    }
    let expected = "400 the name of the object (a based on URL) was undeterminable: name must be provided";
    for patch in [r#"{"apiVersion":null}"#, r#"{"apiVersion":""}"#, r#"{"apiVersion":"apps/__internal"}"#] {
        assert_eq!(answer(&mut world, "PATCH", DEPLOYMENT, MERGE, patch), expected, "{patch}");
    }
    assert_eq!(answer(&mut world, "PATCH", DEPLOYMENT, MERGE, r#"{"kind":null}"#), "200 apps/v1 Deployment");
}

#[test]
fn custom_resources_are_validated_by_their_kind_and_version() {
    let mut world = world();
    let object = |kind: &str, version: &str| json!({"kind": kind, "apiVersion": version, "metadata": {"name": "b"}});
    for (patch, expected) in [
        (
            json!({"kind": "Banana"}),
            "422 Banana.example.com \"a\" is invalid: kind: Invalid value: \"Banana\": must be Widget",
        ),
        (
            json!({"apiVersion": "none/v9"}),
            "422 Widget.none \"a\" is invalid: apiVersion: Invalid value: \"none/v9\": must be example.com/v1",
        ),
        (
            json!({"kind": "Banana", "apiVersion": "v9"}),
            "422 Banana \"a\" is invalid: [kind: Invalid value: \"Banana\": must be Widget, apiVersion: Invalid value: \"v9\": must be example.com/v1]",
        ),
        (
            json!({"kind": "Banana", "metadata": {"uid": "x"}}),
            "422 Banana.example.com \"a\" is invalid: [metadata.uid: Invalid value: \"x\": field is immutable, kind: Invalid value: \"Banana\": must be Widget]",
        ),
        (
            json!({"apiVersion": null}),
            "500 Internal error occurred: Object 'apiVersion' is missing in 'object has no apiVersion field'",
        ),
        (
            json!({"apiVersion": null, "metadata": {"name": "b"}}),
            "400 the name of the object (b) does not match the name on the URL (a)",
        ),
        (
            json!({"apiVersion": "a/b/c"}),
            "422  \"\" is invalid: patch: Invalid value: \"{}\": unexpected GroupVersion string: a/b/c",
        ),
    ] {
        assert_eq!(answer(&mut world, "PATCH", WIDGET, MERGE, &patch.to_string()), expected, "{patch}");
    }
    for (body, expected) in [
        (
            object("Banana", "example.com/v1"),
            "422 Banana.example.com \"b\" is invalid: kind: Invalid value: \"Banana\": must be Widget",
        ),
        (
            object("Banana", "v1"),
            "400 the API version in the data (v1) does not match the expected API version (example.com/v1)",
        ),
        (
            object("Widget", ""),
            "400 the API version in the data () does not match the expected API version (example.com/v1)",
        ),
    ] {
        assert_eq!(answer(&mut world, "POST", WIDGETS, JSON, &body.to_string()), expected, "{body}");
    }
}

#[test]
fn fields_of_other_types_get_the_errors_of_the_decoder() {
    let mut world = world();
    for (patch, decoded, restored) in [
        (
            json!({"kind": 1}),
            "couldn't get version/kind; json parse error: json: cannot unmarshal number into Go struct field .kind of type string",
            "\"map[kind:1]\": cannot convert int64 to string",
        ),
        (
            json!({"apiVersion": []}),
            "couldn't get version/kind; json parse error: json: cannot unmarshal array into Go struct field .apiVersion of type string",
            "\"map[apiVersion:[]]\": unrecognized type: string",
        ),
        (
            json!({"metadata": 1}),
            "json: cannot unmarshal number into Go struct field ConfigMap.metadata of type v1.ObjectMeta",
            "\"map[metadata:1]\": cannot restore struct from: int64",
        ),
        (
            json!({"metadata": {"generation": 1.5}}),
            "json: cannot unmarshal number 1.5 into Go struct field ObjectMeta.metadata.generation of type int64",
            "\"map[metadata:map[generation:1.5]]\": cannot convert float64 to int64",
        ),
        (
            json!({"metadata": {"labels": {"a": 1.5}}}),
            "json: cannot unmarshal number into Go struct field ObjectMeta.metadata.labels of type string",
            "\"map[metadata:map[labels:map[a:1.5]]]\": unrecognized type: string",
        ),
        (
            json!({"metadata": {"labels": true}}),
            "json: cannot unmarshal bool into Go struct field ObjectMeta.metadata.labels of type map[string]string",
            "\"map[metadata:map[labels:true]]\": cannot restore map from bool",
        ),
        (
            json!({"metadata": {"finalizers": "x"}}),
            "json: cannot unmarshal string into Go struct field ObjectMeta.metadata.finalizers of type []string",
            "\"map[metadata:map[finalizers:x]]\": cannot restore slice from string",
        ),
        (
            json!({"metadata": {"ownerReferences": [{"controller": "x"}]}}),
            "json: cannot unmarshal string into Go struct field OwnerReference.metadata.ownerReferences.controller of type bool",
            "\"map[metadata:map[ownerReferences:[map[controller:x]]]]\": unrecognized type: bool",
        ),
        (
            json!({"metadata": {"creationTimestamp": 1}}),
            "json: cannot unmarshal number into Go struct field ObjectMeta.metadata.creationTimestamp of type string",
            "\"map[metadata:map[creationTimestamp:1]]\": json: cannot unmarshal number into Go value of type string",
        ),
    ] {
        let expected = format!("422  \"\" is invalid: patch: Invalid value: \"{{}}\": {decoded}");
        assert_eq!(answer(&mut world, "PATCH", MAP, MERGE, &patch.to_string()), expected);
        let expected = format!("422  \"\" is invalid: patch: Invalid value: {restored}");
        assert_eq!(answer(&mut world, "PATCH", MAP, STRATEGIC, &patch.to_string()), expected);
    }
    // What a patch leaves as it is keeps the order of the Go struct.
    let operations = r#"[{"op":"add","path":"/kind","value":"Banana"}]"#;
    let message =
        ask(&mut world, "PATCH", MAP, OPERATIONS, operations).json()["message"].as_str().expect("text").to_owned();
    let shown = r#"{\"apiVersion\":\"v1\",\"data\":{\"x\":\"y\"},\"kind\":\"Banana\",\"metadata\":{\"name\":\"a\",\"namespace\":\"default\",\"uid\":"#;
    assert!(message.contains(shown), "{message}");
}

#[test]
fn scales_and_evictions_are_decoded_too() {
    let mut world = world();
    let scale = |given: &str| format!(r#"{{"metadata":{{"name":"a"}},"spec":{{"replicas":1}}{given}}}"#);
    let handled = "400 Scale in version \"v1\" cannot be handled as a Scale: json: cannot unmarshal";
    for (body, expected) in [
        (scale(r#","kind":"Scale","apiVersion":"apps/v1beta1""#), "400 the API version in the data (apps/v1beta1) does not match the expected API version (autoscaling/v1)".to_owned()),
        (scale(r#","kind":"Deployment","apiVersion":"apps/v1""#), "400 Deployment in version \"v1\" cannot be handled as a Scale: converting (v1.Deployment) to (autoscaling.Scale): unknown conversion".to_owned()),
        (scale(r#","status":{"replicas":"x"}"#), format!("{handled} string into Go struct field ScaleStatus.status.replicas of type int32")),
        (scale(r#","status":1"#), format!("{handled} number into Go struct field Scale.status of type v1.ScaleStatus")),
        (r#"{"metadata":{"name":"a"},"spec":[]}"#.to_owned(), format!("{handled} array into Go struct field Scale.spec of type v1.ScaleSpec")),
        (scale(r#","apiVersion":"autoscaling/""#), "200 autoscaling/v1 Scale".to_owned()),
    ] {
        assert_eq!(answer(&mut world, "PUT", SCALE, JSON, &body), expected, "{body}");
    }
    let eviction = |given: &str| format!(r#"{{"metadata":{{"name":"a"}}{given}}}"#);
    let handled = "400 Eviction in version \"v1\" cannot be handled as a Eviction: json: cannot unmarshal";
    for (given, expected) in [
        (r#","kind":"Eviction","apiVersion":"policy/__internal""#, "400 the API version in the data (policy/__internal) does not match the expected API version (policy/v1)".to_owned()),
        (r#","kind":"Eviction","apiVersion":"v1""#, format!("400 Eviction in version \"v1\" cannot be handled as a Eviction: {}", registered("Eviction", "v1"))),
        (r#","deleteOptions":1"#, format!("{handled} number into Go struct field Eviction.deleteOptions of type v1.DeleteOptions")),
        (r#","deleteOptions":{"kind":1}"#, format!("{handled} number into Go struct field DeleteOptions.deleteOptions.TypeMeta.kind of type string")),
        (r#","deleteOptions":{"preconditions":{"uid":1}}"#, format!("{handled} number into Go struct field Preconditions.deleteOptions.preconditions.uid of type types.UID")),
        (r#","deleteOptions":{"propagationPolicy":"x"}"#, "422 DeleteOptions.meta.k8s.io \"\" is invalid: propagationPolicy: Unsupported value: \"x\": supported values: \"Foreground\", \"Background\", \"Orphan\", \"nil\"".to_owned()),
        (r#","kind":"Eviction","apiVersion":"policy/v1beta1","deleteOptions":{"propagationPolicy":"Foreground"}"#, "201 v1 Status".to_owned()),
    ] {
        assert_eq!(answer(&mut world, "POST", EVICTION, JSON, &eviction(given)), expected, "{given}");
    }
    let pod = world.get("/api/v1/namespaces/default/pods/a").json();
    assert_eq!(pod["metadata"]["finalizers"], json!(["x/y", "foregroundDeletion"]));
}
