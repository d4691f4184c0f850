//! Anything that answers HTTP requests, as a place to send the machine's requests to.

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

/// What sends the requests: any tower service that answers HTTP requests.
///
/// A `Client` becomes one by itself. Whatever else you have (a `kube::Client`, a service with layers
/// of your own, a fake one in a test) becomes one by [`Transport::new`].
pub struct Transport(Box<dyn FnMut(Request) -> Exchange + Send>);

impl Transport {
    /// Sends through this service; a clone of it a request.
    ///
    /// The requests have a path and a query only: the service must know the server, and add credentials. A layer that
    /// times requests out, or retries them, does harm here, since a watch lasts and its machine knows better.
    pub fn new<S, ReqBody, ResBody>(service: S) -> Self
    where
        S: Service<http::Request<ReqBody>, Response = http::Response<ResBody>> + Clone + Send + 'static,
        S::Error: Into<BoxError>,
        S::Future: Send,
        ReqBody: Default + Send + 'static,
        ResBody: Body + Send + 'static,
        ResBody::Error: Into<BoxError>,
    {
        Self(Box::new(move |request| {
            let mut service = service.clone();
            let mut http = request.http.map(|()| ReqBody::default());
            if request.refresh_credentials {
                http.extensions_mut().insert(RefreshCredentials);
            }
            let response = async move {
                core::future::poll_fn(|cx| service.poll_ready(cx)).await.map_err(Into::into)?;
                let response = service.call(http).await.map_err(Into::into)?;
                Ok(response.map(erase))
            };
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
