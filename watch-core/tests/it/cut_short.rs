//! A body that ends at any of its bytes, by the rules of HTTP or not: complete events are returned, and nothing else
//! counts.

use watch_core::{Config, Event, Resource, TransportErrorKind};

use crate::rig::{Rig, bookmark, initial_end, page, pods};

#[derive(Clone, Copy, Debug)]
enum End {
    Clean,
    Broken(TransportErrorKind),
}

const ENDS: [End; 3] = [End::Clean, End::Broken(TransportErrorKind::Truncated), End::Broken(TransportErrorKind::Reset)];

/// An event that a cut may damage: characters of several bytes, escapes, nested brackets, brackets in strings.
fn event(kind: &str, name: &str, version: &str) -> String {
    format!(
        concat!(
            r#"{{"type":"{}","object":{{"kind":"Pod","apiVersion":"v1","metadata":{{"name":"{}","namespace":"default","#,
            r#""resourceVersion":"{}","annotations":{{"a":"☃ ü 🚀","b":"\ud83d\ude80 \\\" }}{{ \u2028"}}}},"spec":{{"x":[1,[]]}}}}}}"#,
            "\n"
        ),
        kind, name, version
    )
}

/// Hands in this much of the body and ends it.
fn feed(mut rig: Rig, body: &str, len: usize, end: End) -> Rig {
    let before = rig.sent.len();
    rig.take_log();
    rig.events.clear();
    rig.open().body(body.as_bytes()[..len].to_vec());
    if rig.sent.len() == before {
        match end {
            End::Clean => rig.end(),
            End::Broken(kind) => rig.fail(kind),
        };
    }
    if rig.sent.len() == before {
        rig.until_sent();
    }
    rig
}

fn last_request(rig: &mut Rig) -> String {
    rig.take_log().pop().unwrap()
}

#[test]
fn a_cut_watch_gives_its_complete_events_and_resumes_after() {
    let events =
        [event("ADDED", "a", "11"), event("MODIFIED", "b", "123"), bookmark("200"), event("DELETED", "a", "1234")];
    let all = ["ADDED Pod default/a@11", "MODIFIED Pod default/b@123", "BOOKMARK @200", "DELETED Pod default/a@1234"];
    let versions = ["10", "11", "123", "200", "1234"];
    let body = events.concat();
    // An event is complete without its line break.
    let ends: Vec<_> = (1..=events.len()).map(|n| events[..n].concat().trim_end().len()).collect();
    for len in 0..=body.len() {
        let complete = ends.iter().filter(|end| **end <= len).count();
        for end in ENDS {
            let mut rig = feed(Rig::live_soon(pods()), &body, len, end);
            assert_eq!(rig.take_events(), all[..complete], "cut at {len}, {end:?}");
            let is_reported = rig.log.iter().any(|line| line.contains("bytes into a document"));
            let is_partial = complete < events.len() && len > events[..complete].concat().len();
            assert_eq!(is_reported, is_partial && matches!(end, End::Clean), "cut at {len}, {end:?}");
            assert_eq!(last_request(&mut rig), format!("> WATCH {}", versions[complete]), "cut at {len}, {end:?}");
            let checkpoint = rig.watcher.checkpoint().unwrap();
            assert_eq!(checkpoint.resource_version().text(), versions[complete], "cut at {len}, {end:?}");
        }
    }
}

#[test]
fn a_cut_streaming_list_is_complete_only_after_its_end_marker() {
    let initial = event("ADDED", "a", "90") + &event("ADDED", "b", "70");
    let marked = initial.clone() + &initial_end("100");
    let body = marked.clone() + &event("MODIFIED", "b", "123");
    let all = [
        "INITIAL (first)",
        "INITIAL Pod default/a@90",
        "INITIAL Pod default/b@70",
        "INITIAL END @100",
        "MODIFIED Pod default/b@123",
    ];
    let ends = [event("ADDED", "a", "90"), initial, marked, body.clone()].map(|text| text.trim_end().len());
    for len in 0..=body.len() {
        let complete = ends.iter().filter(|end| **end <= len).count();
        for end in ENDS {
            let rig = Rig::new(Config::builder(Resource::core("v1", "pods")).namespace("default"));
            let mut rig = feed(rig, &body, len, end);
            // `InitialBegin` comes with the first object.
            assert_eq!(rig.take_events(), all[..complete + usize::from(complete > 0)], "cut at {len}, {end:?}");
            let version = [None, None, None, Some("100"), Some("123")][complete];
            let next = version.map_or_else(|| "> STREAMING LIST".into(), |version| format!("> WATCH {version}"));
            assert_eq!(last_request(&mut rig), next, "cut at {len}, {end:?}");
            assert_eq!(
                rig.watcher.checkpoint().map(|at| at.resource_version().text().into_owned()).as_deref(),
                version
            );
        }
    }
}

#[test]
fn a_list_cut_at_any_byte_is_complete_only_with_its_last_brace() {
    let body = page("10", "", &["a@5", "b☃@7", "c@9"]);
    let items: Vec<_> = ["\"5\"}}", "\"7\"}}", "\"9\"}}"].map(|end| body.find(end).unwrap() + end.len()).into();
    let last_brace = body.trim_end().len();
    for len in 0..=body.len() {
        let complete = items.iter().filter(|end| **end <= len).count();
        for end in ENDS {
            let mut rig = feed(Rig::new(pods()), &body, len, end);
            let initials = rig.events.iter().filter(|event| matches!(event, Event::Initial(_))).count();
            assert_eq!(initials, complete, "cut at {len}, {end:?}");
            // Broken after the last brace is broken: more bytes may have followed.
            let is_complete = len >= last_brace && matches!(end, End::Clean);
            let ends = rig.events.iter().filter(|event| matches!(event, Event::InitialEnd { .. })).count();
            assert_eq!(ends, usize::from(is_complete), "cut at {len}, {end:?}");
            let next = if is_complete { "> WATCH 10" } else { "> LIST" };
            assert_eq!(last_request(&mut rig), next, "cut at {len}, {end:?}");
            assert_eq!(rig.watcher.checkpoint().is_some(), is_complete, "cut at {len}, {end:?}");
        }
    }
}
