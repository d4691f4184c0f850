//! The interface of the Python `KubernetesWatcher`: a test for each row of `docs/from-kubernetes-watcher.md`.

use core::time::Duration;

use futures_util::StreamExt;
use serde::Deserialize;
use watch_hyper::watch_core::{
    Change, Config, ConfigBuilder, ConfigError, Done, Event, Event as RawEvent, Object, OnExpired, Outcome, Resource,
    Start,
};
use watch_hyper::{Watch, wait_for};

use crate::fake::{Fake, GONE, Notices, Part, Reply, by_list, frame, from_1, list, pod, pods};

/// The first request of a watch.
async fn asks(config: ConfigBuilder) -> String {
    let fake = Fake::default();
    let mut watch = Watch::<Object>::new(fake.transport(), config.build().unwrap());
    assert!(futures_util::poll!(watch.next()).is_pending());
    fake.requests().remove(0)
}

fn open(events: &[String]) -> Reply {
    let events = events.iter().map(|event| event.as_str().into());
    Reply::Head(200, events.chain([Part::Hangs]).collect())
}

#[tokio::test(start_paused = true)]
async fn method_group_version_and_plural_are_a_resource() {
    assert!(asks(Config::builder(Resource::core("v1", "pods"))).await.starts_with("/api/v1/pods?"));
    let deployments = asks(Config::builder(Resource::new("apps", "v1", "deployments"))).await;
    assert!(deployments.starts_with("/apis/apps/v1/deployments?"), "{deployments}");
    let widgets = asks(Config::builder("widgets.v1alpha1.example.com".parse().unwrap()).namespace("blue")).await;
    assert!(widgets.starts_with("/apis/example.com/v1alpha1/namespaces/blue/widgets?"), "{widgets}");
}

#[tokio::test(start_paused = true)]
async fn object_type_is_what_objects_are_decoded_into() {
    #[derive(Debug, Deserialize)]
    struct Pod {
        metadata: Metadata,
    }
    #[derive(Debug, Deserialize)]
    struct Metadata {
        name: String,
    }
    let fake = Fake::new([open(&[frame("ADDED", "web", 11)])]);
    let mut watch = Watch::<Pod>::new(fake.transport(), from_1());
    let Some(Ok(Event::Added(pod))) = watch.next().await else { panic!() };
    assert_eq!(pod.metadata.name, "web");
}

#[tokio::test(start_paused = true)]
async fn kind_is_on_every_object_and_the_target_in_every_trouble() {
    let trouble = [
        Reply::Fails("the network is down".into()),
        Reply::Head(403, vec!["{}".into()]),
        Reply::Head(500, vec!["broken".into()]),
        Reply::Head(200, vec!["no JSON".into()]),
    ];
    let replies = trouble.into_iter().chain([open(&[frame("ADDED", "web", 11), frame("MODIFIED", "web", 12)])]);
    let (fake, ear) = (Fake::new(replies), Notices::default());
    let mut watch = ear.listen(Watch::<Object>::new(fake.transport(), from_1()));
    let Some(Ok(RawEvent::Added(added))) = watch.next().await else { panic!() };
    let Some(Ok(RawEvent::Modified(modified))) = watch.next().await else { panic!() };
    assert_eq!((added.kind(), modified.kind()), (Some("Pod"), Some("Pod")));

    let said: Vec<_> = ear.notices().iter().map(ToString::to_string).collect();
    assert_eq!(said.len(), 4, "{said:?}");
    assert_eq!(from_1().target(), "pods in default");
    // (That it is on every line of the log is in `spans.rs`.)
    assert!(said.iter().all(|message| message.contains(from_1().target())), "{said:?}");
}

#[tokio::test(start_paused = true)]
async fn name_and_namespace_and_involved_object_narrow_it() {
    let pods = || Config::builder(Resource::core("v1", "pods"));
    let one = asks(pods().namespace("default").name("web-0")).await;
    assert!(one.starts_with("/api/v1/namespaces/default/pods?"), "{one}");
    assert!(one.contains("fieldSelector=metadata.name%3Dweb-0"), "{one}");
    let events = asks(Config::builder(Resource::core("v1", "events")).involved_object("web-0")).await;
    assert!(events.contains("fieldSelector=involvedObject.name%3Dweb-0"), "{events}");
    let both = pods().name("web-0").involved_object("web-0").build().unwrap_err();
    assert_eq!(both, ConfigError::NameAndInvolvedObject);
}

