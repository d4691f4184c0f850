//! Errors of hyper and of the operating system, classified for the machine.

use std::io;

use futures_util::{StreamExt, poll};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use watch_hyper::watch_core::{Event, Object, TransportError, TransportErrorKind as Kind};
use watch_hyper::{ClassifiedError, Client, Watch};

use crate::fake::{BoxError, Fake, Notices, Part, Reply, frame, from_1, list};

#[tokio::test(start_paused = true)]
async fn each_error_is_of_the_right_kind() {
    let io = |kind: io::ErrorKind| -> BoxError { io::Error::from(kind).into() };
    let wrapped = |inner: BoxError| -> BoxError { io::Error::other(inner).into() };
    let table: Vec<(BoxError, Kind, Kind)> = vec![
        (io(io::ErrorKind::ConnectionRefused), Kind::Refused, Kind::Refused),
        (io(io::ErrorKind::ConnectionReset), Kind::Reset, Kind::Reset),
        (io(io::ErrorKind::ConnectionAborted), Kind::Reset, Kind::Reset),
        (io(io::ErrorKind::BrokenPipe), Kind::Reset, Kind::Reset),
        (io(io::ErrorKind::TimedOut), Kind::Timeout, Kind::Timeout),
        (io(io::ErrorKind::HostUnreachable), Kind::Connect, Kind::Connect),
        (io(io::ErrorKind::InvalidData), Kind::Other, Kind::Other),
        (io(io::ErrorKind::UnexpectedEof), Kind::Reset, Kind::Truncated),
        (wrapped(io(io::ErrorKind::ConnectionReset)), Kind::Reset, Kind::Reset),
        (wrapped(rustls::Error::HandshakeNotComplete.into()), Kind::Tls, Kind::Tls),
        // Not processed, so it can be sent again.
        (h2::Error::from(h2::Reason::REFUSED_STREAM).into(), Kind::Reset, Kind::Truncated),
        (h2::Error::from(h2::Reason::ENHANCE_YOUR_CALM).into(), Kind::Protocol, Kind::Protocol),
        // A server that shuts down: GOAWAY with NO_ERROR.
        (h2::Error::from(h2::Reason::NO_ERROR).into(), Kind::Reset, Kind::Truncated),
        // A server or proxy that aborted the response, as when an aggregated server dies.
        (h2::Error::from(h2::Reason::INTERNAL_ERROR).into(), Kind::Reset, Kind::Truncated),
        (h2::Error::from(h2::Reason::CANCEL).into(), Kind::Reset, Kind::Truncated),
        (h2::Error::from(h2::Reason::PROTOCOL_ERROR).into(), Kind::Protocol, Kind::Protocol),
        (ClassifiedError::new(Kind::Resolve, "no such host").into(), Kind::Resolve, Kind::Resolve),
        (wrapped(ClassifiedError::new(Kind::Credentials, "no token").into()), Kind::Credentials, Kind::Credentials),
        ("anything else".into(), Kind::Other, Kind::Other),
    ];
    for (error, in_head, in_body) in table {
        let text = error.to_string();
        let (first, second) = (copy(error.as_ref()), error);
        assert_eq!(trouble(Reply::Fails(first)).await.kind, in_head, "{text} in place of a response");
        assert_eq!(trouble(Reply::Head(200, vec![Part::Fails(second)])).await.kind, in_body, "{text} in a body");
    }
}

