//! Clients that send too slowly. The test advances the server's clock, and doesn't wait.

use core::time::Duration;
use std::io::{ErrorKind, Read as _, Write as _};
use std::net::TcpStream;

use watch_test::TestServer;

use crate::common::raw::{Raw, WATCH, start};

/// A time just before the timeout of a head (`ReadHeaderTimeout` of kube-apiserver: 32 s), and the rest of the timeout.
const BEFORE: Duration = Duration::from_secs(31);
const REST: Duration = Duration::from_secs(1);

/// A connection on which that was sent.
fn begin(server: &TestServer, text: &str) -> TcpStream {
    let url = server.url();
    let mut stream = TcpStream::connect(url.split("://").nth(1).expect("an address")).expect("it listens");
    stream.set_read_timeout(Some(Duration::from_secs(10))).expect("a timeout");
    stream.write_all(text.as_bytes()).expect("sent");
    stream
}

/// All bytes until the connection closed.
fn rest(stream: &mut TcpStream) -> String {
    let mut rest = Vec::new();
    match stream.read_to_end(&mut rest) {
        Ok(_) => {}
        // Unread bytes turn the end into a reset.
        Err(error) if error.kind() == ErrorKind::ConnectionReset => {}
        Err(error) => panic!("it doesn't close: {error}"),
    }
    String::from_utf8(rest).expect("UTF-8")
}

/// Waits until the server has read the earlier bytes of other connections: it has one thread.
fn settle(server: &TestServer) {
    for _ in 0..3 {
        Raw::get(server, "/-/state").head();
    }
}

#[test]
fn a_missing_head_ends_the_connection() {
    let server = start();
    let heads = ["", "G", "GET / HTTP/1.1\r\n", "GET /api/v1/pods HTTP/1.1\r\nhost: x\r\n", "PRI * HTTP/2.0\r\n\r\nSM"];
    let mut late: Vec<TcpStream> = heads.iter().map(|head| begin(&server, head)).collect();
    let mut in_time = begin(&server, "GET /-/state HTTP/1.1\r\nhost: x\r\nconnection: close\r\n");
    settle(&server);
    server.advance(BEFORE);
    settle(&server);
    in_time.write_all(b"\r\n").expect("sent");
    assert!(rest(&mut in_time).starts_with("HTTP/1.1 200 OK\r\n"));
    server.advance(REST);
    for (stream, head) in late.iter_mut().zip(heads) {
        assert_eq!(rest(stream), "", "{head:?}");
    }
}

#[test]
fn a_missing_tls_handshake_ends_the_connection() {
    let server = TestServer::builder().tls().start_blocking().expect("a port");
    let mut silent = begin(&server, "");
    let mut begun = begin(&server, "\u{16}\u{3}\u{1}");
    for stream in [&mut silent, &mut begun] {
        // The time of its acceptance isn't visible from here; after it, advancing once is enough.
        stream.set_read_timeout(Some(Duration::from_millis(20))).expect("a timeout");
        let mut tries = 0..500;
        let end = loop {
            server.advance(BEFORE + REST);
            match stream.read(&mut [0; 1]) {
                Err(error) if error.kind() == ErrorKind::WouldBlock && tries.next().is_some() => {}
                end => break end,
            }
        };
        assert!(
            matches!(&end, Ok(0)) || end.as_ref().is_err_and(|end| end.kind() == ErrorKind::ConnectionReset),
            "{end:?}"
        );
    }
}

#[test]
fn a_missing_body_is_answered_as_a_request_timeout() {
    let server = start();
    let head = |length: usize| {
        format!(
            "POST /api/v1/namespaces/default/configmaps HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n\
             content-length: {length}\r\n\r\n"
        )
    };
    let mut none = begin(&server, &head(10));
    let mut half = begin(&server, &format!("{}{{\"metadata\":", head(100)));
    let mut chunked = begin(
        &server,
        "PATCH /api/v1/namespaces/default/configmaps/a HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n",
    );
    let mut admin = begin(&server, "POST /-/advance HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\n{");
    let body = r#"{"metadata":{"name":"b"}}"#;
    let mut in_time = begin(&server, &format!("{}{}", head(body.len()), &body[..5]));
    settle(&server);
    server.advance(Duration::from_secs(59));
    settle(&server);
    in_time.write_all(&body.as_bytes()[5..]).expect("sent");
    let mut created = [0; 20];
    in_time.read_exact(&mut created).expect("a head");
    assert_eq!(&created, b"HTTP/1.1 201 Created");
    server.advance(Duration::from_secs(1));
    for stream in [&mut none, &mut half, &mut chunked, &mut admin] {
        let reply = rest(stream);
        assert!(reply.starts_with("HTTP/1.1 504 Gateway Timeout\r\n"), "{reply}");
        assert!(reply.contains("Content-Type: text/plain; charset=utf-8\r\n"), "{reply}");
        let body = reply.split("\r\n\r\n").nth(1).expect("a body");
        assert_eq!(
            body,
            r#"{"metadata":{},"status":"Failure","message":"Timeout: request did not complete within the allotted timeout","reason":"Timeout","details":{},"code":504}"#
        );
    }
    // The model never received these requests.
    assert!(server.requests().iter().all(|request| request.status.is_some()));
    assert_eq!(server.objects("configmaps").len(), 2);
}

#[test]
fn a_connection_that_was_used_outlasts_the_clock() {
    let server = start();
    let mut watch = Raw::get(&server, &format!("{WATCH}&timeoutSeconds=9999"));
    watch.head();
    watch.chunk();
    let mut idle = Raw::get(&server, "/-/state");
    idle.head();
    idle.body();
    server.advance(Duration::from_secs(600));
    settle(&server);
    // The client can use the idle connection again.
    idle.0.get_mut().write_all(b"GET /-/state HTTP/1.1\r\nhost: x\r\n\r\n").expect("sent");
    assert!(idle.head().starts_with("HTTP/1.1 200 OK\r\n"));
    crate::common::raw::create(&server, "b");
    assert!(watch.chunk().contains("\"name\":\"b\""));
}
