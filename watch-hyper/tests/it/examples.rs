//! The examples do what their documentation says.

use core::time::Duration;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use serde_json::{Value, json};
use tokio::time::{Instant, timeout};
use watch_hyper::Client;
use watch_hyper::watch_core::{Config, ConfigBuilder, InitialList, Resource, Start};
use watch_test::TestServer;
use watch_test::fault::Fault;

use crate::directory::Directory;
use crate::fake::{Fake, Part, Reply, frame, list, pod, pods};

#[expect(dead_code, reason = "its `main` is not called")]
#[path = "../../examples/controller.rs"]
pub(crate) mod controller;
#[expect(dead_code, reason = "its `main` is not called")]
#[path = "../../examples/mirror.rs"]
mod mirror;
#[expect(dead_code, reason = "its `main` is not called")]
#[path = "../../examples/watch/main.rs"]
pub(crate) mod watch;

fn config_maps() -> ConfigBuilder {
    Config::builder(Resource::core("v1", "configmaps"))
}

fn create(server: &TestServer, name: &str) {
    server.create("configmaps", None, json!({ "metadata": { "name": name, "namespace": "default" } })).unwrap();
}

/// A mirror's directory.
struct Mirrored(Directory);

impl Mirrored {
    fn new(name: &str) -> Self {
        Self(Directory::new(&format!("mirror-{name}")))
    }

    /// The names of the objects in its files.
    fn names(&self) -> Vec<String> {
        let entries = |path: &Path| fs::read_dir(path).into_iter().flatten().map(|entry| entry.unwrap().path());
        let files =
            entries(self.0.path()).filter(|path| path.is_dir()).flat_map(|path| entries(&path).collect::<Vec<_>>());
        let name = |path| {
            let object: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
            object["metadata"]["name"].as_str().unwrap().to_owned()
        };
        let mut names: Vec<_> = files.map(name).collect();
        names.sort();
        names
    }

    fn checkpoint(&self) -> PathBuf {
        self.0.path().join(".checkpoint")
    }

    /// Runs the mirror until it has these objects and has written its checkpoint, then kills it.
    async fn mirror_until(&self, server: &TestServer, names: &[&str]) {
        self.mirror_until_it(server, || self.names() == names && self.checkpoint().exists()).await;
    }

