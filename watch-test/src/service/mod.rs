//! The model as a tower service in the test's own process, on tokio's clock.

mod api_service;

use core::fmt;
use core::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use http_body_util::Full;
use tokio::task::JoinSet;

pub use self::api_service::{ApiBody, ApiService};
use crate::http::Handle;
use crate::http::listen::tick;
use crate::http::observer::Observer;
use crate::http::shared::{Clock, Shared};
use crate::model::{ApiServer, Config};

/// An API server without sockets, on tokio's clock. If a test pauses the clock, an hour of outages takes milliseconds,
/// and each run is the same.
///
/// Clients send their requests through [`service`](Self::service), a tower service; for watch-hyper,
/// `Transport::new(server.service())`. The other methods are those of a [`TestServer`](crate::TestServer): see
/// [`Handle`]. There is no TLS, HTTP/2 or GOAWAY. [`take_down`](Self::take_down) makes connections fail, as if the port
/// were closed.
///
/// ```
/// use core::time::Duration;
/// use serde_json::json;
/// use tower_service::Service as _;
/// use watch_test::InProcessServer;
///
/// # let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build()?;
/// # runtime.block_on(async {
/// let server = InProcessServer::start();
/// server.create("configmaps", Some("default"), json!({"metadata": {"name": "a"}}))?;
/// let request = http::Request::get("/api/v1/configmaps?watch=1&timeoutSeconds=3600").body("".into())?;
/// let response = server.service().call(request).await?; // the client under test
///
/// use http_body_util::BodyExt as _;
/// let body = response.into_body().collect().await?.to_bytes();
/// assert!(body.starts_with(br#"{"type":"ADDED""#));
/// assert_eq!(server.now(), Duration::from_secs(3600)); // the watch lasted an hour
/// # Ok::<(), Box<dyn core::error::Error>>(()) })?; Ok::<(), Box<dyn core::error::Error>>(())
/// ```
///
/// If a test panics, it prints the transcript, as a `TestServer` does.
#[derive(Debug)]
pub struct InProcessServer {
    handle: Handle,
    is_down: Arc<AtomicBool>,
    /// Runs the model's timers. Dropping it stops them.
    _ticker: JoinSet<()>,
}

impl InProcessServer {
    /// Starts a server with the defaults of kube-apiserver. Its time begins now, at 2026-01-01.
    ///
    /// # Panics
    /// Panics outside of a tokio runtime.
    pub fn start() -> Self {
        Self::with_config(Config::default())
    }

    /// Starts a server with other settings.
    ///
    /// # Panics
    /// Panics outside of a tokio runtime.
    pub fn with_config(config: Config) -> Self {
        let clock = Clock::Tokio { origin: tokio::time::Instant::now() };
        let shared = Arc::new(Shared::new(ApiServer::new(config), clock, Observer::default()));
        let mut ticker = JoinSet::new();
        ticker.spawn(tick(Arc::clone(&shared)));
        Self { handle: Handle::new(shared), is_down: Arc::default(), _ticker: ticker }
    }

    /// Returns the service that clients send their requests to. Clones use the same server.
    pub fn service(&self) -> ApiService<Full<Bytes>> {
        self.service_for()
    }

    /// Returns the service for requests with bodies of another type, for example `kube::client::Body`.
    pub fn service_for<B>(&self) -> ApiService<B> {
        ApiService::new(Arc::clone(self.handle.shared()), Arc::clone(&self.is_down))
    }

    /// Takes the server down: every exchange is cut off, and connections are refused until
    /// [`bring_up`](Self::bring_up). The store keeps its objects, and the test can still change them.
    pub fn take_down(&self) {
        self.is_down.store(true, Ordering::SeqCst);
        self.handle.restart(0);
    }

    /// Accepts connections again.
    pub fn bring_up(&self) {
        self.is_down.store(false, Ordering::SeqCst);
    }
}

impl Deref for InProcessServer {
    type Target = Handle;

    fn deref(&self) -> &Handle {
        &self.handle
    }
}

impl fmt::Display for InProcessServer {
    /// Writes the transcript: every request with its reply, and the rules that can still apply.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "watch-test, {}", self.handle)
    }
}

impl Drop for InProcessServer {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprint!("{self}");
        }
    }
}
