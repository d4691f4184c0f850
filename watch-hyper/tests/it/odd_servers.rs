//! Servers that aren't kube-apiserver: watches that repeat what exists, deletions without a version of their own, lists
//! without pages or versions, bodies that aren't called JSON.

use core::time::Duration;
use std::collections::BTreeMap;

use futures_util::StreamExt;
use serde_json::json;
use watch_hyper::watch_core::{
    Cause, Change, Config, ConfigBuilder, Done, During, Event, InitialList, ListSemantics, Notice, Object, Resource,
    Start, Timing,
};
use watch_hyper::{Client, ClientBuilder, Watch};
use watch_test::TestServer;
use watch_test::fault::{Fault, Requests};

use crate::end_to_end::{truth, versions};
use crate::fake::{Fake, Notices, Part, Reply, by_list, frame, list, pod};

/// The timeout of a condition: some watches of two seconds each.
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
    timing.initial_events_timeout = Duration::from_secs(1);
    Config::builder(Resource::core("v1", "pods")).timing(timing)
}

fn by_list_here() -> Config {
    config().start(Start::InitialList(InitialList::List)).build().unwrap()
}

/// Writes between and during watches. Each deletion is of an object older than the last write.
async fn churn(server: &TestServer) {
    for number in 0..6 {
        create(server, 10 + number);
        delete(server, number);
        tokio::time::sleep(Duration::from_millis(700)).await;
    }
    create(server, 0);
    delete(server, 0);
}

fn was_undisturbed(ear: &Notices) {
    let trouble: Vec<_> =
        ear.notices().into_iter().filter(|notice| !matches!(notice, Notice::Skipped { .. })).collect();
    assert!(trouble.is_empty(), "{trouble:#?}");
}