#[tokio::test(start_paused = true)]
async fn resource_version_is_where_it_starts() {
    let asked = asks(pods().start(Start::From("42".parse().unwrap()))).await;
    assert!(asked.contains("watch=true") && asked.contains("resourceVersion=42"), "{asked}");
}

#[tokio::test(start_paused = true)]
async fn timeout_is_a_deadline_for_all_of_it() {
    let config = pods().start(Start::From("1".parse().unwrap())).deadline(Duration::from_secs(30)).build().unwrap();
    let fake = Fake::new([open(&[frame("ADDED", "a", 2)])]);
    let mut watch = Watch::<Object>::new(fake.transport(), config);
    let begin = tokio::time::Instant::now();
    while watch.next().await.is_some() {}
    assert_eq!(begin.elapsed(), Duration::from_secs(30));
    assert_eq!(watch.handle().done(), Some(&Done::DeadlineReached));
    assert!(fake.requests()[0].contains("timeoutSeconds=30"), "{:?}", fake.requests());
}

#[tokio::test(start_paused = true)]
async fn logger_is_an_observer() {
    let ear = Notices::default();
    let fake = Fake::new([Reply::Fails("the network is down".into()), open(&[frame("ADDED", "a", 2)])]);
    ear.listen(Watch::<Object>::new(fake.transport(), from_1())).next().await.unwrap().unwrap();
    let said = ear.notices()[0].to_string();
    assert!(said.starts_with("WATCH of pods in default after 1: transport error: the network is down"), "{said}");
}

