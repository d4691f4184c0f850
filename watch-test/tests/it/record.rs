//! `watch-test record`, from outside.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::json;
use watch_test::TestServer;
use watch_test::fault::{Fault, Requests};

use crate::common::program::{program, run};

/// The path of a new file.
fn file(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("record-{name}"));
    drop(std::fs::remove_file(&path));
    path
}

fn write(name: &str, text: &str) -> String {
    let path = file(name);
    std::fs::write(&path, text).expect("a file");
    path.to_str().expect("UTF-8").to_owned()
}

fn create(server: &TestServer, name: &str) {
    let object = json!({"metadata": {"name": name}, "data": {"password": "aHVudGVyMg=="}});
    server.create("secrets", Some("default"), object).expect("a Secret");
}

fn replays(trace: &str) -> String {
    let (code, printed) = run(&["replay", trace]);
    assert_eq!(code, Some(0), "{printed}");
    printed
}

#[test]
fn a_server_is_recorded_and_the_trace_replays_without_it() {
    let server = TestServer::builder().tls().start_blocking().expect("a server");
    create(&server, "a");
    server.inject(Fault::cut(300).once().on(Requests::watch("secrets")));
    let ca = write("ca.pem", server.certificate_authority().expect("TLS"));
    let token = write("token", "t0p-s3cret\n");
    let trace = file("tls.trace");
    let trace = trace.to_str().expect("UTF-8");
    let arguments = ["record", "secrets", trace, "--server", &server.url(), "--ca", &ca, "--token-file", &token];
    let (code, printed) = run(&[&arguments[..], &["-n", "default", "--for", "3s", "--seed", "5"]].concat());
    assert_eq!(code, Some(0), "{printed}");
    assert!(printed.contains("events; to replay them: watch-test replay "), "{printed}");
    assert!(server.requests().iter().all(|request| request.header("authorization").is_some()));
    drop(server);

    let replayed = replays(trace);
    assert!(replayed.contains("watch of secrets in default, seed 5"), "{replayed}");
    let text = std::fs::read_to_string(trace).expect("a trace");
    assert!(text.contains("aHVudGVyMg==") && text.contains("Retrying"), "{text}");
    assert!(!text.contains("t0p-s3cret"), "{text}");
    assert!(text.ends_with("{\"Done\":\"DeadlineReached\"}}}\n"), "{text}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(std::fs::metadata(trace).expect("a file").permissions().mode() & 0o777, 0o600);
    }

    let before = text.len();
    let (code, printed) = run(&["record", "secrets", trace, "--server", "http://127.0.0.1:1"]);
    assert_eq!(code, Some(2), "{printed}");
    assert!(printed.contains("remove it, or choose another"), "{printed}");
    assert_eq!(std::fs::read_to_string(trace).expect("a trace").len(), before);
}

#[cfg(unix)]
#[test]
fn an_interrupted_recording_replays() {
    let server = TestServer::builder().start_blocking().expect("a server");
    create(&server, "a");
    let trace = file("interrupted.trace");
    let trace = trace.to_str().expect("UTF-8");
    let child = program(&["record", "secrets", trace, "--server", &server.url()]).spawn().expect("the program");
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    runtime.block_on(server.until("the recorder watches", |server| server.open_watches() == 1));
    // The recorder may not have read the sent bytes yet.
    let began = std::time::Instant::now();
    while !std::fs::read_to_string(trace).is_ok_and(|text| text.contains("InitialEnd")) {
        assert!(began.elapsed().as_secs() < 30, "the recorder doesn't read");
        std::thread::yield_now();
    }
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().expect("kill").success());
    let Output { status, stderr, .. } = child.wait_with_output().expect("an end");
    let printed = String::from_utf8_lossy(&stderr);
    assert_eq!(status.code(), Some(0), "{printed}");
    replays(trace);
    assert!(std::fs::read_to_string(trace).expect("a trace").ends_with("{\"Done\":\"Stopped\"}}}\n"));
}

#[test]
fn an_unreachable_or_refusing_server_is_reported() {
    let unreachable = TestServer::builder().start_blocking().expect("a server").url();
    let trace = file("unreachable.trace");
    let trace = trace.to_str().expect("UTF-8");
    let (code, printed) = run(&["record", "pods", trace, "--server", &unreachable, "--for", "1s"]);
    assert_eq!(code, Some(1), "{printed}");
    assert!(printed.contains("error: ") && printed.contains("connection refused"), "{printed}");
    replays(trace);

    let server = TestServer::builder().start_blocking().expect("a server");
    server.inject(Fault::refuse(403).message("not you").always());
    let trace = file("forbidden.trace");
    let trace = trace.to_str().expect("UTF-8");
    let (code, printed) = run(&["record", "pods", trace, "--server", &server.url(), "--for", "1s"]);
    assert_eq!(code, Some(1), "{printed}");
    assert!(printed.contains("403 Forbidden: not you"), "{printed}");
    replays(trace);
}

#[test]
fn invalid_arguments_are_refused_before_a_file_is_written() {
    let trace = file("nonsense.trace");
    let path = trace.to_str().expect("UTF-8");
    for arguments in [
        vec!["record", "pods", path],
        vec!["record", "Pods!", path, "--server", "http://127.0.0.1:1"],
        vec!["record", "pods", path, "--server", "127.0.0.1"],
        vec!["record", "pods", path, "--server", "http://127.0.0.1:1", "-n", "De fault"],
        vec!["record", "pods", path, "--server", "http://127.0.0.1:1", "--for", "soon"],
        vec!["record", "pods", path, "--server", "https://127.0.0.1:1", "--ca", "/no/such/file"],
        vec!["record", "pods", "/no/such/folder/trace", "--server", "http://127.0.0.1:1"],
    ] {
        let (code, printed) = run(&arguments);
        assert_eq!(code, Some(2), "{arguments:?}: {printed}");
        assert!(printed.contains("error: "), "{arguments:?}: {printed}");
    }
    assert!(!trace.exists());
}
