//! Compressed lists.

use std::io::Write;
use std::sync::{Arc, Mutex};

use flate2::Compression;
use flate2::write::GzEncoder;
use futures_util::StreamExt;
use watch_hyper::watch_core::Event;
use watch_hyper::{Client, RawWatch};

use crate::fake::{by_list, frame, list, pod};
use crate::server::{Server, Speech, answer};

#[tokio::test]
async fn lists_may_come_compressed_and_watches_never_do() {
    let accepted = Arc::new(Mutex::new(Vec::new()));
    let accepts = Arc::clone(&accepted);
    let server = Server::start(Speech::default(), move |request| {
        let encoding = request.headers().get("accept-encoding").map(|value| value.to_str().unwrap().to_owned());
        accepts.lock().unwrap().push(encoding);
        if request.uri().query().unwrap_or_default().contains("watch=true") {
            return answer(200, frame("ADDED", "b", 11));
        }
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(list(10, &[pod("a", 5)]).as_bytes()).unwrap();
        let mut answer = answer(200, encoder.finish().unwrap());
        answer.headers_mut().insert("content-encoding", "gzip".parse().unwrap());
        answer
    })
    .await;
    let client = Client::builder(&server.url("http")).build().unwrap();
    let events: Vec<_> = RawWatch::new(client, by_list()).take(4).collect().await;
    assert!(
        matches!(events.as_slice(), [_, Event::Initial(_), Event::InitialEnd { .. }, Event::Added(_)]),
        "{events:?}"
    );
    let accepted = accepted.lock().unwrap();
    assert_eq!(*accepted, [Some("gzip".to_owned()), Some("identity".to_owned())]);
}
