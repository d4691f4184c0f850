//! Compressed responses.

use core::time::Duration;
use std::io::Write;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use futures_util::StreamExt;
use watch_hyper::watch_core::{Cause, Event, Notice, Object, TransportErrorKind};
use watch_hyper::{Client, Watch};

use crate::fake::{Notices, by_list, frame, list, pod, pods};
use crate::server::{Answer, Channel, Server, Speech, Writer, answer, channel, respond};

/// Longer than the delivery of bytes that aren't held back.
const PATIENCE: Duration = Duration::from_secs(10);

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

fn encoded(mut answer: Answer, encoding: &str) -> Answer {
    answer.headers_mut().insert("content-encoding", encoding.parse().unwrap());
    answer
}

/// Stored and not compressed: only the checksum detects corruption in it.
fn stored(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::none());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

/// Replaces the first occurrence of this byte after this offset by another one.
fn corrupt(mut bytes: Vec<u8>, after: usize, what: u8, other: u8) -> Vec<u8> {
    let found = bytes[after..].iter().position(|byte| *byte == what).unwrap();
    bytes[after + found] = other;
    bytes
}

/// A server that sends this body, as `encoding`, to the first request and an empty watch to all others.
async fn giving(encoding: &'static str, first: Channel) -> (Server, Client) {
    let first = Mutex::new(Some(first));
    let handler = Arc::new(move |_: &str| match first.lock().unwrap().take() {
        Some(body) => encoded(respond(200, body), encoding),
        None => {
            let (writer, body) = channel();
            // It stays open.
            core::mem::forget(writer);
            respond(200, body)
        }
    });
    let server = Server::start(Speech::default(), move |request| handler(request.uri().path())).await;
    let client = Client::builder(&server.url("http")).build().unwrap();
    (server, client)
}

fn body(pieces: impl IntoIterator<Item = Vec<u8>>) -> Channel {
    let (writer, body) = channel();
    for piece in pieces {
        writer.send(Bytes::from(piece)).unwrap();
    }
    body
}

fn end_marker(version: u64) -> String {
    format!(
        "{{\"type\":\"BOOKMARK\",\"object\":{{\"kind\":\"Pod\",\"apiVersion\":\"v1\",\"metadata\":{{\"resourceVersion\":\"{version}\",\"annotations\":{{\"k8s.io/initial-events-end\":\"true\"}}}}}}}}\n"
    )
}

async fn next(watch: &mut Watch) -> Event {
    tokio::time::timeout(PATIENCE, watch.next()).await.expect("it is held back").unwrap().unwrap()
}

#[tokio::test]
async fn lists_may_be_compressed_and_resumed_watches_never_are() {
    let accepted = Arc::new(Mutex::new(Vec::new()));
    let accepts = Arc::clone(&accepted);
    let server = Server::start(Speech::default(), move |request| {
        let encoding = request.headers().get("accept-encoding").map(|value| value.to_str().unwrap().to_owned());
        accepts.lock().unwrap().push(encoding);
        if request.uri().query().unwrap_or_default().contains("watch=true") {
            return answer(200, frame("ADDED", "b", 11));
        }
        encoded(answer(200, gzip(&list(10, &[pod("a", 5)]))), "gzip")
    })
    .await;
    let client = Client::builder(&server.url("http")).build().unwrap();
    let events: Vec<_> = Watch::<Object>::new(client, by_list()).take(4).map(Result::unwrap).collect().await;
    assert!(
        matches!(events.as_slice(), [_, Event::Initial(_), Event::InitialEnd { .. }, Event::Added(_)]),
        "{events:?}"
    );
    let accepted = accepted.lock().unwrap();
    assert_eq!(*accepted, [Some("gzip".to_owned()), Some("identity".to_owned())]);
}

#[tokio::test]
async fn only_streaming_lists_ask_for_compression() {
    let accepted = Arc::new(Mutex::new(Vec::new()));
    let accepts = Arc::clone(&accepted);
    let server = Server::start(Speech::default(), move |request| {
        let encoding = request.headers().get("accept-encoding").map(|value| value.to_str().unwrap().to_owned());
        let query = request.uri().query().unwrap_or_default();
        if query.contains("limit=1") {
            return answer(200, LIST_AT_10);
        }
        let is_streaming = query.contains("sendInitialEvents=true");
        accepts.lock().unwrap().push(encoding);
        if is_streaming {
            return encoded(answer(200, gzip(&(frame("ADDED", "a", 5) + &end_marker(10)))), "gzip");
        }
        answer(200, frame("ADDED", "b", 11))
    })
    .await;
    let client = Client::builder(&server.url("http")).build().unwrap();
    let mut watch = Watch::<Object>::new(client, pods().build().unwrap());
    let mut events = Vec::new();
    for _ in 0..4 {
        events.push(next(&mut watch).await);
    }
    assert!(
        matches!(events.as_slice(), [_, Event::Initial(_), Event::InitialEnd { .. }, Event::Added(_)]),
        "{events:?}"
    );
    assert_eq!(*accepted.lock().unwrap(), [Some("gzip".to_owned()), Some("identity".to_owned())]);
}

