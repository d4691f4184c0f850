//! The simulator as a program, from outside.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Output, Stdio};

use watch_core::trace::{self, TraceError};

fn program(arguments: &[&str]) -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_simulate"));
    program.args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped());
    program
}

fn run(arguments: &[&str]) -> (Option<i32>, String) {
    let Output { status, stdout, stderr } = program(arguments).output().unwrap();
    (status.code(), String::from_utf8_lossy(&[stdout, stderr].concat()).into_owned())
}

#[test]
fn invalid_arguments_are_refused_before_a_run() {
    for arguments in [
        "--seeds 0",
        "--for 0s",
        "--for soon",
        "--jobs 0",
        "--seeds 5 --for 3s",
        "--exhaustive 0",
        "--exhaustive 2 --seeds 3",
        "mutants --built-in --for 3s",
        "mutants --built-in --check",
        "--hashes 2 mutants --built-in",
        "own-writes --seeds 0",
        "own-writes --seeds 1 --for 3s",
        "--seeds 1 --report /no/such/folder/report.json",
        "--seeds 1 --svg /no/such/folder/run.svg",
    ] {
        let arguments: Vec<_> = arguments.split(' ').collect();
        let (code, printed) = run(&arguments);
        assert_eq!(code, Some(2), "{arguments:?}: {printed}");
        assert!(printed.contains("error: ") || printed.contains("can't write"), "{arguments:?}: {printed}");
    }
}

#[test]
fn after_the_last_seed_there_is_none() {
    let (code, printed) = run(&["--seed", "18446744073709551615", "--seeds", "5"]);
    assert_eq!(code, Some(0), "{printed}");
    assert!(printed.contains("1 seeds in"), "{printed}");
    let (code, printed) = run(&["--seed", "18446744073709551614", "--hashes", "4"]);
    assert_eq!((code, printed.lines().count()), (Some(0), 2), "{printed}");
}

#[test]
fn a_controller_and_its_own_writes_are_reported() {
    let (code, printed) = run(&["own-writes", "--seed", "40", "--seeds", "3"]);
    assert_eq!(code, Some(0), "{printed}");
    let lines: Vec<Vec<&str>> = printed.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(lines[0][..2], ["3", "seeds"]);
    let [with, without] = [&lines[2], &lines[3]].map(|line| &line[line.len() - 4..]);
    let counts = |line: &[&str]| line.iter().map(|count| count.parse().unwrap()).collect::<Vec<u64>>();
    let (with, without) = (counts(with), counts(without));
    assert!(with[0] > 150 && with[1] == 0 && with[2] > 0 && with[3] == 0, "{printed}");
    assert!(without[1] > 0 && without[2] == 0, "{printed}");
    let (code, help) = run(&["own-writes", "--help"]);
    assert!(code == Some(0) && help.contains("--seeds <N>") && help.contains("PendingWrites"), "{help}");
}