async fn a_store_follows(http: fn(ClientBuilder) -> ClientBuilder) {
    let server = server().await;
    let ear = Notices::default();
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
async fn changes_are_reported_once_and_none_is_lost() {
    let server = server().await;
    let ear = Notices::default();
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
    // As long as another watch lasts, so that all repeats have arrived.
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
async fn without_streaming_lists_it_syncs_after_the_marker_timeout() {
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

/// A late repeat isn't a newer state, and the deletion of a former object deletes no present one.
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

/// A server with six pods and these faults, each time.
async fn with_faults(faults: impl IntoIterator<Item = Fault>) -> TestServer {
    let server = TestServer::start().await.unwrap();
    for fault in faults {
        server.inject(fault.always());
    }
    for number in 0..6 {
        create(&server, number);
    }
    server
}

/// Mirrors the server until the mirror is right after some writes, with what was noticed meanwhile.
async fn mirrored(server: &TestServer, config: ConfigBuilder) -> Notices {
    let ear = Notices::default();
    let client = Client::builder(&server.url()).build().unwrap();
    let (watch, store) = ear.listen(Watch::<Object>::new(client, config.build().unwrap())).store();
    let driving = tokio::spawn(watch.drive());
    tokio::time::timeout(PATIENCE, store.ready()).await.expect("it is never complete").unwrap();
    create(server, 20);
    for number in [3, 20, 0] {
        delete(server, number);
    }
    create(server, 3);
    let agrees = store.wait_for(|set| versions(set) == truth(server));
    tokio::time::timeout(PATIENCE, agrees).await.expect("it never agrees").unwrap();
    driving.abort();
    ear
}

fn by_pages() -> ConfigBuilder {
    Config::builder(Resource::core("v1", "pods")).start(Start::InitialList(InitialList::List)).page_size(Some(2))
}

fn lists(server: &TestServer) -> usize {
    server.requests().iter().filter(|request| request.method == "GET" && !request.is_watch()).count()
}

#[tokio::test]
async fn deletions_with_the_version_that_the_object_had_are_deletions() {
    for config in [by_pages(), Config::builder(Resource::core("v1", "pods"))] {
        let server = with_faults([Fault::OldDeletions]).await;
        was_undisturbed(&mirrored(&server, config).await);
    }
}

#[tokio::test]
async fn a_server_without_pages_is_followed() {
    let server = with_faults([Fault::IgnoreLimit]).await;
    was_undisturbed(&mirrored(&server, by_pages()).await);
    assert_eq!(lists(&server), 1);
}

#[tokio::test]
async fn json_with_another_content_type_or_none_is_read() {
    for value in [Some("application/octet-stream"), None] {
        let server = async || with_faults([Fault::ContentType { value: value.map(Into::into) }]).await;
        for config in [by_pages(), Config::builder(Resource::core("v1", "pods"))] {
            was_undisturbed(&mirrored(&server().await, config).await);
        }
        // And so are the errors of the server.
        let server = server().await;
        let client = Client::builder(&server.url()).build().unwrap();
        let mut watch = Watch::<Object>::new(client, by_pages().fields("metadata.nothing=1").build().unwrap());
        while watch.next().await.is_some() {}
        let Some(Done::Refused(trouble)) = watch.handle().done() else {
            panic!("{value:?}: {:?}", watch.handle().done())
        };
        assert_eq!(trouble.cause.status().unwrap().code, 400, "{value:?}: {trouble}");
    }
}

/// The configuration requires a version that the server doesn't have, and it answers with an older list.
#[tokio::test]
async fn lists_of_a_future_version_are_taken_after_three() {
    let server = with_faults([Fault::AnswerFuture]).await;
    let to_come = ListSemantics::NotOlderThan("1000000".parse().unwrap());
    let ear = mirrored(&server, by_pages().list_semantics(to_come)).await;
    let went_back = |notice: &Notice| matches!(notice, Notice::Retrying { trouble, .. } if matches!(trouble.cause, Cause::Rollback { .. }));
    assert_eq!(ear.notices().iter().filter(|notice| went_back(notice)).count(), 3, "{:?}", ear.notices());
}

/// No event reports it. The next list shows it.
#[tokio::test]
async fn an_object_that_leaves_silently_is_found_by_a_relist() {
    let server = with_faults([Fault::SilentDepartures]).await;
    let ear = Notices::default();
    let client = Client::builder(&server.url()).build().unwrap();
    let config = by_pages().labels("gone!=yes").build().unwrap();
    let mut watch = ear.listen(Watch::<Object>::new(client, config));
    let set = async |watch: &mut Watch| {
        let mut names = Vec::new();
        loop {
            let Ok(event) = watch.next().await.unwrap();
            match event {
                Event::Initial(object) => names.push(object.name().to_owned()),
                Event::InitialEnd { .. } => return names,
                _ => {}
            }
        }
    };
    assert_eq!(set(&mut watch).await.len(), 6);
    let label = |name: &str, label: &str| {
        server.patch("pods", Some("default"), name, json!({ "metadata": { "labels": { label: "yes" } } })).unwrap();
    };
    label("pod-1", "gone");
    label("pod-2", "here");
    let Some(Ok(Event::Modified(object))) = watch.next().await else { panic!() };
    assert_eq!(object.name(), "pod-2");
    watch.handle_mut().relist();
    assert_eq!(set(&mut watch).await, ["pod-0", "pod-2", "pod-3", "pod-4", "pod-5"]);
    assert!(ear.notices().iter().all(|notice| matches!(notice, Notice::Relisted { .. })), "{:?}", ear.notices());
}

/// As kmock has it: each watch begins with all objects.
#[tokio::test(start_paused = true)]
async fn lists_with_opaque_versions_beside_numbers_are_followed() {
    let opaque = list(9, &[pod("a", 5), pod("b", 9)]).replacen("\"9\"", "\"...\"", 1);
    let body = [
        frame("ADDED", "a", 5),
        frame("ADDED", "b", 9),
        frame("MODIFIED", "b", 12),
        frame("DELETED", "a", 5),
        frame("ADDED", "c", 13),
    ];
    let fake = Fake::new([
        Reply::Head(200, vec![opaque.as_str().into()]),
        Reply::Head(200, vec![body.concat().as_str().into(), Part::Hangs]),
    ]);
    let ear = Notices::default();
    let changes = ear.listen(Watch::<Object>::new(fake.transport(), by_list())).changes();
    let said: Vec<_> = changes.take(6).map(|Ok(change)| change.to_string()).collect().await;
    assert_eq!(
        [&said[..2], &said[3..]].concat(),
        [
            "ADDED Pod default/a@5",
            "ADDED Pod default/b@9",
            "MODIFIED Pod default/b@12",
            "DELETED Pod default/a@5",
            "ADDED Pod default/c@13"
        ]
    );
    assert!(said[2].contains("..."), "{said:?}");
    assert!(fake.requests()[1].contains("resourceVersion=..."), "{:?}", fake.requests());
    was_undisturbed(&ear);
}

#[tokio::test(start_paused = true)]
async fn lists_without_a_version_need_attention() {
    for version in ["", "\"resourceVersion\":\"\""] {
        let unversioned =
            format!(r#"{{"kind":"PodList","apiVersion":"v1","metadata":{{{version}}},"items":[{}]}}"#, pod("a", 5));
        let fake = Fake::new((0..3).map(|_| Reply::Head(200, vec![unversioned.as_str().into()])));
        let ear = Notices::default();
        let mut watch = ear.listen(Watch::<Object>::new(fake.transport(), by_list()));
        let waited = tokio::time::timeout(Duration::from_secs(120), async { while watch.next().await.is_some() {} });
        waited.await.unwrap_err();
        let blocked: Vec<_> = ear
            .notices()
            .into_iter()
            .filter(
                |notice| matches!(notice, Notice::NeedsAttention { trouble, .. } if trouble.cause == Cause::NoVersion),
            )
            .collect();
        assert_eq!(blocked.len(), 1, "{:?}", ear.notices());
    }
}

/// kube-apiserver keeps its watches for 60 s after SIGTERM, while another process has its port. An object that is
/// written there doesn't appear on the old watch.
#[tokio::test]
async fn a_watch_of_an_old_server_process_misses_nothing() {
    let start = async |port| {
        let server = TestServer::builder().seed(7).port(port).start().await?;
        (0..6).for_each(|number| create(&server, number));
        Ok::<_, std::io::Error>(server)
    };
    let old = start(0).await.unwrap();
    let url = old.url();
    let ear = Notices::default();
    let client = Client::builder(&url).build().unwrap();
    let (watch, store) = ear.listen(Watch::<Object>::new(client, by_pages().build().unwrap())).store();
    let driving = tokio::spawn(watch.drive());
    store.ready().await.unwrap();
    while old.open_watches() == 0 {
        tokio::task::yield_now().await;
    }
    let before = truth(&old);

    let ending = tokio::spawn(old.shutdown_gracefully(Duration::from_secs(2)));
    let port = url.rsplit(':').next().unwrap().parse().unwrap();
    let new = loop {
        match start(port).await {
            Ok(new) => break new,
            // The old one still listens.
            Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    };
    assert_eq!(truth(&new), before, "both have the same store");
    delete(&new, 2);
    create(&new, 20);
    let agrees = store.wait_for(|set| versions(set) == truth(&new));
    tokio::time::timeout(PATIENCE, agrees).await.expect("it never agrees").unwrap();
    ending.await.unwrap();
    driving.abort();
    // The version check may meet the old process as it closes its connection, and is then repeated.
    let is_repeated =
        |notice: &Notice| matches!(notice, Notice::Retrying { trouble, .. } if trouble.during == During::VersionCheck);
    let trouble: Vec<_> = ear.notices().into_iter().filter(|notice| !is_repeated(notice)).collect();
    assert!(trouble.is_empty(), "{trouble:#?}");
}