/// The answer to a version check.
const LIST_AT_10: &str = r#"{"kind":"PodList","apiVersion":"v1","metadata":{"resourceVersion":"10"},"items":[]}"#;

/// The compression of Kubernetes 1.37 (`perFlushGzipWriter`), on a streaming list that continues as a watch.
#[tokio::test]
async fn a_gzip_member_with_each_flush_is_handed_out_at_once() {
    let (writer, body): (Writer, _) = channel();
    let (_server, client) = giving("gzip", body).await;
    let mut watch = Watch::<Object>::new(client, pods().build().unwrap());
    let send = |text: String| writer.send(gzip(&text).into()).unwrap();
    send(frame("ADDED", "a", 5));
    assert!(matches!(next(&mut watch).await, Event::InitialBegin { .. }));
    assert!(matches!(next(&mut watch).await, Event::Initial(_)));
    send(end_marker(10));
    assert!(matches!(next(&mut watch).await, Event::InitialEnd { .. }));
    for version in 11..40 {
        send(frame("MODIFIED", "a", version));
        let Event::Modified(object) = next(&mut watch).await else { panic!() };
        assert_eq!(object.resource_version().text(), version.to_string());
    }
    // Two in one piece, and one in many.
    let two = [gzip(&frame("MODIFIED", "a", 41)), gzip(&frame("MODIFIED", "a", 42))].concat();
    writer.send(two.into()).unwrap();
    for byte in gzip(&frame("MODIFIED", "a", 43)) {
        writer.send(vec![byte].into()).unwrap();
    }
    for version in 41..=43 {
        let Event::Modified(object) = next(&mut watch).await else { panic!() };
        assert_eq!(object.resource_version().text(), version.to_string());
    }
}

/// The compression of proxies.
#[tokio::test]
async fn bytes_flushed_in_mid_member_are_handed_out_at_once() {
    let (writer, body): (Writer, _) = channel();
    let (_server, client) = giving("gzip", body).await;
    let mut watch = Watch::<Object>::new(client, pods().build().unwrap());
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    let mut send = |text: String| {
        encoder.write_all(text.as_bytes()).unwrap();
        encoder.flush().unwrap();
        writer.send(core::mem::take(encoder.get_mut()).into()).unwrap();
    };
    send(frame("ADDED", "a", 5) + &end_marker(10));
    for _ in 0..3 {
        next(&mut watch).await;
    }
    for version in 11..20 {
        send(frame("MODIFIED", "a", version));
        assert!(matches!(next(&mut watch).await, Event::Modified(_)));
    }
}

#[tokio::test]
async fn names_of_encodings_have_no_case_and_x_gzip_is_the_same() {
    for encoding in ["gzip", "GZIP", "x-gzip", "X-GZip"] {
        let (_server, client) = giving(encoding, body([gzip(&list(10, &[pod("a", 5)]))])).await;
        let mut watch = Watch::<Object>::new(client, by_list());
        for _ in 0..3 {
            next(&mut watch).await;
        }
        assert!(watch.handle().checkpoint().is_some(), "{encoding}");
    }
    // A body that is compressed twice, or in another way, isn't accepted.
    for encoding in ["br", "gzip, gzip"] {
        let (_server, client) = giving(encoding, body([gzip(&list(10, &[pod("a", 5)]))])).await;
        let trouble = trouble(client).await;
        assert!(matches!(trouble, Some(Cause::UnexpectedResponse { .. })), "{encoding}: {trouble:?}");
    }
}

/// The first trouble of a watch that begins with a LIST; none if that is complete.
async fn trouble(client: Client) -> Option<Cause> {
    let ear = Notices::default();
    let mut watch = ear.listen(Watch::<Object>::new(client, by_list()));
    let first = core::future::poll_fn(|cx| {
        loop {
            let next = watch.poll_next_unpin(cx);
            match ear.notices().pop() {
                Some(Notice::Retrying { trouble, .. }) => break core::task::Poll::Ready(Some(trouble.cause)),
                Some(notice) => panic!("{notice}"),
                None => {}
            }
            match next {
                core::task::Poll::Ready(Some(Ok(Event::InitialEnd { .. }))) => break core::task::Poll::Ready(None),
                core::task::Poll::Ready(_) => {}
                core::task::Poll::Pending => break core::task::Poll::Pending,
            }
        }
    });
    tokio::time::timeout(PATIENCE, first).await.unwrap()
}

#[tokio::test]
async fn a_corrupt_gzip_stream_is_a_transport_error() {
    let complete = gzip(&list(10, &[pod("a", 5), pod("b", 6), pod("c", 7)]));
    for at in 0..complete.len() {
        let mut corrupt = complete.clone();
        corrupt[at] ^= 0x10;
        let (head, tail) = corrupt.split_at(at / 2);
        let (_server, client) = giving("gzip", body([head.to_vec(), tail.to_vec()])).await;
        match trouble(client).await {
            Some(Cause::Transport(error)) => {
                assert!(error.message.contains("gzip stream"), "byte {at}: {error}");
                assert!(
                    matches!(error.kind, TransportErrorKind::Other | TransportErrorKind::Truncated),
                    "byte {at}: {error:?}"
                );
            }
            // Only the header has bytes that mean nothing: the time, the operating system.
            None => assert!(at < 10, "byte {at} went unnoticed"),
            Some(cause) => panic!("byte {at}: {cause}"),
        }
    }
}

