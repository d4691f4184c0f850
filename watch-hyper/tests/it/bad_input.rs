//! The bad inputs of watch-core's corpus (`tests/it/bad_input`) that are about what carries the bytes: H25, H26, H28.
//!
//! And two of its others, where a socket between server and machine could make a difference: H14 and X12.

use core::sync::atomic::{AtomicUsize, Ordering};
use core::time::Duration;
use std::sync::Arc;

use futures_util::StreamExt;
use serde_json::json;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use watch_hyper::watch_core::{Cause, Event, LONGEST_RESOURCE_VERSION, Notice, Object, ResourceVersion, Start};
use watch_hyper::{Client, ClientBuilder, Watch};
use watch_test::TestServer;

use crate::fake::{Notices, frame, from_1, list, pods};
use crate::http2::{all_live, server, watches};
use crate::server::{Answer, Server, Speech, answer, channel, respond};

/// The timeout of a test.
const PATIENCE: Duration = Duration::from_secs(20);

const OVER: [fn(ClientBuilder) -> ClientBuilder; 2] = [|http_1| http_1, ClientBuilder::http2_prior_knowledge];

async fn next(watch: &mut Watch) -> Event {
    timeout(PATIENCE, watch.next()).await.expect("an event").expect("it goes on").unwrap()
}

/// H25
#[tokio::test]
async fn goaway_ends_no_watch_and_the_next_one_reconnects() {
    let server = TestServer::start().await.unwrap();
    let (url, connections) = counted(&server.url()).await;
    let client = Client::builder(&url).http2_prior_knowledge().build().unwrap();
    let ear = Notices::default();
    let watch = || ear.listen(Watch::<Object>::new(client.clone(), pods().build().unwrap()));
    let create = |name: &str| {
        server.create("pods", None, json!({ "metadata": { "name": name, "namespace": "default" } })).unwrap();
    };
    let mut first = watch();
    while !matches!(next(&mut first).await, Event::InitialEnd { .. }) {}
    let mut other = watch();
    while !matches!(next(&mut other).await, Event::InitialEnd { .. }) {}
    assert_eq!(connections.load(Ordering::Relaxed), 1, "they share it");
    server.go_away();
    // GOAWAY has arrived with the bytes that are sent after it.
    create("x");
    for watch in [&mut first, &mut other] {
        assert!(matches!(next(watch).await, Event::Added(_)));
    }
    let mut second = watch();
    while !matches!(next(&mut second).await, Event::InitialEnd { .. }) {}
    for name in ["a", "b"] {
        create(name);
        for watch in [&mut first, &mut second] {
            let event = next(watch).await;
            assert!(matches!(&event, Event::Added(object) if object.name() == name), "{event}");
        }
    }
    assert_eq!(connections.load(Ordering::Relaxed), 2);
    assert!(ear.notices().is_empty(), "{:?}", ear.notices());
}

/// Returns the URL of a proxy that counts connections.
async fn counted(url: &str) -> (String, Arc<AtomicUsize>) {
    let server = url.strip_prefix("http://").unwrap().to_owned();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let count = Arc::new(AtomicUsize::new(0));
    let connections = Arc::clone(&count);
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            connections.fetch_add(1, Ordering::Relaxed);
            let mut server = TcpStream::connect(&server).await.unwrap();
            tokio::spawn(async move { copy_bidirectional(&mut client, &mut server).await });
        }
    });
    (url, count)
}

/// H26
#[tokio::test]
async fn watches_beyond_the_stream_limit_open_a_connection() {
    let (server, _writers) = server(Speech { streams: Some(100), ..Speech::default() }).await;
    let client = Client::builder(&server.url("http")).http2_prior_knowledge().build().unwrap();
    let ear = Notices::default();
    let mut watches: Vec<_> = watches(&client, 150).into_iter().map(|watch| ear.listen(watch)).collect();
    all_live(&mut watches).await;
    assert_eq!(server.connections(), 2);
    assert!(ear.notices().is_empty(), "{:?}", ear.notices());
}

