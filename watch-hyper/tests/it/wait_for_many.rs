//! Waiting for several objects.

use core::time::Duration;

use serde_json::{Value, json};
use tokio::time::{Instant, sleep};
use watch_hyper::watch_core::{Config, ConfigBuilder, Done, Object, OutcomeOfMany, Resource};
use watch_hyper::{Transport, WaitError, WaitForMany, wait_for_all, wait_for_any};
use watch_test::InProcessServer;
use watch_test::fault::{Fault, Requests};

use crate::fake::Notices;

fn config() -> ConfigBuilder {
    Config::builder(Resource::core("v1", "configmaps")).namespace("default").deadline(Duration::from_secs(60))
}

fn transport(server: &InProcessServer) -> Transport {
    Transport::new(server.service())
}

fn put(server: &InProcessServer, name: &str, ready: bool) {
    let metadata = json!({ "name": name, "namespace": "default", "labels": { "app": "web" } });
    let object = json!({ "metadata": metadata, "data": { "ready": ready.to_string() } });
    if server.update("configmaps", None, object.clone()).is_err() {
        server.create("configmaps", None, object).unwrap();
    }
}

fn is_ready(object: Option<&Value>) -> bool {
    object.is_some_and(|object| object["data"]["ready"] == "true")
}

async fn watched(server: &InProcessServer) {
    server.until("the objects are watched", |server| server.open_watches() == 1).await;
}

#[tokio::test(start_paused = true)]
async fn all_or_any_of_a_selector() {
    let server = InProcessServer::start();
    for (name, ready) in [("a", true), ("b", false)] {
        put(&server, name, ready);
    }
    let config = || config().labels("app=web").build().unwrap();
    let any = wait_for_any(transport(&server), config(), is_ready).await.unwrap();
    let OutcomeOfMany::Met(objects) = any else { panic!("{any:?}") };
    assert_eq!(objects.iter().map(|object| &object["metadata"]["name"]).collect::<Vec<_>>(), ["a"]);

    let (all, ()) = tokio::join!(wait_for_all(transport(&server), config(), is_ready), async {
        watched(&server).await;
        put(&server, "b", true);
    });
    assert!(matches!(&all, Ok(OutcomeOfMany::Met(objects)) if objects.len() == 2), "{all:?}");
    assert!(server.now() < Duration::from_secs(1));

    let gone = wait_for_all::<Object>(transport(&server), config(), |object| object.is_none());
    let (gone, ()) = tokio::join!(gone, async {
        watched(&server).await;
        server.delete("configmaps", None, "a").unwrap();
        server.delete("configmaps", None, "b").unwrap();
    });
    assert_eq!(gone, Ok(OutcomeOfMany::Met(vec![])));
}

#[tokio::test(start_paused = true)]
async fn at_the_deadline_it_reports_what_does_not_meet_the_condition() {
    let server = InProcessServer::start();
    for (name, ready) in [("a", true), ("b", false)] {
        put(&server, name, ready);
    }
    // The watch is silent: what it hides is found by the final read.
    server.inject(Fault::stall(0).once().on(Requests::watch("configmaps")));
    let (all, ()) = tokio::join!(wait_for_all(transport(&server), config().build().unwrap(), is_ready), async {
        watched(&server).await;
        put(&server, "c", false);
        put(&server, "b", true);
    });
    let Ok(OutcomeOfMany::DeadlineReached(last)) = all else { panic!("{all:?}") };
    let names = |objects: &[Value]| objects.iter().map(|object| object["metadata"]["name"].clone()).collect::<Vec<_>>();
    assert_eq!((names(&last.met), names(&last.unmet)), (vec![json!("a"), json!("b")], vec![json!("c")]));
    assert!(last.is_known() && last.absent.is_empty());
    assert_eq!(server.now(), Duration::from_secs(60));

    server.take_down();
    let all = wait_for_all(transport(&server), config().build().unwrap(), is_ready).await;
    let Ok(OutcomeOfMany::DeadlineReached(last)) = all else { panic!("{all:?}") };
    assert!(!last.is_known() && last.as_of.is_none());
    assert!(last.trouble.unwrap().to_string().contains("connection refused"));
}

#[tokio::test(start_paused = true)]
async fn names_an_observer_and_a_stopper() {
    let server = InProcessServer::start();
    put(&server, "a", true);
    server.inject(Fault::refuse(503).times(2));
    let ear = Notices::default();
    let exists = |object: Option<&Object>| object.is_some();
    let mut waiting = WaitForMany::all(transport(&server), config().build().unwrap(), exists).unwrap();
    waiting.names(["a", "b"]).unwrap().observe(ear.observer());
    let stopper = waiting.stopper();
    let (outcome, stopped) = tokio::join!(waiting, async {
        watched(&server).await;
        sleep(Duration::from_secs(1)).await;
        stopper.stop();
        Instant::now()
    });
    assert_eq!(Instant::now(), stopped);
    let OutcomeOfMany::Ended { done, last } = outcome else { panic!("{outcome:?}") };
    assert_eq!((*done, last.met.len(), last.absent), (Done::Stopped, 1, vec!["b".into()]));
    assert_eq!(ear.notices().len(), 2);
    assert_eq!(server.open_watches(), 0, "what was open is closed");
}

#[tokio::test(start_paused = true)]
async fn bad_input_is_named() {
    #[derive(Debug, serde::Deserialize)]
    struct Strict {
        #[expect(dead_code, reason = "it is never there")]
        replicas: u32,
    }
    let server = InProcessServer::start();
    put(&server, "a", true);
    let outcome = wait_for_all(transport(&server), config().build().unwrap(), |_: Option<&Strict>| false).await;
    let Err(WaitError::Object(error)) = outcome else { panic!("{outcome:?}") };
    assert!(error.to_string().contains("default/a@") && error.to_string().contains("`replicas`"), "{error}");

    let error = config().labels("app in (").build().unwrap_err();
    assert_eq!(error.to_string(), "the labelSelector is invalid at byte 8: expected `,` or `)`, found the end");
    let selector = config().fields("spec.banana=x").build().unwrap();
    let outcome = wait_for_all::<Object>(transport(&server), selector, |_| true).await.unwrap();
    let OutcomeOfMany::Ended { done, .. } = outcome else { panic!("{outcome:?}") };
    assert!(done.to_string().contains("\"spec.banana\" is not a known field selector"), "{done}");
    assert!(server.now() < Duration::from_secs(1));
}
