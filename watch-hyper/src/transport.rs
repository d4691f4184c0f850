//! The abstraction over HTTP clients.

use core::future::poll_fn;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use http_body::Body;
use tower_service::Service;
use watch_core::Request;

use crate::exchange::{Exchange, Responding, erase};
use crate::known_error::BoxError;
use crate::rate_limiter::RateLimiter;

/// An extension of a request that follows a 401 (unauthorized): the code that adds credentials should refresh them
/// first. `Client` does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RefreshCredentials;

/// The HTTP client of a watch: anything that answers HTTP requests.
///
/// A `Client` converts into one. [`Transport::new`] takes a tower service (with your own layers, or a fake in a test),
/// and [`Transport::from_fn`] a function. With the feature `kube`, a `kube::Client` converts into one, which brings
/// kubeconfig, exec plugins and OIDC.
///
/// The requests have only a path and a query: the service must know the server, and add credentials. A request has
/// [`RefreshCredentials`] among its extensions if the credentials of the last one were refused. Layers with a timeout
/// or a retry do harm: a watch is a long request, and the machine has its own timeouts and retries.
///
/// Clones share the service and the [`RateLimiter`]: one transport serves any number of watches.
///
/// A function, here as a server that has no pods:
///
/// ```
/// use std::convert::Infallible;
///
/// use futures_util::StreamExt;
/// use bytes::Bytes;
/// use http_body_util::Full;
/// use watch_hyper::watch_core::{Change, Config, InitialList, Object, Resource, Start};
/// use watch_hyper::{Transport, Watch};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn core::error::Error>> {
/// let transport = Transport::from_fn(|request: http::Request<Full<Bytes>>| async move {
///     println!("{}", request.uri());
///     let list = r#"{"kind":"PodList","apiVersion":"v1","metadata":{"resourceVersion":"7"},"items":[]}"#;
///     Ok::<_, Infallible>(http::Response::new(Full::new(Bytes::from(list))))
/// });
///
/// let start = Start::InitialList(InitialList::List);
/// let config = Config::builder(Resource::core("v1", "pods")).start(start).build()?;
/// let mut changes = Watch::<Object>::new(transport, config).changes();
/// assert!(matches!(changes.next().await, Some(Ok(Change::Synced { .. }))));
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Transport {
    /// Locked only while the future of a request is made.
    send: Arc<Mutex<Sends>>,
    pace: Option<RateLimiter>,
    metered: Option<bool>,
}

type Sends = dyn FnMut(Request) -> Responding + Send;

impl Transport {
    /// Returns a transport that sends each request through a clone of this service.
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

    /// Returns a transport that calls this function for each request. Clones of the transport share the function, and
    /// call it one at a time.
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
            Box::pin(response) as Responding
        }));
        Self { send, pace: None, metered: None }
    }

    /// Sets the rate limiter. It replaces the [`RateLimiter`] of a `Client`.
    #[must_use]
    pub fn rate_limited(mut self, pace: RateLimiter) -> Self {
        self.pace = Some(pace);
        self
    }

    /// Sets whether the watches of this transport are counted in the metrics. By default, watches are counted and
    /// [`wait_for`](crate::wait_for) isn't. It has no effect without the feature `metrics`.
    #[must_use]
    pub const fn metered(mut self, is_metered: bool) -> Self {
        self.metered = Some(is_metered);
        self
    }

    pub(crate) fn metered_or(&self, default: bool) -> bool {
        self.metered.unwrap_or(default)
    }

    /// Returns the exchange of a request. It sends nothing until it is polled.
    pub(crate) fn send(&self, request: Request) -> Exchange {
        let (id, send) = (request.id, Arc::clone(&self.send));
        // The future of the response is made when the turn has come. It is large, and thousands of watches may wait.
        match self.pace.clone() {
            None => Exchange::new(id, response(&send, request)),
            Some(pace) => Exchange::new(
                id,
                Box::pin(async move {
                    pace.turn().await;
                    response(&send, request).await
                }),
            ),
        }
    }
}

fn response(send: &Mutex<Sends>, request: Request) -> Responding {
    send.lock().unwrap_or_else(PoisonError::into_inner)(request)
}

impl core::fmt::Debug for Transport {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Transport")
    }
}
