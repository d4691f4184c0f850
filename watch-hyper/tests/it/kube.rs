//! Through a `kube::Client` that the user already has, or a `kube::Config`.

use core::time::Duration;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::StreamExt;
use kube_client::config::{AuthInfo, ExecConfig};
use tracing::instrument::WithSubscriber;
use watch_hyper::watch_core::{Event, Notice, Object, TransportErrorKind};
use watch_hyper::{Transport, Watch};
use watch_test::TestServer;

use crate::credentials::{Guarded, TokenFile};
use crate::end_to_end::nothing_is_lost;
use crate::errors::hear;
use crate::fake::{Notices, from_1};
use crate::log::Log;
use crate::server::{Server, Speech, answer};

/// The timeout of a step that takes milliseconds, or minutes if kube repeats the request.
const PATIENCE: Duration = Duration::from_secs(20);

fn config(url: &str) -> kube_client::Config {
    kube_client::Config::new(url.parse().unwrap())
}

#[tokio::test]
async fn through_a_kube_client_breaks_and_expiry_lose_nothing() {
    let server = TestServer::start().await.unwrap();
    let mut config = config(&server.url());
    // Only one test of this process gets the warning.
    config.default_retry = false;
    nothing_is_lost(server, kube_client::Client::try_from(config).unwrap()).await;
}

#[tokio::test]
async fn a_kube_config_is_enough() {
    let server = TestServer::start().await.unwrap();
    let transport = Transport::try_from(config(&server.url())).unwrap();
    nothing_is_lost(server, transport).await;
}

