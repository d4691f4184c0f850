//! A test of an operator, to copy: an hour of trouble in milliseconds.
//!
//! The operator is the one in `examples/controller.rs`; replace it with yours. `Cargo.toml` needs:
//!
//! ```toml
//! [dev-dependencies]
//! tokio = { version = "1", features = ["macros", "rt", "test-util"] }
//! watch-test = { path = "../watch-kube/watch-test", default-features = false, features = ["service"] }
//! ```

use core::time::Duration;

use serde_json::json;
use tokio::time::{Instant, sleep};
use watch_hyper::Transport;
use watch_hyper::watch_core::{Config, Object, Resource};
use watch_test::fault::{Fault, Requests};
use watch_test::model::ApiServer;
use watch_test::{Handle, InProcessServer};

use crate::examples::controller as operator;

const MINUTE: Duration = Duration::from_secs(60);

/// The operator under test: it keeps one Service of the same name for each ConfigMap.
async fn reconcile(server: &Handle, name: String, config_map: Option<Object>) -> Result<(), String> {
    // A request takes time, during which anything may happen.
    sleep(Duration::from_millis(30)).await;
    let done = match config_map {
        Some(_) => server.create("services", Some("default"), json!({ "metadata": { "name": name } })),
        None => server.delete("services", Some("default"), &name),
    };
    match done {
        // It exists already, or is deleted already.
        Err(status) if matches!(status.code, 404 | 409) => Ok(()),
        done => done.map(drop).map_err(|status| status.to_string()),
    }
}

fn names(server: &ApiServer, resource: &str) -> Vec<String> {
    let name = |object: serde_json::Value| object["metadata"]["name"].as_str().unwrap_or_default().to_owned();
    server.objects(resource).into_iter().map(name).collect()
}

fn is_done(server: &ApiServer) -> bool {
    names(server, "services") == names(server, "configmaps")
}

fn create(server: &Handle, name: &str) {
    server.create("configmaps", Some("default"), json!({ "metadata": { "name": name } })).unwrap();
}

fn delete(server: &Handle, name: &str) {
    server.delete("configmaps", Some("default"), name).unwrap();
}

/// An hour of faults. After each one, the operator has reconciled everything.
async fn trouble(server: &InProcessServer) {
    create(server, "a");
    create(server, "b");
    server.until("the operator has begun", is_done).await;

    // Ten minutes of a server that is too busy, and a change in each.
    let watches = || Requests::watch("configmaps");
    server.inject(Fault::refuse(429).retry_after(20).always().on(watches()));
    server.disconnect();
    for minute in 0..10 {
        create(server, &format!("busy-{minute}"));
        sleep(MINUTE).await;
    }
    server.clear_rules();
    server.until_within(5 * MINUTE, "what came meanwhile is done", is_done).await;

    // Twenty minutes without a server. Objects that were deleted in between are in no event afterwards.
    server.take_down();
    delete(server, "a");
    create(server, "while-it-was-down");
    sleep(20 * MINUTE).await;
    server.bring_up();
    server.until_within(5 * MINUTE, "what happened while the server was down is done", is_done).await;

    // Its history expires: an older watch gets a 410.
    server.disconnect();
    delete(server, "b");
    server.expire();
    server.until_within(5 * MINUTE, "what was forgotten is done", is_done).await;

    // A connection that died without a sign.
    server.inject(Fault::stall(0).once().on(watches()));
    server.disconnect();
    server.until_within(5 * MINUTE, "it watches again", |server| server.open_watches() == 1).await;
    create(server, "unheard");
    server.until_within(10 * MINUTE, "what was unheard is done", is_done).await;

    // A connection that is reset every minute.
    for minute in 0..25 {
        server.reset();
        create(server, &format!("reset-{minute}"));
        sleep(MINUTE).await;
    }
    server.until_within(5 * MINUTE, "what came between resets is done", is_done).await;
}

#[tokio::test(start_paused = true)]
async fn after_an_hour_of_trouble_the_operator_has_done_all() {
    let (real, began) = (std::time::Instant::now(), Instant::now());
    let server = InProcessServer::start();
    let config = Config::builder(Resource::core("v1", "configmaps")).seed(1).build().unwrap();
    let handle: &Handle = &server;
    let operator = operator::control(Transport::new(server.service()), config, |(_, name), object| {
        reconcile(handle, name, object)
    });
    tokio::select! {
        () = operator => panic!("the operator ended"),
        () = trouble(&server) => {}
    }
    assert!(began.elapsed() >= 60 * MINUTE);
    println!("{:?} of trouble took {:?}", began.elapsed(), real.elapsed());
}
