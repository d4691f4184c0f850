//! The server as a service on tokio's clock.

use core::time::Duration;
use std::io;

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt as _, Full};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};
use tower_service::Service as _;
use watch_test::fault::{Fault, Requests};
use watch_test::model::End;
use watch_test::{ApiBody, InProcessServer};

const WATCH: &str = "/api/v1/configmaps?watch=1&allowWatchBookmarks=1&timeoutSeconds=3600";

async fn get(server: &InProcessServer, path: &str) -> io::Result<http::Response<ApiBody>> {
    server.service().call(Request::get(path).body(Full::default()).expect("a request")).await
}

fn create(server: &InProcessServer, name: &str) {
    let object = json!({"metadata": {"name": name, "namespace": "default"}});
    server.create("configmaps", None, object).unwrap_or_else(|status| panic!("{status}"));
}

/// The next piece of a body.
async fn next(body: &mut ApiBody) -> io::Result<String> {
    match body.frame().await {
        Some(frame) => Ok(String::from_utf8_lossy(&frame?.into_data().unwrap_or_default()).into_owned()),
        None => Ok(String::new()),
    }
}

#[tokio::test(start_paused = true)]
async fn an_hour_of_a_watch_takes_no_time_and_is_the_same_each_time() {
    async fn hour() -> (Bytes, Duration) {
        let server = InProcessServer::start();
        create(&server, "a");
        let body = get(&server, WATCH).await.unwrap().into_body();
        let (body, ()) = tokio::join!(body.collect(), async {
            for round in 0..60 {
                sleep(Duration::from_secs(59)).await;
                server.patch("configmaps", None, "a", json!({"data": {"round": round.to_string()}})).unwrap();
            }
        });
        (body.unwrap().to_bytes(), server.now())
    }
    let real = std::time::Instant::now();
    let (body, lasted) = hour().await;
    assert_eq!(lasted, Duration::from_secs(3600));
    let text = String::from_utf8(body.to_vec()).unwrap();
    assert!(text.matches("MODIFIED").count() == 60 && text.matches("BOOKMARK").count() >= 50, "{text}");
    assert!(text.contains("2026-01-01T00:00:00Z"), "{text}");
    assert!(hour().await == (body, lasted), "the second hour is another one");
    assert!(real.elapsed() < Duration::from_secs(60), "the time is virtual");
}

#[tokio::test(start_paused = true)]
async fn other_requests_are_answered_as_over_http() {
    let server = InProcessServer::start();
    let body = json!({"kind": "ConfigMap", "apiVersion": "v1", "metadata": {"name": "b"}}).to_string();
    let request = Request::post("/api/v1/namespaces/default/configmaps").header("content-type", "application/json");
    let request = request.body(Full::from(body)).unwrap();
    let response = server.service_for::<Full<Bytes>>().call(request).await.unwrap();
    assert_eq!(response.status(), 201);
    let list = get(&server, "/api/v1/configmaps").await.unwrap();
    assert_eq!(list.headers()["content-type"], "application/json");
    let list: Value = serde_json::from_slice(&list.into_body().collect().await.unwrap().to_bytes()).unwrap();
    assert_eq!(list["items"][0]["metadata"]["name"], "b");
    assert_eq!(get(&server, "/api/v1/nothing").await.unwrap().status(), 404);
    assert_eq!(server.requests().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_broken_exchange_is_an_error_as_of_sockets() {
    let server = InProcessServer::start();
    create(&server, "a");
    for (end, kind) in [(End::Cut, io::ErrorKind::UnexpectedEof), (End::Reset, io::ErrorKind::ConnectionReset)] {
        server.inject(Fault::Cut { after_bytes: 20, end }.once().on(Requests::watch("configmaps")));
        let mut body = get(&server, WATCH).await.unwrap().into_body();
        assert_eq!(next(&mut body).await.unwrap().len(), 20);
        assert_eq!(next(&mut body).await.unwrap_err().kind(), kind);
    }
    let mut body = get(&server, WATCH).await.unwrap().into_body();
    next(&mut body).await.unwrap();
    server.end_watches();
    assert_eq!(next(&mut body).await.unwrap(), "", "the end in order");
}

#[tokio::test(start_paused = true)]
async fn a_server_that_is_down_refuses_and_breaks_connections() {
    let server = InProcessServer::start();
    create(&server, "a");
    let mut body = get(&server, WATCH).await.unwrap().into_body();
    next(&mut body).await.unwrap();
    server.take_down();
    assert_eq!(next(&mut body).await.unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
    assert_eq!(get(&server, WATCH).await.unwrap_err().kind(), io::ErrorKind::ConnectionRefused);
    create(&server, "b");
    server.bring_up();
    let mut body = get(&server, WATCH).await.unwrap().into_body();
    let text = next(&mut body).await.unwrap() + &next(&mut body).await.unwrap();
    assert!(text.contains("\"a\"") && text.contains("\"b\""), "{text}");
}

#[tokio::test(start_paused = true)]
async fn a_client_that_disconnects_is_noticed_at_once() {
    let server = InProcessServer::start();
    let body = get(&server, WATCH).await.unwrap().into_body();
    assert_eq!(server.open_watches(), 1);
    drop(body);
    assert_eq!(server.open_watches(), 0);
}

#[tokio::test(start_paused = true)]
async fn bookmarks_and_controllers_run_when_due() {
    let server = InProcessServer::start();
    let definition = json!({
        "metadata": {"name": "gadgets.example.org"},
        "spec": {
            "group": "example.org", "scope": "Namespaced",
            "names": {"plural": "gadgets", "singular": "gadget", "kind": "Gadget", "listKind": "GadgetList"},
            "versions": [{"name": "v1", "served": true, "storage": true,
                "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": true}}}],
        },
    });
    server.create("customresourcedefinitions.apiextensions.k8s.io", None, definition).unwrap();
    // No exchange is open whose poll would wake the server.
    sleep(Duration::from_secs(1)).await;
    assert_eq!(get(&server, "/apis/example.org/v1/gadgets").await.unwrap().status(), 200);
}

#[tokio::test(start_paused = true)]
async fn waiting_is_on_tokios_clock() {
    let server = InProcessServer::start();
    let began = Instant::now();
    let watching = async {
        sleep(Duration::from_secs(7200)).await;
        get(&server, WATCH).await.unwrap()
    };
    let hours = Duration::from_secs(3 * 3600);
    let waiting = server.until_within(hours, "the client watches", |server| server.open_watches() == 1);
    let (_watch, ()) = tokio::join!(watching, waiting);
    assert_eq!(began.elapsed(), Duration::from_secs(7200));
}

#[tokio::test(start_paused = true)]
#[should_panic(expected = "timed out after 30s waiting until the client watches")]
async fn a_wait_that_never_succeeds_times_out() {
    InProcessServer::start().until("the client watches", |server| server.open_watches() == 1).await;
}