/// A server that answers all requests with this status, and counts them.
async fn refusing(status: u16) -> (Server, Arc<AtomicUsize>) {
    let requests = Arc::new(AtomicUsize::new(0));
    let counts = Arc::clone(&requests);
    let server = Server::start(Speech::default(), move |_| {
        counts.fetch_add(1, Ordering::Relaxed);
        let mut answer = answer(status, format!(r#"{{"kind":"Status","status":"Failure","code":{status}}}"#));
        answer.headers_mut().insert("retry-after", "100".parse().unwrap());
        answer
    })
    .await;
    (server, requests)
}

#[tokio::test]
async fn a_kube_config_transport_leaves_retries_to_the_watch() {
    for status in [429, 503, 504] {
        let (server, requests) = refusing(status).await;
        let ear = Notices::default();
        let transport = Transport::try_from(config(&server.url("http"))).unwrap();
        let mut watch = ear.listen(Watch::<Object>::new(transport, from_1()));
        let notice = tokio::time::timeout(PATIENCE, first_notice(&mut watch, &ear)).await.expect("no notice came");
        let Notice::Retrying { trouble, after, .. } = notice else { panic!("{notice:?}") };
        assert_eq!(trouble.cause.status().map(|status| status.code), Some(status));
        // The server's own message is reported, before a deadline.
        assert!(after >= Duration::from_secs(100), "{status}: {after:?}");
        assert_eq!(requests.load(Ordering::Relaxed), 1, "{status}");
    }
}

#[tokio::test]
async fn a_kube_client_that_repeats_requests_is_detected() {
    let (server, requests) = refusing(503).await;
    let log = Log::default();
    let watching = async |mut config: kube_client::Config, retries| {
        config.default_retry = retries;
        let client = kube_client::Client::try_from(config).unwrap();
        let before = requests.load(Ordering::Relaxed);
        let mut watch = Watch::<Object>::new(client, from_1());
        let asked = async {
            while requests.load(Ordering::Relaxed) == before {
                assert!(futures_util::poll!(watch.next()).is_pending());
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(PATIENCE, asked).await.unwrap();
        // The watch is dropped, and with it the request that kube still repeats.
    };
    let once = || log.text().matches("this kube::Client repeats").count();
    watching(config(&server.url("http")), false).with_subscriber(log.subscriber(tracing::Level::WARN)).await;
    assert_eq!(once(), 0, "{}", log.text());
    for _ in 0..2 {
        watching(config(&server.url("http")), true).with_subscriber(log.subscriber(tracing::Level::WARN)).await;
        assert_eq!(once(), 1, "{}", log.text());
    }
}

async fn first_notice(watch: &mut Watch, ear: &Notices) -> Notice {
    core::future::poll_fn(|cx| {
        assert!(watch.poll_next_unpin(cx).is_pending());
        ear.notices().pop().map_or(core::task::Poll::Pending, core::task::Poll::Ready)
    })
    .await
}

/// A configuration whose token comes from this shell script.
fn by_plugin(url: &str, script: &str) -> kube_client::Config {
    let mut config = config(url);
    let exec: ExecConfig = serde_json::from_value(serde_json::json!({
        "apiVersion": "client.authentication.k8s.io/v1",
        "command": "/bin/sh",
        "args": ["-c", script],
        "env": [{ "name": "PLUGIN_KEY", "value": "s3cret-key" }],
        "interactiveMode": "Never",
    }))
    .unwrap();
    config.auth_info = AuthInfo { exec: Some(exec), ..AuthInfo::default() };
    config
}

fn print(file: &Path) -> String {
    format!("cat '{}'", file.display())
}

fn credential(token: &str) -> String {
    format!(
        r#"{{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","status":{{"token":"{token}","expirationTimestamp":"2099-01-01T00:00:00Z"}}}}"#
    )
}

/// One request had the refused token, and all after it the new one: the version check, and the watch.
fn assert_renewed(seen: &[String]) {
    assert_eq!(seen[..2], ["Bearer one", "Bearer one"]);
    assert!(seen.len() > 2 && seen[2..].iter().all(|token| token == "Bearer two"), "{seen:?}");
}

#[tokio::test(start_paused = true)]
async fn a_refused_token_of_an_exec_plugin_is_renewed() {
    let file = TokenFile::new("plugin", &credential("one"));
    let guarded = Guarded::start("one").await;
    let transport = Transport::try_from(by_plugin(&guarded.server.url("http"), &print(&file.0))).unwrap();
    let mut watch = Watch::<Object>::new(transport, from_1());
    assert!(matches!(watch.next().await, Some(Ok(Event::Added(_)))));
    guarded.accept("two");
    fs::write(&file.0, credential("two")).unwrap();
    assert!(matches!(watch.next().await, Some(Ok(Event::Added(_)))));
    assert_renewed(&guarded.seen());
}

#[tokio::test(start_paused = true)]
async fn a_refused_token_of_a_file_is_read_again_at_once() {
    let file = TokenFile::new("kube-file", "one");
    let guarded = Guarded::start("one").await;
    let mut config = config(&guarded.server.url("http"));
    config.auth_info.token_file = Some(file.0.to_str().unwrap().to_owned());
    let mut watch = Watch::<Object>::new(Transport::try_from(config).unwrap(), from_1());
    assert!(matches!(watch.next().await, Some(Ok(Event::Added(_)))));
    guarded.accept("two");
    fs::write(&file.0, "two").unwrap();
    assert!(matches!(watch.next().await, Some(Ok(Event::Added(_)))));
    assert_renewed(&guarded.seen());
}

#[tokio::test(start_paused = true)]
async fn a_plugin_that_fails_once_runs_again_at_the_next_attempt() {
    let file = TokenFile::new("plugin-fails", &credential("one"));
    let guarded = Guarded::start("one").await;
    let transport = Transport::try_from(by_plugin(&guarded.server.url("http"), &print(&file.0))).unwrap();
    let ear = Notices::default();
    let mut watch = ear.listen(Watch::<Object>::new(transport, from_1()));
    assert!(matches!(watch.next().await, Some(Ok(Event::Added(_)))));
    guarded.accept("two");
    fs::remove_file(&file.0).unwrap();
    assert_eq!(hear(&mut watch, &ear).await.kind, TransportErrorKind::Credentials);
    fs::write(&file.0, credential("two")).unwrap();
    assert!(matches!(watch.next().await, Some(Ok(Event::Added(_)))));
    // None is sent in between.
    assert_renewed(&guarded.seen());
}

#[tokio::test(start_paused = true)]
async fn what_a_plugin_printed_is_never_shown() {
    let file = TokenFile::new("plugin-leaks", &credential("one"));
    let guarded = Guarded::start("one").await;
    let scripts = [
        // It prints the token, and then fails; or something that isn't an ExecCredential.
        (format!("{}; test ! -e '{}.fails'", print(&file.0), file.0.display()), "exit status: 1"),
        (
            format!("{}; test ! -e '{}.fails' || echo 's3cret-token: ['", print(&file.0), file.0.display()),
            "can't be read",
        ),
    ];
    let fails = TokenFile::new("plugin-leaks.fails", "");
    for (script, said) in scripts {
        let config = || by_plugin(&guarded.server.url("http"), &script);
        // At the beginning,
        fs::write(&file.0, credential("s3cret-token")).unwrap();
        fs::write(&fails.0, "").unwrap();
        let error = Transport::try_from(config()).unwrap_err();
        assert_eq!(error.kind(), TransportErrorKind::Credentials);
        assert!(error.to_string().contains(said), "{error}");
        assert!(!format!("{error} {error:?}").contains("s3cret"), "{error:?}");
        // and later, in the log and to the observer; with a client as well, whose token expires soon.
        for through_client in [false, true] {
            guarded.accept("one");
            let soon = credential("one").replace("2099", if through_client { "2020" } else { "2099" });
            fs::write(&file.0, soon).unwrap();
            fs::remove_file(&fails.0).unwrap();
            let transport = if through_client {
                let mut config = config();
                config.default_retry = false;
                kube_client::Client::try_from(config).unwrap().into()
            } else {
                Transport::try_from(config()).unwrap()
            };
            let (ear, log) = (Notices::default(), Log::default());
            async {
                let mut watch = ear.listen(Watch::<Object>::new(transport, from_1()));
                assert!(matches!(watch.next().await, Some(Ok(Event::Added(_)))));
                guarded.accept("two");
                fs::write(&file.0, credential("s3cret-token")).unwrap();
                fs::write(&fails.0, "").unwrap();
                let error = hear(&mut watch, &ear).await;
                assert_eq!(error.kind, TransportErrorKind::Credentials, "{error}");
                assert!(error.message.contains(said), "{error}");
            }
            .with_subscriber(log.subscriber(tracing::Level::TRACE))
            .await;
            assert!(log.text().contains(said), "{}", log.text());
            assert!(!format!("{} {:?}", log.text(), ear.notices()).contains("s3cret"), "{}", log.text());
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_token_file_that_can_not_be_used_is_named_and_not_shown() {
    let mut config = config("http://127.0.0.1:1");
    for (text, said) in [("s3cret\nmore\n", "line break"), ("s3cret\u{1}", "header"), (" \n", "empty")] {
        let file = TokenFile::new("kube-line", text);
        config.auth_info.token_file = Some(file.0.to_str().unwrap().to_owned());
        let error = Transport::try_from(config.clone()).unwrap_err();
        assert_eq!(error.kind(), TransportErrorKind::Credentials);
        assert!(error.to_string().contains(said) && error.to_string().contains("kube-line"), "{error}");
        assert!(!format!("{error} {error:?}").contains("s3cret"), "{error:?}");
    }
    config.auth_info.token_file = Some("/nowhere/token".into());
    let error = Transport::try_from(config).unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::Credentials);
    assert!(error.to_string().contains("/nowhere/token"), "{error}");
}

/// `token: |` in YAML ends with a line break, and so does a file that an editor wrote.
#[tokio::test(start_paused = true)]
async fn line_breaks_around_a_token_are_removed() {
    let guarded = Guarded::start("one").await;
    let file = TokenFile::new("kube-trailing", "one\r\n");
    let by_file = AuthInfo { token_file: Some(file.0.to_str().unwrap().to_owned()), ..AuthInfo::default() };
    let fixed = |token: &str| AuthInfo { token: Some(token.to_owned().into()), ..AuthInfo::default() };
    // An empty token is none.
    let both = AuthInfo { token: Some(String::new().into()), ..by_file.clone() };
    for auth_info in [fixed("one\n"), fixed(" one"), by_file, both] {
        let mut config = config(&guarded.server.url("http"));
        config.auth_info = auth_info;
        let mut watch = Watch::<Object>::new(Transport::try_from(config).unwrap(), from_1());
        assert!(matches!(watch.next().await, Some(Ok(Event::Added(_)))));
    }
    assert!(guarded.seen().iter().all(|token| token == "Bearer one"), "{:?}", guarded.seen());
    for token in ["s3cret\nmore", "s3cret more", "s3cret\u{7f}", "\n"] {
        let mut config = config(&guarded.server.url("http"));
        config.auth_info = fixed(token);
        let error = Transport::try_from(config).unwrap_err();
        assert_eq!(error.kind(), TransportErrorKind::Credentials, "{token:?}: {error}");
        assert!(!format!("{error} {error:?}").contains("s3cret"), "{error:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_plugin_token_that_is_no_header_is_a_credentials_error() {
    // With a date on which it expires, kube returns an error; without, it panics.
    let forever = |token: &str| credential(token).replace(r#","expirationTimestamp":"2099-01-01T00:00:00Z""#, "");
    for (name, credential) in [("plugin-dated", &credential as &dyn Fn(&str) -> String), ("plugin-forever", &forever)] {
        let file = TokenFile::new(name, &credential("one"));
        let guarded = Guarded::start("one").await;
        let config = by_plugin(&guarded.server.url("http"), &print(&file.0));
        let ear = Notices::default();
        let mut watch = ear.listen(Watch::<Object>::new(Transport::try_from(config.clone()).unwrap(), from_1()));
        assert!(matches!(watch.next().await, Some(Ok(Event::Added(_)))));
        guarded.accept("two");
        fs::write(&file.0, credential(r"s3cret\nmore")).unwrap();
        let error = hear(&mut watch, &ear).await;
        assert_eq!(error.kind, TransportErrorKind::Credentials, "{name}: {error}");
        assert!(error.message.contains("line break"), "{name}: {error}");
        assert!(!format!("{:?}", ear.notices()).contains("s3cret"));
        // And at the beginning.
        if let Err(error) = Transport::try_from(config) {
            assert_eq!(error.kind(), TransportErrorKind::Credentials, "{name}: {error}");
            assert!(!format!("{error} {error:?}").contains("s3cret"), "{error:?}");
        }
        // It continues when the plugin succeeds.
        fs::write(&file.0, credential("two")).unwrap();
        assert!(matches!(watch.next().await, Some(Ok(Event::Added(_)))));
    }
}

/// kube with rustls runs a plugin for a token, and twice for a certificate.
const RUNS_OF_ONE_CLIENT: usize = 3;

/// Two watches share the transport, and each attempt is refused.
#[tokio::test(start_paused = true)]
async fn a_plugin_that_hangs_runs_once_and_is_named() {
    let file = TokenFile::new("plugin-hangs", &credential("one"));
    let runs = TokenFile::new("plugin-hangs.runs", "");
    let hangs = format!("{}.hangs", file.0.display());
    // Hangs while the file exists.
    let script =
        format!("echo run >> '{}'; while test -e '{hangs}'; do sleep 0.02; done; {}", runs.0.display(), print(&file.0));
    let guarded = Guarded::start("one").await;
    let transport = Transport::try_from(by_plugin(&guarded.server.url("http"), &script)).unwrap();
    let ears = [Notices::default(), Notices::default()];
    let mut watches = [0, 1].map(|n: usize| ears[n].listen(Watch::<Object>::new(transport.clone(), from_1())));
    for watch in &mut watches {
        assert!(matches!(watch.next().await, Some(Ok(Event::Added(_)))));
    }
    let hanging = TokenFile::new("plugin-hangs.hangs", "");
    assert_eq!(hanging.0.display().to_string(), hangs);
    guarded.accept("two");
    fs::write(&file.0, credential("two")).unwrap();
    let started = || fs::read_to_string(&runs.0).unwrap().lines().count();
    assert_eq!(started(), RUNS_OF_ONE_CLIENT, "one client, however many clones");
    // tokio's clock doesn't advance by itself while the plugin runs.
    for _ in 0..300 {
        for watch in &mut watches {
            assert!(futures_util::poll!(watch.next()).is_pending());
        }
        tokio::task::yield_now().await;
        tokio::time::advance(Duration::from_secs(1)).await;
    }
    for ear in &ears {
        let errors = ear.transport_errors();
        assert!(errors.len() > 1, "{:?}", ear.notices());
        for error in errors {
            assert_eq!(error.kind, TransportErrorKind::Credentials, "{error}");
            assert_eq!(&*error.message, "the exec plugin or token source did not answer within 30 s");
        }
    }
    assert!(started() <= RUNS_OF_ONE_CLIENT + 1, "{}", started());
    drop(hanging);
    for watch in &mut watches {
        assert!(matches!(watch.next().await, Some(Ok(Event::Added(_)))));
    }
}
