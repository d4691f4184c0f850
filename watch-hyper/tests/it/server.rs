//! A small real server on the loopback interface.

use core::convert::Infallible;
use core::net::{Ipv4Addr, SocketAddr};
use core::pin::Pin;
use core::sync::atomic::{AtomicUsize, Ordering};
use core::task::{Context, Poll};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use http_body::{Body, Frame};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::AbortHandle;
use tokio_rustls::TlsAcceptor;

/// The answer of a handler.
pub(crate) type Answer = http::Response<Channel>;

/// A server in the background of a test. Ends with the test's runtime.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    connections: Arc<AtomicUsize>,
    serving: Arc<Mutex<Vec<AbortHandle>>>,
}

/// The protocol of a server.
#[derive(Clone, Default)]
pub(crate) struct Speech {
    pub(crate) tls: Option<Tls>,
    /// HTTP/2 streams at a time.
    pub(crate) streams: Option<u32>,
}

/// The TLS configuration of the next connection.
#[derive(Clone)]
pub(crate) struct Tls(Arc<Mutex<Arc<rustls::ServerConfig>>>);

impl Tls {
    pub(crate) fn new(config: rustls::ServerConfig) -> Self {
        Self(Arc::new(Mutex::new(Arc::new(config))))
    }

    pub(crate) fn replace(&self, config: rustls::ServerConfig) {
        *self.0.lock().unwrap() = Arc::new(config);
    }

    fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(Arc::clone(&self.0.lock().unwrap()))
    }
}

impl Server {
    pub(crate) async fn start(
        speech: Speech,
        handler: impl Fn(http::Request<Incoming>) -> Answer + Clone + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let connections = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&connections);
        let serving = Arc::new(Mutex::new(Vec::new()));
        let serves = Arc::clone(&serving);
        tokio::spawn(async move {
            while let Ok((tcp, _)) = listener.accept().await {
                count.fetch_add(1, Ordering::Relaxed);
                let task = tokio::spawn(welcome(tcp, speech.clone(), handler.clone()));
                serves.lock().unwrap_or_else(PoisonError::into_inner).push(task.abort_handle());
            }
        });
        Self { address, connections, serving }
    }

    pub(crate) fn url(&self, scheme: &str) -> String {
        format!("{scheme}://{}", self.address)
    }

    /// Breaks all connections.
    pub(crate) fn cut(&self) {
        self.serving.lock().unwrap().drain(..).for_each(|task| task.abort());
    }

    /// Connections so far.
    pub(crate) fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }
}

async fn welcome(
    tcp: TcpStream,
    speech: Speech,
    handler: impl Fn(http::Request<Incoming>) -> Answer + Send + Sync + 'static,
) {
    match &speech.tls {
        None => serve(tcp, &speech, handler).await,
        Some(tls) => {
            // A client that doesn't trust this server disconnects, as some tests require.
            if let Ok(tls) = tls.acceptor().accept(tcp).await {
                serve(tls, &speech, handler).await;
            }
        }
    }
}

async fn serve(
    io: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    speech: &Speech,
    handler: impl Fn(http::Request<Incoming>) -> Answer + Send + Sync + 'static,
) {
    let mut http = auto::Builder::new(TokioExecutor::new());
    http.http2().max_concurrent_streams(speech.streams);
    let service = service_fn(|request| {
        let answer = handler(request);
        async move { Ok::<_, Infallible>(answer) }
    });
    // Some tests break connections.
    let _ = http.serve_connection(TokioIo::new(io), service).await;
}

/// A body that is written while it is read. It ends when the sender is dropped.
pub(crate) struct Channel(mpsc::UnboundedReceiver<Bytes>);

/// Writes a body, and detects when it is no longer read.
pub(crate) type Writer = mpsc::UnboundedSender<Bytes>;

pub(crate) fn channel() -> (Writer, Channel) {
    let (sender, receiver) = mpsc::unbounded_channel();
    (sender, Channel(receiver))
}

impl Body for Channel {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.0.poll_recv(cx).map(|bytes| bytes.map(|bytes| Ok(Frame::data(bytes))))
    }
}

/// A response with this complete body.
pub(crate) fn answer(status: u16, body: impl Into<Bytes>) -> Answer {
    let (writer, body_) = channel();
    writer.send(body.into()).unwrap();
    respond(status, body_)
}

pub(crate) fn respond(status: u16, body: Channel) -> Answer {
    http::Response::builder().status(status).header("content-type", "application/json").body(body).unwrap()
}
