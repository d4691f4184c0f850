//! The server as tests start and stop it.

use core::fmt;
use core::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use core::ops::Deref;
use core::time::Duration;
use std::sync::{Arc, Mutex, PoisonError, mpsc};

use tokio::sync::{oneshot, watch};

use super::builder::Builder;
use super::handle::Handle;
use super::listen::Stop;
use super::shared::Shared;
use super::tls::{Authority, ClientIdentity};

/// The longest time that a drop waits until the port is closed. The server's thread is late only if a function of
/// [`Builder::on_request`] blocks it.
const LONGEST_DROP: Duration = Duration::from_secs(1);

/// An API server to test watches against.
///
/// It runs on its own thread, so it works with any runtime and with blocking code. Dropping it stops it and closes its
/// port; connections that are opened after that are refused. The drop waits for this, at most a
/// second. If it is dropped by a panic, it prints the transcript: every request and
/// its reply. It can't detect that a test returned `Err`; `eprintln!("{server}")` prints the transcript before that.
///
/// Its methods are those of [`Handle`]: they write objects, cause faults, and return the requests so far.
///
/// ```
/// # fn get(url: &str) -> std::io::Result<String> {
/// #     use std::io::{Read as _, Write as _};
/// #     let (host, path) = url.strip_prefix("http://").and_then(|rest| rest.split_once('/')).expect("a path");
/// #     let mut stream = std::net::TcpStream::connect(host)?;
/// #     write!(stream, "GET /{path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n")?;
/// #     let mut reply = String::new();
/// #     stream.read_to_string(&mut reply).map(|_| reply)
/// # }
/// use serde_json::json;
/// use watch_test::TestServer;
/// use watch_test::fault::{Fault, Requests};
///
/// let server = TestServer::builder().start_blocking()?;
/// server.create("configmaps", Some("default"), json!({"metadata": {"name": "a"}}))?;
/// server.inject(Fault::refuse(503).once().on(Requests::list("configmaps")));
///
/// // The client under test, which should retry.
/// let url = format!("{}/api/v1/configmaps", server.url());
/// assert!(get(&url)?.starts_with("HTTP/1.1 503"));
/// assert!(get(&url)?.starts_with("HTTP/1.1 200"));
/// assert_eq!(server.requests().len(), 2);
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct TestServer {
    handle: Handle,
    address: SocketAddr,
    authority: Option<Arc<Authority>>,
    stop: watch::Sender<Stop>,
    /// Disconnects when the port is closed. The mutex makes the server `Sync`; it is never locked.
    closed: Mutex<mpsc::Receiver<()>>,
    stopped: Option<oneshot::Receiver<()>>,
}

impl TestServer {
    pub(super) const fn new(
        shared: Arc<Shared>,
        address: SocketAddr,
        authority: Option<Arc<Authority>>,
        stop: watch::Sender<Stop>,
        closed: mpsc::Receiver<()>,
        stopped: oneshot::Receiver<()>,
    ) -> Self {
        Self {
            handle: Handle::new(shared),
            address,
            authority,
            stop,
            closed: Mutex::new(closed),
            stopped: Some(stopped),
        }
    }

    /// Starts a server with the defaults of kube-apiserver, without TLS, on a free port of the loopback interface.
    ///
    /// # Errors
    /// Fails if no port is free.
    #[expect(clippy::unused_async, reason = "so that it can await later without a breaking change")]
    pub async fn start() -> std::io::Result<Self> {
        Self::builder().start_blocking()
    }

    /// Returns a builder, to start a server with other settings.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// Returns the base URL: `http://127.0.0.1:PORT`, or with `https`. A server that listens on all addresses is
    /// reached by the loopback address.
    pub fn url(&self) -> String {
        let scheme = if self.authority.is_some() { "https" } else { "http" };
        let mut address = self.address;
        if address.ip().is_unspecified() {
            address.set_ip(if address.is_ipv4() { Ipv4Addr::LOCALHOST.into() } else { Ipv6Addr::LOCALHOST.into() });
        }
        format!("{scheme}://{address}")
    }

    /// Returns the certificate of the authority that signed the server's certificate, in PEM. `None` without TLS.
    pub fn certificate_authority(&self) -> Option<&str> {
        self.authority.as_deref().map(Authority::certificate_pem)
    }

    /// Creates a client certificate for a user with this name, who may do anything.
    ///
    /// # Errors
    /// Fails without TLS, or if no key can be generated.
    pub fn client_identity(&self, name: &str) -> std::io::Result<ClientIdentity> {
        let without = || std::io::Error::new(std::io::ErrorKind::Unsupported, "the server doesn't speak TLS");
        self.authority.as_deref().ok_or_else(without)?.client(name)
    }

    /// Sends GOAWAY on every HTTP/2 connection; open streams continue. HTTP/1.1 connections close after the current
    /// reply.
    pub fn go_away(&self) {
        self.handle.shared().go_away();
    }

    /// Stops the server and closes all connections. Returns when both are done.
    pub async fn shutdown(self) {
        self.stop_and_wait(Stop::Now).await;
    }

    /// Stops listening, lets open exchanges continue for `grace`, and then ends them in order. kube-apiserver does so
    /// on SIGTERM, with 60 s. Returns at most a second after that. Exchanges that are still open then are cut off,
    /// because their client doesn't read or has sent half a request.
    pub async fn shutdown_gracefully(self, grace: Duration) {
        self.stop_and_wait(Stop::Gracefully(grace)).await;
    }

    async fn stop_and_wait(mut self, how: Stop) {
        self.stop.send_replace(how);
        if let Some(stopped) = self.stopped.take() {
            // An error means that the thread has ended already.
            drop(stopped.await);
        }
    }
}

impl fmt::Display for TestServer {
    /// Writes the transcript: every request with its reply, and the rules that can still apply.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "watch-test at {}, {}", self.url(), self.handle)
    }
}

impl Deref for TestServer {
    type Target = Handle;

    fn deref(&self) -> &Handle {
        &self.handle
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprint!("{self}");
        }
        self.stop.send_if_modified(|stop| core::mem::replace(stop, Stop::Now) == Stop::No);
        // Otherwise a connection that is opened after the drop is accepted now and then, and reset.
        let closed = self.closed.get_mut().unwrap_or_else(PoisonError::into_inner);
        let _ = closed.recv_timeout(LONGEST_DROP);
    }
}