    /// Runs the mirror until a condition holds, then kills it.
    async fn mirror_until_it(&self, server: &TestServer, holds: impl Fn() -> bool) {
        let client = Client::builder(&server.url()).build().unwrap();
        let mirroring = mirror::mirror(client, config_maps().build().unwrap(), self.0.path());
        let looking = async {
            while !holds() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::select! {
            ended = mirroring => panic!("{ended:?}"),
            looked = timeout(Duration::from_secs(20), looking) => assert!(looked.is_ok(), "{:?}", self.names()),
        }
    }
}

#[tokio::test]
async fn the_mirror_is_right_after_its_version_expired() {
    let (server, directory) = (TestServer::start().await.unwrap(), Mirrored::new("expired"));
    for name in ["a", "b"] {
        create(&server, name);
    }
    directory.mirror_until(&server, &["a", "b"]).await;
    server.delete("configmaps", Some("default"), "a").unwrap();
    create(&server, "c");
    server.expire();
    directory.mirror_until(&server, &["b", "c"]).await;
}

#[tokio::test]
async fn the_mirror_is_right_after_a_kill_before_its_checkpoint() {
    let (server, directory) = (TestServer::start().await.unwrap(), Mirrored::new("killed"));
    create(&server, "a");
    directory.mirror_until(&server, &["a"]).await;
    create(&server, "b");
    directory.mirror_until(&server, &["a", "b"]).await;
    let checkpoint = fs::read(directory.checkpoint()).unwrap();
    create(&server, "c");
    directory.mirror_until(&server, &["a", "b", "c"]).await;
    fs::write(directory.checkpoint(), checkpoint).unwrap();

    server.delete("configmaps", Some("default"), "c").unwrap();
    server.expire();
    directory.mirror_until(&server, &["a", "b"]).await;
}

#[tokio::test]
async fn the_mirror_is_right_after_a_kill_during_its_first_list() {
    let (server, directory) = (TestServer::start().await.unwrap(), Mirrored::new("half"));
    for name in ["a", "b"] {
        create(&server, name);
    }
    server.inject(Fault::stall(400).once());
    directory.mirror_until_it(&server, || directory.names() == ["a"]).await;
    assert!(!directory.checkpoint().exists());
    server.delete("configmaps", Some("default"), "a").unwrap();
    directory.mirror_until(&server, &["b"]).await;
}

#[tokio::test]
async fn the_mirror_takes_the_longest_names_there_are() {
    let (server, directory) = (TestServer::start().await.unwrap(), Mirrored::new("long"));
    let name = "n".repeat(253);
    create(&server, &name);
    directory.mirror_until(&server, &[&name]).await;
}

#[tokio::test]
async fn the_controller_reconciles_each_object_once_when_synced() {
    let server = TestServer::start().await.unwrap();
    for name in ["a", "b"] {
        create(&server, name);
    }
    let seen = Mutex::new(Vec::new());
    let client = Client::builder(&server.url()).build().unwrap();
    let config = config_maps().deadline(Duration::from_secs(1)).build().unwrap();
    controller::control(client, config, async |(_, name), object| {
        if name == "a" {
            // Its own change is a change too.
            drop(server.delete("configmaps", Some("default"), "b"));
        }
        seen.lock().unwrap().push((name, object.is_some()));
        Ok(())
    })
    .await;
    let expected = [("a", true), ("b", true), ("b", false)];
    assert_eq!(seen.into_inner().unwrap(), expected.map(|(name, is_there)| (name.to_owned(), is_there)));
}

/// An existing pod, and 20 changes of it.
fn changes_of_a_pod() -> Fake {
    let changes = (11..=30).map(|version| Part::from(frame("MODIFIED", "web", version).as_str()));
    Fake::new([
        Reply::Head(200, vec![list(10, &[pod("web", 3)]).as_str().into()]),
        Reply::Head(200, changes.chain([Part::Hangs]).collect()),
    ])
}

/// Runs the controller for two minutes. `reconcile` receives the number of earlier calls. Returns the time of each
/// call, in seconds, and its version.
async fn control(reconcile: impl AsyncFn(usize) -> Result<(), String>) -> Vec<(u64, String)> {
    let (calls, begin) = (Mutex::new(Vec::new()), Instant::now());
    let config = pods().start(Start::InitialList(InitialList::List)).deadline(Duration::from_secs(120));
    controller::control(changes_of_a_pod().transport(), config.build().unwrap(), async |_, object| {
        let before = calls.lock().unwrap().len();
        calls.lock().unwrap().push((begin.elapsed().as_secs(), object.unwrap().resource_version().text().into_owned()));
        reconcile(before).await
    })
    .await;
    calls.into_inner().unwrap()
}

#[tokio::test(start_paused = true)]
async fn changes_during_a_reconciliation_lead_to_one_more() {
    let calls = control(async |_| {
        tokio::time::sleep(Duration::from_secs(5)).await;
        Ok(())
    });
    assert_eq!(calls.await, [(0, "3".to_owned()), (5, "30".to_owned())]);
}

#[tokio::test(start_paused = true)]
async fn failures_are_retried_with_backoff_one_at_a_time() {
    let calls = control(async |_| Err("no".into())).await;
    let later: Vec<u64> = calls.iter().map(|(at, _)| *at).filter(|at| *at > 0).collect();
    assert_eq!(later, [1, 3, 7, 15, 31, 63]);
}

#[tokio::test(start_paused = true)]
async fn a_key_that_succeeds_is_not_retried() {
    let calls = control(async |before| {
        tokio::time::sleep(Duration::from_secs(1)).await;
        if before < 3 { Err("not yet".into()) } else { Ok(()) }
    });
    let times: Vec<_> = calls.await.into_iter().map(|(at, _)| at).collect();
    assert_eq!(times, [0, 1, 3, 6]);
}

/// The example as a program. `None`, with a message, if it wasn't built since it changed (`cargo test` builds all
/// examples, `cargo test --test it` builds none).
pub(crate) fn example(name: &str, arguments: &[&str]) -> Option<std::process::Command> {
    // `target/debug/deps/it-…`, and `target/debug/examples/name` beside that.
    let mine = std::env::current_exe().unwrap();
    let path = mine.parent().unwrap().parent().unwrap().join("examples").join(name);
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(name);
    let source = if source.is_dir() { source.join("main.rs") } else { source.with_extension("rs") };
    let modified = |path: &Path| fs::metadata(path).and_then(|metadata| metadata.modified());
    if modified(&path).ok() < Some(modified(&source).unwrap()) {
        println!("skipped: {} isn't built", path.display());
        return None;
    }
    let mut command = std::process::Command::new(path);
    command.args(arguments);
    Some(command)
}

#[tokio::test]
async fn an_example_ends_quietly_when_its_output_is_closed() {
    let (server, directory) = (TestServer::start().await.unwrap(), Mirrored::new("unread"));
    create(&server, "a");
    let ready = json!([{ "type": "Ready", "status": "True" }]);
    let pod = json!({ "metadata": { "name": "web", "namespace": "default" }, "status": { "conditions": ready } });
    server.create("pods", None, pod.clone()).unwrap();
    server.update_status("pods", None, pod).unwrap();
    let url = server.url();
    for (name, arguments) in [
        ("controller", &[url.as_str()][..]),
        ("mirror", &[&url, directory.0.path().to_str().unwrap()]),
        ("wait", &[&url, "web"]),
        ("watch", &["--server", &url, "configmaps"]),
    ] {
        let Some(mut command) = example(name, arguments) else { continue };
        let output = tokio::task::spawn_blocking(move || {
            let stdio = std::process::Stdio::piped;
            let mut child = command.stdout(stdio()).stderr(stdio()).spawn().unwrap();
            drop(child.stdout.take());
            child.wait_with_output().unwrap()
        });
        let output =
            timeout(Duration::from_secs(60), output).await.unwrap_or_else(|_| panic!("{name} goes on")).unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(0), "{name}: {said}");
        assert!(!said.contains("panicked"), "{name}: {said}");
    }
}
