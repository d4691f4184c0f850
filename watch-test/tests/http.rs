//! The server on the wire: framing, endings, HTTP/2, TLS, the admin path.

use core::time::Duration;
use std::io::{BufRead as _, BufReader, ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::sync::Arc;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Empty};
use hyper::client::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo};
use serde_json::{Value, json};
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};
use watch_test::fault::{Fault, Requests};
use watch_test::model::{Access, Anonymous, End};
use watch_test::{TestServer, captures};

/// An HTTP/1.1 connection, seen byte by byte.
struct Raw(BufReader<TcpStream>);

impl Raw {
    fn send(server: &TestServer, method: &str, path: &str, body: &str) -> Self {
        let url = server.url();
        let address = url.strip_prefix("http://").expect("plain HTTP");
        let mut stream = TcpStream::connect(address).expect("it listens");
        stream.set_read_timeout(Some(Duration::from_secs(10))).expect("a timeout");
        let length = body.len();
        write!(stream, "{method} {path} HTTP/1.1\r\nhost: x\r\ncontent-length: {length}\r\n\r\n{body}").expect("sent");
        Self(BufReader::new(stream))
    }

    fn get(server: &TestServer, path: &str) -> Self {
        Self::send(server, "GET", path, "")
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.0.read_line(&mut line).expect("a line");
        line
    }

    fn head(&mut self) -> String {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            let line = self.line();
            assert!(!line.is_empty(), "the connection closed in the head: {head}");
            head += &line;
        }
        head
    }

    /// One chunk, without its framing; empty for the last.
    fn chunk(&mut self) -> String {
        let size = usize::from_str_radix(self.line().trim(), 16).expect("the size of a chunk");
        let mut chunk = vec![0; size + 2];
        self.0.read_exact(&mut chunk).expect("a chunk");
        chunk.truncate(size);
        String::from_utf8(chunk).expect("UTF-8")
    }

    /// All there is until the connection closes, or how it broke.
    fn rest(&mut self) -> Result<String, ErrorKind> {
        let mut rest = Vec::new();
        self.0.read_to_end(&mut rest).map_err(|error| error.kind())?;
        Ok(String::from_utf8(rest).expect("UTF-8"))
    }
}

fn start() -> TestServer {
    let server = TestServer::builder().start_blocking().expect("a port");
    create(&server, "a");
    server
}

fn create(server: &TestServer, name: &str) {
    server.create("configmaps", None, json!({"metadata": {"name": name}})).expect("created");
}

const WATCH: &str = "/api/v1/configmaps?watch=1&resourceVersion=202";

