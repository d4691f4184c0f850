//! The server on the wire: framing, endings, starting and stopping.

use core::time::Duration;
use std::io::{ErrorKind, Read as _};
use std::net::TcpStream;

use watch_test::fault::{Fault, Requests};
use watch_test::model::End;

use crate::common::raw::{Raw, WATCH, create, start};
use crate::recorded;

#[test]
fn an_event_is_a_chunk_and_arrives_at_once() {
    let server = start();
    let mut watch = Raw::get(&server, WATCH);
    let head = watch.head();
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
    let recorded = recorded::load("watch-crud");
    for header in ["Cache-Control", "Content-Type", "Transfer-Encoding"] {
        let line = format!("\r\n{header}: {}\r\n", recorded.header(header).expect("recorded"));
        assert!(head.contains(&line), "{line} isn't in {head}");
    }
    assert!(watch.chunk().contains("\"name\":\"a\""));
    create(&server, "b");
    assert!(watch.chunk().ends_with("}\n"));
    assert_eq!(server.open_watches(), 1);
}

#[test]
fn a_watch_that_times_out_ends_with_the_last_chunk() {
    let server = start();
    let mut watch = Raw::get(&server, &format!("{WATCH}&timeoutSeconds=600"));
    watch.head();
    watch.chunk();
    server.advance(Duration::from_secs(600));
    assert_eq!(watch.chunk(), "");
}

#[test]
fn disconnecting_leaves_out_the_last_chunk() {
    let server = start();
    let mut watch = Raw::get(&server, WATCH);
    watch.head();
    watch.chunk();
    server.disconnect();
    assert_eq!(watch.rest(), Ok(String::new()));
}

#[test]
fn resetting_is_an_error_on_the_socket() {
    let server = start();
    let mut watch = Raw::get(&server, WATCH);
    watch.head();
    watch.chunk();
    server.reset();
    assert_eq!(watch.rest(), Err(ErrorKind::ConnectionReset));
}

#[test]
fn a_body_is_cut_where_the_rule_states() {
    let server = start();
    for (end, after) in [(End::Complete, "\r\n0\r\n\r\n"), (End::Cut, "\r\n")] {
        server.inject(Fault::Cut { after_bytes: 40, end }.once());
        let mut watch = Raw::get(&server, &format!("{WATCH}&timeoutSeconds=5"));
        watch.head();
        assert_eq!(watch.line(), "28\r\n");
        let mut chunk = [0; 40];
        watch.0.read_exact(&mut chunk).expect("40 bytes");
        let mut rest = vec![0; after.len()];
        watch.0.read_exact(&mut rest).expect("the end of the chunk");
        assert_eq!(String::from_utf8_lossy(&rest), after);
        if end == End::Cut {
            assert_eq!(watch.rest(), Ok(String::new()));
        }
    }
}

#[test]
fn a_body_that_is_cut_but_ends_in_order_has_no_length() {
    let server = start();
    server.inject(Fault::Cut { after_bytes: 40, end: End::Complete }.once());
    let mut list = Raw::get(&server, "/api/v1/configmaps");
    assert!(list.head().contains("\r\nTransfer-Encoding: chunked\r\n"));
    assert_eq!((list.chunk().len(), list.chunk().len()), (40, 0));
    server.inject(Fault::cut(40).once());
    let mut list = Raw::get(&server, "/api/v1/configmaps");
    assert!(list.head().contains("\r\nContent-Length: "));
    assert_eq!(list.rest().map(|rest| rest.len()), Ok(40));
}

#[test]
fn a_client_that_disconnects_is_removed() {
    let server = start();
    let mut watch = Raw::get(&server, WATCH);
    watch.head();
    watch.chunk();
    assert_eq!(server.open_watches(), 1);
    drop(watch);
    // It is noticed when the connection is read or written next.
    for index in 0..1000 {
        if server.open_watches() == 0 {
            assert!(server.requests()[0].ended_at.is_some());
            return;
        }
        create(&server, &format!("b{index}"));
        std::thread::yield_now();
    }
    panic!("the watch is still open");
}

