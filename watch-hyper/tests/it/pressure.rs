//! Backpressure: nothing is read for a consumer that doesn't poll.

use core::time::Duration;

use futures_util::StreamExt;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use watch_hyper::watch_core::{Event, Object};
use watch_hyper::{Client, Watch};

use crate::fake::{Fake, Reply, frame, from_1};

#[tokio::test(start_paused = true)]
async fn the_body_is_read_only_after_its_events_were_polled() {
    let parts = (2..100).map(|version| frame("ADDED", "a", version).as_str().into()).collect();
    let fake = Fake::new([Reply::Head(200, parts)]);
    let mut watch = Watch::<Object>::new(fake.transport(), from_1());
    for handed_out in 1..10 {
        assert!(matches!(watch.next().await, Some(Ok(Event::Added(_)))));
        assert_eq!(fake.parts_taken(), handed_out);
        tokio::time::sleep(Duration::from_secs(3600)).await;
        assert_eq!(fake.parts_taken(), handed_out, "an hour later still");
    }
}

#[tokio::test(start_paused = true)]
async fn bytes_stay_in_the_socket_until_they_are_polled() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let mut watch = Watch::<Object>::new(Client::builder(&url).build().unwrap(), from_1());

    let serving = async {
        let (mut tcp, _) = listener.accept().await.unwrap();
        let mut request = [0; 4096];
        assert!(tcp.read(&mut request).await.unwrap() > 0);
        let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n";
        tcp.write_all(head.as_bytes()).await.unwrap();
        let mut version = 1;
        let mut written = 0;
        // The paused clock advances only when no task is ready: a second passes when all is idle.
        loop {
            version += 1;
            let frame = frame("ADDED", &"a".repeat(10_000), version);
            let chunk = format!("{:x}\r\n{frame}\r\n", frame.len());
            let writing = tokio::time::timeout(Duration::from_secs(1), tcp.write_all(chunk.as_bytes()));
            if writing.await.is_err() {
                return (tcp, written);
            }
            written += chunk.len();
        }
    };
    let (first, (tcp, written)) = tokio::join!(watch.next(), serving);
    assert!(matches!(first, Some(Ok(Event::Added(_)))));
    // The socket's buffers on both sides and hyper's own; without back-pressure it would never have stopped.
    assert!(written < 32 << 20, "{written} bytes were taken");
    for _ in 0..100 {
        assert!(matches!(watch.next().await, Some(Ok(Event::Added(_)))));
    }
    drop(tcp);
}
