//! J16 to J25 and J33 to J35: metadata of objects and bookmarks.

use watch_core::{DecodeError, Event};

use super::case::{Case, Scene};
use crate::rig::{Rig, bookmark, event, initial_end, pods, streaming};

/// An event whose metadata has this in place of the version.
fn with_version(json: &str) -> String {
    event("ADDED", "a@11").replace("\"11\"", json)
}

fn unreadable(id: &'static str, what: &'static str, body: String, cause: &str) -> Case {
    Case::new(id, what).body(body).poison(&format!("unreadable watch event: {cause}"))
}

/// Numbers in another form can't be compared, but they are the server's versions: they are sent back.
fn opaque(version: &str) -> Case {
    Case::new("J20", "a version that is no number of Kubernetes' form")
        .body(event("ADDED", &format!("a@{version}")))
        .ends()
        .gives([format!("ADDED Pod default/a@{version}"), format!("> WATCH {version}")])
}

/// An event of an object with this name.
fn named(name: &str) -> String {
    event("ADDED", &format!("{name}@11"))
}

/// The annotations of a bookmark that would otherwise be the end marker.
fn marker(annotations: &str) -> String {
    initial_end("11").replace(r#"{"k8s.io/initial-events-end":"true"}"#, annotations)
}

#[rustfmt::skip]
pub(super) fn cases() -> Vec<Case> {
    let a = || event("ADDED", "a@11");
    let no_metadata = |instead: &str| format!(r#"{{"type":"ADDED","object":{{"kind":"Pod","metadata":{instead}}}}}"#);
    let not_yet = |id, what, annotations: &str| {
        // The object after it is still one of the initial list.
        Case::new(id, what).on(streaming).body(event("ADDED", "a@5") + &marker(annotations) + &event("ADDED", "b@6"))
            .gives(["INITIAL (first)", "INITIAL Pod default/a@5", "INITIAL Pod default/b@6"])
    };
    vec![
        unreadable("J16", "no metadata", r#"{"type":"ADDED","object":{}}"#.into(), "metadata is missing or empty"),
        unreadable("J16", "metadata is null", no_metadata("null"), "metadata is missing or empty"),
        unreadable("J16", "metadata is a list", no_metadata("[]"), "metadata: invalid type: sequence, expected an object at byte 49 of it"),
        unreadable("J16", "metadata is a text", no_metadata("\"x\""), "metadata: invalid type: string \"x\", expected an object at byte 52 of it"),
        unreadable("J17", "an ADDED without a version", a().replace(",\"resourceVersion\":\"11\"", ""), "metadata.resourceVersion is missing or empty"),
        unreadable("J17", "a MODIFIED without a version", event("MODIFIED", "a@11").replace(",\"resourceVersion\":\"11\"", ""), "metadata.resourceVersion is missing or empty"),
        unreadable("J17", "a DELETED without a version", event("DELETED", "a@11").replace(",\"resourceVersion\":\"11\"", ""), "metadata.resourceVersion is missing or empty"),
        unreadable("J18", "a version that is written as a number", with_version("12"),
            "metadata: resourceVersion: invalid type: integer `12`, expected a string at byte 135 of it"),
        unreadable("J19", "an empty version", with_version("\"\""), "metadata.resourceVersion: not a resourceVersion: it is empty"),
        unreadable("J19", "version 0", with_version("\"0\""), "metadata.resourceVersion: not a resourceVersion: \"0\" isn't the version of an object"),
        opaque("007"), opaque("+5"), opaque(" 5"), opaque("5.0"), opaque("abc"), opaque("1:2"),
        Case::new("J21", "versions beyond 2^64 are compared like any other")
            .body(event("ADDED", "a@1000000000000000000000000000000000000001") + &event("MODIFIED", "a@1000000000000000000000000000000000000002") + &event("MODIFIED", "a@999999999999999999999999999999999999999"))
            .gives(["ADDED Pod default/a@1000000000000000000000000000000000000001", "MODIFIED Pod default/a@1000000000000000000000000000000000000002", "abort",
                "~ relist 1: event out of order: version 999999999999999999999999999999999999999 after 1000000000000000000000000000000000000002", "> LIST"]),
        unreadable("J22", "no name", a().replace("\"name\":\"a\",", ""), "metadata.name is missing or empty"),
        unreadable("J22", "an empty name", a().replace("\"name\":\"a\"", "\"name\":\"\""), "metadata.name is missing or empty"),
        Case::new("J22", "no namespace: it is cluster-scoped").body(a().replace("\"namespace\":\"default\",", "")).gives(["ADDED Pod a@11"]),
        Case::new("J23", "no uid: some aggregated servers have none").body(a().replace("\"uid\":\"uid-a\",", "")).gives(["ADDED Pod default/a@11"]),
        Case::new("J24", "names are data").body(named("../../etc/passwd")).gives(["ADDED Pod default/../../etc/passwd@11"]),
        Case::new("J24", "also long ones").body(named(&"x".repeat(300))).gives([format!("ADDED Pod default/{}@11", "x".repeat(300))]),
        Case::new("J24", "and unprintable characters are escaped when printed").body(named("a\\u0000\\u001b[31m")).gives(["ADDED Pod default/a\\0\\u{1b}[31m@11"]),
        Case::new("J24", "two keys that look alike when namespace and name are joined are two")
            .body(named("b/c").replace("\"default\"", "\"a\"") + &named("c").replace("\"default\"", "\"a/b\""))
            .gives(["ADDED Pod a/b/c@11", "ADDED Pod a/b/c@11"]),
        Case::new("J24", "with any separator")
            .body(named("bc").replace("\"default\"", "\"a\"") + &named("c").replace("\"default\"", "\"ab\""))
            .gives(["ADDED Pod a/bc@11", "ADDED Pod ab/c@11"]),
        Case::new("J25", "a kind that is no text: the decoder reports that").body(a().replace("\"Pod\"", "[5]").replace("\"v1\"", "null")).gives(["ADDED object default/a@11"]),
        Case::new("J25", "annotations that are none").body(a().replace("\"name\"", "\"annotations\":1e999999,\"annotations\":[],\"continue\":{},\"remainingItemCount\":\"5\",\"name\"")).gives(["ADDED Pod default/a@11"]),
        // The kind of event doesn't depend on it; skipping the event would lose it.
        Case::new("J25", "an object of another kind").body(a().replace("\"Pod\"", "\"Node\"").replace("\"v1\"", "\"v9\"")).gives(["ADDED Node default/a@11"]),
        not_yet("J33", "a bookmark without annotations ends nothing", "null"),
        not_yet("J33", "nor with none in them", "{}"),
        not_yet("J33", "nor with another value", r#"{"k8s.io/initial-events-end":"false"}"#),
        not_yet("J33", "nor with a bool", r#"{"k8s.io/initial-events-end":true}"#),
        not_yet("J33", "nor with a number", r#"{"k8s.io/initial-events-end":1}"#),
        not_yet("J33", "nor with null", r#"{"k8s.io/initial-events-end":null}"#),
        not_yet("J33", "nor with an object", r#"{"k8s.io/initial-events-end":{"k8s.io/initial-events-end":"true"}}"#),
        not_yet("J33", "nor as a list of annotations", r#"["k8s.io/initial-events-end","true"]"#),
        not_yet("J33", "nor as a text", r#""k8s.io/initial-events-end""#),
        not_yet("J33", "nor with a number beyond 64 bits", r#"{"k8s.io/initial-events-end":1e999999}"#),
        not_yet("J33", "nor as such a number", "1e999999"),
        Case::new("J33", "other annotations don't matter").on(streaming).body(marker(r#"{"a":1e999999,"k8s.io/initial-events-end":"true","b":{}}"#)).gives(["INITIAL (first)", "INITIAL END @11"]),
        Case::new("J33", "an escaped one does").on(streaming).body(marker(r#"{"k8s.io\/initial-events-end":"\u0074rue"}"#)).gives(["INITIAL (first)", "INITIAL END @11"]),
        Case::new("J34", "a bookmark without a version").body(bookmark("11").replace("\"resourceVersion\":\"11\"", "") + &event("ADDED", "a@12"))
            .gives(["~ skipped a bookmark without a version", "ADDED Pod default/a@12"]),
        Case::new("J34", "a bookmark without metadata").body(r#"{"type":"BOOKMARK","object":{}}"#).gives(["~ skipped a bookmark without a version"]),
        Case::new("J34", "a bookmark at version 0").body(bookmark("0")).gives(["~ skipped a bookmark without a version"]),
        // Tables are never requested. In a server's own format the marker is elsewhere, and isn't looked for.
        Case::new("J35", "the end marker of a Table").on(streaming)
            .body(r#"{"type":"BOOKMARK","object":{"kind":"Table","metadata":{"resourceVersion":"9"},"rows":[{"object":{"metadata":{"annotations":{"k8s.io/initial-events-end":"true"}}}}]}}"#)
            .gives([] as [&str; 0]),
    ]
}

pub(super) const SCENES: [Scene; 3] = [
    ("B14", "decoding an object with half of an escaped pair fails, and the watch continues", half_a_pair),
    ("J14", "numbers are passed on as they are written", numbers),
    ("J20", "a version is sent back to the server unchanged", odd_versions_are_encoded),
];

fn decoded(rig: &Rig) -> Result<serde_json::Value, DecodeError> {
    let Some(Event::Added(object)) = rig.events.last() else { panic!("one was added") };
    object.decode()
}

fn half_a_pair() {
    let mut rig = Rig::live(pods());
    rig.body(event("ADDED", "a@11").replace("\"kind\"", "\"x\":\"\\ud800\",\"kind\""));
    assert!(decoded(&rig).is_err());
    rig.body(event("ADDED", "b@12"));
    assert!(decoded(&rig).is_ok());
}

fn numbers() {
    let numbers = "[1e999999,-0,9007199254740993,1.5e+300]";
    let mut rig = Rig::live(pods());
    rig.body(event("ADDED", "a@11").replace("\"kind\"", &format!("\"x\":{numbers},\"kind\"")));
    let Some(Event::Added(object)) = rig.events.last() else { panic!("one was added") };
    assert!(std::str::from_utf8(object.raw()).unwrap().contains(numbers));
}

fn odd_versions_are_encoded() {
    for (version, encoded) in [("+5", "%2B5"), (" 5", "+5"), ("1:2", "1%3A2"), ("a&watch=false", "a%26watch%3Dfalse")] {
        let mut rig = Rig::live(pods());
        rig.body(event("ADDED", &format!("a@{version}"))).end().until_sent();
        assert!(rig.has_query(&format!("resourceVersion={encoded}")), "{}", rig.uri());
        assert!(rig.has_query("watch=true") && !rig.has_query("watch=false"));
    }
}
