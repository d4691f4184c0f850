//! The program, from outside.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Child, Command, Output};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::common::program::program;

fn serve(arguments: &[&str]) -> Command {
    program(&[&["serve"], arguments].concat())
}

/// A running `serve`, ended as by Ctrl-C.
struct Served {
    child: Option<Child>,
    address: String,
    kubeconfig: String,
}

impl Served {
    fn start(arguments: &[&str]) -> Self {
        let mut child = serve(arguments).spawn().expect("it starts");
        let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines().map(|line| line.expect("a line"));
        let url = lines.next().expect("a URL");
        let address = url.split("://").nth(1).expect("a URL").to_owned();
        let export = lines.next().expect("a kubeconfig");
        let kubeconfig = export.strip_prefix("export KUBECONFIG=").expect("what to type").to_owned();
        Self { child: Some(child), address, kubeconfig }
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

    fn signal(mut self, signal: &str) -> Output {
        let child = self.child.take().expect("it runs");
        let id = child.id().to_string();
        assert!(Command::new("kill").args([signal, &id]).status().expect("kill").success());
        child.wait_with_output().expect("it ends")
    }

    fn config(&self) -> Value {
        let text = std::fs::read_to_string(&self.kubeconfig).expect("a kubeconfig");
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
    }
}

impl Drop for Served {
    /// A failing test leaves no running process.
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            drop(child.kill());
            drop(child.wait());
        }
    }
}

#[test]
fn serve_prints_its_url_changes_objects_and_sums_up() {
    let served = Served::start(&["--objects", "5", "--churn", "1000", "--resource", "pods"]);
    let url = format!("http://{}", served.address);
    let expected = serde_json::json!({
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "watch-test",
        "clusters": [{"name": "watch-test", "cluster": {"server": url}}],
        "users": [{"name": "watch-test", "user": {}}],
        "contexts": [{"name": "watch-test", "context": {"cluster": "watch-test", "user": "watch-test"}}],
    });
    assert_eq!(served.config(), expected);
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
fn ctrl_c_ends_it_although_its_rate_is_too_high() {
    let served = Served::start(&["--objects", "100", "--churn", "1000000"]);
    while served.get("/-/state")["resourceVersion"].as_u64().expect("a version") < 5000 {}
    let began = Instant::now();
    let output = served.interrupt();
    assert!(output.status.success());
    // By now, the program is millions of changes late.
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
}

#[test]
fn a_kubeconfig_that_is_not_from_here_is_not_overwritten() {
    let path = std::env::temp_dir().join(format!("watch-test-{}-lived-by", std::process::id()));
    let text = path.to_str().expect("a path");
    std::fs::write(&path, "apiVersion: v1\nkind: Config\ncurrent-context: mine\n").expect("written");
    let output = serve(&["--kubeconfig", text]).output().expect("it ends");
    let printed = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && printed.contains("remove it, or choose another path"), "{printed}");
    assert!(std::fs::read_to_string(&path).expect("still there").contains("mine"));
    // A file of this program is replaced. Then only its owner may read it, whatever its permissions were before.
    std::fs::write(&path, "").expect("written");
    for _ in 0..2 {
        Served::start(&["--kubeconfig", text]).interrupt();
    }
    let mode = std::fs::metadata(&path).expect("it stays").permissions().mode();
    std::fs::remove_file(&path).expect("removed");
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn a_link_in_the_place_of_the_kubeconfig_is_not_followed() {
    let directory = std::env::temp_dir().join(format!("watch-test-{}-links", std::process::id()));
    std::fs::create_dir(&directory).expect("a directory");
    let (target, link) = (directory.join("target"), directory.join("link"));
    // Not even if its target is empty, missing, or written by this program.
    for content in [None, Some(""), Some("{\"current-context\":\"watch-test\"}")] {
        if let Some(content) = content {
            std::fs::write(&target, content).expect("written");
        }
        std::os::unix::fs::symlink(&target, &link).expect("a link");
        let output = serve(&["--kubeconfig", link.to_str().expect("a path")]).output().expect("it ends");
        let printed = String::from_utf8_lossy(&output.stderr);
        assert!(
            !output.status.success() && printed.contains("it is a symbolic link, which isn't followed; remove it"),
            "{printed}"
        );
        assert_eq!(std::fs::read_to_string(&target).ok().as_deref(), content);
        std::fs::remove_file(&link).expect("removed");
    }
    // A link at the temporary path of the file isn't followed either.
    let output = serve(&["--kubeconfig", directory.to_str().expect("a path")]).output().expect("it ends");
    let printed = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && printed.contains("it exists, and isn't a file; remove it"), "{printed}");
    let served = Served::start(&["--kubeconfig", directory.join("config").to_str().expect("a path")]);
    assert_eq!(served.config()["kind"], "Config");
    served.interrupt();
    let mut left: Vec<_> =
        std::fs::read_dir(&directory).expect("a directory").map(|entry| entry.expect("an entry").file_name()).collect();
    left.sort();
    assert_eq!(left, ["config", "target"]);
    std::fs::remove_dir_all(&directory).expect("removed");
}

