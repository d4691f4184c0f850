//! Servers whose watches repeat what exists, and whose deletions have no version of their own: over sockets.

use core::time::Duration;
use std::collections::BTreeMap;

use futures_util::StreamExt;
use serde_json::json;
use watch_hyper::watch_core::{Change, Config, ConfigBuilder, InitialSet, Notice, Object, Resource, Start, Timing};
use watch_hyper::{Client, ClientBuilder, Watch};
use watch_test::TestServer;
use watch_test::fault::{Fault, Requests};

use crate::end_to_end::{truth, versions};
use crate::fake::{Ear, Fake, Part, Reply, by_list, frame, list, pod};

/// Some watches, of two seconds each. If it isn't there by then, it never will be.
const PATIENCE: Duration = Duration::from_secs(60);

async fn server() -> TestServer {
    let server = TestServer::start().await.unwrap();
    for fault in [Fault::RepeatObjects, Fault::OldDeletions, Fault::IgnoreSendInitialEvents] {
        server.inject(fault.always().on(Requests::watch("pods")));
    }
    for number in 0..6 {
        create(&server, number);
    }
    server
}

fn create(server: &TestServer, number: u32) {
    let pod = json!({ "metadata": { "name": format!("pod-{number}"), "namespace": "default" } });
    server.create("pods", None, pod).unwrap();
}

fn delete(server: &TestServer, number: u32) {
    server.delete("pods", Some("default"), &format!("pod-{number}")).unwrap();
}

fn config() -> ConfigBuilder {
    let mut timing = Timing::default();
    timing.watch = Duration::from_secs(2);
    timing.initial_events = Duration::from_secs(1);
    Config::builder(Resource::core("v1", "pods")).timing(timing)
}

fn by_list_here() -> Config {
    config().start(Start::InitialSet(InitialSet::List)).build().unwrap()
}

/// What is written while watches come and go: each deletion is of an object that is older than the last write.
async fn churn(server: &TestServer) {
    for number in 0..6 {
        create(server, 10 + number);
        delete(server, number);
        tokio::time::sleep(Duration::from_millis(700)).await;
    }
    create(server, 0);
    delete(server, 0);
}

fn was_undisturbed(ear: &Ear) {
    let trouble: Vec<_> =
        ear.notices().into_iter().filter(|notice| !matches!(notice, Notice::Skipped { .. })).collect();
    assert!(trouble.is_empty(), "{trouble:#?}");
}

async fn a_store_follows(http: fn(ClientBuilder) -> ClientBuilder) {
    let server = server().await;
    let ear = Ear::default();
    let client = http(Client::builder(&server.url())).build().unwrap();
    let (watch, store) = ear.listen(Watch::<Object>::new(client, by_list_here())).store();
    let driving = tokio::spawn(watch.drive());
    store.ready().await.unwrap();
    churn(&server).await;
    let agrees = store.wait_for(|set| versions(set) == truth(&server));
    tokio::time::timeout(PATIENCE, agrees).await.expect("it never agrees").unwrap();
    driving.abort();
    was_undisturbed(&ear);
}

#[tokio::test]
async fn over_http_1_a_store_follows_it() {
    a_store_follows(|client| client).await;
}

#[tokio::test]
async fn over_http_2_a_store_follows_it() {
    a_store_follows(ClientBuilder::http2_prior_knowledge).await;
}

