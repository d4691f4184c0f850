//! `watch-test replay`, and commands whose output is closed, from outside.

use std::process::Output;

use watch_core::trace::{Begin, Entry};
use watch_core::{Config, Input, Instant, Resource, Watcher};

use crate::common::program::{program, run};

/// The trace of a machine that is polled twice, and stopped in between.
fn trace() -> String {
    let mut watcher = Watcher::new(Config::builder(Resource::core("v1", "pods")).seed(3).build().unwrap());
    let mut entries = vec![Entry::Begin(Begin::of(&watcher))];
    let poll = |watcher: &mut Watcher, entries: &mut Vec<Entry>| {
        let output = serde_json::value::to_raw_value(&watcher.poll(Instant::ORIGIN)).unwrap();
        entries.push(Entry::Polled { now: Instant::ORIGIN, output });
    };
    poll(&mut watcher, &mut entries);
    watcher.handle(Input::Stop).unwrap();
    entries.push(Entry::Handled(Input::Stop));
    poll(&mut watcher, &mut entries);
    let lines: Vec<_> = entries.iter().map(|entry| serde_json::to_string(entry).unwrap() + "\n").collect();
    lines.concat()
}

#[test]
fn a_trace_replays_and_the_first_difference_is_shown() {
    let file = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("replay.trace");
    let text = trace();
    std::fs::write(&file, &text).unwrap();
    let path = file.to_str().unwrap();
    let (code, printed) = run(&["replay", path]);
    assert_eq!(code, Some(0), "{printed}");
    assert!(printed.starts_with("    0 watch of ") && printed.contains("the same: "), "{printed}");

    std::fs::write(&file, text.replacen("\"plural\":\"", "\"plural\":\"other", 1)).unwrap();
    let (code, printed) = run(&["replay", path, "--quiet"]);
    assert_eq!(code, Some(132), "{printed}");
    assert!(printed.contains("at entry 1 the trace has"), "{printed}");
}

#[test]
fn a_trace_is_drawn_and_so_is_the_first_difference() {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR"));
    let (file, picture) = (folder.join("drawn.trace"), folder.join("drawn.svg"));
    std::fs::write(&file, trace()).unwrap();
    let replay = ["replay", file.to_str().unwrap(), "--quiet", "--svg", picture.to_str().unwrap()];
    let (code, printed) = run(&replay);
    assert_eq!(code, Some(0), "{printed}");
    let drawn = std::fs::read_to_string(&picture).unwrap();
    assert!(drawn.contains("GET") || drawn.contains("WatchList") || drawn.contains("LIST"), "{drawn}");
    assert!(drawn.contains("a stop is requested") && !drawn.contains("class=\"violation\""), "{drawn}");

    std::fs::write(&file, trace().replacen("\"Abort\"", "\"Wait\"", 1)).unwrap();
    let (code, printed) = run(&replay);
    assert_eq!(code, Some(132), "{printed}");
    let drawn = std::fs::read_to_string(&picture).unwrap();
    assert!(drawn.contains("class=\"violation\"") && drawn.contains("the trace has"), "{drawn}");

    let (code, printed) = run(&["replay", file.to_str().unwrap(), "--svg", "/no/such/folder/picture.svg"]);
    assert_eq!(code, Some(2), "{printed}");
    assert!(printed.contains("can't write /no/such/folder/picture.svg"), "{printed}");
}

#[test]
fn a_plan_of_the_simulator_is_refused_with_its_command() {
    let file = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("replay-plan.json");
    std::fs::write(&file, "{\n  \"setup\": {},\n  \"steps\": []\n}\n").unwrap();
    let (code, printed) = run(&["replay", file.to_str().unwrap()]);
    assert_eq!(code, Some(2), "{printed}");
    assert!(printed.contains("a plan, not a trace: `cargo run --release -p watch-sim -- replay FILE`"), "{printed}");
}

#[test]
fn a_trace_of_an_earlier_release_is_refused_with_what_to_do() {
    let file = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("old.trace");
    let polled = r#"{"polled":{"now":{"secs":0,"nanos":0},"output":{"Wait":{"until":null,"on":"Head"}}}}"#;
    for first in [polled, r#"{"watch":{"resource":"pods","seed":7}}"#, r#"{"handled":"Stop"}"#] {
        std::fs::write(&file, format!("{first}\n{polled}\n")).unwrap();
        let (code, printed) = run(&["replay", file.to_str().unwrap()]);
        assert_eq!(code, Some(2), "{printed}");
        assert!(printed.contains("an older release wrote it; record it again with this release"), "{printed}");
    }
    std::fs::write(&file, r#"{"begin":{"format":7}}"#).unwrap();
    let (code, printed) = run(&["replay", file.to_str().unwrap()]);
    assert_eq!(code, Some(2), "{printed}");
    assert!(printed.contains("the trace has format 7"), "{printed}");
}

/// As with `| head`, and with `2>&1 | head`.
#[test]
fn no_command_panics_when_its_output_is_closed() {
    let trace_file = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("closed.trace");
    std::fs::write(&trace_file, trace()).unwrap();
    for arguments in [
        &["replay", trace_file.to_str().unwrap()][..],
        &["replay", "/no/such/file"],
        &["serve", "--fault", "{}"],
        &["serve", "--kubeconfig", "/no/such/folder/kubeconfig"],
        &["--help"],
    ] {
        for (stdout_is_read, stderr_is_read) in [(false, true), (true, false), (false, false)] {
            let mut child = program(arguments).spawn().unwrap();
            if !stdout_is_read {
                drop(child.stdout.take());
            }
            if !stderr_is_read {
                drop(child.stderr.take());
            }
            let Output { status, stderr, .. } = child.wait_with_output().unwrap();
            let printed = String::from_utf8_lossy(&stderr);
            // 101 is a panic's; none is a signal's.
            assert!(status.code().is_some_and(|code| code != 101), "{arguments:?}: {status}: {printed}");
            assert!(!printed.contains("panicked"), "{arguments:?}: {printed}");
        }
    }
}