#[test]
fn the_kubeconfig_of_a_server_with_tls_has_what_it_takes() {
    let served = Served::start(&["--tls", "--host", "::1"]);
    let config = served.config();
    assert_eq!(config["clusters"][0]["cluster"]["server"], format!("https://{}", served.address));
    assert!(served.address.starts_with("[::1]:"));
    for (pointer, kind) in [
        ("/clusters/0/cluster/certificate-authority-data", "CERTIFICATE"),
        ("/users/0/user/client-certificate-data", "CERTIFICATE"),
        ("/users/0/user/client-key-data", "PRIVATE KEY"),
    ] {
        let data = config.pointer(pointer).and_then(Value::as_str).expect("data");
        let pem = base64::Engine::decode(&base64::engine::general_purpose::STANDARD, data).expect("base64");
        assert!(pem.starts_with(format!("-----BEGIN {kind}-----").as_bytes()), "{pointer}");
    }
    served.interrupt();
}

#[test]
fn a_host_that_others_can_reach_is_warned_of() {
    let warning = "warning: 0.0.0.0 isn't a loopback address: anyone who can reach it may read and write everything";
    let served = Served::start(&["--host", "0.0.0.0", "--objects", "1"]);
    assert!(served.address.starts_with("127.0.0.1:"), "{}", served.address);
    assert_eq!(served.get("/api/v1/configmaps")["items"].as_array().map(Vec::len), Some(1));
    let printed = String::from_utf8_lossy(&served.interrupt().stderr).into_owned();
    assert!(printed.contains(warning), "{printed}");
    let printed = String::from_utf8_lossy(&Served::start(&[]).interrupt().stderr).into_owned();
    assert!(!printed.contains("warning"), "{printed}");
}

#[test]
fn serve_writes_a_line_for_each_request_on_demand() {
    let fault = r#"{"on":{"contains":"pods"},"times":1,"refuse":{"status":503}}"#;
    let ask = |served: &Served| {
        served.get("/api/v1/configmaps?limit=1");
        served.get("/api/v1/pods");
        served.get("/-/state");
        // The reply to a watch begins at once, and its line is there before it ends.
        let mut watch = TcpStream::connect(&served.address).expect("it listens");
        write!(watch, "GET /api/v1/secrets?watch=1 HTTP/1.1\r\nhost: x\r\nuser-agent: me/1\r\n\r\n").expect("sent");
        let mut first = [0; 15];
        watch.read_exact(&mut first).expect("a head");
        assert_eq!(&first, b"HTTP/1.1 200 OK");
    };
    let served = Served::start(&["--log", "--fault", fault]);
    ask(&served);
    let printed = String::from_utf8_lossy(&served.interrupt().stderr).into_owned();
    let of_requests: Vec<&str> = printed
        .lines()
        .filter(|line| line.contains(" GET /"))
        .map(|line| line.split_once("s ").expect("when it came").1)
        .collect();
    assert_eq!(of_requests.len(), 3, "{printed}");
    assert_eq!(of_requests[0], "200 GET /api/v1/configmaps?limit=1 -");
    assert!(of_requests[1].starts_with("503 GET /api/v1/pods [") && of_requests[1].ends_with(" -"), "{printed}");
    assert_eq!(of_requests[2], "200 GET /api/v1/secrets?watch=1 me/1");
    let served = Served::start(&["--fault", fault]);
    ask(&served);
    let printed = String::from_utf8_lossy(&served.interrupt().stderr).into_owned();
    assert!(!printed.contains("GET /"), "{printed}");
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
fn serve_reports_what_is_wrong() {
    let served = Served::start(&[]);
    let port = served.address.rsplit(':').next().expect("a port");
    let wrong = [
        (vec!["--port", port], "is in use; choose another with --port"),
        (vec!["--churn", "fast"], "the rate is a number of changes per second"),
        (vec!["--resource", "bananas"], "can't create bananas: 404 NotFound"),
        (vec!["--churn", "-1"], "the rate is between 0 and a million changes per second"),
        (vec!["--churn", "NaN"], "the rate is between 0 and a million changes per second"),
        (vec!["--bookmarks", "0"], "expected an integer between 1 and 31536000"),
        (vec!["--bookmarks", "-1"], "expected an integer between 1 and 31536000"),
        (vec!["--objects", "-1"], "expected an integer between 0 and 1000000"),
        (vec!["--size", "9999999"], "expected an integer between 0 and 1048576"),
        (vec!["--window", "0"], "expected an integer between 1 and 1000000000"),
        (vec!["--port", "70000"], "70000 is not in 0..=65535"),
        (vec!["--port", "-1"], "-1 is not in 0..=65535"),
        (vec!["--fault", "{\"cut\":{}}"], "cut: missing field `end`"),
        (vec!["--fault", "{\"banana\":{}}"], "one of `refuse`, `delayHead`, `cut`, `stall`, `drip`, `split`, `say`"),
        (vec!["--fault", "{\"refuse\":{\"status\":1}}"], "refuse.status: 1 is not 200 to 599"),
        (vec!["--fault", "banana"], "expected value at line 1 column 1"),
        (vec!["--host", "banana"], "invalid IP address syntax"),
        (vec!["--kubernetes", "1.35"], "it knows 1.36 and 1.37"),
        (vec!["--host", "192.0.2.1"], "192.0.2.1 is not an address of this machine; choose another with --host"),
        (vec!["--kubeconfig", "/nowhere/at/all"], "can't write the kubeconfig /nowhere/at/all: No such file"),
    ];
    for (arguments, message) in wrong {
        let output = serve(&arguments).output().expect("it starts");
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && error.contains(message), "{arguments:?}: {error}");
    }
    served.interrupt();
}
