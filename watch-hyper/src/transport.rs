//! Anything that answers HTTP requests, as a place to send the machine's requests to.

use core::future::poll_fn;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use http_body::Body;
use tower_service::Service;
use watch_core::{Request, RequestId};

use crate::exchange::{Exchange, Responding, erase};
use crate::known_error::BoxError;
use crate::rate_limiter::RateLimiter;

/// In the extensions of a request whose predecessor was answered with 401: whoever adds credentials should get fresh
/// ones first. `Client` does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RefreshCredentials;

/// What sends the requests: anything that answers HTTP requests.
///
/// A `Client` becomes one by itself. A tower service (one with layers of your own, a fake one in a test) becomes one by
/// [`Transport::new`], a function by [`Transport::from_fn`]. With the feature `kube`, so does a `kube::Client`, which
/// brings kubeconfig, exec plugins and OIDC.
///
/// The requests have a path and a query only: what sends them must know the server, and add credentials. They have
/// [`RefreshCredentials`] among their extensions when the last ones were refused. Layers that time requests out, or try
/// them again, do harm here: a watch lasts, and its machine knows better.
///
/// A clone sends through the same, and shares its [`RateLimiter`]: one transport serves any number of watches.
#[derive(Clone)]
pub struct Transport {
    /// Locked only while the future of a request is made.
    send: Arc<Mutex<Sends>>,
    pace: Option<RateLimiter>,
    metered: Option<bool>,
}

type Sends = dyn FnMut(Request) -> (RequestId, Responding) + Send;

impl Transport {
    /// Sends through this service; through a clone of it each request.
    pub fn new<S, ReqBody, ResBody>(service: S) -> Self
    where
        S: Service<http::Request<ReqBody>, Response = http::Response<ResBody>> + Clone + Send + 'static,
        S::Error: Into<BoxError> + Send,
        S::Future: Send,
        ReqBody: From<Bytes> + Send + 'static,
        ResBody: Body + Send + 'static,
        ResBody::Error: Into<BoxError>,
    {
        Self::from_fn(move |request| {
            let mut service = service.clone();
            async move {
                poll_fn(|cx| service.poll_ready(cx)).await?;
                service.call(request).await
            }
        })
    }

    /// Sends by this function. Clones of the transport share it; it is called by one of them at a time.
    pub fn from_fn<F, ReqBody, ResBody, E>(mut send: impl FnMut(http::Request<ReqBody>) -> F + Send + 'static) -> Self
    where
        F: Future<Output = Result<http::Response<ResBody>, E>> + Send + 'static,
        E: Into<BoxError>,
        ReqBody: From<Bytes>,
        ResBody: Body + Send + 'static,
        ResBody::Error: Into<BoxError>,
    {
        let send = Arc::new(Mutex::new(move |request: Request| {
            let mut http = request.http.map(|()| ReqBody::from(Bytes::new()));
            if request.refresh_credentials {
                http.extensions_mut().insert(RefreshCredentials);
            }
            let response = send(http);
            let response = async move { response.await.map(|response| response.map(erase)).map_err(Into::into) };
            (request.id, Box::pin(response) as Responding)
        }));
        Self { send, pace: None, metered: None }
    }

    /// Sends no faster than this. A `Client` brings its own [`RateLimiter`], which this takes the place of.
    #[must_use]
    pub fn rate_limited(mut self, pace: RateLimiter) -> Self {
        self.pace = Some(pace);
        self
    }

    /// Counts in the metrics what is sent through this, or doesn't. Without this, watches are counted and
    /// [`wait_for`](crate::wait_for) isn't. It makes no difference without the feature `metrics`.
    #[must_use]
    pub const fn metered(mut self, is_metered: bool) -> Self {
        self.metered = Some(is_metered);
        self
    }

    pub(crate) fn metered_or(&self, default: bool) -> bool {
        self.metered.unwrap_or(default)
    }

    /// Starts a request. Nothing happens until the exchange is polled.
    pub(crate) fn send(&self, request: Request) -> Exchange {
        let (id, response) = self.send.lock().unwrap_or_else(PoisonError::into_inner)(request);
        match self.pace.clone() {
            None => Exchange::new(id, response),
            Some(pace) => Exchange::new(
                id,
                Box::pin(async move {
                    pace.turn().await;
                    response.await
                }),
            ),
        }
    }
}

impl core::fmt::Debug for Transport {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Transport")
    }
}
