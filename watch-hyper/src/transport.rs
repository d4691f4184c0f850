//! Anything that answers HTTP requests, as a place to send the machine's requests to.

use core::future::poll_fn;

use bytes::Bytes;
use http_body::Body;
use tower_service::Service;
use watch_core::Request;

use crate::error::BoxError;
use crate::exchange::{Exchange, erase};

/// In the extensions of a request whose predecessor was answered with 401: whoever adds credentials should get fresh
/// ones first. `Client` does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RefreshCredentials;

/// What sends the requests: anything that answers HTTP requests.
///
/// A `Client` becomes one by itself. A tower service (one with layers of your own, a fake one in a test) becomes one by
/// [`Transport::new`], a function by [`Transport::from_fn`]. So does a `kube::Client`, which brings kubeconfig, exec
/// plugins and OIDC:
///
/// ```ignore
/// let kube = kube::Client::try_default().await?;
/// let transport = Transport::from_fn(move |request| {
///     let kube = kube.clone();
///     async move { kube.send(request).await }
/// });
/// ```
///
/// The requests have a path and a query only: what sends them must know the server, and add credentials. They have
/// [`RefreshCredentials`] among their extensions when the last ones were refused. Layers that time requests out, or try
/// them again, do harm here: a watch lasts, and its machine knows better.
pub struct Transport(Box<dyn FnMut(Request) -> Exchange + Send>);

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

    /// Sends by this function.
    pub fn from_fn<F, ReqBody, ResBody, E>(mut send: impl FnMut(http::Request<ReqBody>) -> F + Send + 'static) -> Self
    where
        F: Future<Output = Result<http::Response<ResBody>, E>> + Send + 'static,
        E: Into<BoxError>,
        ReqBody: From<Bytes>,
        ResBody: Body + Send + 'static,
        ResBody::Error: Into<BoxError>,
    {
        Self(Box::new(move |request| {
            let mut http = request.http.map(|()| ReqBody::from(Bytes::new()));
            if request.refresh_credentials {
                http.extensions_mut().insert(RefreshCredentials);
            }
            let response = send(http);
            let response = async move { response.await.map(|response| response.map(erase)).map_err(Into::into) };
            Exchange::new(request.id, Box::pin(response))
        }))
    }

    /// Starts a request. Nothing happens until the exchange is polled.
    pub(crate) fn send(&mut self, request: Request) -> Exchange {
        (self.0)(request)
    }
}

#[cfg(feature = "client")]
impl From<crate::Client> for Transport {
    fn from(client: crate::Client) -> Self {
        Self::new(client)
    }
}

impl core::fmt::Debug for Transport {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Transport")
    }
}