#[tokio::test]
async fn a_test_can_wait_for_a_client_to_disconnect() {
    let server = start();
    let mut watch = Raw::get(&server, WATCH);
    watch.head();
    watch.chunk();
    let gone = server.until("the client has gone away", |server| server.open_watches() == 0);
    tokio::join!(gone, async { drop(watch) });
}

/// The timeout is real time, even if a test has paused tokio's clock. A paused clock advances while only another thread
/// works.
#[tokio::test(start_paused = true)]
async fn a_wait_that_times_out_fails_with_the_condition() {
    let server = start();
    let waiting = async {
        server.until_within(Duration::from_millis(50), "two clients watch", |server| server.open_watches() == 2).await;
    };
    let began = std::time::Instant::now();
    let panic = std::panic::AssertUnwindSafe(waiting);
    let panic = futures_catch(panic).await.expect_err("there is no watch");
    let message = panic.downcast_ref::<String>().expect("a message");
    assert!(message.ends_with("timed out after 50ms waiting until two clients watch"), "{message}");
    assert!(message.contains("tests/it/http.rs:"), "{message}");
    assert!(began.elapsed() >= Duration::from_millis(50));
}

#[tokio::test(start_paused = true)]
async fn a_condition_may_hold_already_or_later() {
    let server = start();
    server.until("there is a server", |_| true).await;
    server.until_within(Duration::ZERO, "there is a server", |_| true).await;
    std::thread::scope(|scope| {
        scope.spawn(|| create(&server, "later"));
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        let is_there = server.until("the object is there", |server| {
            server.objects("configmaps").iter().any(|object| object["metadata"]["name"] == "later")
        });
        // It requires no runtime with a timer.
        scope.spawn(move || runtime.block_on(is_there));
    });
}

/// Catches a panic of a future.
async fn futures_catch<F: Future>(future: std::panic::AssertUnwindSafe<F>) -> std::thread::Result<F::Output> {
    let mut future = Box::pin(future.0);
    core::future::poll_fn(|cx| {
        match std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| future.as_mut().poll(cx))) {
            Ok(poll) => poll.map(Ok),
            Err(panic) => core::task::Poll::Ready(Err(panic)),
        }
    })
    .await
}

#[tokio::test]
async fn a_graceful_shutdown_refuses_new_and_ends_old_requests() {
    let server = start();
    let url = server.url();
    let address = url.strip_prefix("http://").expect("plain HTTP").to_owned();
    let mut watch = Raw::get(&server, WATCH);
    watch.head();
    watch.chunk();
    let stopping = server.shutdown_gracefully(Duration::from_millis(50));
    let reading = tokio::task::spawn_blocking(move || watch.chunk());
    stopping.await;
    assert_eq!(reading.await.expect("no panic"), "");
    assert!(TcpStream::connect(address).is_err());
}

#[test]
fn a_fault_on_one_resource_leaves_the_others_alone() {
    let server = start();
    server.inject(Fault::refuse(500).always().on(Requests::list("pods")));
    assert!(Raw::get(&server, "/api/v1/pods").head().starts_with("HTTP/1.1 500 "));
    assert!(Raw::get(&server, "/api/v1/configmaps").head().starts_with("HTTP/1.1 200 "));
    server.clear_rules();
    assert!(Raw::get(&server, "/api/v1/pods").head().starts_with("HTTP/1.1 200 "));
}

#[test]
fn a_server_is_there_at_once_and_gone_when_dropped() {
    for _ in 0..20 {
        let server = start();
        let url = server.url();
        let address = url.strip_prefix("http://").expect("plain HTTP").to_owned();
        let mut watch = Raw::get(&server, WATCH);
        watch.head();
        drop(server);
        let refused = TcpStream::connect(&address).expect_err("no listener");
        assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
        watch.rest().map_or_else(|kind| assert_eq!(kind, ErrorKind::ConnectionReset), drop);
    }
}