/// An error of the same kind, since errors can't be cloned.
fn copy(error: &(dyn core::error::Error + Send + Sync + 'static)) -> BoxError {
    if let Some(error) = error.downcast_ref::<io::Error>() {
        return match error.get_ref() {
            Some(inner) => io::Error::new(error.kind(), copy(inner)).into(),
            None => io::Error::from(error.kind()).into(),
        };
    }
    if let Some(error) = error.downcast_ref::<ClassifiedError>() {
        return ClassifiedError::new(error.kind(), error.to_string()).into();
    }
    if let Some(error) = error.downcast_ref::<rustls::Error>() {
        return error.clone().into();
    }
    if let Some(reason) = error.downcast_ref::<h2::Error>().and_then(h2::Error::reason) {
        return h2::Error::from(reason).into();
    }
    error.to_string().into()
}

/// The first trouble after a reply.
async fn trouble(reply: Reply) -> TransportError {
    // So that each watch has all of tokio's budget for one turn.
    tokio::task::yield_now().await;
    let ear = Notices::default();
    let mut watch = ear.listen(Watch::<Object>::new(Fake::new([reply]).transport(), from_1()));
    assert!(poll!(watch.next()).is_pending());
    ear.transport_errors().swap_remove(0)
}

#[tokio::test(start_paused = true)]
async fn an_error_has_each_message_once() {
    let root = io::Error::other("the root");
    let error = ClassifiedError::new(Kind::Connect, "no way through").with_source(io::Error::other(root));
    let error = trouble(Reply::Fails(error.into())).await;
    assert_eq!(error.to_string(), "can't connect: no way through: the root");
}

#[tokio::test(start_paused = true)]
async fn an_error_that_knows_its_kind_decides() {
    let error =
        ClassifiedError::new(Kind::Connect, "the proxy").with_source(io::Error::from(io::ErrorKind::ConnectionRefused));
    assert_eq!(trouble(Reply::Fails(error.into())).await.kind, Kind::Connect);
}

#[tokio::test]
async fn a_connection_that_breaks_in_the_tls_handshake_is_reset() {
    let url = answer_once(String::new()).await.replace("http", "https");
    let client = Client::builder(&url).danger_accept_invalid_certs().build().unwrap();
    let ear = Notices::default();
    let error = hear(&mut ear.listen(Watch::<Object>::new(client, from_1())), &ear).await;
    assert_eq!(error.kind, Kind::Reset, "{error}");
    assert!(error.message.contains("TLS handshake"), "{error}");
}

#[tokio::test]
async fn without_a_listener_the_connection_is_refused() {
    let address = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let error = first_error(&format!("http://{address}")).await;
    assert_eq!(error.kind, Kind::Refused, "{error}");
}

#[tokio::test]
async fn a_body_that_breaks_off_is_truncated() {
    let body = frame("ADDED", "a", 2);
    for body in [
        format!("content-length: 100000\r\n\r\n{body}"),
        format!("transfer-encoding: chunked\r\n\r\n{:x}\r\n{body}\r\n", body.len()),
        format!("transfer-encoding: chunked\r\n\r\n{:x}\r\n{body}\r\n", body.len() + 10),
    ] {
        let url = answer_once(format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n{body}")).await;
        let ear = Notices::default();
        let mut watch = ear.listen(Watch::<Object>::new(Client::builder(&url).build().unwrap(), from_1()));
        assert!(matches!(watch.next().await, Some(Ok(Event::Added(_)))), "a complete event counts");
        let error = hear(&mut watch, &ear).await;
        assert_eq!(error.kind, Kind::Truncated, "{error}");
    }
}

/// As kube-apiserver does when an aggregated server dies in the middle of a response.
#[tokio::test]
async fn a_stream_that_the_server_resets_in_a_body_broke_off() {
    for reason in [h2::Reason::INTERNAL_ERROR, h2::Reason::CANCEL] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (arrives, arrived) = tokio::sync::oneshot::channel();
        tokio::spawn(async move {
            let (tcp, _) = listener.accept().await.unwrap();
            let mut connection = h2::server::handshake(tcp).await.unwrap();
            let (_, mut respond) = connection.accept().await.unwrap().unwrap();
            let head = http::Response::builder().header("content-type", "application/json").body(()).unwrap();
            let mut body = respond.send_response(head, false).unwrap();
            body.send_data(frame("ADDED", "a", 2).into(), false).unwrap();
            // Not before the event has arrived: a reset discards queued bytes.
            tokio::spawn(async move {
                arrived.await.unwrap();
                body.send_reset(reason);
            });
            while connection.accept().await.is_some() {}
        });
        let ear = Notices::default();
        let client = Client::builder(&url).http2_prior_knowledge().build().unwrap();
        let mut watch = ear.listen(Watch::<Object>::new(client, from_1()));
        assert!(matches!(watch.next().await, Some(Ok(Event::Added(_)))));
        arrives.send(()).unwrap();
        let error = hear(&mut watch, &ear).await;
        assert_eq!(error.kind, Kind::Truncated, "{error}");
    }
}

#[tokio::test]
async fn an_unchunked_body_is_an_error_of_http_and_not_of_tls() {
    let body = frame("ADDED", "a", 2);
    let chunk = format!("{:x}\r\n{body}", body.len());
    for (rest, what) in [
        ("\r\nzzz\r\n".to_owned(), "a size that is no number"),
        ("\r\n\r\n".to_owned(), "no size"),
        ("\r\nfffffffffffffffff\r\n".to_owned(), "a size that is too large for anything"),
        ("\r\n5 x\r\nhello\r\n".to_owned(), "a size with something after it"),
        (format!("\r\n5;{}\r\nhello\r\n", "x".repeat(20_000)), "extensions without end"),
        ("\r\n5;a\nb\r\nhello\r\n".to_owned(), "an extension with a line break"),
        ("\r\n0\r\nx\r\r\n".to_owned(), "trailers that are none"),
        (format!("\r\n0\r\n{}\r\n", "a: b\r\n".repeat(20_000)), "trailers without end"),
        ("xx".to_owned(), "no line break after a chunk"),
    ] {
        let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n";
        let url = answer_once(format!("{head}{chunk}{rest}")).await;
        let ear = Notices::default();
        let mut watch = ear.listen(Watch::<Object>::new(Client::builder(&url).build().unwrap(), from_1()));
        assert!(matches!(watch.next().await, Some(Ok(Event::Added(_)))), "a complete event counts: {what}");
        let error = hear(&mut watch, &ear).await;
        assert_eq!(error.kind, Kind::Protocol, "{what}: {error}");
    }
}

#[tokio::test]
async fn a_refused_stream_is_a_broken_connection_and_no_violation() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (tcp, _) = listener.accept().await.unwrap();
        let mut http = h2::server::handshake(tcp).await.unwrap();
        let (_, mut respond) = http.accept().await.unwrap().unwrap();
        respond.send_reset(h2::Reason::REFUSED_STREAM);
        // It accepts the next requests on the same connection, and doesn't reset them.
        let mut bodies = Vec::new();
        while let Some(Ok((request, mut respond))) = http.accept().await {
            let response = http::Response::builder().header("content-type", "application/json").body(()).unwrap();
            let mut body = respond.send_response(response, false).unwrap();
            let is_watch = request.uri().query().unwrap_or_default().contains("watch=true");
            let text = if is_watch { frame("ADDED", "a", 2) } else { list(1, &[]) };
            body.send_data(text.into(), !is_watch).unwrap();
            bodies.push(body);
        }
    });
    let ear = Notices::default();
    let client = Client::builder(&format!("http://{address}")).http2_prior_knowledge().build().unwrap();
    let mut watch = ear.listen(Watch::<Object>::new(client, from_1()));
    assert!(matches!(watch.next().await, Some(Ok(Event::Added(_)))));
    let error = ear.transport_errors().swap_remove(0);
    assert_eq!(error.kind, Kind::Reset, "{error}");
    assert!(error.message.contains("refused stream"), "{error}");
}

