//! A server that sends the recording as fast as a client takes it: lists, paged or not, watches and streaming lists,
//! over HTTP/1.1 or HTTP/2 with prior knowledge. It does nothing else, so that its own CPU time doesn't affect the
//! measurement.

use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Request, Response};
use http_body::{Body, Frame};
use http_body_util::Either;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use tokio::net::TcpListener;

use crate::recording::{Recording, Representation, version};

/// The contents of the server.
#[derive(Clone, Copy, Debug)]
pub struct Contents {
    /// The objects of a list.
    pub objects: u64,
    /// The events of a watch. It stays open after them.
    pub events: u64,
}

/// The streams of an HTTP/2 connection, as kube-apiserver limits them by default.
pub const STREAMS: u32 = 100;

/// Starts a server on the loopback interface, in the background of the runtime. Returns its address.
///
/// # Errors
/// Fails if it can't listen.
pub async fn start(contents: Contents) -> std::io::Result<SocketAddr> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = listener.local_addr()?;
    let recordings = Arc::new([Recording::new(Representation::Full), Recording::new(Representation::Metadata)]);
    tokio::spawn(async move {
        loop {
            // Without a connection there is nothing to measure: the client reports it.
            let Ok((tcp, _)) = listener.accept().await else { continue };
            drop(tcp.set_nodelay(true));
            let recordings = Arc::clone(&recordings);
            tokio::spawn(async move {
                let service = service_fn(move |request| {
                    let reply = reply(&request, contents, &recordings);
                    async move { Ok::<_, Infallible>(reply) }
                });
                let mut server = auto::Builder::new(TokioExecutor::new());
                server.http2().max_concurrent_streams(STREAMS);
                // A client that has seen enough closes the connection.
                drop(server.serve_connection(TokioIo::new(tcp), service).await);
            });
        }
    });
    Ok(address)
}

type Reply = Response<Either<http_body_util::Full<Bytes>, Replay>>;

fn reply(request: &Request<Incoming>, contents: Contents, recordings: &Arc<[Recording; 2]>) -> Reply {
    let query = request.uri().query().unwrap_or_default();
    let value = |name: &str| query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
    let is_true = |name: &str| value(name).is_some_and(|value| value == "true" || value == "1");
    let accept = request.headers().get("accept").and_then(|accept| accept.to_str().ok()).unwrap_or_default();
    let representation = usize::from(accept.contains("PartialObjectMetadata"));
    let body = if is_true("watch") {
        let initial = if is_true("sendInitialEvents") { contents.objects } else { 0 };
        let recordings = Arc::clone(recordings);
        let end = is_true("sendInitialEvents").then(|| end_marker(representation, contents.objects));
        Either::Right(Replay { recordings, representation, contents, initial, sent: 0, end })
    } else {
        let first = value("continue").and_then(|token| token.parse().ok()).unwrap_or(0);
        let limit = value("limit").and_then(|limit| limit.parse().ok()).unwrap_or(u64::MAX);
        Either::Left(list(&recordings[representation], representation, first, limit, contents.objects).into())
    };
    Response::builder().header("content-type", "application/json").body(body).expect("a response")
}

fn list(recording: &Recording, representation: usize, first: u64, limit: u64, objects: u64) -> Bytes {
    let (kind, api_version) =
        if representation == 0 { ("PodList", "v1") } else { ("PartialObjectMetadataList", "meta.k8s.io/v1") };
    let end = first.saturating_add(limit).min(objects);
    let more = if end < objects {
        format!(r#","continue":"{end}","remainingItemCount":{}"#, objects - end)
    } else {
        String::new()
    };
    let version = version(objects);
    let mut list = format!(
        r#"{{"kind":"{kind}","apiVersion":"{api_version}","metadata":{{"resourceVersion":"{version}"{more}}},"items":["#
    );
    for number in first..end {
        if number > first {
            list.push(',');
        }
        let object = recording.object(number);
        // Items of built-in types come without kind and apiVersion (kube-apiserver, `encodeStreamList`).
        let metadata = object.find(r#""metadata""#).filter(|_| representation == 0).unwrap_or(1);
        list.push('{');
        list.push_str(&object[metadata..]);
    }
    list.push_str("]}");
    list.into()
}

fn end_marker(representation: usize, objects: u64) -> Bytes {
    let (kind, api_version) =
        if representation == 0 { ("Pod", "v1") } else { ("PartialObjectMetadata", "meta.k8s.io/v1") };
    let metadata =
        format!(r#"{{"resourceVersion":"{}","annotations":{{"k8s.io/initial-events-end":"true"}}}}"#, version(objects));
    // As kube-apiserver writes it: typed clients require the fields of a pod.
    let rest = if representation == 0 { r#","spec":{"containers":null},"status":{}"# } else { "" };
    let object = format!(r#"{{"kind":"{kind}","apiVersion":"{api_version}","metadata":{metadata}{rest}}}"#);
    format!("{{\"type\":\"BOOKMARK\",\"object\":{object}}}\n").into()
}

/// The body of a watch. Each chunk is one frame, which is created when hyper polls for it.
struct Replay {
    recordings: Arc<[Recording; 2]>,
    representation: usize,
    /// The objects with which a streaming list begins.
    initial: u64,
    sent: u64,
    end: Option<Bytes>,
    contents: Contents,
}

impl Body for Replay {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let number = self.sent;
        let recordings = Arc::clone(&self.recordings);
        let recording = &recordings[self.representation];
        let frame = if number < self.initial {
            format!("{{\"type\":\"ADDED\",\"object\":{}}}\n", recording.object(number)).into()
        } else if let Some(end) = self.end.take() {
            return Poll::Ready(Some(Ok(Frame::data(end))));
        } else if number < self.initial + self.contents.events {
            // After the version of the list.
            recording.frame(self.contents.objects + 1 + number - self.initial)
        } else {
            // The watch stays open; the client ends it.
            return Poll::Pending;
        };
        self.sent += 1;
        Poll::Ready(Some(Ok(Frame::data(frame))))
    }
}
