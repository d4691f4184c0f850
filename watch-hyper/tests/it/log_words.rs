//! The words that operators search logs for (`grep -i`).

use core::time::Duration;

use futures_util::StreamExt;
use tracing::instrument::WithSubscriber;
use watch_hyper::watch_core::{Config, Object};
use watch_hyper::{Transport, Watch};

use crate::fake::{Fake, Part, Reply, by_list, from_1, list};
use crate::log::Log;
use crate::server::Tls;
use crate::tls::{Authority, client, config, serve};

fn status(code: u16, reason: &str) -> Reply {
    let body = format!(r#"{{"kind":"Status","apiVersion":"v1","status":"Failure","reason":"{reason}","code":{code}}}"#);
    Reply::Head(code, vec![body.as_str().into()])
}

/// Polls a watch for ten minutes, and returns its log lines that have this word.
async fn lines(transport: impl Into<Transport>, config: Config, word: &str) -> Vec<String> {
    let log = Log::default();
    async {
        let mut watch = Watch::<Object>::new(transport, config);
        _ = tokio::time::timeout(Duration::from_secs(600), async { while watch.next().await.is_some() {} }).await;
    }
    .with_subscriber(log.subscriber(tracing::Level::INFO))
    .await;
    let text = log.text();
    text.lines().filter(|line| line.to_lowercase().contains(word)).map(str::to_owned).collect()
}

/// The first line with the word is a warning, or information about what the watch does next.
async fn says(replies: impl IntoIterator<Item = Reply>, config: Config, word: &str) {
    let found = lines(Fake::new(replies).transport(), config, word).await;
    assert!(found.first().is_some_and(|line| line.contains(" INFO ") || line.contains(" WARN ")), "{word}: {found:?}");
}

#[tokio::test(start_paused = true)]
async fn a_log_line_has_timeout_retry_or_relist() {
    says([Reply::Hangs], from_1(), "timeout").await;
    says([Reply::Head(200, vec![Part::Hangs])], by_list(), "timeout").await;
    says([Reply::Fails("cut".into())], from_1(), "retry").await;
    let expired = [
        Reply::Head(200, vec![list(10, &[]).as_str().into()]),
        status(410, "Expired"),
        Reply::Head(200, vec![list(20, &[]).as_str().into()]),
    ];
    says(expired, by_list(), "relist").await;
}

#[tokio::test(start_paused = true)]
async fn a_log_line_has_forbidden_or_unauthorized() {
    says([status(403, "Forbidden")], from_1(), "forbidden").await;
    says([status(401, "Unauthorized")], from_1(), "unauthorized").await;
    // A proxy in front of the server has other bodies.
    let page = |code| Reply::Plain(code, "text/html".into(), "<html>".into());
    says([page(403)], from_1(), "forbidden").await;
    says([page(401)], from_1(), "unauthorized").await;
}

#[tokio::test]
async fn a_log_line_has_certificate() {
    let (certificate, key) = Authority::new("ours").issue(&["127.0.0.1"]);
    let server = serve(Tls::new(config(&certificate, &key, None))).await;
    let client = client(&server).ca_pem(Authority::new("theirs").pem()).build().unwrap();
    let log = Log::default();
    async {
        let mut watch = Watch::<Object>::new(client, from_1());
        let (first, mut retrying) = tokio::sync::mpsc::channel(1);
        watch.handle_mut().observe(move |_| _ = first.try_send(()));
        tokio::select! {
            _ = watch.next() => {}
            _ = retrying.recv() => {}
        }
    }
    .with_subscriber(log.subscriber(tracing::Level::INFO))
    .await;
    let text = log.text();
    assert!(text.lines().any(|line| line.contains("certificate") && line.contains("retrying")), "{text}");
}
