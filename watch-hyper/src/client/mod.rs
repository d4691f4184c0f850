//! An HTTP client for API servers.

mod advice;
mod builder;
mod certificate;
mod connect;
mod connection;
mod error;
mod in_cluster;
mod interim;
mod known;
mod lanes;
mod limit;
mod proxy;
mod request_error;
mod reread;
mod resolve;
mod roots;
mod settings;
mod source;
mod tls;
mod transport;
mod url;
mod verifier;
mod waiting;

use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};
use std::sync::Arc;

use bytes::Bytes;
use http::header::{AUTHORIZATION, USER_AGENT};
use http::{HeaderValue, Uri};
use http_body_util::Full;
use tower_service::Service;
use watch_core::TransportErrorKind;

pub use self::builder::ClientBuilder;
pub use self::error::ClientError;
pub(crate) use self::known::{advice_on, is_wrapper, kind_of};
pub use self::lanes::ClientBody;
use self::lanes::Lanes;
pub use self::request_error::RequestError;
use crate::credentials::Credentials;
use crate::known_error::ClassifiedError;
use crate::rate_limiter::RateLimiter;
use crate::transport::RefreshCredentials;

/// A client for one API server. Cloning is cheap, and clones share their connections.
///
/// It adds the server's address, `Authorization` and `User-Agent` to each request. It must be used within a tokio
/// runtime, which also runs its connections.
///
/// [`Client::builder`] takes a URL, credentials and certificates; [`Client::in_cluster`] uses the service account of
/// the pod. A client is a [`Transport`](crate::Transport) for watches, and a tower service for other requests:
///
/// ```
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/server.rs"));
/// use http_body_util::{BodyExt, Full};
/// use tower_service::Service;
/// use watch_hyper::watch_core::{Config, Object, Resource};
/// use watch_hyper::{Client, Watch};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn core::error::Error>> {
/// # let url = serve();
/// let mut client = Client::builder(&url).token("secret").build()?;
/// let config = Config::builder(Resource::core("v1", "pods")).build()?;
/// let watch = Watch::<Object>::new(client.clone(), config);
///
/// let request = http::Request::get("/api/v1/pods").body(Full::default())?;
/// let response = client.call(request).await?;
/// assert_eq!(response.status(), 200);
/// let body = response.into_body().collect().await?.to_bytes();
/// assert!(body.starts_with(br#"{"kind":"PodList""#));
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Client(Arc<Shared>);

struct Shared {
    base: Uri,
    credentials: Credentials,
    user_agent: HeaderValue,
    lanes: Arc<Lanes>,
    pace: RateLimiter,
}

impl Client {
    /// Returns a builder for the server with this URL: `https://` or `http://`, host, port, and an optional path
    /// prefix.
    pub fn builder(url: &str) -> ClientBuilder {
        ClientBuilder::new(url)
    }

    /// Returns a client for the cluster that this process runs in, with the service account of its pod.
    ///
    /// # Errors
    /// Fails if the process doesn't run in a pod that has a service account.
    pub fn in_cluster() -> Result<Self, ClientError> {
        in_cluster::builder()?.build()
    }

    /// Returns the namespace that this process runs in.
    ///
    /// # Errors
    /// Fails if the process doesn't run in a pod that has a service account.
    pub fn own_namespace() -> Result<String, ClientError> {
        in_cluster::namespace()
    }

    pub(crate) fn pace(&self) -> &RateLimiter {
        &self.0.pace
    }
}

impl Shared {
    /// Adds the URL, the credentials and `User-Agent`.
    fn complete(&self, request: http::Request<Full<Bytes>>) -> Result<http::Request<Full<Bytes>>, ClassifiedError> {
        let (mut parts, body) = request.into_parts();
        parts.uri = self.absolute(&parts.uri).map_err(|error| {
            ClassifiedError::new(TransportErrorKind::Other, "the request has no usable URL").with_source(error)
        })?;
        let refresh = parts.extensions.remove::<RefreshCredentials>().is_some();
        if let Some(authorization) = self.credentials.authorization(refresh)? {
            parts.headers.insert(AUTHORIZATION, authorization);
        }
        parts.headers.insert(USER_AGENT, self.user_agent.clone());
        Ok(http::Request::from_parts(parts, body))
    }

    /// Prefixes a path with the server.
    fn absolute(&self, uri: &Uri) -> Result<Uri, http::Error> {
        let mut parts = self.base.clone().into_parts();
        let asked = uri.path_and_query().map_or("/", |path| path.as_str());
        let prefix = self.base.path().trim_end_matches('/');
        parts.path_and_query = Some(format!("{prefix}{asked}").try_into()?);
        Ok(Uri::from_parts(parts)?)
    }
}

impl Service<http::Request<Full<Bytes>>> for Client {
    type Response = http::Response<ClientBody>;
    type Error = RequestError;
    type Future = Pin<Box<dyn Future<Output = Result<http::Response<ClientBody>, RequestError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), RequestError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Full<Bytes>>) -> Self::Future {
        let shared = Arc::clone(&self.0);
        // Thousands of requests may wait for a connection. The future holds the request until it is polled, and would
        // keep room for it until its end.
        let request = Box::new(request);
        Box::pin(async move {
            let request = shared.complete(*request)?;
            interim::limited(request, |request| Arc::clone(&shared.lanes).request(request)).await
        })
    }
}

impl fmt::Debug for Client {
    /// Without credentials.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Client({}, {:?})", self.0.base, self.0.credentials)
    }
}
