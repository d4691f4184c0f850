//! The faults.

use core::time::Duration;
use std::collections::BTreeSet;

use serde_json::Value;
use watch_test::fault::{Fault, Requests, Rule, Shape};
use watch_test::model::{Config, End, Step};

use crate::common::paths::PODS;
use crate::common::{World, get, summary};

#[test]
fn refusals_come_in_every_shape() {
    let mut world = World::standard();
    let mut refused = |fault: Fault| {
        world.server.inject(fault.once());
        let reply = world.get(PODS);
        let content_type = reply.header("content-type").unwrap_or_default().to_owned();
        let after = reply.header("retry-after").map(str::to_owned);
        (reply.status, content_type, after, reply.text().to_owned())
    };
    assert_eq!(
        refused(Fault::refuse(503).retry_after(5).message("starting")),
        (
            503,
            "application/json".into(),
            Some("5".into()),
            "{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"metadata\":{},\"status\":\"Failure\",\"message\":\"starting\",\
             \"reason\":\"ServiceUnavailable\",\"details\":{\"retryAfterSeconds\":5},\"code\":503}\n"
                .into()
        )
    );
    let (_, _, after, body) = refused(Fault::refuse(500).shape(Shape::Pretty));
    assert!(after.is_none() && body.starts_with("{\n  \"kind\": \"Status\""));
    let (status, content_type, _, body) = refused(Fault::refuse(504).shape(Shape::Bare));
    assert_eq!((status, content_type.as_str()), (504, "text/plain; charset=utf-8"));
    assert!(body.starts_with("{\"metadata\":{},\"status\":\"Failure\""), "{body}");
    assert_eq!(
        refused(Fault::refuse(429).shape(Shape::Text).retry_after(1)),
        (
            429,
            "text/plain; charset=utf-8".into(),
            Some("1".into()),
            "Too many requests, please try again later.\n".into()
        )
    );
    let (_, content_type, _, body) = refused(Fault::refuse(403).shape(Shape::Yaml));
    assert!(content_type == "application/yaml" && body.contains("\nreason: \"Forbidden\"\n"));
    assert!(refused(Fault::refuse(502).shape(Shape::Html)).3.starts_with("<html>"));
    assert_eq!(refused(Fault::refuse(502).shape(Shape::Empty)).3, "");
}

#[test]
fn a_rule_applies_to_its_requests_as_often_as_it_states() {
    let mut world = World::with_pods(1, Config::default());
    world
        .server
        .inject(Fault::refuse(500).times(2).on(Requests::watch("pods").containing("resourceVersion=")).after(1));
    let watch = format!("{PODS}?watch=1&timeoutSeconds=1&resourceVersion=203");
    assert_eq!(world.get(PODS).status, 200);
    assert_eq!(world.get(&watch.replace("pods", "services")).status, 200);
    let statuses: Vec<u16> = (0..4).map(|_| world.get(&watch).status).collect();
    assert_eq!(statuses, [200, 500, 500, 200]);
    assert!(world.server.rules().is_empty());
}

