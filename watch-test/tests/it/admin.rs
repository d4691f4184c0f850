//! The admin path: requests by which a test in any language controls the server.

use serde_json::{Value, json};
use watch_test::TestServer;

use crate::common::raw::{Raw, WATCH, start};

/// Status and body of a reply.
fn ask(server: &TestServer, method: &str, path: &str, body: &str) -> (u16, Value) {
    let mut reply = Raw::send(server, method, path, body);
    let status = reply.head()[9..12].parse().expect("a status");
    (status, serde_json::from_str(&reply.body()).expect("JSON"))
}

/// The error of a reply.
fn refused(server: &TestServer, path: &str, body: &Value) -> String {
    let (status, reply) = ask(server, "POST", path, &body.to_string());
    assert_eq!(status, 400, "{path} {body}: {reply}");
    reply["error"].as_str().expect("a message").to_owned()
}

#[test]
fn the_admin_path_lists_its_requests() {
    let server = start();
    let (status, index) = ask(&server, "GET", "/-/", "");
    let entries = index.as_array().expect("a list");
    assert_eq!(status, 200);
    let has = |method: &str, path: &str| {
        entries.iter().any(|entry| entry["method"] == method && entry["path"] == path && entry["does"].is_string())
    };
    for (method, path) in
        [("GET", "/-/"), ("GET", "/-/state"), ("DELETE", "/-/requests"), ("POST", "/-/faults"), ("POST", "/-/goAway")]
    {
        assert!(has(method, path), "{method} {path}");
    }
    // Each example works.
    for entry in entries.iter().filter(|entry| entry["method"] == "POST") {
        let path = entry["path"].as_str().expect("a path");
        let (status, reply) = ask(&server, "POST", path, &entry["body"].to_string());
        assert_eq!(status, 200, "{path}: {reply}");
    }
    let (status, reply) = ask(&server, "GET", "/-/banana", "");
    assert_eq!((status, &reply["error"]), (400, &json!("there is no GET /-/banana; GET /-/ lists all of them")));
}

#[test]
fn outages_and_faults_are_controlled_over_http() {
    let server = start();
    let ask = |method: &str, path: &str, body: Value| {
        let (status, reply) = ask(&server, method, path, &body.to_string());
        assert!(status == 200 || status == 400, "{status}: {reply}");
        reply
    };
    let rules = ask("POST", "/-/faults", json!({"on": {"verb": "watch"}, "times": 1, "refuse": {"status": 503}}));
    assert_eq!(rules.as_array().map(Vec::len), Some(1));
    assert!(Raw::get(&server, WATCH).head().starts_with("HTTP/1.1 503 "));
    assert_eq!(ask("GET", "/-/faults", json!(null)), json!([]));
    assert_eq!(ask("GET", "/-/requests", json!(null))[0]["status"], 503);
    assert_eq!(ask("POST", "/-/skip", json!({"revisions": 7}))["resourceVersion"], 210);
    ask("POST", "/-/expire", json!({}));
    let mut watch = Raw::get(&server, WATCH);
    watch.head();
    assert!(watch.chunk().contains("too old resource version: 202 (210)"));
    assert_eq!(ask("POST", "/-/skip", json!({"revisions": 7}))["resourceVersion"], 217);
    assert_eq!(ask("POST", "/-/restore", json!({"resourceVersion": 212}))["resourceVersion"], 212);
    for (path, body) in [
        ("bookmarks", json!({})),
        ("disconnect", json!({"end": "reset"})),
        ("restart", json!({"gap": 5})),
        ("lag", json!({"replica": 0, "lagging": false})),
        ("unready", json!({"resource": "pods", "lasts": 10})),
        ("unready", json!({"resource": "deployments.v1.apps", "lasts": 10})),
        ("advance", json!({"by": 1000})),
        ("goAway", json!({})),
    ] {
        assert!(ask("POST", &format!("/-/{path}"), body)["resourceVersion"].is_number(), "{path}");
    }
    ask("DELETE", "/-/requests", json!(null));
    Raw::get(&server, WATCH).head();
    assert_eq!(ask("GET", "/-/requests", json!(null)).as_array().map(Vec::len), Some(1), "the others were removed");
    let error = ask("POST", "/-/expire", json!({"befor": 3}));
    assert!(error["error"].as_str().expect("a message").contains("befor"), "{error}");
    assert!(ask("POST", "/-/explode", json!({}))["error"].is_string());
}

