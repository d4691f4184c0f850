//! Accepts connections and serves HTTP on them.

use core::pin::pin;
use core::sync::atomic::{AtomicBool, Ordering};
use core::time::Duration;
use std::io;
use std::sync::Arc;
use std::sync::mpsc::Sender;

use bytes::{Bytes, BytesMut};
use http_body_util::{BodyExt as _, Either, Full};
use hyper::body::Incoming;
use hyper::ext::ReasonPhrase;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use super::admin;
use super::reply::Reply;
use super::shared::Shared;
use super::socket::{Control, Socket};
use super::tls::Authority;
use crate::model::{ApiServer, CertificateName, LONGEST_BODY};

/// The most HTTP/2 streams per connection. kube-apiserver allows 100 (`secure_serving.go`); tests hold many watches on
/// one connection.
const STREAMS: u32 = 10_000;

/// The write buffer of an HTTP/1.1 connection, in bytes: few large writes make it fast.
const BUFFER: usize = 4 * 1024 * 1024;

/// The most bytes of a body that are read. After that, the connection closes.
const LONGEST_READ: usize = 256 * 1024 * 1024;

/// The timeout of a TLS handshake and of a request's head; over HTTP/1.1, also of an idle connection
/// (`ReadHeaderTimeout` of apiserver/pkg/server/secure_serving.go).
const HEAD: Duration = Duration::from_secs(32);

/// The timeout of a request's body (`--request-timeout` of kube-apiserver).
const BODY: Duration = Duration::from_secs(60);

/// How the server stops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    No,
    /// The listener closes at once; open exchanges continue until this time, and then end in order.
    Gracefully(Duration),
    Now,
}

/// The context of every connection.
pub(crate) struct Face {
    pub(crate) shared: Arc<Shared>,
    pub(crate) tls: Option<(TlsAcceptor, Arc<Authority>)>,
}

/// Accepts connections until the server stops. `open` is dropped when the port is closed.
pub(crate) async fn listen(listener: TcpListener, face: Face, mut stop: watch::Receiver<Stop>, open: Sender<()>) {
    let face = Arc::new(face);
    let mut connections = JoinSet::new();
    let mut ticker = JoinSet::new();
    ticker.spawn(tick(face.shared.clone()));
    let how = loop {
        tokio::select! {
            how = stop.wait_for(|stop| *stop != Stop::No) => break how.map_or(Stop::Now, |how| *how),
            accepted = listener.accept() => {
                let Ok((stream, _)) = accepted else {
                    // Either one connection failed, or the machine is out of sockets for some time.
                    tokio::time::sleep(Duration::from_millis(10)).await;
                    continue;
                };
                connections.spawn(connect(stream, face.clone()));
            }
            Some(_) = connections.join_next() => {}
        }
    };
    drop(listener);
    drop(open);
    if let Stop::Gracefully(grace) = how {
        let idle = async { while connections.join_next().await.is_some() {} };
        face.shared.go_away();
        if tokio::time::timeout(grace, idle).await.is_err() {
            face.shared.with(|server, _| server.end_watches());
            let idle = async { while connections.join_next().await.is_some() {} };
            // A client that doesn't read its reply doesn't receive the end of the reply either.
            drop(tokio::time::timeout(Duration::from_secs(1), idle).await);
        }
    }
    connections.shutdown().await;
}

/// Runs the model's timers.
pub(crate) async fn tick(shared: Arc<Shared>) {
    loop {
        let due = shared.with(|server, now| server.next_tick().map(|at| at.saturating_sub(now)));
        tokio::select! {
            () = tokio::time::sleep(due.unwrap_or_default().max(Duration::from_millis(1))), if due.is_some() => {}
            () = shared.ticks.notified() => {}
        }
        shared.with(ApiServer::tick);
    }
}

async fn connect(stream: TcpStream, face: Arc<Face>) {
    let control = Arc::new(Control::default());
    // With Nagle's algorithm, small events would wait for acknowledgements.
    drop(stream.set_nodelay(true));
    let socket = Socket::new(stream, control.clone());
    let shared = face.shared.clone();
    // The result of a connection isn't used: only its client needs to know how it ended.
    match &face.tls {
        None => serve(socket, control, shared, None).await,
        Some((acceptor, authority)) => {
            let stream = tokio::select! {
                accepted = acceptor.accept(socket) => accepted,
                () = shared.sleep(HEAD) => return,
            };
            if let Ok(stream) = stream {
                let name = authority.name_of(stream.get_ref().1);
                serve(stream, control, shared, name).await;
            }
        }
    }
}