#[test]
fn rules_are_json() {
    let texts = [
        r#"{"on":{"verb":"list"},"times":1,"refuse":{"status":410,"shape":"json"}}"#,
        r#"{"delayHead":{"by":250}}"#,
        r#"{"cut":{"afterBytes":100,"end":"reset"}}"#,
        r#"{"stall":{"afterBytes":0,"lasts":1000}}"#,
        r#"{"drip":{"bytes":1,"every":10}}"#,
        r#"{"split":{"bytes":7}}"#,
        r#"{"say":{"text":"{","afterEvents":2,"thenEnd":true}}"#,
        r#"{"bookmarks":{}}"#,
        r#"{"on":{"resource":"pods"},"times":3,"noEndMarker":null}"#,
        r#"{"replica":{"number":1}}"#,
    ];
    for text in texts {
        let rule: Rule = serde_json::from_str(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        let again: Rule = serde_json::from_str(&rule.to_string()).unwrap_or_else(|error| panic!("{rule}: {error}"));
        assert_eq!(rule, again);
    }
    assert!(serde_json::from_str::<Rule>(r#"{"cut":{"afterBites":1}}"#).is_err());
}

#[test]
fn a_body_is_cut_at_the_byte() {
    for end in [End::Complete, End::Cut, End::Reset] {
        let mut world = World::with_pods(3, Config::default());
        world.server.inject(Fault::Cut { after_bytes: 100, end });
        for path in [PODS.to_owned(), format!("{PODS}?watch=1")] {
            let reply = world.get(&path);
            assert_eq!((reply.body.len(), reply.end), (100, end));
        }
    }
}

#[test]
fn a_reply_is_late_or_stalls_or_drips() {
    let mut world = World::with_pods(1, Config::default());
    let body = world.get(PODS).body;
    world.server.inject(Fault::DelayHead { by: Duration::from_secs(2) }.once());
    assert_eq!(world.get(PODS).head_at, Duration::from_secs(2));

    world.server.inject(Fault::Stall { after_bytes: 10, lasts: Some(Duration::from_secs(5)) }.once());
    let reply = world.get(PODS);
    assert_eq!(reply.body, body);
    let times: Vec<u64> = reply.pieces.iter().map(|(at, _)| at.as_secs()).collect();
    assert_eq!((times, reply.pieces[0].1.len()), (vec![0, 5], 10));

    world.server.inject(Fault::Drip { bytes: 1, every: Duration::from_millis(10) }.once());
    let reply = world.get(PODS);
    assert_eq!((reply.pieces.len(), &reply.body), (body.len(), &body));
    assert_eq!(reply.ended_at, Duration::from_millis(10) * u32::try_from(body.len()).expect("small"));

    world.server.inject(Fault::Split { bytes: 7 }.once());
    let reply = world.get(PODS);
    assert_eq!((&reply.body, reply.ended_at), (&body, Duration::ZERO));
    assert!(reply.pieces.iter().all(|(_, piece)| piece.len() <= 7));

    world.server.inject(Fault::stall(10).once());
    let id = world.watch(PODS);
    assert_eq!(world.read(id).len(), 10);
    world.now += Duration::from_secs(100_000);
    assert!(matches!(world.server.poll(world.now, id), Step::Wait(None)));
}

#[test]
fn any_text_can_be_sent_in_between() {
    let mut world = World::with_pods(3, Config::default());
    let text = "{\"type\":\"ADDED\",\"obj\n".to_owned();
    world.server.inject(Fault::Say { text: text.clone(), after_events: 1, then_end: false }.once());
    let id = world.watch(&format!("{PODS}?watch=1"));
    let body = world.read(id);
    assert_eq!(body.lines().nth(1).map(str::len), Some(text.len() - 1));
    assert_eq!(body.lines().count(), 4);

    world.server.inject(Fault::error(410, "Expired", "too old resource version: 1 (2)", 2).once());
    let reply = world.get(&format!("{PODS}?watch=1"));
    assert_eq!(reply.events(), ["ADDED p0@203", "ADDED p1@204", "ERROR 410 too old resource version: 1 (2)"]);
}

#[test]
fn bookmarks_are_sent_at_the_interval_of_the_rule() {
    let mut world = World::with_pods(1, Config::default());
    let path = format!("{PODS}?watch=1&resourceVersion=202&allowWatchBookmarks=1&timeoutSeconds=300");
    world.server.inject(Fault::Bookmarks { every: None }.once());
    assert_eq!(world.get(&path).events(), ["ADDED p0@203"]);
    world.server.inject(Fault::Bookmarks { every: Some(Duration::from_secs(1)) }.once());
    assert!(world.get(&path).events().len() > 290);
    let id = world.watch(&path);
    assert_eq!(world.read_events(id), ["ADDED p0@203"]);
    world.server.skip_revisions(7);
    world.server.send_bookmarks();
    assert_eq!(world.read_events(id), ["BOOKMARK @210"]);
}

#[test]
fn a_server_can_omit_the_end_marker_or_not_support_it() {
    let mut world = World::with_pods(1, Config::default());
    let path = format!(
        "{PODS}?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=1&timeoutSeconds=1"
    );
    world.server.inject(Fault::NoEndMarker.once());
    assert_eq!(world.get(&path).events(), ["ADDED p0@203"]);
    world.server.inject(Fault::IgnoreSendInitialEvents.once());
    assert_eq!(world.get(&format!("{path}&resourceVersion=203")).events(), Vec::<String>::new());
}

#[test]
fn a_watch_can_begin_with_all_objects_whatever_its_version() {
    let mut world = World::with_pods(2, Config::default());
    world.server.inject(Fault::RepeatObjects.always().on(Requests::watch("pods")));
    let path = |version: u64| format!("{PODS}?watch=1&resourceVersion={version}&timeoutSeconds=1");
    assert_eq!(world.get(&path(204)).events(), ["ADDED p0@203", "ADDED p1@204"]);
    // The objects as of that version, and then the later changes.
    assert_eq!(world.get(&path(203)).events(), ["ADDED p0@203", "ADDED p1@204"]);
    world.server.delete(world.now, "pods", Some("default"), "p0").expect("it is there");
    assert_eq!(world.get(&path(204)).events(), ["ADDED p0@203", "ADDED p1@204", "MODIFIED p0@205", "DELETED p0@206"]);
    // A watch with initial events has the existing objects only once.
    assert_eq!(world.get(&format!("{PODS}?watch=1&timeoutSeconds=1")).events(), ["ADDED p1@204"]);
    world.server.expire();
    assert_eq!(world.get(&path(203)).events().len(), 1, "410");
}

#[test]
fn a_deletion_can_have_the_previous_version() {
    for kind in ["application/json", "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"] {
        let mut world = World::with_pods(2, Config::default());
        world.server.inject(Fault::OldDeletions.times(1).on(Requests::watch("pods")));
        world.server.delete(world.now, "pods", Some("default"), "p0").expect("it is there");
        let path = format!("{PODS}?watch=1&resourceVersion=204&timeoutSeconds=1");
        let deleted = |world: &mut World| world.ask(get(&path, kind)).events();
        // A pod is marked before it is deleted.
        assert_eq!(deleted(&mut world), ["MODIFIED p0@205", "DELETED p0@205"], "{kind}");
        assert_eq!(deleted(&mut world), ["MODIFIED p0@205", "DELETED p0@206"], "{kind}: without the fault");
    }
}

#[test]
fn an_object_can_leave_a_selector_silently() {
    let mut world = World::with_pods(1, Config::default());
    let path = format!("{PODS}?watch=1&resourceVersion=203&labelSelector=gone!%3Dyes&timeoutSeconds=1");
    let labels = serde_json::json!({"metadata": {"labels": {"gone": "yes"}}});
    world.server.patch(world.now, "pods", Some("default"), "p0", &labels).expect("it is there");
    world.server.inject(Fault::SilentDepartures.once());
    assert_eq!(world.get(&path).events(), Vec::<String>::new());
    assert_eq!(world.get(&path).events(), ["DELETED p0@204"], "without the fault");
}

#[test]
fn replies_in_json_can_have_another_content_type_or_none() {
    let mut world = World::with_pods(1, Config::default());
    let watch = format!("{PODS}?watch=1&timeoutSeconds=1");
    let future = format!("{PODS}?resourceVersion=nonsense");
    for value in [Some("application/octet-stream"), None] {
        world.server.inject(Fault::ContentType { value: value.map(Into::into) }.times(3));
        for (path, status) in [(PODS, 200), (&watch, 200), (&future, 400)] {
            let reply = world.get(path);
            assert_eq!(reply.status, status, "{path}");
            assert_eq!(reply.header("content-type"), value, "{path}");
        }
        assert_eq!(world.get(PODS).header("content-type"), Some("application/json"));
    }
    // Other bodies keep their content type.
    world.server.inject(Fault::ContentType { value: None }.once());
    assert!(world.get("/nothing").header("content-type").is_some());
    let invalid = Fault::ContentType { value: Some("a\nb".into()) }.once().check().unwrap_err();
    assert_eq!(invalid.to_string(), "contentType.value: \"a\\nb\" is not a valid header value");
}

#[test]
fn a_list_can_ignore_its_limit() {
    let mut world = World::with_pods(3, Config::default());
    world.server.inject(Fault::IgnoreLimit.once());
    let names = |world: &mut World| {
        let list = world.get(&format!("{PODS}?limit=2")).json();
        (list["items"].as_array().unwrap().len(), list["metadata"].get("continue").is_some())
    };
    assert_eq!(names(&mut world), (3, false));
    assert_eq!(names(&mut world), (2, true));
}

#[test]
fn a_list_of_a_future_version_can_be_answered_as_of_now() {
    let mut world = World::with_pods(1, Config::default());
    for limit in ["", "&limit=1"] {
        world.server.inject(Fault::AnswerFuture.once());
        let list = world.get(&format!("{PODS}?resourceVersion=1000&resourceVersionMatch=NotOlderThan{limit}"));
        assert_eq!((list.status, &list.json()["metadata"]["resourceVersion"]), (200, &"203".into()));
    }
}

#[test]
fn every_request_is_logged_with_its_faults() {
    let mut world = World::with_pods(1, Config::default());
    world.server.inject(Fault::cut(5).times(1).on(Requests::list("pods")));
    world.get(PODS);
    let id = world.watch(&format!("{PODS}?watch=1&resourceVersion=203"));
    world.read(id);
    world.server.close(world.now, id);
    let lines: Vec<String> = world.server.requests().iter().map(ToString::to_string).collect();
    assert_eq!(
        lines,
        [
            "    0.400s GET /api/v1/namespaces/default/pods -> 200, 5 bytes, cut after 0.000s \
             [{\"cut\":{\"afterBytes\":5,\"end\":\"cut\"}}]",
            "    0.400s GET /api/v1/namespaces/default/pods?watch=1&resourceVersion=203 -> 200, 0 bytes, left by the \
             client after 0.000s",
        ]
    );
    let logged = &world.server.requests()[1];
    assert!(logged.is_watch());
    assert_eq!(logged.parameter("resourceVersion").as_deref(), Some("203"));
    assert_eq!(logged.header("accept"), Some("application/json"));
    let json: Value = serde_json::to_value(logged).expect("JSON");
    assert_eq!(json["status"], 200);
    assert_eq!(summary(r#"{"type":"ADDED","object":{"metadata":{"name":"a","resourceVersion":"1"}}}"#), "ADDED a@1");
}

/// One parser for all names of resources.
#[test]
fn resources_are_named_as_for_kubectl() {
    let mut world = World::standard();
    let deployments = "/apis/apps/v1/namespaces/default/deployments";
    for name in ["deployments.apps", "deployments.v1.apps", "apps/v1/deployments"] {
        world.server.inject(Fault::refuse(503).once().on(Requests::list(name)));
        assert_eq!((world.get(PODS).status, world.get(deployments).status), (200, 503), "{name}");
        assert_eq!(world.get(deployments).status, 200);
        let object = serde_json::json!({"metadata": {"generateName": "web-", "namespace": "default"}});
        assert!(world.create(name, object)["metadata"]["name"].is_string());
    }
    assert_eq!(world.server.objects("deployments.v1.apps").len(), 3);
    for name in ["deployments", "deployments.v2.apps", "deployments.v1", "apps/v2/deployments", "Deployments.apps"] {
        assert_eq!(world.server.objects(name).len(), 0, "{name}");
    }
}

/// The rows of the README's table of faults, each with its layer.
fn listed_faults() -> BTreeSet<(String, String)> {
    let readme = include_str!("../../README.md");
    let rows = readme.lines().skip_while(|line| !line.starts_with("| layer | fault |")).skip(2);
    let mut layer = String::new();
    let mut listed = BTreeSet::new();
    for row in rows.take_while(|line| line.starts_with('|')) {
        let mut cells = row.split('|').skip(1).map(str::trim);
        if let Some(name) = cells.next().filter(|name| !name.is_empty()) {
            name.clone_into(&mut layer);
        }
        for name in cells.next().expect("a fault").split('`').skip(1).step_by(2) {
            listed.insert((layer.clone(), name.to_owned()));
        }
    }
    listed
}

#[test]
fn the_readme_lists_faults_by_their_layers() {
    let faults = [
        r#"{"refuse": {"status": 429}}"#,
        r#"{"refuse": {"status": 502, "shape": "html"}}"#,
        r#"{"refuse": {"status": 502, "shape": "empty"}}"#,
        r#"{"delayHead": {"by": 1}}"#,
        r#"{"cut": {"end": "complete"}}"#,
        r#"{"cut": {"end": "cut"}}"#,
        r#"{"cut": {"end": "reset"}}"#,
        r#"{"stall": {}}"#,
        r#"{"drip": {"bytes": 1, "every": 1}}"#,
        r#"{"split": {"bytes": 1}}"#,
        r#"{"say": {"text": ""}}"#,
        r#"{"bookmarks": {}}"#,
        r#"{"noEndMarker": {}}"#,
        r#"{"ignoreSendInitialEvents": {}}"#,
        r#"{"repeatObjects": {}}"#,
        r#"{"oldDeletions": {}}"#,
        r#"{"silentDepartures": {}}"#,
        r#"{"contentType": {}}"#,
        r#"{"ignoreLimit": {}}"#,
        r#"{"answerFuture": {}}"#,
        r#"{"replica": {"number": 1}}"#,
    ];
    let layered = faults.map(|json| {
        let name = json.split('"').nth(1).expect("a name").to_owned();
        let rule: Rule = serde_json::from_str(json).unwrap_or_else(|error| panic!("{json}: {error}"));
        (format!("{:?}", rule.fault.layer()).to_lowercase(), name)
    });
    assert_eq!(BTreeSet::from(layered), listed_faults());
}
