//! The server over HTTP/2, and over TLS.

use core::convert::Infallible;
use core::pin::Pin;
use core::task::{Context, Poll};
use core::time::Duration;
use std::sync::Arc;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Either, Empty};
use hyper::client::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};
use watch_test::TestServer;
use watch_test::fault::Fault;
use watch_test::model::{Access, Anonymous, End};

use crate::common::raw::{WATCH, create, start};

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
    // The connection itself stays open.
    let again = sender.send_request(request(&server, "/api/v1/configmaps")).await.expect("a reply");
    assert_eq!(again.status(), 200);
}

/// A missing body.
struct Silent;

impl http_body::Body for Silent {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<http_body::Frame<Bytes>, Infallible>>> {
        Poll::Pending
    }
}

#[tokio::test]
async fn a_missing_body_is_answered_on_its_stream() {
    let server = TestServer::start().await.expect("a port");
    let url = server.url();
    let stream =
        tokio::net::TcpStream::connect(url.strip_prefix("http://").expect("plain HTTP")).await.expect("it listens");
    let (mut sender, connection) = http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.expect("HTTP/2");
    tokio::spawn(connection);
    let path = format!("{url}/api/v1/namespaces/default/configmaps");
    let silent = http::Request::post(path).body(Either::Left(Silent)).expect("a request");
    let late = sender.send_request(silent);
    // Later requests on the connection are answered.
    for _ in 0..3 {
        let next = http::Request::get(format!("{url}/version")).body(Either::Right(Empty::<Bytes>::new()));
        assert_eq!(sender.send_request(next.expect("a request")).await.expect("a reply").status(), 200);
    }
    server.advance(Duration::from_secs(60));
    assert_eq!(late.await.expect("a reply").status(), 504);
    let next = http::Request::get(format!("{url}/version")).body(Either::Right(Empty::<Bytes>::new()));
    assert_eq!(sender.send_request(next.expect("a request")).await.expect("a reply").status(), 200);
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
async fn a_refusal_that_can_have_no_body_has_none() {
    let server = start();
    let mut sender = http2(&server).await;
    for status in [204, 304] {
        server.inject(Fault::refuse(status).once());
        let reply = sender.send_request(request(&server, WATCH)).await.expect("a reply");
        assert_eq!(reply.status(), status);
        assert!(reply.into_body().collect().await.expect("a clean end").to_bytes().is_empty());
    }
}

#[tokio::test]
async fn over_http2_a_body_is_cut_where_the_rule_states() {
    let server = start();
    let mut sender = http2(&server).await;
    for bytes in [0, 1, 40, 200] {
        server.inject(Fault::cut(bytes).once());
        let mut body = sender.send_request(request(&server, WATCH)).await.expect("a reply").into_body();
        let mut got = 0;
        let error = loop {
            match body.frame().await.expect("a frame before the end") {
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
        server.until("the client watches", |server| server.open_watches() == 1).await;
        server.until("something was sent", |server| server.requests()[0].bytes > 0).await;
        server.end_watches();
        server.until("the watch has ended", |server| server.requests()[0].end == Some(End::Complete)).await;
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
