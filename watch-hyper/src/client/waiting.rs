//! Requests that are about to be sent: those that have a place on a lane, and those that wait for one.

use std::sync::{Arc, Weak};

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper_util::client::legacy::ResponseFuture;
use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio_util::task::AbortOnDropHandle;
use watch_core::TransportErrorKind;

use super::lanes::Place;
use super::limit::{Limit, Opening, State};
use super::request_error::RequestError;
use crate::known_error::ClassifiedError;

pub(super) type Request = http::Request<Full<Bytes>>;
type Response = http::Response<Incoming>;

/// A request that waits for the connection of a lane.
pub(super) struct Waiter {
    request: Request,
    /// The lane. Its connection may be open by now, without a place for this request.
    on: Weak<Limit>,
    ready: oneshot::Sender<Result<Ready, RequestError>>,
    runtime: Handle,
}

/// A request that has a place.
pub(super) struct Ready {
    place: Place,
    sending: Sending,
}

enum Sending {
    /// It is sent when it is polled.
    Later(ResponseFuture),
    /// The request makes the connection of its lane, for which others wait. So neither its success nor its failure may
    /// depend on being polled.
    Now(AbortOnDropHandle<Result<Response, RequestError>>),
}

/// The end of a wait.
pub(super) type Waited = oneshot::Receiver<Result<Ready, RequestError>>;

impl Waiter {
    pub(super) fn new(request: Request, on: &Arc<Limit>) -> (Self, Waited) {
        let (ready, waited) = oneshot::channel();
        (Self { request, on: Arc::downgrade(on), ready, runtime: Handle::current() }, waited)
    }

    /// Returns whether it waits for another connection than this one, which can still bring it a place.
    pub(super) fn waits_for_another_than(&self, limit: &Arc<Limit>) -> bool {
        let on = self.on.upgrade().filter(|on| !Arc::ptr_eq(on, limit));
        on.is_some_and(|on| matches!(on.state(), State::Opening(_)))
    }

    /// The request has a place. If it was dropped meanwhile, the place is free again.
    pub(super) fn give(self, place: Place) {
        let ready = Ready::new(place, self.request, &self.runtime);
        drop(self.ready.send(Ok(ready)));
    }

    /// The connection failed.
    pub(super) fn fail(self, error: RequestError) {
        drop(self.ready.send(Err(error)));
    }
}

impl Ready {
    /// Sends the request now, if it makes the connection of its lane.
    pub(super) fn new(mut place: Place, request: Request, runtime: &Handle) -> Self {
        let response = place.send(request);
        let sending = match place.opening() {
            None => Sending::Later(response),
            Some(opening) => Sending::Now(AbortOnDropHandle::new(runtime.spawn(open(response, opening)))),
        };
        Self { place, sending }
    }

    /// Returns the response, and the place to keep until its body is dropped.
    pub(super) async fn response(self) -> Result<(Response, Place), RequestError> {
        let response = match self.sending {
            Sending::Later(response) => response.await.map_err(RequestError::http)?,
            Sending::Now(task) => task.await.map_err(|error| {
                ClassifiedError::new(TransportErrorKind::Other, "the runtime ended the request").with_source(error)
            })??,
        };
        Ok((response, self.place))
    }
}

/// Sends the first request on a lane. If it fails, the requests that wait for its connection fail too.
async fn open(response: ResponseFuture, opening: Opening) -> Result<Response, RequestError> {
    let response = response.await.map_err(RequestError::http);
    if let Err(error) = &response {
        opening.failed(error.clone());
    }
    response
}
