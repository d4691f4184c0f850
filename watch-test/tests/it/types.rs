//! How types that tests rarely use handle writes, as answered by a real kube-apiserver 1.36.3. The differential suite
//! of watch-hyper sends all of these requests to both servers; these tests need no real one.

use core::time::Duration;

use serde_json::{Value, json};

use crate::common::media_types::{JSON, MERGE};
use crate::common::{World, ask, send};

/// A type, and its rules.
struct Type {
    name: &'static str,
    path: &'static str,
    /// The generations after creation, after a change of a label, and after a change of the spec.
    generations: [i64; 3],
    /// The status of an object that is created with `{"b": 1}`.
    status: &'static str,
    creates_by_put: bool,
    /// Whether it can be replaced without a version.
    replaces_any: bool,
}

const fn of(name: &'static str, path: &'static str, generations: [i64; 3], status: &'static str) -> Type {
    Type { name, path, generations, status, creates_by_put: false, replaces_any: true }
}

const fn by_put(of: Type) -> Type {
    Type { creates_by_put: true, ..of }
}

const fn by_version(of: Type) -> Type {
    Type { replaces_any: false, ..of }
}

const COUNTED: [i64; 3] = [1, 1, 2];
const NONE: [i64; 3] = [0; 3];
const TYPES: [Type; 27] = [
    by_put(of("limitranges", "/api/v1/namespaces/default/limitranges", NONE, "null")),
    of(
        "persistentvolumes",
        "/api/v1/persistentvolumes",
        NONE,
        r#"{"phase":"Pending","lastPhaseTransitionTime":"2026-01-01T00:00:00Z"}"#,
    ),
    of("podtemplates", "/api/v1/namespaces/default/podtemplates", COUNTED, "null"),
    of("replicationcontrollers", "/api/v1/namespaces/default/replicationcontrollers", COUNTED, r#"{"replicas":0}"#),
    of("resourcequotas", "/api/v1/namespaces/default/resourcequotas", NONE, "{}"),
    of("controllerrevisions.apps", "/apis/apps/v1/namespaces/default/controllerrevisions", NONE, "null"),
    of(
        "horizontalpodautoscalers.autoscaling",
        "/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers",
        NONE,
        r#"{"desiredReplicas":0,"currentMetrics":null}"#,
    ),
    by_put(of("events.events.k8s.io", "/apis/events.k8s.io/v1/namespaces/default/events", NONE, "null")),
    of("ingressclasses.networking.k8s.io", "/apis/networking.k8s.io/v1/ingressclasses", COUNTED, "null"),
    of(
        "networkpolicies.networking.k8s.io",
        "/apis/networking.k8s.io/v1/namespaces/default/networkpolicies",
        COUNTED,
        "null",
    ),
    of("servicecidrs.networking.k8s.io", "/apis/networking.k8s.io/v1/servicecidrs", NONE, "{}"),
    by_put(of(
        "clusterroles.rbac.authorization.k8s.io",
        "/apis/rbac.authorization.k8s.io/v1/clusterroles",
        NONE,
        "null",
    )),
    by_put(of(
        "clusterrolebindings.rbac.authorization.k8s.io",
        "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
        NONE,
        "null",
    )),
    by_put(of(
        "roles.rbac.authorization.k8s.io",
        "/apis/rbac.authorization.k8s.io/v1/namespaces/default/roles",
        NONE,
        "null",
    )),
    by_put(of(
        "rolebindings.rbac.authorization.k8s.io",
        "/apis/rbac.authorization.k8s.io/v1/namespaces/default/rolebindings",
        NONE,
        "null",
    )),
    by_version(of(
        "poddisruptionbudgets.policy",
        "/apis/policy/v1/namespaces/default/poddisruptionbudgets",
        COUNTED,
        r#"{"disruptionsAllowed":0,"currentHealthy":0,"desiredHealthy":0,"expectedPods":0}"#,
    )),
    // The generation is counted from a missing one.
    by_version(of("csidrivers.storage.k8s.io", "/apis/storage.k8s.io/v1/csidrivers", [0, 0, 1], "null")),
    by_version(of("csinodes.storage.k8s.io", "/apis/storage.k8s.io/v1/csinodes", NONE, "null")),
    by_version(of(
        "csistoragecapacities.storage.k8s.io",
        "/apis/storage.k8s.io/v1/namespaces/default/csistoragecapacities",
        NONE,
        "null",
    )),
    of("storageclasses.storage.k8s.io", "/apis/storage.k8s.io/v1/storageclasses", NONE, "null"),
    by_version(of(
        "volumeattachments.storage.k8s.io",
        "/apis/storage.k8s.io/v1/volumeattachments",
        NONE,
        r#"{"attached":false}"#,
    )),
    of("volumeattributesclasses.storage.k8s.io", "/apis/storage.k8s.io/v1/volumeattributesclasses", NONE, "null"),
    by_version(of(
        "mutatingwebhookconfigurations.admissionregistration.k8s.io",
        "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations",
        COUNTED,
        "null",
    )),
    by_version(of(
        "validatingwebhookconfigurations.admissionregistration.k8s.io",
        "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations",
        COUNTED,
        "null",
    )),
    by_put(by_version(of("runtimeclasses.node.k8s.io", "/apis/node.k8s.io/v1/runtimeclasses", NONE, "null"))),
    // The generation is kept, and no write changes it.
    of("priorityclasses.scheduling.k8s.io", "/apis/scheduling.k8s.io/v1/priorityclasses", [1; 3], "null"),
    of("namespaces", "/api/v1/namespaces", NONE, r#"{"phase":"Active"}"#),
];

#[test]
fn each_type_counts_and_begins_as_in_its_registry() {
    for Type { name, path, generations, status, .. } in TYPES {
        let mut world = World::standard();
        let object = json!({"metadata": {"name": "a"}, "status": {"b": 1}});
        let created = world.ask(send("POST", path, JSON, &object)).json();
        assert_eq!(created["status"], serde_json::from_str::<Value>(status).expect("JSON"), "{name}");
        let at = format!("{path}/a");
        let label = json!({"metadata": {"labels": {"a": "b"}}});
        let labelled = world.ask(send("PATCH", &at, MERGE, &label)).json();
        let changed = world.ask(send("PATCH", &at, MERGE, &json!({"spec": {"b": 2}}))).json();
        let generation = |object: &Value| object["metadata"]["generation"].as_i64().unwrap_or(0);
        assert_eq!([created, labelled, changed].map(|object| generation(&object)), generations, "{name}");
    }
}

#[test]
fn each_type_is_put_as_in_its_registry() {
    for Type { name, path, creates_by_put, replaces_any, .. } in TYPES {
        let mut world = World::standard();
        let object = json!({"metadata": {"name": "a"}});
        let put = world.ask(send("PUT", &format!("{path}/a"), JSON, &object)).status;
        assert_eq!(put, if creates_by_put { 201 } else { 404 }, "{name}");
        world.ask(send("POST", path, JSON, &object));
        let put = world.ask(send("PUT", &format!("{path}/a"), JSON, &object)).status;
        assert_eq!(put, if replaces_any { 200 } else { 422 }, "{name}");
    }
}

#[test]
fn a_volume_notes_when_its_phase_changed() {
    let mut world = World::standard();
    world.create("persistentvolumes", json!({"metadata": {"name": "v"}}));
    let mut noted = |status: Value| {
        world.now += Duration::from_secs(1);
        let path = "/api/v1/persistentvolumes/v/status";
        let changed = world.ask(send("PATCH", path, MERGE, &json!({"status": status}))).json();
        changed["status"]["lastPhaseTransitionTime"].as_str().expect("a time").to_owned()
    };
    assert_eq!(noted(json!({"message": "m"})), "2026-01-01T00:00:00Z");
    assert_eq!(noted(json!({"phase": "Available"})), "2026-01-01T00:00:02Z");
    assert_eq!(noted(json!({"phase": "Available"})), "2026-01-01T00:00:02Z");
    assert_eq!(noted(json!({"lastPhaseTransitionTime": null})), "2026-01-01T00:00:02Z");
    let given = json!({"phase": "Bound", "lastPhaseTransitionTime": "2026-01-01T00:00:01Z"});
    assert_eq!(noted(given), "2026-01-01T00:00:01Z");
}

#[test]
fn names_are_valid_for_their_type() {
    let mut world = World::standard();
    let mut refused = |path: &str, name: &str| {
        let reply = world.ask(send("POST", path, JSON, &json!({"metadata": {"name": name}})));
        let message = reply.json()["message"].as_str().unwrap_or_default().to_owned();
        (reply.status, message.rsplit_once("\": ").map_or(String::new(), |(_, why)| why.to_owned()))
    };
    let addresses = "/apis/networking.k8s.io/v1/ipaddresses";
    for (name, why) in [
        ("10.1.2.3", ""),
        ("2001:db8::1", ""),
        ("a", "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"),
        ("10.1.2", "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"),
        ("10.1..3", "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"),
        ("010.1.2.3", "must not have leading 0s"),
        ("10.1.2.00", "must not have leading 0s"),
        ("::ffff:10.1.2.3", "must not be an IPv4-mapped IPv6 address"),
        ("2001:DB8::1", "must be in canonical form (\"2001:db8::1\")"),
    ] {
        assert_eq!(refused(addresses, name), (if why.is_empty() { 201 } else { 422 }, why.to_owned()), "{name}");
    }
    let jobs = "/apis/batch/v1/namespaces/default/cronjobs";
    assert_eq!(refused(jobs, &"x".repeat(52)).0, 201);
    assert_eq!(refused(jobs, &"x".repeat(53)), (422, "must be no more than 52 characters".into()));
    assert_eq!(refused("/api/v1/namespaces", "a.b"), (422, "must not contain dots".into()));
    for path in ["/apis/policy/v1/namespaces/default/poddisruptionbudgets", "/api/v1/namespaces/default/events"] {
        assert_eq!(
            (refused(path, "A_b").0, refused(path, "a%b")),
            (201, (422, "may not contain '%'".into())),
            "{path}"
        );
    }
}

#[test]
fn names_are_generated_as_their_type_does() {
    let mut world = World::standard();
    let mut created = |path: &str, metadata: Value| {
        let reply = world.ask(send("POST", path, JSON, &json!({ "metadata": metadata })));
        (reply.status, reply.json())
    };
    let (status, range) = created("/api/v1/namespaces/default/limitranges", json!({}));
    assert_eq!((status, range["metadata"]["name"].as_str().map(str::len)), (201, Some(36)));
    assert_ne!(range["metadata"]["name"], range["metadata"]["uid"]);
    let (status, address) = created("/apis/networking.k8s.io/v1/ipaddresses", json!({"generateName": "10.1.2.3"}));
    assert_eq!((status, &address["metadata"]["name"]), (201, &json!("10.1.2.3")));
    let (status, namespace) = created("/api/v1/namespaces", json!({"generateName": "n-"}));
    let labels = json!({"kubernetes.io/metadata.name": namespace["metadata"]["name"]});
    assert_eq!((status, &namespace["metadata"]["labels"]), (201, &labels));
    // Only the generated name is validated, not its prefix.
    let (status, refused) = created("/api/v1/namespaces/default/replicationcontrollers", json!({"generateName": "A_"}));
    let fields: Vec<&Value> =
        refused["details"]["causes"].as_array().expect("causes").iter().map(|cause| &cause["field"]).collect();
    assert_eq!((status, fields), (422, vec![&json!("metadata.name")]));
}

#[test]
fn refusals_of_events_have_no_group() {
    let mut world = World::standard();
    let events = "/apis/events.k8s.io/v1/namespaces/default/events";
    let refused = world.ask(send("POST", events, JSON, &json!({"metadata": {"name": "A_b"}}))).json();
    assert!(refused["message"].as_str().is_some_and(|why| why.starts_with("Event \"A_b\" is invalid")), "{refused}");
    assert_eq!((&refused["details"]["kind"], refused["details"].get("group")), (&json!("Event"), None));
    world.ask(send("POST", events, JSON, &json!({"metadata": {"name": "a"}})));
    let refused = ask(&mut world, "DELETE", &format!("{events}/a?uid=other"), "", "").json();
    let why = "Operation cannot be fulfilled on Event \"a\": ";
    assert!(refused["message"].as_str().is_some_and(|message| message.starts_with(why)), "{refused}");
}
