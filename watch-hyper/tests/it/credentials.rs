//! Tokens, and when their files are read again.

use core::time::Duration;
use std::fs;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use futures_util::StreamExt;
use watch_hyper::watch_core::{Event, Object, TransportErrorKind};
use watch_hyper::{Client, ClientError, RefreshCredentials, Watch};

use crate::errors::hear;
use crate::fake::{Fake, Notices, Part, Reply, frame, from_1};
use crate::server::{Server, Speech, answer};

const UNAUTHORIZED: &str = r#"{"kind":"Status","status":"Failure","reason":"Unauthorized","code":401}"#;

/// A server that accepts one token at a time, and records the tokens that it received.
pub(crate) struct Guarded {
    pub(crate) server: Server,
    accepted: Arc<Mutex<String>>,
    seen: Arc<Mutex<Vec<String>>>,
}

impl Guarded {
    /// Each watch brings one event and ends.
    pub(crate) async fn start(accepted: &str) -> Self {
        let accepted = Arc::new(Mutex::new(accepted.to_owned()));
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (accepts, sees) = (Arc::clone(&accepted), Arc::clone(&seen));
        let server = Server::start(Speech::default(), move |request| {
            let token = request.headers().get("authorization").map(|header| header.to_str().unwrap().to_owned());
            let token = token.unwrap_or_default();
            let mut seen = sees.lock().unwrap();
            seen.push(token.clone());
            match token.strip_prefix("Bearer ") {
                Some(token) if token == accepts.lock().unwrap().as_str() => {
                    answer(200, frame("ADDED", "a", 1 + seen.len() as u64))
                }
                _ => answer(401, UNAUTHORIZED),
            }
        })
        .await;
        Self { server, accepted, seen }
    }

    pub(crate) fn accept(&self, token: &str) {
        token.clone_into(&mut self.accepted.lock().unwrap());
    }

    pub(crate) fn seen(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }
}

/// A temporary file.
pub(crate) struct TokenFile(pub(crate) PathBuf);

impl TokenFile {
    pub(crate) fn new(name: &str, token: &str) -> Self {
        let path = std::env::temp_dir().join(format!("watch-hyper-{}-{name}", std::process::id()));
        fs::write(&path, token).unwrap();
        Self(path)
    }
}

