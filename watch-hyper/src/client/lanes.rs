//! Enough connections for any number of watches.
//!
//! hyper's pool has one HTTP/2 connection to a server, and a server limits the concurrent requests on it (Go's default
//! is 100, kube-apiserver has `--http2-max-streams-per-connection`). A lane is one such pool. Each request takes a free
//! place on a lane until its body is dropped. If no lane has one, another lane is opened. Its first request makes the
//! connection; the requests that come meanwhile wait for it.
//!
//! Opening a watch costs the same for any number of them: full lanes aren't looked at, and a new connection wakes no
//! more requests than it has places for.

use core::pin::Pin;
use core::task::{Context, Poll};
use core::time::Duration;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper_util::client::legacy;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tokio::runtime::Handle;
use watch_core::TransportErrorKind;

use super::connect::{Connecting, Connector};
use super::limit::{Limit, Opening, State};
use super::request_error::RequestError;
use super::waiting::{Ready, Request, Waited, Waiter};
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
    lanes: Mutex<All>,
}

/// The lanes, by number.
#[derive(Default)]
struct All {
    lanes: BTreeMap<u64, Lane>,
    /// The lanes that aren't known to be full.
    free: BTreeSet<u64>,
    /// The requests that wait for a connection, in order.
    waiting: VecDeque<Waiter>,
    /// A call gives out places, and sees what others change.
    is_giving: bool,
    /// The number of the next lane.
    next: u64,
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

    /// Takes a place for the request, or waits for one. The future doesn't hold the request, since thousands may wait.
    pub(super) fn request(
        self: Arc<Self>,
        request: Request,
    ) -> impl Future<Output = Result<http::Response<ClientBody>, RequestError>> {
        let entered = self.enter(request);
        async move {
            let ready = match entered {
                Entered::Ready(ready) => ready,
                // The sender is in the queue until it sends.
                Entered::Waits(waited) => waited.await.map_err(|error| {
                    ClassifiedError::new(TransportErrorKind::Other, "the client was dropped").with_source(error)
                })??,
            };
            let (response, place) = ready.response().await?;
            Ok(response.map(|body| ClientBody { body, _place: place }))
        }
    }

    /// Takes a place for one request. It waits only while another request makes the first connection of a lane.
    fn enter(self: &Arc<Self>, request: Request) -> Entered {
        let mut all = self.lock();
        let place = match self.find(&mut all) {
            Found::Place(place) => place,
            Found::Opening(pool) => {
                let (waiter, waited) = Waiter::new(request, &pool.limit);
                all.waiting.push_back(waiter);
                return Entered::Waits(waited);
            }
        };
        drop(all);
        Entered::Ready(Ready::new(place, request, &Handle::current()))
    }

    /// Gives places to the requests that wait, in order, until a connection must be awaited again.
    pub(super) fn give_out(self: &Arc<Self>) {
        let mut all = self.lock();
        // What is given may be dropped at once, as by a runtime that ends: that must not nest for each request.
        if core::mem::replace(&mut all.is_giving, true) {
            return;
        }
        while !all.waiting.is_empty()
            && let Found::Place(place) = self.find(&mut all)
        {
            let waiter = all.waiting.pop_front();
            // What follows may give a place back.
            drop(all);
            waiter.into_iter().zip([place]).for_each(|(waiter, place)| waiter.give(place));
            all = self.lock();
        }
        all.is_giving = false;
    }

    /// Fails the requests that wait for this connection, which failed.
    pub(super) fn fail(self: &Arc<Self>, limit: &Arc<Limit>, error: &RequestError) {
        let mut all = self.lock();
        let (kept, failed): (VecDeque<Waiter>, VecDeque<Waiter>) =
            all.waiting.drain(..).partition(|waiter| waiter.waits_for_another_than(limit));
        all.waiting = kept;
        drop(all);
        failed.into_iter().for_each(|waiter| waiter.fail(error.clone()));
    }

    /// Looks for a place on the lanes that aren't full, and opens another lane if no connection is being made.
    fn find(self: &Arc<Self>, all: &mut All) -> Found {
        let All { lanes, free, next, .. } = all;
        let (mut opening, mut full, mut found) = (None, Vec::new(), None);
        for &number in &*free {
            let Some(lane) = lanes.get_mut(&number) else { continue };
            match lane.pool.limit.state() {
                State::Open(limit) if lane.open >= limit => full.push(number),
                State::Open(_) => {
                    found = Some(Place::take(self, number, lane, None));
                    break;
                }
                State::Opening(_) => opening = Some(Arc::clone(&lane.pool)),
                State::Closed | State::Failed => {
                    let opening = lane.pool.limit.opening();
                    found = Some(Place::take(self, number, lane, Some(opening)));
                    break;
                }
            }
        }
        // A full lane is looked at again when one of its places is given back.
        for number in full {
            free.remove(&number);
        }
        match (found, opening) {
            (Some(place), _) => return Found::Place(place),
            (None, Some(pool)) => return Found::Opening(pool),
            (None, None) => {}
        }
        let (number, mut lane) = (*next, self.lane());
        *next += 1;
        let opening = lane.pool.limit.opening();
        let place = Place::take(self, number, &mut lane, Some(opening));
        free.insert(number);
        lanes.insert(number, lane);
        tracing::debug!(lanes = lanes.len(), "opening another connection");
        Found::Place(place)
    }

    fn lane(self: &Arc<Self>) -> Lane {
        let limit = Arc::new(Limit::new(Arc::downgrade(self)));
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

    fn give_back(&self, number: u64) {
        let mut all = self.lock();
        let All { lanes, free, .. } = &mut *all;
        let count = lanes.len();
        let Some(lane) = lanes.get_mut(&number) else { return };
        lane.open -= 1;
        // One lane is kept, with its connection, for the next request.
        if lane.open == 0 && count > 1 {
            lanes.remove(&number);
            free.remove(&number);
        } else {
            free.insert(number);
        }
    }

    fn lock(&self) -> MutexGuard<'_, All> {
        self.lanes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

enum Entered {
    Ready(Ready),
    Waits(Waited),
}

enum Found {
    Place(Place),
    Opening(Arc<Pool>),
}

/// The right to have one request open on a lane, until it is dropped.
pub(super) struct Place {
    lanes: Arc<Lanes>,
    /// The number of the lane.
    number: u64,
    pool: Arc<Pool>,
    /// Set if this request makes the lane's first connection.
    opening: Option<Opening>,
}

impl Place {
    fn take(lanes: &Arc<Lanes>, number: u64, lane: &mut Lane, opening: Option<Opening>) -> Self {
        lane.open += 1;
        Self { lanes: Arc::clone(lanes), number, pool: Arc::clone(&lane.pool), opening }
    }

    /// Takes the duty of making the lane's first connection, if there is one.
    pub(super) const fn opening(&mut self) -> Option<Opening> {
        self.opening.take()
    }

    /// Sends a request when the future is polled.
    pub(super) fn send(&self, request: Request) -> legacy::ResponseFuture {
        self.pool.http.request(request)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.lanes.give_back(self.number);
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
