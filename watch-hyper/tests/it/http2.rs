//! HTTP/2: many watches on few connections, and none of them starved.

use core::net::SocketAddr;
use core::sync::atomic::{AtomicUsize, Ordering};
use core::time::Duration;
use std::sync::Arc;

use futures_util::future::join_all;
use futures_util::{StreamExt, poll};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use watch_hyper::watch_core::{Config, Event, Object, Resource, ResourceVersion, Start, TransportErrorKind};
use watch_hyper::{Client, Watch};

use crate::errors::hear;
use crate::fake::{Notices, frame, from_1};
use crate::server::{Server, Speech, Writer, channel, respond};

/// The timeout after which a watch counts as starved.
const PATIENCE: Duration = Duration::from_secs(20);

/// A server that sends one event on each watch and keeps it open.
pub(crate) async fn server(speech: Speech) -> (Server, tokio::sync::mpsc::UnboundedReceiver<Writer>) {
    let (writers, receiver) = tokio::sync::mpsc::unbounded_channel();
    let server = Server::start(speech, move |_| {
        let (writer, body) = channel();
        writer.send(frame("ADDED", "a", 2).into()).unwrap();
        writers.send(writer).unwrap();
        respond(200, body)
    })
    .await;
    (server, receiver)
}

pub(crate) fn watches(client: &Client, count: usize) -> Vec<Watch> {
    let start = Start::From(ResourceVersion::new("1").unwrap());
    let config = Config::builder(Resource::core("v1", "pods")).start(start).build().unwrap();
    (0..count).map(|_| Watch::<Object>::new(client.clone(), config.clone())).collect()
}

pub(crate) async fn all_live(watches: &mut [Watch]) {
    let firsts = join_all(watches.iter_mut().map(StreamExt::next));
    let firsts = tokio::time::timeout(PATIENCE, firsts).await.expect("some watches starve");
    assert!(firsts.iter().all(|event| matches!(event, Some(Ok(Event::Added(_))))));
}

#[tokio::test]
async fn two_hundred_watches_live_on_ten_streams_a_connection() {
    let (server, _writers) = server(Speech { streams: Some(10), ..Speech::default() }).await;
    let client = Client::builder(&server.url("http")).http2_prior_knowledge().build().unwrap();
    let mut watches = watches(&client, 200);
    all_live(&mut watches).await;
    assert_eq!(server.connections(), 20);
}

#[tokio::test]
async fn five_hundred_watches_share_connections_of_100_streams() {
    let (server, _writers) = server(Speech { streams: Some(100), ..Speech::default() }).await;
    let client = Client::builder(&server.url("http")).http2_prior_knowledge().build().unwrap();
    let mut watches = watches(&client, 500);
    all_live(&mut watches).await;
    assert_eq!(server.connections(), 5);
}

#[tokio::test]
async fn a_watch_that_is_not_polled_while_it_connects_blocks_none() {
    let (server, _writers) = server(Speech::default()).await;
    let client = Client::builder(&server.url("http")).http2_prior_knowledge().build().unwrap();
    let mut watches = watches(&client, 2);
    let (first, others) = watches.split_first_mut().unwrap();
    assert!(poll!(first.next()).is_pending(), "it has begun to connect");
    all_live(others).await;
    assert_eq!(server.connections(), 1, "and they share the connection");
}

#[tokio::test]
async fn an_unpolled_watch_on_a_failed_connection_blocks_no_other() {
    let (server, _writers) = server(Speech::default()).await;
    let client = Client::builder(&bad_start(server.address).await).http2_prior_knowledge().build().unwrap();
    let mut watches = watches(&client, 2);
    let (first, others) = watches.split_at_mut(1);
    assert!(poll!(first[0].next()).is_pending(), "it has begun to connect");
    all_live(others).await;
    all_live(first).await;
    assert_eq!(server.connections(), 1);
}

/// With 10 streams a connection, 400 watches need 40 connections, one after the other. If each connection woke all
/// watches that wait, they would be polled more than 8,000 times for that alone.
#[tokio::test]
async fn a_connection_wakes_no_more_watches_than_it_has_places_for() {
    const WATCHES: usize = 400;
    let (server, _writers) = server(Speech { streams: Some(10), ..Speech::default() }).await;
    let client = Client::builder(&server.url("http")).http2_prior_knowledge().build().unwrap();
    let polls = Arc::new(AtomicUsize::new(0));
    let tasks = watches(&client, WATCHES).into_iter().map(|mut watch| {
        let polls = Arc::clone(&polls);
        // Each in a task of its own, so that it is polled only when it was woken.
        tokio::spawn(async move {
            core::future::poll_fn(|cx| {
                polls.fetch_add(1, Ordering::Relaxed);
                watch.poll_next_unpin(cx)
            })
            .await;
            watch
        })
    });
    let _open = tokio::time::timeout(PATIENCE, join_all(tasks)).await.expect("some watches starve");
    assert_eq!(server.connections(), WATCHES / 10);
    let polls = polls.load(Ordering::Relaxed);
    assert!(polls < 12 * WATCHES, "{polls} polls");
}