#[tokio::test]
async fn changes_say_nothing_twice_and_lose_nothing() {
    let server = server().await;
    let ear = Ear::default();
    let client = Client::builder(&server.url()).build().unwrap();
    let mut changes = ear.listen(Watch::<Object>::new(client, by_list_here())).changes();
    let stopper = changes.handle().stopper();
    let following = tokio::spawn(async move {
        let mut known = BTreeMap::new();
        while let Some(Ok(change)) = changes.next().await {
            let said = change.to_string();
            match change {
                Change::Added(object) => {
                    let before = known.insert(object.name().to_owned(), object.resource_version().to_string());
                    assert_eq!(before, None, "{said}");
                }
                // A pod is marked before it is deleted.
                Change::Modified(object) => {
                    let version = object.resource_version().to_string();
                    let before = known.insert(object.name().to_owned(), version.clone());
                    assert!(before.is_some_and(|before| before != version), "{said}");
                }
                Change::Deleted(object) => {
                    let before = known.remove(object.name());
                    assert_eq!(before, Some(object.resource_version().to_string()), "{said}: without its own version");
                }
                Change::Synced { .. } => {}
                Change::Vanished(_) => panic!("{said}: all is seen as it happens"),
            }
        }
        known
    });
    churn(&server).await;
    // As long as another watch lasts, so that what comes again has come.
    tokio::time::sleep(Duration::from_secs(3)).await;
    stopper.stop();
    let known = following.await.unwrap();
    let expected = truth(&server).into_iter().map(|(name, (_, version))| (name, version)).collect();
    assert_eq!(known, expected);
    was_undisturbed(&ear);
    let watches = server.requests().iter().filter(|request| request.is_watch()).count();
    let lists = server.requests().iter().filter(|request| request.method == "GET" && !request.is_watch()).count();
    assert!(watches >= 3 && lists == 1, "{watches} watches, {lists} lists");
}

#[tokio::test]
async fn without_streaming_lists_it_is_synced_as_soon_as_the_end_marker_is_overdue() {
    let server = server().await;
    let client = Client::builder(&server.url()).build().unwrap();
    let (watch, store) = Watch::<Object>::new(client, config().build().unwrap()).store();
    let driving = tokio::spawn(watch.drive());
    tokio::time::timeout(Duration::from_secs(10), store.ready()).await.expect("it is soon synced").unwrap();
    delete(&server, 3);
    let agrees = store.wait_for(|set| versions(set) == truth(&server));
    tokio::time::timeout(PATIENCE, agrees).await.expect("it never agrees").unwrap();
    driving.abort();
}

/// What is repeated late is no newer state, and the deletion of a former object deletes none.
#[tokio::test(start_paused = true)]
async fn a_store_keeps_the_newest_of_each_object() {
    let former = frame("DELETED", "b", 3).replace("uid-b", "former");
    let body = [
        frame("ADDED", "a", 5),
        frame("ADDED", "b", 9),
        frame("MODIFIED", "b", 12),
        frame("MODIFIED", "a", 14),
        frame("MODIFIED", "b", 11),
        former,
        frame("DELETED", "a", 5),
    ];
    let fake = Fake::new([
        Reply::Head(200, vec![list(9, &[pod("a", 5), pod("b", 9)]).as_str().into()]),
        Reply::Head(200, vec![body.concat().as_str().into(), Part::Hangs]),
    ]);
    let (mut watch, store) = Watch::<Object>::new(fake.transport(), by_list()).store();
    let mut seen = Vec::new();
    for _ in 0..10 {
        watch.next().await.unwrap().unwrap();
        let held: Vec<_> =
            store.list().iter().map(|object| format!("{}@{}", object.name(), object.resource_version())).collect();
        let at = store.read(|set| set.resource_version().map(ToString::to_string));
        seen.push((held.join(" "), at.unwrap_or_default()));
    }
    let seen: Vec<_> = seen.iter().map(|(held, at)| (held.as_str(), at.as_str())).collect();
    assert_eq!(
        seen[3..],
        [
            ("a@5 b@9", "9"),
            ("a@5 b@9", "9"),
            ("a@5 b@9", "9"),
            ("a@5 b@12", "12"),
            ("a@14 b@12", "14"),
            ("a@14 b@12", "14"),
            ("a@14 b@12", "14"),
        ]
    );
    watch.next().await.unwrap().unwrap();
    assert_eq!(store.list().len(), 1, "`a` is deleted, by its uid");
}