async fn serve<S>(stream: S, control: Arc<Control>, shared: Arc<Shared>, name: Option<CertificateName>)
where
    S: AsyncRead + AsyncWrite + Unpin + 'static,
{
    let mut go_away = shared.going_away();
    let has_begun = Arc::new(AtomicBool::new(false));
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder.http1().title_case_headers(true).max_buf_size(BUFFER).timer(TokioTimer::new()).header_read_timeout(HEAD);
    builder.http2().max_concurrent_streams(STREAMS).timer(TokioTimer::new());
    // hyper's timeout starts when the version of HTTP is known, and uses hyper's own clock. The same timeout closes
    // idle connections, which must survive a test that advances the server's clock.
    let late = shared.clone();
    let mut late = pin!(late.sleep(HEAD));
    let service = {
        let has_begun = has_begun.clone();
        service_fn(move |request| {
            has_begun.store(true, Ordering::Relaxed);
            answer(request, control.clone(), shared.clone(), name.clone())
        })
    };
    let mut connection = pin!(builder.serve_connection(TokioIo::new(stream), service));
    let mut is_watched = true;
    loop {
        tokio::select! {
            _ = connection.as_mut() => return,
            () = late.as_mut(), if is_watched => {
                if !has_begun.load(Ordering::Relaxed) {
                    return;
                }
                is_watched = false;
            }
            changed = go_away.changed() => match changed {
                Ok(()) => connection.as_mut().graceful_shutdown(),
                Err(_) => return,
            }
        }
    }
}

async fn answer(
    request: http::Request<Incoming>,
    control: Arc<Control>,
    shared: Arc<Shared>,
    name: Option<CertificateName>,
) -> io::Result<http::Response<Either<Reply, Full<Bytes>>>> {
    let (parts, body) = request.into_parts();
    let read = tokio::select! {
        biased;
        read = read(body) => read,
        () = shared.sleep(BODY) => return Ok(too_slow()),
    };
    let body = read.map_err(io::Error::other)?;
    let is_over =
        body.len() > LONGEST_BODY && parts.method != http::Method::GET && parts.version < http::Version::HTTP_2;
    let mut request = http::Request::<Bytes>::from_parts(parts, body);
    if let Some(response) = admin::answer(&shared, &request) {
        return Ok(response.map(|body| Either::Right(Full::new(body))));
    }
    if let Some(name) = name {
        request.extensions_mut().insert(name);
    }
    let mut response = Reply::respond(shared, control, &request).await?.map(Either::Left);
    if is_over {
        // Go's server stops reading here, too.
        response.headers_mut().insert(http::header::CONNECTION, http::HeaderValue::from_static("close"));
        response.extensions_mut().insert(ReasonPhrase::from_static(b"Request Entity Too Large"));
    }
    Ok(response)
}

/// The reply of the generic server's timeout filter when a request takes too long
/// (`WithTimeoutForNonLongRunningRequests`). Here only the body of a request can cause it.
fn too_slow() -> http::Response<Either<Reply, Full<Bytes>>> {
    const TEXT: &str = "{\"metadata\":{},\"status\":\"Failure\",\"message\":\"Timeout: request did not complete within the \
                        allotted timeout\",\"reason\":\"Timeout\",\"details\":{},\"code\":504}";
    let mut response = http::Response::new(Either::Right(Full::from(TEXT)));
    *response.status_mut() = http::StatusCode::GATEWAY_TIMEOUT;
    let text = http::HeaderValue::from_static("text/plain; charset=utf-8");
    response.headers_mut().insert(http::header::CONTENT_TYPE, text);
    response
}

/// Reads a body. Of a body that is too long, it returns enough to detect that. The rest is read and discarded, because
/// a client that is cut off while it sends may never see the reply.
async fn read(mut body: Incoming) -> hyper::Result<Bytes> {
    let mut kept = BytesMut::new();
    let mut len = 0;
    while let Some(frame) = body.frame().await.transpose()? {
        let data = frame.into_data().unwrap_or_default();
        len += data.len();
        kept.extend_from_slice(&data[..data.len().min(LONGEST_BODY + 1 - kept.len())]);
        if len > LONGEST_READ {
            break;
        }
    }
    Ok(kept.freeze())
}