#[tokio::test]
async fn a_waiting_watch_that_is_not_polled_holds_up_no_other() {
    let (server, _writers) = server(Speech { streams: Some(1), ..Speech::default() }).await;
    let client = Client::builder(&server.url("http")).http2_prior_knowledge().build().unwrap();
    let mut watches = watches(&client, 5);
    let (idle, others) = watches.split_at_mut(3);
    for watch in &mut *idle {
        assert!(poll!(watch.next()).is_pending(), "the first connects, the others wait");
    }
    all_live(others).await;
    all_live(idle).await;
    assert_eq!(server.connections(), 5);
}

#[tokio::test]
async fn waiting_watches_that_are_dropped_leave_their_places() {
    let (server, _writers) = server(Speech { streams: Some(2), ..Speech::default() }).await;
    let client = Client::builder(&server.url("http")).http2_prior_knowledge().build().unwrap();
    let mut watches = watches(&client, 8);
    for watch in &mut watches {
        assert!(poll!(watch.next()).is_pending());
    }
    // The one that connects, and some that wait.
    let mut others = watches.split_off(5);
    drop(watches);
    all_live(&mut others).await;
}

#[tokio::test]
async fn a_watch_that_ends_makes_room_for_another_one() {
    let (server, _writers) = server(Speech { streams: Some(2), ..Speech::default() }).await;
    let client = Client::builder(&server.url("http")).http2_prior_knowledge().build().unwrap();
    for _ in 0..10 {
        all_live(&mut watches(&client, 2)).await;
    }
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn watches_that_are_not_read_do_not_stop_the_others() {
    let (server, mut writers) = server(Speech { streams: Some(100), ..Speech::default() }).await;
    let client = Client::builder(&server.url("http")).http2_prior_knowledge().build().unwrap();
    let mut watches = watches(&client, 20);
    all_live(&mut watches).await;
    // More than HTTP/2's windows hold by default, on every watch but the last.
    let mut last = None;
    for version in 3..23 {
        let writer = writers.recv().await.unwrap();
        let big =
            frame("ADDED", "a", version).replace("\"kind\"", &format!("\"x\":\"{}\",\"kind\"", "x".repeat(4 << 20)));
        writer.send(big.into()).unwrap();
        last = Some(writer);
    }
    let one = watches.last_mut().unwrap();
    let event = tokio::time::timeout(PATIENCE, one.next()).await.expect("it is held up by the others");
    assert!(matches!(event, Some(Ok(Event::Added(_)))));
    assert_eq!(server.connections(), 1);
    drop(last);
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_vanished_is_noticed_by_ping() {
    let (server, _writers) = server(Speech::default()).await;
    let wire = Wire::start(server.address).await;
    let client = Client::builder(&wire.url).http2_prior_knowledge().build().unwrap();
    let ear = Notices::default();
    let mut watch = ear.listen(Watch::<Object>::new(client, from_1()));
    assert!(matches!(watch.next().await, Some(Ok(Event::Added(_)))));
    wire.cut.notify_one();
    let began = tokio::time::Instant::now();
    let error = hear(&mut watch, &ear).await;
    assert_eq!(error.kind, TransportErrorKind::Reset, "{error}");
    let waited = began.elapsed().as_secs();
    assert!((15..=46).contains(&waited), "30 s of silence, then 15 s for the answer to a PING: {waited} s");
}

/// Returns the URL of a proxy that closes the first connection.
async fn bad_start(server: SocketAddr) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        drop(listener.accept().await);
        while let Ok((mut client, _)) = listener.accept().await {
            let mut server = TcpStream::connect(server).await.unwrap();
            tokio::spawn(async move { copy_bidirectional(&mut client, &mut server).await });
        }
    });
    url
}

/// The connection between client and server. After a cut it transfers nothing, and neither side is notified.
struct Wire {
    url: String,
    cut: Arc<Notify>,
}

impl Wire {
    async fn start(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let cut = Arc::new(Notify::new());
        let is_cut = Arc::clone(&cut);
        tokio::spawn(async move {
            let (mut client, _) = listener.accept().await.unwrap();
            let mut server = TcpStream::connect(server).await.unwrap();
            tokio::select! {
                _ = copy_bidirectional(&mut client, &mut server) => {}
                () = is_cut.notified() => core::future::pending().await,
            }
        });
        Self { url, cut }
    }
}

#[tokio::test]
async fn http_1_takes_a_connection_for_each_watch() {
    let (server, _writers) = server(Speech::default()).await;
    let client = Client::builder(&server.url("http")).build().unwrap();
    all_live(&mut watches(&client, 50)).await;
    assert_eq!(server.connections(), 50);
}
