//! Connections: accepting them, and speaking HTTP on them.

use core::time::Duration;
use std::io;
use std::sync::Arc;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Limited};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::reply::Reply;
use super::shared::Shared;
use super::socket::{Control, Socket};
use crate::model::LONGEST_BODY;

/// HTTP/2 streams that a connection may have open (`--http2-max-streams-per-connection`, of which the default is 100
/// in `secure_serving.go`, is too few to hold many watches on one connection, which tests want).
const STREAMS: u32 = 10_000;

/// Accepts connections until told to stop.
pub(crate) async fn listen(listener: TcpListener, shared: Arc<Shared>, mut stop: watch::Receiver<bool>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            _ = stop.wait_for(|stopped| *stopped) => break,
            accepted = listener.accept() => {
                // What fails here is one connection, or the machine is out of sockets, which passes.
                let Ok((stream, _)) = accepted else { continue };
                connections.spawn(connect(stream, shared.clone()));
            }
            Some(_) = connections.join_next() => {}
            () = tick(&shared) => {}
        }
    }
    connections.shutdown().await;
}

/// Lets the model do what is due by itself.
async fn tick(shared: &Shared) {
    let due = shared.with(|server, now| server.next_tick().map(|at| at.saturating_sub(now)));
    match due {
        Some(due) => {
            tokio::select! {
                () = tokio::time::sleep(due.max(Duration::from_millis(1))) => {}
                () = shared.ticks.notified() => {}
            }
        }
        None => shared.ticks.notified().await,
    }
    shared.with(crate::model::ApiServer::tick);
}

async fn connect(stream: TcpStream, shared: Arc<Shared>) {
    let control = Arc::new(Control::default());
    // Without it, small events would wait for acknowledgements.
    drop(stream.set_nodelay(true));
    let socket = Socket::new(stream, control.clone());
    // How a connection ends is seen by the client; here it is just over.
    drop(serve(socket, control, shared).await);
}

async fn serve<S>(
    stream: S,
    control: Arc<Control>,
    shared: Arc<Shared>,
) -> Result<(), Box<dyn core::error::Error + Send + Sync>>
where
    S: AsyncRead + AsyncWrite + Unpin + 'static,
{
    let service = service_fn(move |request| answer(request, control.clone(), shared.clone()));
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder.http1().title_case_headers(true).timer(TokioTimer::new());
    builder.http2().max_concurrent_streams(STREAMS).timer(TokioTimer::new());
    builder.serve_connection(TokioIo::new(stream), service).await
}

async fn answer(
    request: http::Request<Incoming>,
    control: Arc<Control>,
    shared: Arc<Shared>,
) -> io::Result<http::Response<Reply>> {
    let (parts, body) = request.into_parts();
    let body = Limited::new(body, LONGEST_BODY).collect().await.map_err(io::Error::other)?.to_bytes();
    let request = http::Request::<Bytes>::from_parts(parts, body);
    let id = shared.with(|server, now| server.request(now, &request));
    let mut reply = Reply::new(shared, control, id);
    let head = reply.head().await?;
    let mut response = http::Response::new(reply);
    *response.status_mut() = head.status;
    *response.headers_mut() = head.headers;
    Ok(response)
}
