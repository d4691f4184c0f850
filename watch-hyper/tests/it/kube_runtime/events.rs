//! The events and errors that this crate's watch yields as kube's.

use std::sync::{Arc, Mutex};

use futures_util::StreamExt;
use k8s_openapi::api::core::v1::ConfigMap;
use kube_client::ResourceExt;
use kube_client::core::PartialObjectMeta;
use kube_runtime::watcher::{self, Config, Event};
use serde_json::json;
use watch_hyper::kube_runtime as ours;
use watch_hyper::watch_core::DecodeError;
use watch_test::InProcessServer;
use watch_test::fault::{Fault, Requests};

use super::{Events, LIMIT, POISON, RESOURCE, api, by_ours, create, update};

async fn texts(events: &mut Events, number: usize) -> Vec<String> {
    let text = |event: Result<Event<ConfigMap>, watcher::Error>| {
        event.map_or_else(|error| error.to_string(), |event| event.to_string())
    };
    let texts = events.take(number).map(text).collect();
    tokio::time::timeout(LIMIT, texts).await.expect("the events come")
}

#[tokio::test(start_paused = true)]
async fn each_event_is_kubes() {
    let server = InProcessServer::start();
    create(&server, "a");
    let mut events = by_ours(api(&server), Config::default());
    assert_eq!(texts(&mut events, 3).await, ["Init", "InitApply(a)", "InitDone"]);
    create(&server, "b");
    update(&server, "a");
    server.delete(RESOURCE, Some("default"), "b").unwrap();
    assert_eq!(texts(&mut events, 3).await, ["Apply(b)", "Apply(a)", "Delete(b)"]);
    server.disconnect();
    update(&server, "a");
    server.expire();
    assert_eq!(texts(&mut events, 3).await, ["Init", "InitApply(a)", "InitDone"]);
}

#[tokio::test(start_paused = true)]
async fn a_refusal_is_an_error_and_a_retry_is_none() {
    let server = InProcessServer::start();
    server.inject(Fault::refuse(500).times(3).on(Requests::list(RESOURCE)));
    server.inject(Fault::refuse(403).times(2).on(Requests::list(RESOURCE)).after(3));
    let mut events = by_ours(api(&server), Config::default());
    match events.next().await {
        Some(Err(watcher::Error::InitialListFailed(kube_client::Error::Api(status)))) => {
            assert_eq!((status.code, status.is_forbidden()), (403, true));
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(texts(&mut events, 2).await, ["Init", "InitDone"]);
}

#[tokio::test(start_paused = true)]
async fn an_observer_of_the_program_takes_no_error_away() {
    let server = InProcessServer::start();
    server.inject(Fault::refuse(403).once().on(Requests::list(RESOURCE)));
    let mut events = ours::watcher::<ConfigMap>(api(&server), Config::default()).unwrap();
    let noticed = Arc::new(Mutex::new(0));
    let count = Arc::clone(&noticed);
    events.handle_mut().observe(move |_| *count.lock().unwrap() += 1);
    assert!(matches!(events.next().await, Some(Err(watcher::Error::InitialListFailed(_)))));
    assert!(*noticed.lock().unwrap() > 0);
    assert!(matches!(events.next().await, Some(Ok(Event::Init))));
    assert!(matches!(events.next().await, Some(Ok(Event::InitDone))));
    events.handle_mut().relist();
    assert!(matches!(events.next().await, Some(Ok(Event::Init))));
}

/// kube's watcher repeats the request without end.
#[tokio::test(start_paused = true)]
async fn a_refusal_for_good_is_the_last_error() {
    for code in [400, 405, 406, 415, 422] {
        let server = InProcessServer::start();
        let mut events = by_ours(api(&server), Config::default());
        assert_eq!(texts(&mut events, 2).await, ["Init", "InitDone"]);
        server.inject(Fault::refuse(code).times(9).on(Requests::watch(RESOURCE)));
        server.end_watches();
        match events.next().await {
            Some(Err(watcher::Error::WatchStartFailed(kube_client::Error::Api(status)))) => {
                assert_eq!(status.code, code);
            }
            other => panic!("{code}: {other:?}"),
        }
        assert!(events.next().await.is_none(), "{code}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_object_that_does_not_fit_is_an_error_with_its_bytes() {
    let server = InProcessServer::start();
    server.create(RESOURCE, Some("default"), json!({ "metadata": { "name": POISON }, "data": [1] })).unwrap();
    let mut events = by_ours(api(&server), Config::default());
    assert_eq!(texts(&mut events, 2).await, ["Init", "InitDone"]);
    let Some(Err(watcher::Error::WatchFailed(kube_client::Error::Service(error)))) = events.next().await else {
        panic!("no error of the object")
    };
    assert_eq!(error.downcast_ref::<DecodeError>().unwrap().object().name(), POISON);
    create(&server, "good");
    assert_eq!(texts(&mut events, 1).await, ["Apply(good)"]);
}

#[tokio::test(start_paused = true)]
async fn the_checkpoint_of_kubes_events_covers_what_was_yielded() {
    let server = InProcessServer::start();
    create(&server, "a");
    let mut events = ours::watcher::<ConfigMap>(api(&server), Config::default()).unwrap();
    let list = server.resource_version().to_string();
    let mut covered = Vec::new();
    for _ in 0..3 {
        events.next().await.unwrap().unwrap();
        covered.push(events.handle().checkpoint().is_some());
    }
    create(&server, "b");
    events.next().await.unwrap().unwrap();
    assert_eq!(covered, [false; 3], "InitDone may not have been processed");
    assert_eq!(events.handle().checkpoint().unwrap().resource_version().to_string(), list);
}

#[tokio::test(start_paused = true)]
async fn metadata_is_asked_for_by_its_type() {
    let server = InProcessServer::start();
    create(&server, "a");
    let events = ours::watcher::<PartialObjectMeta<ConfigMap>>(api(&server), Config::default()).unwrap();
    let names: Vec<_> = events
        .take(3)
        .filter_map(async |event| match event.unwrap() {
            Event::InitApply(object) => Some(object.name_any()),
            _ => None,
        })
        .collect()
        .await;
    assert_eq!(names, ["a"]);
    assert!(server.requests().iter().all(|request| format!("{:?}", request.headers).contains("PartialObjectMetadata")));
}

#[tokio::test]
async fn a_setting_out_of_range_is_named() {
    let server = InProcessServer::start();
    for (config, field) in
        [(Config::default().page_size(0), "page_size"), (Config::default().timeout(u32::MAX), "timing.watch")]
    {
        let error = ours::watcher::<ConfigMap>(api(&server), config).unwrap_err();
        assert!(error.to_string().contains(field), "{error}");
    }
}
