//! Against the API server of watch-test: after each fault, the mirror equals the server.

use core::time::Duration;
use std::collections::BTreeMap;

use serde_json::{Value, json};
use watch_hyper::watch_core::{Config, InitialCause, Notice, Object, Resource};
use watch_hyper::{Client, Set, Transport, Watch};
use watch_test::TestServer;

use crate::fake::Notices;

/// The timeout of a test. Reconnecting takes a second or two each time.
const PATIENCE: Duration = Duration::from_secs(60);

#[tokio::test]
async fn over_http_1_breaks_and_expiry_lose_nothing() {
    let server = TestServer::start().await.unwrap();
    let client = Client::builder(&server.url());
    nothing_is_lost(server, client.build().unwrap()).await;
}

#[tokio::test]
async fn over_http_2_breaks_and_expiry_lose_nothing() {
    let server = TestServer::start().await.unwrap();
    let client = Client::builder(&server.url()).http2_prior_knowledge();
    nothing_is_lost(server, client.build().unwrap()).await;
}

#[tokio::test]
async fn over_tls_breaks_and_expiry_lose_nothing() {
    let server = TestServer::builder().tls().start().await.unwrap();
    let client = Client::builder(&server.url()).ca_pem(server.certificate_authority().unwrap());
    nothing_is_lost(server, client.build().unwrap()).await;
}

pub(crate) async fn nothing_is_lost(server: TestServer, transport: impl Into<Transport>) {
    for number in 0..50 {
        server.create("pods", None, pod(number)).unwrap();
    }
    let config = Config::builder(Resource::core("v1", "pods")).page_size(Some(7)).build().unwrap();
    let ear = Notices::default();
    let watch = ear.listen(Watch::<Object>::new(transport, config));
    let (watch, store) = watch.store();
    let stopper = watch.handle().stopper();
    let driving = tokio::spawn(watch.drive());

    let agrees = async || {
        let waited = store.wait_for(|set| versions(set) == truth(&server));
        tokio::time::timeout(PATIENCE, waited).await.expect("it never agrees").unwrap();
    };
    agrees().await;

    server.disconnect();
    churn(&server, 0);
    agrees().await;
    assert!(!restarted(&ear), "from a broken connection it resumes");

    // This thread doesn't yield, so the watch doesn't reconnect before the history has expired.
    server.disconnect();
    churn(&server, 1);
    server.expire();
    agrees().await;
    assert!(restarted(&ear));

    // The connection accepts no more requests; its open streams continue.
    server.go_away();
    churn(&server, 2);
    agrees().await;

    stopper.stop();
    driving.await.unwrap();
    server.shutdown().await;
}

/// Creates, changes, deletes, and replaces by another object of the same name.
fn churn(server: &TestServer, round: u64) {
    for number in (round..50).step_by(5) {
        let name = format!("pod-{number}");
        // Objects that an earlier round deleted don't exist, which is fine.
        drop(server.patch("pods", Some("default"), &name, json!({ "metadata": { "labels": { "round": "x" } } })));
    }
    for number in (round..50).step_by(7) {
        drop(server.delete("pods", Some("default"), &format!("pod-{number}")));
    }
    for number in (round..50).step_by(14) {
        drop(server.create("pods", None, pod(number)));
    }
    server.create("pods", None, pod(100 + round)).unwrap();
}

fn pod(number: u64) -> Value {
    json!({
        "metadata": { "name": format!("pod-{number}"), "namespace": "default" },
        "spec": { "containers": [{ "name": "main", "image": "example.com/app:1" }] },
    })
}

fn restarted(ear: &Notices) -> bool {
    ear.notices().iter().any(|notice| matches!(notice, Notice::Relisted { cause: InitialCause::Expired, .. }))
}

/// Uid and version by name.
pub(crate) fn versions(set: &Set<Object>) -> BTreeMap<String, (String, String)> {
    let version = |object: &Object| {
        let uid = object.uid().unwrap_or_default().to_owned();
        (object.name().to_owned(), (uid, object.resource_version().to_string()))
    };
    set.iter().map(|object| version(object)).collect()
}

pub(crate) fn truth(server: &TestServer) -> BTreeMap<String, (String, String)> {
    let text = |object: &Value, field: &str| object.pointer(field).and_then(Value::as_str).unwrap().to_owned();
    let version = |object: Value| {
        let uid = text(&object, "/metadata/uid");
        (text(&object, "/metadata/name"), (uid, text(&object, "/metadata/resourceVersion")))
    };
    server.objects("pods").into_iter().map(version).collect()
}
