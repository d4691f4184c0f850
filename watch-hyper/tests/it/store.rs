//! The store, and waiting for its content.

use core::time::Duration;

use futures_util::StreamExt;
use serde::Deserialize;
use serde_json::json;
use watch_hyper::watch_core::{Config, Done, Object, Phase, Resource};
use watch_hyper::{Store, Transport, Watch};
use watch_test::InProcessServer;

use crate::fake::{Fake, GONE, Part, Reply, by_list, frame, from_1, list, pod};

fn names(store: &Store<Object>) -> Vec<String> {
    store.list().iter().map(|object| object.name().to_owned()).collect()
}

#[tokio::test(start_paused = true)]
async fn a_store_shows_only_complete_lists() {
    let fake = Fake::new([
        Reply::Head(200, vec![list(10, &[pod("a", 3), pod("b", 4)]).as_str().into()]),
        Reply::Head(200, vec![frame("ADDED", "c", 11).as_str().into(), Part::Fails("cut".into())]),
        Reply::Head(410, vec![GONE.into()]),
        Reply::Head(200, vec![list(20, &[pod("c", 11), pod("d", 15)]).as_str().into()]),
    ]);
    let (mut watch, store) = Watch::<Object>::new(fake.transport(), by_list()).store();
    let mut seen = Vec::new();
    for _ in 0..9 {
        watch.next().await.unwrap().unwrap();
        seen.push(names(&store).join(""));
    }
    assert_eq!(seen, ["", "", "", "ab", "abc", "abc", "abc", "abc", "cd"]);
    assert_eq!(store.get(Some("default"), "d").unwrap().resource_version().text(), "15");
    assert!(store.get(Some("default"), "a").is_none());
    store.read(|set| assert_eq!(set.resource_version().unwrap().text(), "20"));
}

#[tokio::test(start_paused = true)]
async fn readers_wait_for_the_list_and_for_its_objects() {
    let fake = Fake::new([
        Reply::Head(200, vec![list(10, &[pod("a", 3)]).as_str().into()]),
        Reply::Head(200, vec![frame("DELETED", "a", 11).as_str().into(), Part::Hangs]),
    ]);
    let (watch, store) = Watch::<Object>::new(fake.transport(), by_list()).store();
    let stopper = watch.handle().stopper();
    let driving = tokio::spawn(watch.drive());
    store.ready().await.unwrap();
    store.wait_for(|set| set.get(Some("default"), "a").is_none()).await.unwrap();
    stopper.stop();
    assert_eq!(driving.await.unwrap(), Some(Done::Stopped));
    let ended = store.wait_for(|set| set.len() == 5).await;
    assert!(ended.is_err(), "it will never change again");
}

#[tokio::test(start_paused = true)]
async fn readers_know_how_fresh_the_store_is_and_why() {
    const FORBIDDEN: &str = r#"{"kind":"Status","status":"Failure","reason":"Forbidden","code":403,"message":"no"}"#;
    let fake = Fake::new([
        Reply::Head(200, vec![list(10, &[pod("a", 3)]).as_str().into()]),
        Reply::Head(200, vec![frame("ADDED", "b", 11).as_str().into(), Part::Fails("cut".into())]),
        Reply::Head(403, vec![FORBIDDEN.into()]),
    ]);
    let (watch, store) = Watch::<Object>::new(fake.transport(), by_list()).store();
    assert_eq!((store.freshness().phase, store.stale_for()), (Phase::Starting, None));
    let stopper = watch.handle().stopper();
    let driving = tokio::spawn(watch.drive());
    store.wait_for(|set| set.len() == 2).await.unwrap();
    assert!(store.stale_for().unwrap() < Duration::from_millis(10));
    // The cut, the refusal, and the wait after it.
    tokio::time::sleep(Duration::from_secs(2)).await;
    let freshness = store.freshness();
    assert_eq!(freshness.phase, Phase::BackingOff);
    assert!(freshness.needs_attention && freshness.trouble_since.is_some());
    assert!(freshness.trouble.unwrap().to_string().contains("403"));
    assert_eq!(store.stale_for().unwrap().as_secs(), 2);
    stopper.stop();
    driving.await.unwrap();
    let freshness = store.freshness();
    assert_eq!((freshness.phase, freshness.done), (Phase::Done, Some(Done::Stopped)));
}

#[tokio::test(start_paused = true)]
async fn a_store_whose_watch_was_dropped_reports_the_end() {
    let (watch, store) = Watch::<Object>::new(Fake::default().transport(), by_list()).store();
    drop(watch);
    assert_eq!(store.freshness().phase, Phase::Done);
}

#[tokio::test(start_paused = true)]
async fn changes_without_a_list_do_not_fill_a_store() {
    let fake = Fake::new([Reply::Head(200, vec![frame("ADDED", "a", 2).as_str().into(), Part::Hangs])]);
    let (mut watch, store) = Watch::<Object>::new(fake.transport(), from_1()).store();
    watch.next().await.unwrap().unwrap();
    store.read(|set| assert!(!set.is_synced()));
}

#[tokio::test(start_paused = true)]
async fn an_object_that_does_not_fit_is_not_in_the_store() {
    #[derive(Debug, Deserialize)]
    struct Labelled {
        #[expect(dead_code, reason = "it must exist, but is never read")]
        labels: Vec<String>,
    }
    let good = pod("a", 3).replacen('{', "{\"labels\":[],", 1);
    let fake = Fake::new([
        Reply::Head(200, vec![list(10, &[good]).as_str().into()]),
        Reply::Head(200, vec![frame("MODIFIED", "a", 11).as_str().into(), Part::Hangs]),
    ]);
    let (mut watch, store) = Watch::<Labelled>::new(fake.transport(), by_list()).store();
    for _ in 0..3 {
        watch.next().await.unwrap().unwrap();
    }
    assert_eq!(store.list().len(), 1);
    assert!(watch.next().await.unwrap().is_err());
    assert_eq!(store.list().len(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_version_that_is_used_again_is_another_state() {
    let server = InProcessServer::start();
    let labelled = |value: &str| json!({ "metadata": { "name": "a", "labels": { "app": value } } });
    server.create("configmaps", Some("default"), labelled("before")).unwrap();
    let backup = server.resource_version();
    let lost = server.patch("configmaps", Some("default"), "a", labelled("lost")).unwrap();
    server.create("configmaps", Some("default"), json!({ "metadata": { "name": "b" } })).unwrap();
    let config = Config::builder(Resource::core("v1", "configmaps")).seed(0).build().unwrap();
    let (reflector, store) = Watch::<Object>::new(Transport::new(server.service()), config).store();
    tokio::spawn(reflector.drive());
    store.ready().await.unwrap();

    server.restore(backup);
    let found = server.patch("configmaps", Some("default"), "a", labelled("found")).unwrap();
    for field in ["resourceVersion", "uid"] {
        assert_eq!(found["metadata"][field], lost["metadata"][field]);
    }
    let matcher = "app=found".parse().unwrap();
    let is_found = store.wait_for(|set| set.select(&matcher).count() == 1);
    tokio::time::timeout(Duration::from_secs(600), is_found).await.expect("it is stored").unwrap();
}