#[tokio::test]
async fn a_gzip_stream_that_ends_within_a_member_broke_off() {
    let complete = gzip(&list(10, &[pod("a", 5)]));
    for length in [1, 9, 15, complete.len() / 2, complete.len() - 8, complete.len() - 1] {
        let (_server, client) = giving("gzip", body([complete[..length].to_vec()])).await;
        let Some(Cause::Transport(error)) = trouble(client).await else { panic!("{length} bytes") };
        assert_eq!(error.kind, TransportErrorKind::Truncated, "{length} bytes: {error}");
    }
    // More than is held back, in any pieces, arrives completely.
    let many: Vec<_> = (0..60_000).map(|number| pod(&format!("pod-{number}"), number + 1)).collect();
    let text = list(100_000, &many);
    assert!(text.len() > 5 << 20);
    let pieces: Vec<_> = gzip(&text).chunks(7_001).map(<[u8]>::to_vec).collect();
    let (_server, client) = giving("gzip", body(pieces)).await;
    assert_eq!(trouble(client).await, None);
}

/// More than is held back: bytes are handed out before the checksum arrived.
#[tokio::test]
async fn a_corrupt_long_list_is_an_error_and_never_complete() {
    let many: Vec<_> = (0..60_000).map(|number| pod(&format!("pod-{number}"), number + 1)).collect();
    let text = list(100_000, &many);
    let complete = stored(&text);
    assert!(complete.len() > 5 << 20);
    let early = 1 << 20;
    let end = complete.len();
    for (what, bytes, said) in [
        ("it can't be read", corrupt(complete.clone(), early, b'{', b'x'), "compressed body unreadable"),
        ("a name is another", corrupt(complete.clone(), early, b'p', b'q'), "the response's gzip stream is corrupt"),
        (
            "a name at the end",
            corrupt(complete.clone(), end - 100, b'p', b'q'),
            "the response's gzip stream is corrupt",
        ),
        ("the last byte", corrupt(complete.clone(), end - 10, b'}', b'x'), "the response's gzip stream is corrupt"),
        ("the checksum", [&complete[..end - 8], &[0; 8][..]].concat(), "the response's gzip stream is corrupt"),
        ("it breaks off", complete[..end - 4].to_vec(), "the body ended, and its gzip stream didn't"),
        (
            "both",
            corrupt(complete[..early * 2].to_vec(), early, b'{', b'x'),
            "the body ended, and its gzip stream didn't",
        ),
    ] {
        let (_server, client) = giving("gzip", body([bytes])).await;
        match trouble(client).await {
            Some(Cause::Transport(error)) => assert!(error.message.contains(said), "{what}: {error}"),
            other => panic!("{what}: {other:?}"),
        }
    }
}

/// Flushed bytes may be the last ones for a long time, so they aren't held back. If they can't be read, the request is
/// retried uncompressed.
#[tokio::test]
async fn corruption_in_mid_member_is_retried_uncompressed() {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::none());
    encoder.write_all(list(10, &[pod("a", 5), pod("b", 6)]).as_bytes()).unwrap();
    encoder.flush().unwrap();
    let flushed = corrupt(core::mem::take(encoder.get_mut()), 100, b'{', b'x');
    let accepted = Arc::new(Mutex::new(Vec::new()));
    let accepts = Arc::clone(&accepted);
    let writers = Arc::new(Mutex::new(Vec::new()));
    let server = Server::start(Speech::default(), move |request| {
        let encoding = request.headers().get("accept-encoding").map(|value| value.to_str().unwrap().to_owned());
        let is_first = accepts.lock().unwrap().is_empty();
        accepts.lock().unwrap().push(encoding);
        if !is_first {
            return answer(200, list(10, &[pod("a", 5), pod("b", 6)]));
        }
        // The body stays open, and its member too.
        let (writer, body) = channel();
        writer.send(flushed.clone().into()).unwrap();
        writers.lock().unwrap().push(writer);
        encoded(respond(200, body), "gzip")
    })
    .await;
    let ear = Notices::default();
    let client = Client::builder(&server.url("http")).build().unwrap();
    let mut watch = ear.listen(Watch::<Object>::new(client, by_list()));
    while !matches!(next(&mut watch).await, Event::InitialEnd { .. }) {}
    let [error] = &ear.transport_errors()[..] else { panic!("{:?}", ear.notices()) };
    assert_eq!(error.kind, TransportErrorKind::Other);
    assert!(error.message.contains("retrying uncompressed"), "{error}");
    assert_eq!(*accepted.lock().unwrap(), [Some("gzip".to_owned()), Some("identity".to_owned())]);
}
