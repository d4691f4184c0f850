//! Enough connections for any number of watches.
//!
//! hyper's pool has one HTTP/2 connection to a server, and a server limits the concurrent requests on it (Go's default
//! is 100, kube-apiserver has `--http2-max-streams-per-connection`). A lane is one such pool. Each request takes a free
//! place on a lane until its body is dropped. If no lane has one, another lane is opened.

use core::pin::Pin;
use core::task::{Context, Poll};
use core::time::Duration;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper_util::client::legacy;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tokio_util::task::AbortOnDropHandle;
use watch_core::TransportErrorKind;

use super::connect::{Connecting, Connector};
use super::limit::{Limit, Opening, State};
use super::request_error::RequestError;
use crate::known_error::ClassifiedError;

/// The number of bytes that an HTTP/2 server may send of a response that isn't read.
pub(super) const STREAM_WINDOW: u32 = 1 << 20;
/// The same for all responses of one connection together. As large as in Go (`http2.transportDefaultConnFlow`), so
/// that it never blocks a stream: one watch that isn't read must not stop the others.
const CONNECTION_WINDOW: u32 = 1 << 30;
/// How long a connection stays open without requests, as in Go's `http.DefaultTransport`.
const IDLE: Duration = Duration::from_secs(90);

/// The connections to one server.
pub(super) struct Lanes {
    connecting: Arc<Connecting>,
    ping: Ping,
    lanes: Mutex<Vec<Lane>>,
}

/// After which silence an HTTP/2 server receives a PING, and the timeout of its answer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ping {
    pub(super) after: Duration,
    pub(super) timeout: Duration,
}

struct Lane {
    pool: Arc<Pool>,
    /// Requests whose response or body is open.
    open: usize,
}

/// With HTTP/2, one connection.
struct Pool {
    http: legacy::Client<Connector, Full<Bytes>>,
    limit: Arc<Limit>,
}

impl Lanes {
    pub(super) fn new(connecting: Connecting, ping: Ping) -> Arc<Self> {
        Arc::new(Self { connecting: Arc::new(connecting), ping, lanes: Mutex::default() })
    }

    pub(super) async fn request(
        self: Arc<Self>,
        request: http::Request<Full<Bytes>>,
    ) -> Result<http::Response<ClientBody>, RequestError> {
        let mut place = self.place().await?;
        let response = place.pool.http.request(request);
        let response = match place.opening.take() {
            None => response.await.map_err(RequestError::http)?,
            // Other requests wait for its connection, so neither its success nor its failure may depend on this request
            // being polled.
            Some(opening) => {
                AbortOnDropHandle::new(tokio::spawn(open(response, opening))).await.map_err(|error| {
                    ClassifiedError::new(TransportErrorKind::Other, "the runtime ended the request").with_source(error)
                })??
            }
        };
        Ok(response.map(|body| ClientBody { body, _place: place }))
    }

    /// Takes a place for one request. Waits only while another request makes the first connection of a lane.
    async fn place(self: Arc<Self>) -> Result<Place, RequestError> {
        loop {
            let opening = match self.find() {
                Found::Place(place) => return Ok(place),
                Found::Opening(pool) => pool,
            };
            opening.limit.settled().await?;
        }
    }

    fn find(self: &Arc<Self>) -> Found {
        let mut lanes = self.lock();
        let mut opening = None;
        for lane in lanes.iter_mut() {
            match lane.pool.limit.state() {
                State::Open(limit) if lane.open >= limit => {}
                State::Open(_) => return Found::Place(Place::take(self, lane, None)),
                State::Opening(_) => opening = Some(Arc::clone(&lane.pool)),
                State::Closed | State::Failed(_) => {
                    let opening = lane.pool.limit.opening();
                    return Found::Place(Place::take(self, lane, Some(opening)));
                }
            }
        }
        if let Some(pool) = opening {
            return Found::Opening(pool);
        }
        let mut lane = self.lane();
        let opening = lane.pool.limit.opening();
        let place = Place::take(self, &mut lane, Some(opening));
        lanes.push(lane);
        tracing::debug!(lanes = lanes.len(), "opening another connection");
        Found::Place(place)
    }

    fn lane(&self) -> Lane {
        let limit = Arc::new(Limit::new());
        let connector = Connector::new(Arc::clone(&self.connecting), Arc::clone(&limit));
        let http = legacy::Client::builder(TokioExecutor::new())
            .timer(TokioTimer::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE)
            .http2_only(self.connecting.plain_http2)
            .http2_initial_stream_window_size(STREAM_WINDOW)
            .http2_initial_connection_window_size(CONNECTION_WINDOW)
            .http2_keep_alive_interval(self.ping.after)
            .http2_keep_alive_timeout(self.ping.timeout)
            .build(connector);
        Lane { pool: Arc::new(Pool { http, limit }), open: 0 }
    }

    fn give_back(&self, pool: &Arc<Pool>) {
        let mut lanes = self.lock();
        if let Some(index) = lanes.iter().position(|lane| Arc::ptr_eq(&lane.pool, pool))
            && let Some(lane) = lanes.get_mut(index)
        {
            lane.open -= 1;
            // One lane is kept, with its connection, for the next request.
            if lane.open == 0 && lanes.len() > 1 {
                lanes.swap_remove(index);
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Lane>> {
        self.lanes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Sends the first request on a lane. If it fails, the requests that wait for its connection fail too.
async fn open(response: legacy::ResponseFuture, opening: Opening) -> Result<http::Response<Incoming>, RequestError> {
    let response = response.await.map_err(RequestError::http);
    if let Err(error) = &response {
        opening.failed(error.clone());
    }
    response
}

enum Found {
    Place(Place),
    Opening(Arc<Pool>),
}

/// The right to have one request open on a lane, until it is dropped.
struct Place {
    lanes: Arc<Lanes>,
    pool: Arc<Pool>,
    /// Set if this request makes the lane's first connection.
    opening: Option<Opening>,
}

impl Place {
    fn take(lanes: &Arc<Lanes>, lane: &mut Lane, opening: Option<Opening>) -> Self {
        lane.open += 1;
        Self { lanes: Arc::clone(lanes), pool: Arc::clone(&lane.pool), opening }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.lanes.give_back(&self.pool);
    }
}

/// The body of a response of a [`Client`](crate::Client). Dropping it ends the exchange.
pub struct ClientBody {
    body: Incoming,
    _place: Place,
}

impl Body for ClientBody {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl core::fmt::Debug for ClientBody {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_tuple("ClientBody").field(&self.body).finish()
    }
}
