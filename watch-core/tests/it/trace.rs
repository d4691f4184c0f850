//! What happened can be written down, and happens again.

use watch_core::trace::{Entry, Traced, replay};
use watch_core::{Input, Instant, Output, ResponseHead, TransportError, TransportErrorKind, Watcher};

use crate::rig::{error, event, list, pods};

/// A life with a list, events, a 410, a reset and bytes that are no text; a line an entry.
fn record() -> Vec<String> {
    let mut lines = Vec::new();
    let mut traced = Traced::new(Watcher::new(pods().build().unwrap()), |entry: Entry| {
        lines.push(serde_json::to_string(&entry).unwrap());
    });
    let mut answers = [
        list("10", &["a@5"]).into_bytes(),
        (event("ADDED", "b@11") + &error(410, "Expired", "old")).into_bytes(),
        list("20", &["b@11"]).into_bytes(),
        vec![0xff, 0xfe],
    ]
    .into_iter();
    let mut now = Instant::ORIGIN;
    for _ in 0..60 {
        match traced.poll(now) {
            Output::Send(request) => {
                let id = request.id;
                let Some(answer) = answers.next() else {
                    let error = TransportError::new(TransportErrorKind::Refused, "nobody listens");
                    traced.handle(Input::Failed { id, error }).unwrap();
                    continue;
                };
                traced.handle(Input::Response { id, head: ResponseHead::new(200) }).unwrap();
                traced.handle(Input::Body { id, bytes: answer.into() }).unwrap();
                _ = traced.handle(Input::End { id });
            }
            Output::Wait(wait) => now = wait.until.unwrap(),
            _ => {}
        }
    }
    lines
}

fn read(lines: &[String]) -> Vec<Entry> {
    lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn a_trace_is_read_by_people_and_happens_again() {
    let lines = record();
    assert!(lines.iter().any(|line| line.contains("/api/v1/namespaces/default/pods?limit=500")), "{lines:#?}");
    assert!(lines.iter().any(|line| line.contains("255,254")), "bytes that are no text are kept");
    let mut watcher = Watcher::new(pods().build().unwrap());
    replay(&mut watcher, read(&lines)).unwrap();
}

#[test]
fn a_replay_shows_where_it_comes_out_otherwise() {
    let lines = record();
    // What is handed in is changed, what came out isn't.
    let change = |line: &String| {
        if line.starts_with("{\"handled\"") { line.replace(r#"\"11\""#, r#"\"12\""#) } else { line.clone() }
    };
    let changed: Vec<_> = lines.iter().map(change).collect();
    assert_ne!(lines, changed);
    let difference = replay(&mut Watcher::new(pods().build().unwrap()), read(&changed)).unwrap_err();
    assert!(difference.expected.contains("\"11") && difference.found.contains("\"12"), "{difference}");
    let mut other_seed = Watcher::new(pods().seed(9).build().unwrap());
    assert!(replay(&mut other_seed, read(&lines)).is_err(), "the configuration is part of the story");
}