/// Answers lists without items, and watches by this function of their number, from 0.
async fn of_watches(handler: impl Fn(usize, &http::Uri) -> Answer + Clone + Send + Sync + 'static) -> Server {
    let count = Arc::new(AtomicUsize::new(0));
    Server::start(Speech::default(), move |request| {
        if request.uri().query().is_some_and(|query| query.contains("watch=true")) {
            handler(count.fetch_add(1, Ordering::Relaxed), request.uri())
        } else {
            answer(200, list(1, &[]))
        }
    })
    .await
}

/// One event, then the watch stays open.
fn with_event(version: u64) -> Answer {
    let (writer, body) = channel();
    writer.send(frame("ADDED", "a", version).into()).unwrap();
    // It stays open for as long as the test runs.
    std::mem::forget(writer);
    respond(200, body)
}

/// The name of a head, and the function that makes it.
type Head = (&'static str, fn(&mut http::HeaderMap));

/// H28
#[tokio::test]
async fn heads_of_any_size_are_refused_and_recovered_from() {
    let heads: [Head; 3] = [
        ("one header of 1 MB", |headers| {
            headers.insert("x", http::HeaderValue::from_str(&"x".repeat(1 << 20)).unwrap());
        }),
        ("10,000 headers", |headers| {
            for number in 0..10_000 {
                let name = http::HeaderName::from_bytes(format!("x-{number}").as_bytes()).unwrap();
                headers.insert(name, http::HeaderValue::from_static("x"));
            }
        }),
        ("a thousand warnings", |headers| {
            for _ in 0..1000 {
                headers.append("warning", http::HeaderValue::from_static("299 - \"deprecated, and for long\""));
            }
        }),
    ];
    for over in OVER {
        for (what, enlarge) in heads {
            let server = of_watches(move |number, _| {
                let mut answer = with_event(2);
                if number == 0 {
                    enlarge(answer.headers_mut());
                }
                answer
            })
            .await;
            let client = over(Client::builder(&server.url("http"))).build().unwrap();
            let ear = Notices::default();
            let mut watch = ear.listen(Watch::<Object>::new(client, from_1()));
            let event = next(&mut watch).await;
            assert_eq!(event.to_string(), "ADDED Pod default/a@2", "{what}");
            let notices = ear.notices();
            let [Notice::Retrying { trouble, .. }] = &notices[..] else { panic!("{what}: {notices:?}") };
            assert!(matches!(trouble.cause, Cause::Transport(_)), "{what}: {trouble}");
        }
    }
}

/// H14, H19: an empty header is none.
#[tokio::test]
async fn empty_headers_are_none() {
    for over in OVER {
        let server = of_watches(|_, _| {
            let mut answer = with_event(2);
            for name in ["content-type", "content-encoding"] {
                answer.headers_mut().insert(name, http::HeaderValue::from_static(""));
            }
            answer
        })
        .await;
        let client = over(Client::builder(&server.url("http"))).build().unwrap();
        let event = next(&mut Watch::<Object>::new(client, from_1())).await;
        assert_eq!(event.to_string(), "ADDED Pod default/a@2");
    }
}

/// X12: the greatest length, in base64, which is longer in a URI.
#[tokio::test]
async fn a_long_version_goes_back_to_the_server() {
    for over in OVER {
        let long: String = "+/=".chars().chain(core::iter::repeat('a')).take(LONGEST_RESOURCE_VERSION).collect();
        let (asked_for, version) = (long.clone(), ResourceVersion::new(&long).unwrap());
        let server = of_watches(move |_, uri| {
            let query = uri.query().unwrap_or_default();
            let mut pairs = query.split('&').filter_map(|pair| pair.strip_prefix("resourceVersion="));
            let encoded = format!("%2B%2F%3D{}", &asked_for[3..]);
            if pairs.next() == Some(&encoded) { with_event(2) } else { answer(500, "") }
        })
        .await;
        let client = over(Client::builder(&server.url("http"))).build().unwrap();
        let config = pods().start(Start::From(version)).build().unwrap();
        assert_eq!(next(&mut Watch::<Object>::new(client, config)).await.to_string(), "ADDED Pod default/a@2");
    }
}