#[test]
fn values_out_of_range_are_refused_with_field_and_limits() {
    let server = start();
    let far = u64::MAX;
    let wrong = [
        ("lag", json!({"replica": 16, "lagging": true}), "replica: 16 is not 0 to 15"),
        ("lag", json!({"replica": 999_999_999_999_u64, "lagging": true}), "replica: 999999999999 is not 0 to 15"),
        ("skip", json!({"revisions": far}), "revisions: 18446744073709551615 is not 0 to 9223372036854775604"),
        ("restart", json!({"gap": far}), "gap: 18446744073709551615 is not 0 to 9223372036854775604"),
        ("advance", json!({"by": far}), "by: 18446744073709551615 is not 0 to "),
        ("unready", json!({"resource": "bananas", "lasts": 1}), "resource: there is no cached resource \"bananas\""),
        ("expire", json!({"before": 204}), "before: 204 is not 0 to 203, the newest version"),
        ("restore", json!({"resourceVersion": 204}), "resourceVersion: 204 is not 1 to 203, the newest version"),
        ("restoreBehind", json!({"resourceVersion": 0}), "resourceVersion: 0 is not 1 to 203, the newest version"),
        ("access", json!({"anonymous": "feared"}), "unknown variant `feared`, expected one of `allowed`, `forbidden`"),
        ("backlog", json!({"limits": 3}), "unknown field `limits`, expected `limit`"),
        ("skip", json!({"revisions": "7"}), "skip.revisions: invalid type: string \"7\", expected u64"),
        ("skip", json!({}), "missing field `revisions`"),
        ("restart", json!({"gab": 1}), "unknown field `gab`, expected `gap`"),
        (
            "disconnect",
            json!({"end": "softly"}),
            "unknown variant `softly`, expected one of `complete`, `cut`, `reset`",
        ),
    ];
    for (action, body, message) in wrong {
        let error = refused(&server, &format!("/-/{action}"), &body);
        assert!(error.contains(message), "{action} {body}: {error}");
    }
    assert_eq!(ask(&server, "GET", "/-/state", "").1["resourceVersion"], 203);
}

