//! What `tracing` hears of a watch.

use core::time::Duration;
use std::io;
use std::sync::{Arc, Mutex};

use futures_util::StreamExt;
use tracing::instrument::WithSubscriber;
use watch_hyper::watch_core::Config;
use watch_hyper::watch_core::{Resource, Start};
use watch_hyper::{Client, RawWatch};
use watch_test::TestServer;

/// What was written.
#[derive(Clone, Default)]
pub(crate) struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }

    /// What writes it.
    pub(crate) fn subscriber(&self, most: tracing::Level) -> impl tracing::Subscriber + Send + Sync + use<> {
        let log = self.clone();
        tracing_subscriber::fmt().with_ansi(false).with_max_level(most).with_writer(move || log.clone()).finish()
    }
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn lines_say_which_watch_and_where_it_stands_and_never_the_token() {
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
        let mut watch = RawWatch::new(client, config);
        for _ in 0..3 {
            watch.next().await.unwrap();
        }
        server.disconnect();
        server
            .patch("pods", Some("default"), "web", serde_json::json!({ "metadata": { "labels": { "a": "b" } } }))
            .unwrap();
        watch.next().await.unwrap();
    }
    .with_subscriber(subscriber)
    .await;
    let log = log.text();
    let line = |what: &str| log.lines().rfind(|line| line.contains(what)).unwrap_or_else(|| panic!("no {what}: {log}"));
    let watch = r#"watch{target="pods web in default" group="" version="v1" resource="pods" namespace="default" name="web" field_selector="metadata.name=web" kind="Pod"}"#;
    let last = line("resuming");
    assert!(last.contains(watch), "{last}");
    assert!(last.contains("request{id=#") && last.contains("verb=WATCH") && last.contains("time_left=3599"), "{last}");
    assert!(last.ends_with("resource_version=203 attempt=1"), "{last}");
    let sent = line(": send");
    assert!(sent.contains(watch) && sent.contains("verb=WATCH resource_version=203 attempt=1 time_left=359"), "{sent}");
    assert!(!log.contains("open-sesame"), "{log}");
}
