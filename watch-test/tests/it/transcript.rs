//! The output of a failing test.

use serde_json::json;
use std::io::{Read as _, Write as _};
use watch_test::TestServer;
use watch_test::fault::{Fault, Requests};

#[test]
fn the_transcript_has_each_request_with_its_faults() {
    let server = TestServer::builder().start_blocking().expect("a port");
    server.create("pods", None, json!({"metadata": {"name": "p"}})).expect("created");
    server.inject(Fault::refuse(503).once());
    server.inject(Fault::NoEndMarker.always().on(Requests::watch("pods")));
    let url = server.url();
    let mut stream =
        std::net::TcpStream::connect(url.strip_prefix("http://").expect("plain HTTP")).expect("it listens");
    stream.write_all(b"GET /api/v1/pods?limit=1 HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").expect("sent");
    stream.read_to_end(&mut Vec::new()).expect("a reply");
    let transcript = server.to_string();
    let lines: Vec<&str> = transcript.lines().collect();
    assert!(
        lines[0].starts_with(&format!("watch-test at {url}, ")) && lines[0].ends_with(", version 203"),
        "{transcript}"
    );
    assert!(lines[1].contains("GET /api/v1/pods?limit=1 -> 503, "), "{transcript}");
    assert!(lines[1].ends_with("[{\"refuse\":{\"status\":503,\"shape\":\"json\"}}]"), "{transcript}");
    assert_eq!(lines[2], "    pending rule: {\"on\":{\"verb\":\"watch\",\"resource\":\"pods\"},\"noEndMarker\":null}");
}