#[test]
fn an_event_is_a_chunk_and_arrives_at_once() {
    let server = start();
    let mut watch = Raw::get(&server, WATCH);
    let head = watch.head();
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
    let recorded = captures::load("watch-crud");
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
fn a_body_is_cut_where_it_was_said() {
    let server = start();
    for (end, behind) in [(End::Complete, "\r\n0\r\n\r\n"), (End::Cut, "\r\n")] {
        server.inject(Fault::Cut { after_bytes: 40, end }.once());
        let mut watch = Raw::get(&server, &format!("{WATCH}&timeoutSeconds=5"));
        watch.head();
        assert_eq!(watch.line(), "28\r\n");
        let mut chunk = [0; 40];
        watch.0.read_exact(&mut chunk).expect("40 bytes");
        let mut rest = vec![0; behind.len()];
        watch.0.read_exact(&mut rest).expect("the end of the chunk");
        assert_eq!(String::from_utf8_lossy(&rest), behind);
        if end == End::Cut {
            assert_eq!(watch.rest(), Ok(String::new()));
        }
    }
}

#[test]
fn a_body_that_is_cut_but_ends_in_order_says_no_length() {
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
fn whoever_goes_away_is_forgotten() {
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

#[test]
fn anybody_can_make_trouble_over_http() {
    let server = start();
    let ask = |method: &str, path: &str, body: Value| -> Value {
        let mut reply = Raw::send(&server, method, path, &body.to_string());
        let head = reply.head();
        let length = head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
        let mut body = vec![0; length.expect("a length")];
        reply.0.read_exact(&mut body).expect("a body");
        serde_json::from_slice(&body).expect("JSON")
    };
    let rules = ask("POST", "/-/faults", json!({"on": {"verb": "watch"}, "times": 1, "refuse": {"status": 503}}));
    assert_eq!(rules.as_array().map(Vec::len), Some(1));
    assert!(Raw::get(&server, WATCH).head().starts_with("HTTP/1.1 503 "));
    assert_eq!(ask("GET", "/-/faults", json!(null)), json!([]));
    assert_eq!(ask("GET", "/-/requests", json!(null))[0]["status"], 503);
    assert_eq!(ask("POST", "/-/skip", json!({"revisions": 7}))["resourceVersion"], 210);
    ask("POST", "/-/expire", json!({}));
    let mut watch = Raw::get(&server, WATCH);
    watch.head();
    assert!(watch.chunk().contains("too old resource version: 202 (210)"));
    assert_eq!(ask("POST", "/-/restore", json!({"resourceVersion": 209}))["resourceVersion"], 210);
    for (path, body) in [
        ("bookmarks", json!({})),
        ("disconnect", json!({"end": "reset"})),
        ("restart", json!({"gap": 5})),
        ("lag", json!({"replica": 0, "lagging": false})),
        ("unready", json!({"resource": "pods", "lasts": 10})),
        ("advance", json!({"by": 1000})),
        ("goAway", json!({})),
    ] {
        assert!(ask("POST", &format!("/-/{path}"), body)["resourceVersion"].is_number(), "{path}");
    }
    let error = ask("POST", "/-/expire", json!({"befor": 3}));
    assert!(error["error"].as_str().expect("a message").contains("befor"), "{error}");
    assert!(ask("POST", "/-/explode", json!({}))["error"].is_string());
}

/// An HTTP/2 connection with prior knowledge.
async fn http2(server: &TestServer) -> http2::SendRequest<Empty<Bytes>> {
    let url = server.url();
    let stream =
        tokio::net::TcpStream::connect(url.strip_prefix("http://").expect("plain HTTP")).await.expect("it listens");
    let (sender, connection) = http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.expect("HTTP/2");
    tokio::spawn(connection);
    sender
}

fn request(server: &TestServer, path: &str) -> http::Request<Empty<Bytes>> {
    http::Request::get(format!("{}{path}", server.url())).body(Empty::new()).expect("a request")
}

#[tokio::test]
async fn http2_carries_watches_and_resets_their_streams() {
    let server = TestServer::start().await.expect("a port");
    create(&server, "a");
    let mut sender = http2(&server).await;
    let mut cut = sender.send_request(request(&server, WATCH)).await.expect("a reply").into_body();
    let mut other = sender.send_request(request(&server, WATCH)).await.expect("a reply").into_body();
    for watch in [&mut cut, &mut other] {
        let frame = watch.frame().await.expect("a frame").expect("no error");
        assert!(frame.into_data().expect("data").ends_with(b"}\n"));
    }
    server.disconnect();
    assert!(cut.frame().await.expect("an end").is_err());
    assert!(other.frame().await.expect("an end").is_err());
    // The connection itself is fine.
    let again = sender.send_request(request(&server, "/api/v1/configmaps")).await.expect("a reply");
    assert_eq!(again.status(), 200);
}

#[tokio::test]
async fn after_goaway_open_streams_go_on_and_new_ones_are_refused() {
    let server = TestServer::start().await.expect("a port");
    let mut sender = http2(&server).await;
    let mut watch = sender.send_request(request(&server, WATCH)).await.expect("a reply").into_body();
    server.go_away();
    create(&server, "a");
    let frame = watch.frame().await.expect("a frame").expect("no error");
    assert!(frame.into_data().expect("data").ends_with(b"}\n"));
    server.end_watches();
    assert!(watch.collect().await.expect("a clean end").to_bytes().is_empty());
    let refused = async {
        loop {
            if sender.ready().await.is_err() || sender.send_request(request(&server, "/version")).await.is_err() {
                return;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(5), refused).await.expect("the connection is done");
}

#[tokio::test]
async fn tls_knows_clients_by_their_certificates() {
    let mut access = Access::default();
    access.anonymous = Anonymous::Forbidden;
    let server = TestServer::builder().tls().config(|config| config.access = access).start().await.expect("a port");
    let mut roots = RootCertStore::empty();
    let authority = server.certificate_authority().expect("TLS");
    roots.add(CertificateDer::from_pem_slice(authority.as_bytes()).expect("PEM")).expect("a certificate");
    let identity = server.client_identity("me").expect("a certificate");
    let certificate = CertificateDer::from_pem_slice(identity.certificate_pem.as_bytes()).expect("PEM");
    let key = PrivateKeyDer::from_pem_slice(identity.key_pem.as_bytes()).expect("PEM");
    let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
    let builder = || {
        let builder = ClientConfig::builder_with_provider(provider.clone());
        builder.with_safe_default_protocol_versions().expect("versions").with_root_certificates(roots.clone())
    };
    let known = builder().with_client_auth_cert(vec![certificate], key).expect("a key");
    for (mut config, status) in [(known, 200), (builder().with_no_client_auth(), 403)] {
        config.alpn_protocols = vec![b"h2".to_vec()];
        let url = server.url();
        let address = url.strip_prefix("https://").expect("HTTPS");
        let stream = tokio::net::TcpStream::connect(address).await.expect("it listens");
        let name = ServerName::try_from("localhost").expect("a name");
        let stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await.expect("TLS");
        assert_eq!(stream.get_ref().1.alpn_protocol(), Some(b"h2".as_slice()));
        let (mut sender, connection) =
            http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.expect("HTTP/2");
        tokio::spawn(connection);
        let reply = sender.send_request(request(&server, "/api/v1/pods")).await.expect("a reply");
        assert_eq!(reply.status(), status);
    }
}

#[tokio::test]
async fn a_graceful_shutdown_refuses_the_new_and_ends_the_old_in_order() {
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

#[tokio::test]
async fn over_http2_a_body_is_cut_where_it_was_said() {
    let server = start();
    let mut sender = http2(&server).await;
    for bytes in [0, 1, 40, 200] {
        server.inject(Fault::cut(bytes).once());
        let mut body = sender.send_request(request(&server, WATCH)).await.expect("a reply").into_body();
        let mut got = 0;
        let error = loop {
            match body.frame().await.expect("it doesn't end in order") {
                Ok(frame) => got += frame.into_data().map_or(0, |data| data.len() as u64),
                Err(error) => break error,
            }
        };
        assert_eq!(got, bytes, "{error}");
    }
}

#[tokio::test]
async fn a_test_can_wait_for_what_the_client_does() {
    let server = start();
    let mut sender = http2(&server).await;
    let watch = async {
        let body = sender.send_request(request(&server, WATCH)).await.expect("a reply").into_body();
        body.collect().await.map(|body| body.to_bytes().len())
    };
    let test = async {
        server.until(|server| server.open_watches() == 1).await;
        server.until(|server| server.requests()[0].bytes > 0).await;
        server.end_watches();
        server.until(|server| server.requests()[0].end == Some(End::Complete)).await;
        server.requests()[0].bytes
    };
    let (got, sent) = tokio::join!(watch, test);
    assert_eq!(got.expect("a clean end") as u64, sent);
}

#[tokio::test]
async fn many_watches_share_one_connection() {
    let server = start();
    let mut sender = http2(&server).await;
    let mut watches = Vec::new();
    for _ in 0..500 {
        watches.push(sender.send_request(request(&server, WATCH)).await.expect("a reply").into_body());
    }
    assert_eq!(server.open_watches(), 500);
    create(&server, "b");
    server.end_watches();
    for watch in watches {
        let body = watch.collect().await.expect("a clean end").to_bytes();
        assert_eq!(body.iter().filter(|byte| **byte == b'\n').count(), 2);
    }
}

#[test]
fn a_server_is_there_at_once_and_gone_when_dropped() {
    let server = start();
    let url = server.url();
    let address = url.strip_prefix("http://").expect("plain HTTP").to_owned();
    let mut watch = Raw::get(&server, WATCH);
    watch.head();
    drop(server);
    watch.rest().map_or_else(|kind| assert_eq!(kind, ErrorKind::ConnectionReset), drop);
    // The thread may still be closing its listener.
    for _ in 0..1000 {
        if TcpStream::connect(&address).is_err() {
            return;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    panic!("it still listens");
}
