//! The program, from outside.

#![cfg(all(feature = "cli", unix))]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

fn program(arguments: &[&str]) -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_watch-test"));
    program.arg("serve").args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped());
    program
}

/// A running `serve`, ended as by Ctrl-C.
struct Served {
    child: Child,
    address: String,
    kubeconfig: String,
}

impl Served {
    fn start(arguments: &[&str]) -> Self {
        let mut child = program(arguments).spawn().expect("it starts");
        let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines().map(|line| line.expect("a line"));
        let url = lines.next().expect("a URL");
        let address = url.split("://").nth(1).expect("a URL").to_owned();
        let export = lines.next().expect("a kubeconfig");
        let kubeconfig = export.strip_prefix("export KUBECONFIG=").expect("what to type").to_owned();
        Self { child, address, kubeconfig }
    }

    fn get(&self, path: &str) -> Value {
        let mut stream = TcpStream::connect(&self.address).expect("it listens");
        write!(stream, "GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").expect("sent");
        let mut reply = String::new();
        stream.read_to_string(&mut reply).expect("a reply");
        let body = reply.split("\r\n\r\n").nth(1).expect("a body");
        serde_json::from_str(body).unwrap_or_else(|error| panic!("{error}: {reply}"))
    }

    fn interrupt(self) -> Output {
        self.signal("-INT")
    }

    fn signal(self, signal: &str) -> Output {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args([signal, &id]).status().expect("kill").success());
        self.child.wait_with_output().expect("it ends")
    }
}

#[test]
fn serve_says_where_changes_objects_and_sums_up() {
    let served = Served::start(&["--objects", "5", "--churn", "1000", "--resource", "pods"]);
    let kubeconfig = std::fs::read_to_string(&served.kubeconfig).expect("a kubeconfig");
    assert!(kubeconfig.contains(&format!("server: http://{}", served.address)), "{kubeconfig}");
    let begin = served.get("/-/state")["resourceVersion"].as_u64().expect("a version");
    while served.get("/-/state")["resourceVersion"].as_u64().expect("a version") == begin {}
    assert_eq!(served.get("/-/faults"), Value::Array(Vec::new()));
    let file = served.kubeconfig.clone();
    let output = served.interrupt();
    let summary = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && summary.contains("served for "), "{summary}");
    assert!(!std::path::Path::new(&file).exists());
}

#[test]
fn ctrl_c_ends_it_also_where_it_has_more_to_do_than_it_can() {
    let served = Served::start(&["--objects", "100", "--churn", "1000000"]);
    while served.get("/-/state")["resourceVersion"].as_u64().expect("a version") < 5000 {}
    let began = Instant::now();
    let output = served.interrupt();
    assert!(output.status.success());
    // It owes some millions of changes by now.
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
}

#[test]
fn a_kubeconfig_that_is_not_from_here_is_not_overwritten() {
    let path = std::env::temp_dir().join(format!("watch-test-{}-lived-by", std::process::id()));
    let text = path.to_str().expect("a path");
    std::fs::write(&path, "apiVersion: v1\nkind: Config\ncurrent-context: mine\n").expect("written");
    let output = program(&["--kubeconfig", text]).output().expect("it ends");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && said.contains("remove it, or choose another place"), "{said}");
    assert!(std::fs::read_to_string(&path).expect("still there").contains("mine"));
    // One from here is, and only its owner may read it, whatever was the case before.
    std::fs::write(&path, "").expect("written");
    for _ in 0..2 {
        Served::start(&["--kubeconfig", text]).interrupt();
    }
    let mode = std::fs::metadata(&path).expect("it stays").permissions().mode();
    std::fs::remove_file(&path).expect("removed");
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn sigterm_ends_it_as_ctrl_c_does() {
    let served = Served::start(&["--objects", "3"]);
    let file = served.kubeconfig.clone();
    assert!(std::path::Path::new(&file).exists());
    let output = served.signal("-TERM");
    let summary = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && summary.contains("served for "), "{:?} {summary}", output.status);
    assert!(!std::path::Path::new(&file).exists());
}

#[test]
fn serve_begins_with_the_faults_it_was_given() {
    let served = Served::start(&["--fault", r#"{"times":1,"refuse":{"status":503}}"#, "--seed", "7"]);
    assert_eq!(served.get("/api/v1/pods")["code"], 503);
    assert_eq!(served.get("/api/v1/pods")["kind"], "PodList");
    let summary = String::from_utf8_lossy(&served.interrupt().stderr).into_owned();
    assert!(summary.contains("1 of 2 requests had a fault"), "{summary}");
}

#[test]
fn serve_says_what_is_wrong() {
    let served = Served::start(&[]);
    let port = served.address.rsplit(':').next().expect("a port");
    let wrong = [
        (vec!["--port", port], "is in use; choose another with --port"),
        (vec!["--churn", "fast"], "it is a number of changes a second"),
        (vec!["--resource", "bananas"], "can't create bananas: 404 NotFound"),
        (vec!["--churn", "-1"], "it is between 0 and a million changes a second"),
        (vec!["--churn", "NaN"], "it is between 0 and a million changes a second"),
        (vec!["--bookmarks", "0"], "it is a whole number between 1 and 31536000"),
        (vec!["--bookmarks", "-1"], "it is a whole number between 1 and 31536000"),
        (vec!["--objects", "-1"], "it is a whole number between 0 and 1000000"),
        (vec!["--size", "9999999"], "it is a whole number between 0 and 1048576"),
        (vec!["--window", "0"], "it is a whole number between 1 and 1000000000"),
        (vec!["--port", "70000"], "70000 is not in 0..=65535"),
        (vec!["--port", "-1"], "-1 is not in 0..=65535"),
        (vec!["--fault", "{\"cut\":{}}"], "cut: missing field `end`"),
        (vec!["--fault", "{\"banana\":{}}"], "one of `refuse`, `delayHead`, `cut`, `stall`, `drip`, `split`, `say`"),
        (vec!["--fault", "{\"refuse\":{\"status\":1}}"], "refuse.status: 1 is not 200 to 599"),
        (vec!["--fault", "banana"], "expected value at line 1 column 1"),
        (vec!["--kubeconfig", "/nowhere/at/all"], "can't write the kubeconfig /nowhere/at/all: No such file"),
    ];
    for (arguments, message) in wrong {
        let output = program(&arguments).output().expect("it starts");
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && error.contains(message), "{arguments:?}: {error}");
    }
    served.interrupt();
}