#[tokio::test(start_paused = true)]
async fn stop_wakes_a_read_that_waits_and_close_is_a_drop() {
    let fake = Fake::new([open(&[])]);
    let mut watch = Watch::<Object>::new(fake.transport(), from_1());
    let stopper = watch.handle().stopper();
    let stop = async {
        tokio::time::sleep(Duration::from_secs(5)).await;
        stopper.stop();
    };
    let (next, ()) = tokio::join!(watch.next(), stop);
    assert!(next.is_none() && watch.handle().done() == Some(&Done::Stopped));

    let fake = Fake::new([open(&[])]);
    let mut watch = Watch::<Object>::new(fake.transport(), from_1());
    assert!(futures_util::poll!(watch.next()).is_pending());
    drop(watch);
    assert_eq!(fake.bodies_dropped(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_watch_until_something_holds_is_wait_for() {
    let config = pods().name("web").start(Start::default()).deadline(Duration::from_secs(60)).build().unwrap();
    let end = r#"{"type":"BOOKMARK","object":{"kind":"Pod","apiVersion":"v1","metadata":{"resourceVersion":"10","annotations":{"k8s.io/initial-events-end":"true"}}}}"#;
    let fake = Fake::new([open(&[frame("ADDED", "web", 5), end.to_owned(), frame("DELETED", "web", 12)])]);
    assert_eq!(wait_for::<Object>(fake.transport(), config, |pod| pod.is_none()).await, Ok(Outcome::Met(None)));
}

/// A gap in which `KubernetesWatcher` misses events: `b` was deleted and `c` created while the version expired.
fn with_a_gap() -> Fake {
    Fake::new([
        Reply::Head(200, vec![list(10, &[pod("a", 3), pod("b", 4)]).as_str().into()]),
        Reply::Head(410, vec![GONE.into()]),
        Reply::Head(200, vec![list(20, &[pod("a", 3), pod("c", 15)]).as_str().into()]),
        open(&[]),
    ])
}

#[tokio::test(start_paused = true)]
async fn on_410_nothing_is_missed() {
    let mut changes = Watch::<Object>::new(with_a_gap().transport(), by_list()).changes();
    let mut seen = Vec::new();
    for _ in 0..6 {
        seen.push(changes.next().await.unwrap().unwrap().to_string());
    }
    let expected = [
        "ADDED Pod default/a@3",
        "ADDED Pod default/b@4",
        "SYNCED @10",
        "ADDED Pod default/c@15",
        "VANISHED default/b@4",
    ];
    assert_eq!(seen[..5], expected);
}

#[tokio::test(start_paused = true)]
async fn on_410_it_can_restart_without_a_version() {
    let config =
        pods().start(Start::From("1".parse().unwrap())).on_expired(OnExpired::RestartWithoutVersion).build().unwrap();
    let fake = Fake::new([Reply::Head(410, vec![GONE.into()]), open(&[frame("ADDED", "a", 50)])]);
    let Ok(event) = Watch::<Object>::new(fake.transport(), config).next().await.unwrap();
    assert_eq!(event.to_string(), "ADDED Pod default/a@50");
    assert!(!fake.requests()[1].contains("resourceVersion"), "{:?}", fake.requests());
}

#[tokio::test(start_paused = true)]
async fn an_object_of_the_wrong_type_is_its_own_trouble() {
    #[derive(Debug, Deserialize)]
    struct Numbered {
        #[expect(dead_code, reason = "it is never there")]
        number: u64,
    }
    let fake = Fake::new([open(&[frame("ADDED", "a", 2), frame("ADDED", "b", 3)])]);
    let mut changes = Watch::<Numbered>::new(fake.transport(), from_1()).changes();
    for name in ["a", "b"] {
        let error = changes.next().await.unwrap().map(|change| matches!(change, Change::Added(_))).unwrap_err();
        assert_eq!(error.object().name(), name);
        assert!(error.to_string().contains("missing field `number`"), "{error}");
    }
    assert_eq!(fake.requests().len(), 1, "the watch goes on");
}

const FORBIDDEN: &str = r#"{"kind":"Status","status":"Failure","reason":"Forbidden","code":403,"message":"no"}"#;

/// `KubernetesWatcher` raises `KubernetesError` for refusals of the API server. Here they are retried, unless
/// `give_up_after` ends the watch.
#[tokio::test(start_paused = true)]
async fn an_error_instead_of_retries_is_give_up_after() {
    for patience in [Duration::ZERO, Duration::from_secs(20)] {
        let config = pods().start(Start::From("1".parse().unwrap())).give_up_after(patience).build().unwrap();
        let fake = Fake::new((0..100).map(|_| Reply::Head(403, vec![FORBIDDEN.into()])));
        let mut watch = Watch::<Object>::new(fake.transport(), config);
        let begin = tokio::time::Instant::now();
        assert!(watch.next().await.is_none());
        let Some(Done::GaveUp { attempts, last }) = watch.handle().done() else {
            panic!("{:?}", watch.handle().done())
        };
        // tokio's timers have a resolution of milliseconds, and their delay doesn't count as waited time.
        let late = begin.elapsed().checked_sub(patience).expect("not before");
        assert!(late < Duration::from_millis(20), "{late:?}");
        assert!((*attempts == 1 && fake.requests().len() == 1) == patience.is_zero(), "{attempts}");
        assert_eq!(last.cause.status().map(|status| status.code), Some(403));
        assert!(
            last.to_string().starts_with("WATCH of pods in default after 1: the server returned 403 Forbidden"),
            "{last}"
        );
    }
}

/// A refusal that no retry resolves ends the watch at once, without `give_up_after`.
#[tokio::test(start_paused = true)]
async fn an_error_that_no_retry_resolves_ends_it() {
    const INVALID: &str = r#"{"kind":"Status","status":"Failure","reason":"BadRequest","code":400,"message":"no"}"#;
    let fake = Fake::new([Reply::Head(400, vec![INVALID.into()])]);
    let mut watch = Watch::<Object>::new(fake.transport(), from_1());
    assert!(watch.next().await.is_none());
    assert!(matches!(watch.handle().done(), Some(Done::Refused(trouble)) if trouble.cause.status().is_some()));
}

/// `KubernetesWatcher` raises `TimeoutError`; for a wait it is an outcome.
#[tokio::test(start_paused = true)]
async fn a_timeout_is_a_deadline_that_was_reached() {
    let config = pods().name("web").start(Start::default()).deadline(Duration::from_secs(60)).build().unwrap();
    let end = r#"{"type":"BOOKMARK","object":{"kind":"Pod","apiVersion":"v1","metadata":{"resourceVersion":"10","annotations":{"k8s.io/initial-events-end":"true"}}}}"#;
    let fake = Fake::new([open(&[frame("ADDED", "web", 5), end.to_owned()])]);
    let outcome = wait_for::<Object>(fake.transport(), config, |pod| pod.is_none()).await;
    assert!(matches!(outcome, Ok(Outcome::DeadlineReached { .. })), "{outcome:?}");
}
