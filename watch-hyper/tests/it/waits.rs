//! The example `waits`, over sockets, and waits on the types of k8s-openapi.

use core::time::Duration;

use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::Pod;
use serde_json::{Value, json};
use tokio::time::timeout;
use watch_hyper::watch_core::{Condition, Config, Outcome, OutcomeOfMany, conditions};
use watch_hyper::{Client, Transport, WaitError, wait_for, wait_for_all};
use watch_test::fault::{Fault, Requests};
use watch_test::{InProcessServer, TestServer};

#[expect(dead_code, reason = "its `main` is not called")]
#[path = "../../examples/waits.rs"]
mod example;

fn named(name: &str) -> Value {
    json!({ "metadata": { "name": name, "namespace": "default" } })
}

fn with_status(name: &str, status: Value) -> Value {
    let mut object = named(name);
    object["status"] = status;
    object
}

fn phase(server: &TestServer, phase: &str) {
    server.update_status("pods", None, with_status("web", json!({ "phase": phase }))).unwrap();
}

async fn start() -> (TestServer, Client) {
    let server = TestServer::start().await.unwrap();
    let client = Client::builder(&server.url()).build().unwrap();
    (server, client)
}

/// Runs a wait, and changes the server once the wait watches.
async fn during<W: Future>(server: &TestServer, wait: W, change: impl FnOnce(&TestServer)) -> W::Output {
    let changing = async {
        server.until("it is watched", |server| server.open_watches() == 1).await;
        change(server);
    };
    timeout(Duration::from_secs(30), async { tokio::join!(wait, changing).0 }).await.expect("the wait ends")
}

#[tokio::test]
async fn a_pod_starts() {
    let (server, client) = start().await;
    server.create("pods", None, named("web")).unwrap();
    phase(&server, "Pending");
    let outcome = during(&server, example::pod_started(client.clone(), "default", "web"), |server| {
        phase(server, "Running");
    });
    let Outcome::Met(Some(pod)) = outcome.await.unwrap() else { panic!("it runs") };
    assert_eq!(pod.status.unwrap().phase.as_deref(), Some("Running"));
    // The state at the beginning counts, and so does a pod that isn't there.
    assert!(matches!(example::pod_started(client.clone(), "default", "web").await, Ok(Outcome::Met(Some(_)))));
    assert!(matches!(example::pod_started(client, "default", "none").await, Ok(Outcome::Met(None))));
}

#[tokio::test]
async fn a_pod_ends_or_is_deleted() {
    let (server, client) = start().await;
    server.create("pods", None, named("web")).unwrap();
    phase(&server, "Running");
    let outcome = during(&server, example::pod_done(client.clone(), "default", "web"), |server| {
        phase(server, "Failed");
    });
    assert!(matches!(outcome.await, Ok(Outcome::Met(Some(_)))));
    phase(&server, "Running");
    let outcome = during(&server, example::pod_done(client, "default", "web"), |server| {
        server.delete("pods", None, "web").unwrap();
    });
    assert!(matches!(outcome.await, Ok(Outcome::Met(None))));
}

#[tokio::test]
async fn an_ingress_is_created_and_gets_its_address() {
    let (server, client) = start().await;
    let outcome = during(&server, example::ingress_address(client, "default", "web"), |server| {
        let mut ingress = named("web");
        ingress["spec"] = json!({ "defaultBackend": { "service": { "name": "web", "port": { "number": 80 } } } });
        server.create("ingresses.networking.k8s.io", None, ingress.clone()).unwrap();
        ingress["status"] = json!({ "loadBalancer": { "ingress": [{ "ip": "192.0.2.1" }] } });
        server.update_status("ingresses.networking.k8s.io", None, ingress).unwrap();
    });
    let Outcome::Met(Some(ingress)) = outcome.await.unwrap() else { panic!("it has one") };
    assert_eq!(ingress.metadata.name.as_deref(), Some("web"));
}

#[tokio::test]
async fn an_object_is_deleted_even_if_its_name_is_used_again() {
    let (server, client) = start().await;
    let created = server.create("configmaps", None, named("web")).unwrap();
    let uid = created["metadata"]["uid"].as_str().unwrap();
    let config_maps = || "configmaps".parse().unwrap();
    let waiting = example::deleted(client.clone(), config_maps(), ("default", "web", uid));
    let outcome = during(&server, waiting, |server| {
        server.delete("configmaps", None, "web").unwrap();
        server.create("configmaps", None, named("web")).unwrap();
    });
    assert!(matches!(outcome.await, Ok(Outcome::Met(_))));
    // The wait began after the deletion: the list has another object of the name.
    let outcome = example::deleted(client, config_maps(), ("default", "web", uid)).await.unwrap();
    let Outcome::Met(Some(other)) = outcome else { panic!("{outcome:?}") };
    assert_ne!(other.uid(), Some(uid));
}

