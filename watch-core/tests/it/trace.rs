//! A run can be recorded and replayed.

use std::time::Duration;

use watch_core::trace::{self, Entry, TraceError, Traced};
use watch_core::{
    Checkpoint, Config, ConfigBuilder, InitialList, Input, Instant, JsonCheck, Limits, ListSemantics, OnExpired,
    Output, Representation, Resource, ResponseHead, Start, Timing, TransportError, TransportErrorKind, Watcher,
};

use crate::rig::{error, event, list, pods};

/// A run with a list, events, a 410, a reset, and bytes that aren't text; one entry per line.
fn record(watcher: Watcher) -> Vec<String> {
    let mut lines = Vec::new();
    let mut traced = Traced::new(watcher, |entry: Entry| {
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
                    let error = TransportError::new(TransportErrorKind::Refused, "connection refused");
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

fn pod_watcher() -> Watcher {
    Watcher::new(pods().build().unwrap())
}

/// Through the text of a file, as another process reads it.
fn replay(lines: &[String]) -> Result<(), TraceError> {
    trace::replay(trace::read(&lines.join("\n"))?)
}

#[test]
fn a_trace_is_readable_and_replays() {
    let lines = record(pod_watcher());
    assert!(lines.iter().any(|line| line.contains("/api/v1/namespaces/default/pods?limit=500")), "{lines:#?}");
    assert!(lines.iter().any(|line| line.contains("255,254")), "bytes that are not text are kept");
    replay(&lines).unwrap();
}

/// A server may write its JSON with line breaks between the tokens. An entry stays one line.
#[test]
fn objects_with_line_breaks_are_on_one_line() {
    for line_break in ["\n", "\r\n"] {
        let mut lines = Vec::new();
        let mut traced = Traced::new(pod_watcher(), |entry| lines.push(serde_json::to_string(&entry).unwrap()));
        let Output::Send(request) = traced.poll(Instant::ORIGIN) else { unreachable!() };
        let id = request.id;
        let body = list("10", &["a@5"]).replace(',', &format!(",{line_break}  "));
        traced.handle(Input::Response { id, head: ResponseHead::new(200) }).unwrap();
        traced.handle(Input::Body { id, bytes: body.into() }).unwrap();
        traced.handle(Input::End { id }).unwrap();
        while !matches!(traced.poll(Instant::ORIGIN), Output::Wait(_)) {}
        drop(traced);
        assert!(lines.iter().any(|line| line.contains("Initial")), "{lines:#?}");
        assert!(lines.iter().all(|line| !line.contains(['\n', '\r'])), "{lines:#?}");
        replay(&lines).unwrap();
    }
}

/// It is a string in the trace, since a line of a trace is JSON.
#[test]
fn an_object_that_is_not_json_is_in_the_trace_and_replays() {
    let wrong = event("ADDED", "a@11").replacen("\"kind\"", "\"spec\":{\"x\":[1,]},\"kind\"", 1);
    let config = Config::builder(Resource::core("v1", "pods")).start(Start::From("10".parse().unwrap()));
    let mut lines = Vec::new();
    let mut traced = Traced::new(Watcher::new(config.build().unwrap()), |entry: Entry| {
        lines.push(serde_json::to_string(&entry).unwrap());
    });
    let Output::Send(request) = traced.poll(Instant::ORIGIN) else { panic!("a watch") };
    let id = request.id;
    traced.handle(Input::Response { id, head: ResponseHead::new(200) }).unwrap();
    traced.handle(Input::Body { id, bytes: wrong.into() }).unwrap();
    let output = traced.poll(Instant::ORIGIN);
    assert!(matches!(&output, Output::Event(event) if event.to_string() == "ADDED Pod default/a@11"), "{output:?}");
    assert!(lines.iter().any(|line| line.contains(r#"\"spec\":{\"x\":[1,]}"#)), "{lines:#?}");
    replay(&lines).unwrap();
}

#[test]
fn a_trace_begins_with_its_format_and_its_configuration() {
    let lines = record(Watcher::new(pods().seed(1234).build().unwrap()));
    let begin: serde_json::Value = serde_json::from_str(&lines[0]).unwrap();
    assert_eq!(begin["begin"]["format"], trace::FORMAT);
    assert_eq!(begin["begin"]["config"]["seed"], 1234);
    assert_eq!(begin["begin"]["config"]["namespace"], "default");
    assert_eq!(lines.iter().filter(|line| line.contains("\"begin\"")).count(), 1);
}

/// A configuration of each kind: the replay has the same.
#[test]
fn every_setting_is_in_the_trace() {
    let pods = || Config::builder(Resource::core("v1", "pods")).seed(9);
    let version = || "42".parse().unwrap();
    let mut timing = Timing::default();
    (timing.watch, timing.response_timeout) = (Duration::from_secs(17), Duration::from_millis(2500));
    let mut limits = Limits::default();
    limits.object = 4096;
    let configs: Vec<ConfigBuilder> = vec![
        pods(),
        pods().seed(u64::MAX),
        pods().namespace("blue").name("web-0"),
        pods().name("a,b=c\\d").fields("spec.nodeName=node-1,status.phase!=Failed").labels("app=web,tier in (a,b)"),
        pods().fields("metadata.name=web-0"),
        Config::builder(Resource::core("v1", "events")).involved_object("web-0").fields("type=Warning"),
        Config::builder(Resource::new("example.com", "v1alpha1", "widgets")).representation(Representation::Metadata),
        pods().start(Start::InitialList(InitialList::List)).page_size(None).list_semantics(ListSemantics::Any),
        pods().list_semantics(ListSemantics::NotOlderThan(version())).page_size(Some(7)),
        pods().start(Start::Now).bookmarks(false),
        pods().start(Start::From(version())).on_expired(OnExpired::RestartWithoutVersion),
        pods().on_expired(OnExpired::Stop).deadline(Duration::from_millis(61_500)).timing(timing).limits(limits),
        pods().give_up_after(Duration::from_secs(90)).check_every(Duration::from_secs(30)),
        pods().json_check(JsonCheck::Full),
        pods().strip_managed_fields(true),
    ];
    for (number, config) in configs.into_iter().enumerate() {
        let config = config.build().unwrap().or_seed(0);
        let json = serde_json::to_string(&config).unwrap();
        let read: Config = serde_json::from_str(&json).unwrap();
        assert_eq!(format!("{read:?}"), format!("{config:?}"), "{number}");
        let lines = record(Watcher::new(config));
        replay(&lines).unwrap_or_else(|error| panic!("{number}: {error}"));
    }
}

#[test]
fn a_watch_that_resumed_replays_from_its_checkpoint() {
    let mut watcher = pod_watcher();
    let Output::Send(request) = watcher.poll(Instant::ORIGIN) else { panic!() };
    watcher.handle(Input::Response { id: request.id, head: ResponseHead::new(200) }).unwrap();
    watcher.handle(Input::Body { id: request.id, bytes: list("10", &["a@5"]).into() }).unwrap();
    watcher.handle(Input::End { id: request.id }).unwrap();
    while watcher.checkpoint().is_none() {
        let _ = watcher.poll(Instant::ORIGIN);
    }
    let checkpoint: Checkpoint = watcher.checkpoint().unwrap();
    let mut lines = record(Watcher::resume(pods().build().unwrap(), &checkpoint).unwrap());
    assert!(lines[0].contains("\"checkpoint\""), "{}", lines[0]);
    replay(&lines).unwrap();
    // It belongs to another watch, and is rejected before the replay.
    lines[0] = lines[0].replace("\"namespace\":\"default\"", "\"namespace\":\"other\"");
    assert!(matches!(replay(&lines), Err(TraceError::Checkpoint(_))), "{:?}", replay(&lines));
}

#[test]
fn a_replay_shows_where_it_differs() {
    let lines = record(pod_watcher());
    // An input is changed, the outputs aren't.
    let change = |line: &String| {
        if line.starts_with("{\"handled\"") { line.replace(r#"\"11\""#, r#"\"12\""#) } else { line.clone() }
    };
    let changed: Vec<_> = lines.iter().map(change).collect();
    assert_ne!(lines, changed);
    let Err(TraceError::Difference(difference)) = replay(&changed) else { panic!("it is the same") };
    assert!(difference.expected.contains("\"11") && difference.found.contains("\"12"), "{difference}");
    let other_seed: Vec<_> = lines.iter().map(|line| line.replace("\"seed\":0", "\"seed\":9")).collect();
    assert_ne!(lines, other_seed);
    assert!(matches!(replay(&other_seed), Err(TraceError::Difference(_))), "the seed is part of the trace");
}

#[test]
fn another_format_is_refused_with_what_to_do() {
    let lines = record(pod_watcher());
    let with_first = |first: &str| {
        let mut lines = lines.clone();
        first.clone_into(&mut lines[0]);
        replay(&lines).unwrap_err().to_string()
    };
    // Traces of earlier releases began with an entry, or with a description of the watch.
    let old = replay(&lines[1..]).unwrap_err();
    assert_eq!(old, TraceError::NoBeginning);
    assert!(old.to_string().contains("record it again with this release"), "{old}");
    let described = with_first(r#"{"watch":{"resource":"pods","seed":7}}"#);
    assert_eq!(described, old.to_string());

    let newer = with_first(r#"{"begin":{"format":3,"configuration":{"like":"nothing known"}}}"#);
    assert!(newer.contains("format 3") && newer.contains("format 2 only"), "{newer}");
    let misspelt = with_first(&lines[0].replace("bookmarks", "bookmrks"));
    assert!(misspelt.starts_with("line 1: unknown field `bookmrks`"), "{misspelt}");
    let impossible = with_first(&lines[0].replace("\"default\"", "\"De fault\""));
    assert!(impossible.starts_with("line 1: the namespace has the invalid character 'D'"), "{impossible}");

    assert_eq!(replay(&[]), Err(TraceError::Empty));
    assert_eq!(replay(&["not JSON".into()]), Err(TraceError::NoBeginning));
    let mut torn = lines.clone();
    torn[4].truncate(9);
    assert!(matches!(replay(&torn), Err(TraceError::Line { line: 5, .. })), "{:?}", replay(&torn));
    let twice = [lines.clone(), lines.clone()].concat();
    assert_eq!(replay(&twice), Err(TraceError::SecondBeginning { index: lines.len() }));
    assert_eq!(trace::replay(trace::read(&lines.join("\n")).unwrap().split_off(1)), Err(TraceError::NoBeginning));
}

#[test]
fn a_recording_that_began_late_is_marked() {
    let uses: [fn(&mut Watcher); 3] = [
        |watcher| drop(watcher.poll(Instant::ORIGIN)),
        |watcher| watcher.handle(Input::Stop).unwrap(),
        |watcher| watcher.handle(Input::Relist).unwrap(),
    ];
    for (number, used) in uses.iter().enumerate() {
        let mut watcher = Watcher::new(pods().start(Start::From("7".parse().unwrap())).build().unwrap());
        used(&mut watcher);
        let lines = record(watcher);
        assert_eq!(replay(&lines), Err(TraceError::BegunLate), "{number}");
    }
}

#[test]
fn a_line_that_cannot_be_read_is_named_as_an_editor_counts() {
    let lines = record(pod_watcher());
    let torn = format!("\n{}\n\n  \n{}\n{{\"handled\":", lines[0], lines[1]);
    assert!(matches!(trace::read(&torn), Err(TraceError::Line { line: 6, .. })), "{:?}", trace::read(&torn));
    let impossible = format!("\n\n{}\n", lines[0].replace("bookmarks", "bookmrks"));
    assert!(trace::read(&impossible).unwrap_err().to_string().starts_with("line 3: "));
}

/// Before the first poll there is no version that a relist would give up, but it asks for a list in place of the
/// version.
#[test]
fn a_recording_that_began_after_a_relist_says_so() {
    let mut watcher = Watcher::new(pods().start(Start::Now).build().unwrap());
    watcher.handle(Input::Relist).unwrap();
    assert_eq!(replay(&record(watcher)), Err(TraceError::BegunLate));
    assert_eq!(replay(&record(Watcher::new(pods().start(Start::Now).build().unwrap()))), Ok(()));
}