impl Drop for TokenFile {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

#[tokio::test]
async fn a_token_is_sent_and_never_shown() {
    let guarded = Guarded::start("s3cret").await;
    let builder = Client::builder(&guarded.server.url("http")).token("s3cret");
    assert!(!format!("{builder:?}").contains("s3cret"));
    let client = builder.build().unwrap();
    assert!(!format!("{client:?}").contains("s3cret"));
    assert!(Watch::<Object>::new(client, from_1()).next().await.is_some());
    assert_eq!(guarded.seen(), ["Bearer s3cret"]);
}

#[test]
fn an_invalid_token_is_refused_without_showing_it() {
    for (token, problem) in [
        ("s3\ncret", "line breaks"),
        ("s3cret s3cret", "blanks"),
        ("s3cret\ts3cret", "blanks"),
        ("s3cret\u{a0}s3cret", "blanks"),
        ("s3\u{1}cret", "can't stand in a header"),
        ("", "is empty"),
        (" \r\n", "is empty"),
        ("\u{feff}", "is empty"),
    ] {
        let error = Client::builder("http://127.0.0.1:1").token(token).build().unwrap_err();
        assert!(error.to_string().contains(problem), "{token:?}: {error}");
        assert!(!format!("{error} {error:?}").contains("s3"), "{token:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn white_space_around_a_token_is_not_sent() {
    let guarded = Guarded::start("s3cret").await;
    for (index, text) in ["s3cret\n", " s3cret\r\n", "\u{feff}s3cret", "\u{feff} s3cret "].into_iter().enumerate() {
        let file = TokenFile::new(&format!("around-{index}"), text);
        for builder in [
            Client::builder(&guarded.server.url("http")).token(text),
            Client::builder(&guarded.server.url("http")).token_file(&file.0),
        ] {
            assert!(Watch::<Object>::new(builder.build().unwrap(), from_1()).next().await.is_some(), "{text:?}");
        }
    }
    assert!(guarded.seen().iter().all(|token| token == "Bearer s3cret"), "{:?}", guarded.seen());
}

#[tokio::test(start_paused = true)]
async fn an_invalid_token_file_is_reported_without_its_content() {
    for (index, (text, problem)) in
        [("", "is empty"), ("s3cret s3cret", "blanks"), ("s3\u{1}cret", "header")].iter().enumerate()
    {
        let file = TokenFile::new(&format!("none-{index}"), text);
        let client = Client::builder("http://127.0.0.1:1").token_file(&file.0).build().unwrap();
        let ear = Notices::default();
        let error = hear(&mut ear.listen(Watch::<Object>::new(client, from_1())), &ear).await;
        assert_eq!(error.kind, TransportErrorKind::Credentials, "{error}");
        assert!(error.message.contains(problem) && !error.message.contains("s3"), "{error}");
    }
}

#[test]
fn tokens_go_without_tls_to_loopback_only_by_default() {
    let with_token = |url: &str| Client::builder(url).no_proxy().token("s3cret");
    for url in [
        "http://127.0.0.1:1",
        "http://127.8.9.10",
        "http://[::1]:1",
        "http://localhost",
        "http://LocalHost:1",
        "https://10.0.0.1",
    ] {
        assert!(with_token(url).build().is_ok(), "{url}");
    }
    for url in [
        "http://10.0.0.1",
        "http://api.test:8080",
        "http://localhost.test",
        "http://127.0.0.1.test",
        "http://[fd00::1]",
        "http://0.0.0.0",
    ] {
        let error = with_token(url).build().unwrap_err();
        assert!(matches!(&error, ClientError::TokenInTheClear { .. }), "{url}: {error}");
        assert!(error.to_string().contains(url) && !error.to_string().contains("s3cret"), "{error}");
        let of_file = Client::builder(url).no_proxy().token_file("/nowhere/token").build();
        assert!(matches!(of_file, Err(ClientError::TokenInTheClear { .. })), "{url}");
        assert!(with_token(url).danger_send_token_without_tls().build().is_ok(), "{url}");
        assert!(Client::builder(url).no_proxy().build().is_ok(), "without a token there is nothing to read: {url}");
    }
    // Through a proxy elsewhere, "this machine" is another one.
    let by = |proxy: &str| Client::builder("http://127.0.0.1:1").proxy(proxy).token("s3cret").build();
    assert!(matches!(by("http://10.0.0.1:3128"), Err(ClientError::TokenInTheClear { .. })));
    assert!(by("http://127.0.0.1:3128").is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_refused_token_is_read_again_at_once() {
    let file = TokenFile::new("refused", "one\n");
    let guarded = Guarded::start("one").await;
    let client = Client::builder(&guarded.server.url("http")).token_file(&file.0).build().unwrap();
    let mut watch = Watch::<Object>::new(client, from_1());
    assert!(matches!(watch.next().await, Some(Ok(Event::Added(_)))));
    guarded.accept("two");
    fs::write(&file.0, "two\n").unwrap();
    assert!(matches!(watch.next().await, Some(Ok(Event::Added(_)))));
    // The version check comes first, and the watch after it has the same token.
    assert_eq!(guarded.seen()[..3], ["Bearer one", "Bearer one", "Bearer two"]);
}

#[tokio::test(start_paused = true)]
async fn a_token_file_is_read_again_after_a_minute() {
    let file = TokenFile::new("minute", "one");
    let guarded = Guarded::start("one").await;
    let client = Client::builder(&guarded.server.url("http")).token_file(&file.0).build().unwrap();
    let mut watch = Watch::<Object>::new(client, from_1());
    assert!(matches!(watch.next().await, Some(Ok(Event::Added(_)))));
    guarded.accept("two");
    fs::write(&file.0, "two").unwrap();
    tokio::time::advance(Duration::from_secs(60)).await;
    assert!(matches!(watch.next().await, Some(Ok(Event::Added(_)))));
    assert_eq!(guarded.seen()[..2], ["Bearer one", "Bearer two"]);
}

#[tokio::test(start_paused = true)]
async fn a_missing_token_file_is_named_in_the_trouble() {
    let guarded = Guarded::start("one").await;
    let client = Client::builder(&guarded.server.url("http")).token_file("/nowhere/token").build().unwrap();
    let ear = Notices::default();
    let mut watch = ear.listen(Watch::<Object>::new(client, from_1()));
    let error = hear(&mut watch, &ear).await;
    assert_eq!(error.kind, TransportErrorKind::Credentials);
    assert!(error.message.contains("/nowhere/token"), "{error}");
    assert!(guarded.seen().is_empty());
}

#[tokio::test(start_paused = true)]
async fn an_extension_asks_other_transports_to_refresh() {
    let fake = Fake::new([
        Reply::Head(401, vec![UNAUTHORIZED.into()]),
        Reply::Head(200, vec![frame("ADDED", "a", 2).as_str().into(), Part::Hangs]),
    ]);
    assert!(Watch::<Object>::new(fake.transport(), from_1()).next().await.is_some());
    assert_eq!(fake.with_extension::<RefreshCredentials>(), [false, true]);
}