#[tokio::test]
async fn a_namespace_is_deleted() {
    let (server, client) = start().await;
    server.create("namespaces", None, json!({ "metadata": { "name": "blue" } })).unwrap();
    let outcome = during(&server, example::namespace_deleted(client, "blue"), |server| {
        server.delete("namespaces", None, "blue").unwrap();
        server.end_namespaces();
    });
    assert!(matches!(outcome.await, Ok(Outcome::Met(None))));
}

fn a_minute<T: k8s_openapi::Resource>() -> watch_hyper::watch_core::ConfigBuilder {
    Config::for_type::<T>().namespace("default").deadline(Duration::from_secs(60))
}

#[tokio::test(start_paused = true)]
async fn a_typed_wait_reports_the_final_read_and_the_last_trouble() {
    let server = InProcessServer::start();
    server.create("pods", None, named("web")).unwrap();
    let wait = || {
        let config = a_minute::<Pod>().name("web").build().unwrap();
        wait_for::<Pod>(Transport::new(server.service()), config, conditions::is_pod_ready.or(conditions::is_pod_done))
    };
    let Ok(Outcome::DeadlineReached(last)) = wait().await else { panic!("it isn't ready") };
    assert!(last.is_known());
    assert_eq!(last.state.object().unwrap().metadata.name.as_deref(), Some("web"));

    // The watch is silent. The final read finds the state.
    server.inject(Fault::stall(0).once().on(Requests::watch("pods")));
    let making_ready = async {
        server.until("the pod is watched", |server| server.open_watches() == 1).await;
        let ready = json!({ "conditions": [{ "type": "Ready", "status": "True" }] });
        server.update_status("pods", None, with_status("web", ready)).unwrap();
    };
    let (outcome, ()) = tokio::join!(wait(), making_ready);
    assert!(matches!(outcome, Ok(Outcome::Met(Some(_)))), "{outcome:?}");

    server.update_status("pods", None, with_status("web", json!({}))).unwrap();
    server.inject(Fault::refuse(403).message("not for you").always());
    let Ok(Outcome::DeadlineReached(last)) = wait().await else { panic!("it is forbidden") };
    assert!(last.trouble.unwrap().to_string().contains("403 Forbidden: not for you"));
}

#[tokio::test(start_paused = true)]
async fn a_type_of_another_resource_is_an_error_at_once() {
    let server = InProcessServer::start();
    server.create("pods", None, named("web")).unwrap();
    let began = tokio::time::Instant::now();
    let config = a_minute::<Pod>().name("web").build().unwrap();
    let outcome =
        wait_for::<Deployment>(Transport::new(server.service()), config, conditions::is_deployment_rolled_out).await;
    let Err(WaitError::Config(error)) = outcome else { panic!("{outcome:?}") };
    let message = error.to_string();
    assert!(message.starts_with("resource: the configuration has pods (v1)"), "{message}");
    assert!(message.contains("is Deployment (apps/v1, deployments)"), "{message}");
    assert_eq!(began.elapsed(), Duration::ZERO);
    assert!(server.requests().is_empty());
}

#[tokio::test(start_paused = true)]
async fn all_pods_of_a_selector_become_ready() {
    let server = InProcessServer::start();
    let pod = |name: &str| {
        let mut pod = named(name);
        pod["metadata"]["labels"] = json!({ "app": "web" });
        pod
    };
    let config = a_minute::<Pod>().labels("app=web").build().unwrap();
    let waiting = wait_for_all(Transport::new(server.service()), config, conditions::is_pod_running);
    let rolling_out = async {
        server.until("the pods are watched", |server| server.open_watches() == 1).await;
        for name in ["web-0", "web-1"] {
            server.create("pods", None, pod(name)).unwrap();
        }
        for name in ["web-0", "web-1"] {
            tokio::time::sleep(Duration::from_secs(5)).await;
            let mut pod = pod(name);
            pod["status"] = json!({ "phase": "Running" });
            server.update_status("pods", None, pod).unwrap();
        }
        tokio::time::Instant::now()
    };
    let (outcome, running) = tokio::join!(waiting, rolling_out);
    let Ok(OutcomeOfMany::Met(pods)) = outcome else { panic!("{outcome:?}") };
    let names: Vec<_> = pods.iter().filter_map(|pod| pod.metadata.name.as_deref()).collect();
    assert_eq!(names, ["web-0", "web-1"]);
    assert!(running.elapsed() < Duration::from_secs(1));
}