#[test]
fn a_compacted_version_can_not_be_restored() {
    let server = start();
    ask(&server, "POST", "/-/skip", r#"{"revisions": 7}"#);
    ask(&server, "POST", "/-/expire", r#"{"before": 208}"#);
    let error = refused(&server, "/-/restore", &json!({"resourceVersion": 207}));
    assert_eq!(error, "resourceVersion: 207 is not 208 to 210, the newest version");
    assert_eq!(ask(&server, "POST", "/-/restore", r#"{"resourceVersion": 208}"#).1["resourceVersion"], 208);
}

#[test]
fn a_watch_that_does_not_read_ends_at_the_backlog_limit() {
    let server = start();
    ask(&server, "POST", "/-/backlog", r#"{"limit": 1}"#);
    // A stall has the same effect on the server as a client that doesn't read.
    ask(&server, "POST", "/-/faults", r#"{"on": {"verb": "watch"}, "stall": {"afterBytes": 0, "lasts": 60000}}"#);
    let mut watch = Raw::get(&server, "/api/v1/configmaps?watch=1&resourceVersion=203");
    watch.head();
    for name in ["b", "c"] {
        server.create("configmaps", None, json!({"metadata": {"name": name}})).expect("created");
    }
    ask(&server, "POST", "/-/advance", r#"{"by": 60000}"#);
    assert!(watch.chunk().contains("\"name\":\"b\""));
    assert_eq!(watch.chunk(), "");
}

#[test]
fn tokens_are_rotated_over_http() {
    let server = start();
    let get = |token: &str| {
        let mut reply =
            Raw::get(&server, &format!("/api/v1/namespaces HTTP/1.1\r\nauthorization: Bearer {token}\r\nx:"));
        reply.head()[9..12].to_owned()
    };
    ask(&server, "POST", "/-/access", r#"{"tokens": {"old": "alice"}, "anonymous": "unauthorized"}"#);
    assert_eq!([get("old"), get("new"), get("")], ["200", "401", "401"]);
    ask(&server, "POST", "/-/access", r#"{"tokens": {"new": "alice"}, "anonymous": "unauthorized"}"#);
    assert_eq!([get("old"), get("new")], ["401", "200"]);
    ask(&server, "POST", "/-/access", "{}");
    assert_eq!(get("old"), "200");
}

#[test]
fn versions_and_the_clock_go_to_their_end_and_no_further() {
    let server = start();
    let end = i64::MAX as u64;
    assert_eq!(ask(&server, "POST", "/-/skip", &json!({"revisions": end - 203}).to_string()).1["resourceVersion"], end);
    assert!(refused(&server, "/-/skip", &json!({"revisions": 1})).contains("is not 0 to 0"));
    server.create("configmaps", None, json!({"metadata": {"name": "b"}})).expect("writes are still possible");
    server.with(|server, _| server.skip_revisions(u64::MAX));
    assert_eq!(server.resource_version(), end + 1);
    server.advance(core::time::Duration::MAX);
    server.advance(core::time::Duration::MAX);
    let late = server.create("configmaps", None, json!({"metadata": {"name": "c"}})).expect("created");
    assert!(late["metadata"]["creationTimestamp"].as_str().is_some_and(|at| at > "9000"), "{late}");
}

#[test]
fn an_invalid_rule_is_refused_with_its_field_and_a_hint() {
    let server = start();
    let wrong = [
        (json!({"refuse": {"status": 1}}), "refuse.status: 1 is not 200 to 599"),
        (json!({"refuse": {"status": 600}}), "refuse.status: 600 is not 200 to 599"),
        (json!({"refuse": {"status": "500"}}), "refuse.status: invalid type: string \"500\", expected u16"),
        (json!({"refuse": {"status": 500, "retyrAfter": 1}}), "unknown field `retyrAfter`, expected one of `status`"),
        (
            json!({"refuse": {"status": 500, "shape": "round"}}),
            "refuse.shape: unknown variant `round`, expected one of",
        ),
        (json!({"drip": {"bytes": 0, "every": 1}}), "drip.bytes: 0 is not 1 or more"),
        (json!({"split": {"bytes": 0}}), "split.bytes: 0 is not 1 or more"),
        (json!({"bookmarks": {"every": 0}}), "bookmarks.every: 0 is not 1 ms or more"),
        (json!({"replica": {"number": 16}}), "replica.number: 16 is not 0 to 15"),
        (json!({"on": {"verb": "wach"}, "cut": {"end": "cut"}}), "on.verb: \"wach\" is not one of get, list, watch,"),
        (json!({"on": {"verbs": "watch"}, "cut": {"end": "cut"}}), "on.verbs: unknown field `verbs`, expected one of"),
        (
            json!({"tiems": 2, "cut": {"end": "cut"}}),
            "unknown field `tiems`: a rule has `on`, `skip`, `times`, and one of",
        ),
        (json!({"times": -1, "cut": {"end": "cut"}}), "times: invalid value: integer `-1`, expected u64"),
        (json!({"times": 2}), "a rule needs a fault: `refuse`, `delayHead`,"),
        (json!({"banana": {}}), "unknown field `banana`: a rule has"),
        (json!({"stall": {}, "cut": {"end": "cut"}}), "this one has two: `cut` and `stall`"),
        (json!([]), "invalid type: sequence, expected a map"),
    ];
    for (rule, message) in wrong {
        let error = refused(&server, "/-/faults", &rule);
        assert!(error.contains(message), "{rule}: {error}");
    }
    assert_eq!(ask(&server, "GET", "/-/faults", "").1, json!([]));
    assert_eq!(ask(&server, "POST", "/-/faults", r#"{"noEndMarker":{}}"#).0, 200);
}

#[test]
#[should_panic(expected = "refuse.status: 1 is not 200 to 599")]
fn in_rust_an_invalid_rule_fails_the_test() {
    start().inject(watch_test::fault::Fault::refuse(1).once());
}

#[test]
fn controllers_are_stopped_stepped_and_started_over_http() {
    let server = start();
    let post =
        |path: &str, body: Value| assert_eq!(ask(&server, "POST", &format!("/-/{path}"), &body.to_string()).0, 200);
    let status = |path: &str| Raw::get(&server, path).head()[9..12].to_owned();
    let (team, map) = ("/api/v1/namespaces/team", "/api/v1/namespaces/team/configmaps/m");
    let fill = || {
        server.create("namespaces", None, json!({"metadata": {"name": "team"}})).expect("a namespace");
        server.create("configmaps", Some("team"), json!({"metadata": {"name": "m"}})).expect("a map");
    };
    fill();
    post("controllers", json!({"namespaces": "manual"}));
    assert_eq!(Raw::send(&server, "DELETE", team, "").head()[9..12], *"200");
    post("advance", json!({"by": 1_000_000}));
    assert_eq!((status(team), status(map)), ("200".into(), "200".into()));
    post("endNamespaces", json!({}));
    assert_eq!((status(team), status(map)), ("404".into(), "404".into()));
    fill();
    post("controllers", json!({"namespaces": {"after": 60_000}, "collectUnknown": true}));
    Raw::send(&server, "DELETE", team, "").head();
    assert_eq!(status(map), "200");
    post("advance", json!({"by": 61_000}));
    assert_eq!((status(team), status(map)), ("404".into(), "404".into()));

    post("controllers", json!({"garbage": "manual"}));
    let lost = json!([{"apiVersion": "v1", "kind": "ConfigMap", "name": "x", "uid": "x"}]);
    server.create("configmaps", None, json!({"metadata": {"name": "lost", "ownerReferences": lost}})).expect("a map");
    let lost = "/api/v1/namespaces/default/configmaps/lost";
    assert_eq!(status(lost), "200");
    post("collectGarbage", json!({}));
    assert_eq!(status(lost), "404");
    let wrong = refused(&server, "/-/controllers", &json!({"garbage": "often"}));
    assert!(wrong.contains("garbage") && wrong.contains("often"), "{wrong}");
}
