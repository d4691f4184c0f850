//! The spans and log lines of a watch.

use core::time::Duration;

use futures_util::StreamExt;
use tracing::instrument::WithSubscriber;
use watch_hyper::watch_core::{Config, Object, Representation, Resource, Start};
use watch_hyper::{Client, Watch};
use watch_test::TestServer;

use crate::fake::{Fake, Part, Reply, frame, from_1, pods};
use crate::log::Log;

#[tokio::test]
async fn log_lines_name_the_watch_and_its_state_and_no_token() {
    let server = TestServer::start().await.unwrap();
    server.create("pods", None, serde_json::json!({ "metadata": { "name": "web", "namespace": "default" } })).unwrap();
    let client = Client::builder(&server.url()).token("open-sesame").build().unwrap();
    let config = Config::builder(Resource::core("v1", "pods"))
        .namespace("default")
        .name("web")
        .deadline(Duration::from_secs(3600))
        .start(Start::default())
        .build()
        .unwrap();
    let log = Log::default();
    let subscriber = log.subscriber(tracing::Level::TRACE);
    async {
        let mut watch = Watch::<Object>::new(client, config);
        for _ in 0..3 {
            watch.next().await.unwrap().unwrap();
        }
        server.disconnect();
        server
            .patch("pods", Some("default"), "web", serde_json::json!({ "metadata": { "labels": { "a": "b" } } }))
            .unwrap();
        watch.next().await.unwrap().unwrap();
    }
    .with_subscriber(subscriber)
    .await;
    let log = log.text();
    let line = |what: &str| log.lines().rfind(|line| line.contains(what)).unwrap_or_else(|| panic!("no {what}: {log}"));
    let watch = r#"watch{target="pods web in default" group="" version="v1" resource="pods" namespace="default" object_name="web" field_selector="metadata.name=web" kind="Pod"}"#;
    let last = line("retrying");
    // A single failure isn't a warning.
    assert!(last.contains(watch) && last.contains(" INFO "), "{last}");
    assert!(last.contains("request{id=#") && last.contains("verb=WATCH") && last.contains("time_left=3599"), "{last}");
    assert!(last.ends_with("resource_version=203 attempt=1"), "{last}");
    // The attempt that failed was the first, also in its span; the next is the second.
    assert!(last.contains("attempt=1 time_left"), "{last}");
    let sent = line(": send");
    assert!(sent.contains(watch) && sent.contains("verb=WATCH resource_version=203 attempt=2 time_left=359"), "{sent}");
    assert!(!log.contains("open-sesame"), "{log}");
}

/// Lines as `tracing_subscriber::fmt().json()` writes them, whose spans are objects with their `name` in them.
#[tokio::test(start_paused = true)]
async fn no_field_of_a_span_is_called_as_the_span_itself_is() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .json()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(move || writer.clone())
        .finish();
    async {
        let config = pods().name("a").start(Start::default()).build().unwrap();
        let mut watch = Watch::<Object>::new(Fake::new([Reply::Fails("no".into())]).transport(), config);
        assert!(futures_util::poll!(watch.next()).is_pending());
    }
    .with_subscriber(subscriber)
    .await;
    let text = log.text();
    assert!(text.contains(r#""object_name":"a""#), "{text}");
    for line in text.lines() {
        for span in line.split('{').filter(|span| span.contains(r#""name":"#)) {
            assert_eq!(span.matches(r#""name":"#).count(), 1, "{line}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_first_failure_is_logged_at_info_and_others_warn() {
    let log = Log::default();
    async {
        let fails = || Reply::Fails("cut".into());
        let mut watch = Watch::<Object>::new(Fake::new([fails(), fails(), fails()]).transport(), from_1());
        // The paused clock advances by itself until there are no more notices.
        _ = tokio::time::timeout(Duration::from_secs(20), watch.next()).await;
    }
    .with_subscriber(log.subscriber(tracing::Level::INFO))
    .await;
    let text = log.text();
    let lines: Vec<_> = text.lines().filter(|line| line.contains("retrying")).collect();
    let [first, others @ ..] = lines.as_slice() else { panic!("{text}") };
    assert!(first.contains(" INFO ") && first.ends_with("attempt=1"), "{first}");
    assert!(others.len() == 2 && others.iter().all(|line| line.contains(" WARN ")), "{text}");
    for (line, attempt) in lines.iter().zip(1..) {
        assert_eq!(line.matches(&format!("attempt={attempt}")).count(), 2, "in its span and of itself: {line}");
    }
}

#[tokio::test(start_paused = true)]
async fn metadata_has_no_kind_of_its_own() {
    let log = Log::default();
    async {
        let config = pods().representation(Representation::Metadata).start(Start::From("1".parse().unwrap()));
        let object = frame("ADDED", "a", 2).replace(r#""Pod""#, r#""PartialObjectMetadata""#);
        let fake = Fake::new([Reply::Head(200, vec![object.as_str().into(), Part::Fails("cut".into())])]);
        let mut watch = Watch::<Object>::new(fake.transport(), config.build().unwrap());
        assert!(watch.next().await.is_some());
        assert!(futures_util::poll!(watch.next()).is_pending());
    }
    .with_subscriber(log.subscriber(tracing::Level::INFO))
    .await;
    let text = log.text();
    assert!(text.contains(r#"representation="metadata""#) && !text.contains("kind="), "{text}");
}