#[test]
fn the_step_of_an_unreadable_plan_is_named() {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR"));
    let file = folder.join("no-plan.json");
    std::fs::write(&file, r#"{"setup":{},"steps":[{"wait":null},{"after":5,"putt":{"key":1}}]}"#).unwrap();
    let (code, printed) = run(&["replay", file.to_str().unwrap()]);
    assert_eq!(code, Some(2), "{printed}");
    assert!(printed.contains("step 2: unknown variant `putt`"), "{printed}");
}

#[test]
fn unknown_fields_of_a_plan_are_refused() {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR"));
    let file = folder.join("other-plan.json");
    for (plan, wrong) in [
        (r#"{"setup":{"bookmrks":null},"steps":[]}"#, "bookmrks"),
        (r#"{"setup":{"clients":[{"pages":3}]},"steps":[]}"#, "pages"),
        (r#"{"setup":{"net":{"latencyy":5}},"steps":[]}"#, "latencyy"),
        (r#"{"setup":{"clients":[]},"steps":[]}"#, "a plan needs a client"),
        (r#"{"setup":{},"steps":[],"stepz":[]}"#, "stepz"),
        (r#"{"setup":{},"steps":[{"relist":{"client":0},"afterr":1}]}"#, "step 1"),
    ] {
        std::fs::write(&file, plan).unwrap();
        let (code, printed) = run(&["replay", file.to_str().unwrap()]);
        assert_eq!(code, Some(2), "{printed}");
        assert!(printed.contains(wrong), "{wrong}: {printed}");
    }
}

#[test]
fn a_plan_is_traced_and_its_trace_replays() {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR"));
    let (plan, file) = (folder.join("traced-plan.json"), folder.join("traced-plan.trace"));
    std::fs::write(&plan, serde_json::to_string(&watch_sim::plan_of(3)).unwrap()).unwrap();
    let (plan, file) = (plan.to_str().unwrap(), file.to_str().unwrap());
    assert_eq!(run(&["replay", plan, "--quiet", "--trace", file]).0, Some(0));
    let read = || trace::read(&std::fs::read_to_string(file).unwrap()).unwrap();
    trace::replay(read()).unwrap();
    let (code, printed) = run(&["replay", file]);
    assert_eq!(code, Some(2), "{printed}");
    assert!(printed.contains("this is a trace, not a plan: `watch-test replay FILE` replays traces"), "{printed}");

    let text = std::fs::read_to_string(file).unwrap();
    std::fs::write(file, text.replacen("\"plural\":\"", "\"plural\":\"other", 1)).unwrap();
    assert!(matches!(trace::replay(read()), Err(TraceError::Difference(difference)) if difference.index == 1));
}

/// And the report is written.
#[cfg(unix)]
#[test]
fn an_interrupted_run_reports_what_it_found() {
    let report = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("interrupted.json");
    let mut child = program(&["--for", "10m", "--jobs", "1", "--report"]).arg(&report).spawn().unwrap();
    let mut printed = BufReader::new(child.stderr.take().unwrap()).lines();
    assert!(printed.next().unwrap().unwrap().contains("seeds from 0 on"));
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let Output { status, stdout, .. } = child.wait_with_output().unwrap();
    assert_eq!(status.code(), Some(1));
    assert!(String::from_utf8_lossy(&stdout).starts_with("interrupted: "));
    let written: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(&report).unwrap()).unwrap();
    assert!(written["seeds"].is_u64());
}

#[test]
fn seeds_that_differ_from_their_table_are_named() {
    let folder = std::env::temp_dir().join(format!("watch-sim-pinned-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let table = folder.join("table.txt");
    let compare = |text: &str| {
        std::fs::write(&table, text).unwrap();
        run(&["--pinned", table.to_str().unwrap()])
    };
    let (code, pinned) = run(&["--pin", "64"]);
    assert_eq!(code, Some(0), "{pinned}");
    let (code, printed) = compare(&pinned);
    assert_eq!((code, printed.contains("64 seeds equal")), (Some(0), true), "{printed}");
    let (code, printed) = compare("0 0123456789abcdef\n");
    assert_eq!((code, printed.contains("the first from seed 0 on")), (Some(1), true), "{printed}");
    // Not a line of a table, no block's first seed, and a block that ends after the last seed there is.
    for line in ["nonsense", "1 0123456789abcdef", "18446744073709551552 0123456789abcdef"] {
        let (code, printed) = compare(&format!("{pinned}{line}\n"));
        assert_eq!((code, printed.contains("table.txt:2: expected")), (Some(2), true), "{line}: {printed}");
    }
    let (code, printed) = compare("");
    assert_eq!((code, printed.contains("is empty")), (Some(2), true), "{printed}");
    std::fs::remove_dir_all(&folder).unwrap();
    let (code, printed) = run(&["--pinned", table.to_str().unwrap()]);
    assert_eq!((code, printed.contains("can't read")), (Some(2), true), "{printed}");
}

/// As with `| head`, and with `2>&1 | head`.
#[test]
fn no_command_panics_when_its_output_is_closed() {
    let plan = std::fs::read_dir("plans")
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| path.extension().is_some_and(|end| end == "json"))
        .unwrap();
    for arguments in [
        &["--hashes", "3"][..],
        &["--seeds", "2"],
        &["mutants", "--built-in"],
        &["own-writes", "--seeds", "1"],
        &["replay", plan.to_str().unwrap()],
        &["replay", "/no/such/file"],
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