#[tokio::test]
async fn a_name_without_an_address_says_what_to_check() {
    // Reserved, so that it never exists (RFC 6761, 6.4); its labels are too long for a query.
    let host = format!("{}.invalid", "x".repeat(70));
    let error = first_error(&format!("http://{host}:1")).await;
    assert_eq!(error.kind, Kind::Resolve, "{error}");
    assert!(error.message.contains(&host) && error.message.contains("DNS"), "{error}");
    // The same for a proxy whose name isn't known.
    let ear = Notices::default();
    let client = Client::builder("http://127.0.0.1:1").proxy(format!("http://{host}:1")).build().unwrap();
    let error = hear(&mut ear.listen(Watch::<Object>::new(client, from_1())), &ear).await;
    assert_eq!(error.kind, Kind::Resolve, "{error}");
    assert!(error.message.contains("proxy") && error.message.contains(&host), "{error}");
}

#[tokio::test]
async fn endless_interim_responses_are_an_error_and_close() {
    for interim in ["HTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n"] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let flooding = tokio::spawn(async move {
            let (mut tcp, _) = listener.accept().await.unwrap();
            drop(listener);
            // Ends when the client closes.
            while tcp.write_all(interim.repeat(1000).as_bytes()).await.is_ok() {}
        });
        let error = first_error(&url).await;
        assert_eq!(error.kind, Kind::Protocol, "{error}");
        assert!(error.message.contains("1xx"), "{error}");
        tokio::time::timeout(core::time::Duration::from_secs(60), flooding).await.expect("it is closed").unwrap();
    }
}

#[tokio::test]
async fn a_few_interim_responses_are_ignored() {
    let interim = "HTTP/1.1 100 Continue\r\n\r\n".repeat(100);
    let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n";
    let url = answer_once(format!("{interim}{head}{}", frame("ADDED", "a", 2))).await;
    let mut watch = Watch::<Object>::new(Client::builder(&url).build().unwrap(), from_1());
    assert!(matches!(watch.next().await, Some(Ok(Event::Added(_)))));
}

#[tokio::test]
async fn a_response_that_is_not_http_is_a_protocol_error() {
    let error = first_error(&answer_once("SSH-2.0-OpenSSH_9.6\r\n".into()).await).await;
    assert_eq!(error.kind, Kind::Protocol, "{error}");
}

#[tokio::test]
async fn a_connection_that_closes_before_the_response_is_reset() {
    let error = first_error(&answer_once(String::new()).await).await;
    assert_eq!(error.kind, Kind::Reset, "{error}");
}

/// A server that answers one request with these bytes, closes, and stops listening.
async fn answer_once(bytes: String) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (mut tcp, _) = listener.accept().await.unwrap();
        let mut request = [0; 4096];
        assert!(tcp.read(&mut request).await.unwrap() > 0);
        tcp.write_all(bytes.as_bytes()).await.unwrap();
    });
    format!("http://{address}")
}

async fn first_error(url: &str) -> TransportError {
    let ear = Notices::default();
    let mut watch = ear.listen(Watch::<Object>::new(Client::builder(url).build().unwrap(), from_1()));
    hear(&mut watch, &ear).await
}

/// Polls a watch until there is trouble.
pub(crate) async fn hear(watch: &mut Watch, ear: &Notices) -> TransportError {
    core::future::poll_fn(|cx| {
        let next = watch.poll_next_unpin(cx);
        assert!(next.is_pending(), "{next:?}");
        match ear.transport_errors().pop() {
            Some(error) => core::task::Poll::Ready(error),
            None => core::task::Poll::Pending,
        }
    })
    .await
}
