//! The settings and the start of a server.

use core::net::{IpAddr, Ipv4Addr, SocketAddr};
use core::time::Duration;
use std::io;
use std::sync::{Arc, mpsc};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use tokio::net::TcpListener;
use tokio::sync::{oneshot, watch};

use super::listen::{Face, Stop, listen};
use super::observer::Observer;
use super::server::TestServer;
use super::shared::{Clock, Shared};
use super::tls::Authority;
use crate::model::{ApiServer, Config, LoggedRequest, Window};

/// Settings of a [`TestServer`]. The defaults are those of kube-apiserver.
#[derive(Clone, Debug)]
#[must_use]
pub struct Builder {
    config: Config,
    host: IpAddr,
    port: u16,
    tls: bool,
    observer: Observer,
}

impl Default for Builder {
    fn default() -> Self {
        let epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self {
            config: Config { epoch, ..Config::default() },
            host: Ipv4Addr::LOCALHOST.into(),
            port: 0,
            tls: false,
            observer: Observer::default(),
        }
    }
}

impl Builder {
    /// Sets the address to listen on, instead of `127.0.0.1`. Anyone who can reach the address may do anything to the
    /// server, including `/-/`.
    pub const fn host(mut self, host: IpAddr) -> Self {
        self.host = host;
        self
    }

    /// Sets the port, instead of a free one.
    pub const fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// Serves HTTPS, with a new certificate authority ([`TestServer::certificate_authority`]).
    pub const fn tls(mut self) -> Self {
        self.tls = true;
        self
    }

    /// Sets the seed of uids and generated names. Servers with the same seed generate the same uids and names.
    pub const fn seed(mut self, seed: u64) -> Self {
        self.config.seed = seed;
        self
    }

    /// Sets the interval of bookmarks, instead of a minute.
    pub const fn bookmark_interval(mut self, interval: Duration) -> Self {
        self.config.bookmark_interval = Some(interval);
        self
    }

    /// Sets how many events of each resource a watch can start back, instead of a window that grows with the traffic.
    pub const fn window(mut self, events: usize) -> Self {
        self.config.window = Window::Events(events);
        self
    }

    /// Calls a function with each request when its reply begins, or when it is certain that there is no reply. Requests
    /// for `/-/` are excluded. The function runs on the server's thread and blocks it.
    pub fn on_request(mut self, show: impl Fn(&LoggedRequest) + Send + Sync + 'static) -> Self {
        self.observer = Observer::new(show);
        self
    }

    /// Changes other settings.
    pub fn config(mut self, change: impl FnOnce(&mut Config)) -> Self {
        change(&mut self.config);
        self
    }

    /// Starts the server.
    ///
    /// # Errors
    /// Fails if the port isn't available, or if no keys can be generated.
    #[expect(clippy::unused_async, reason = "so that it can await later without a breaking change")]
    pub async fn start(self) -> io::Result<TestServer> {
        self.start_blocking()
    }

    /// Starts the server, in tests without an async runtime.
    ///
    /// # Errors
    /// Fails if the port isn't available, or if no keys can be generated.
    pub fn start_blocking(self) -> io::Result<TestServer> {
        let listener = std::net::TcpListener::bind(SocketAddr::from((self.host, self.port)))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let (stop, stop_receiver) = watch::channel(Stop::No);
        let (stopped_sender, stopped) = oneshot::channel();
        let (open, closed) = mpsc::channel();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let clock = Clock::Real { origin: Instant::now(), timers: runtime.handle().clone() };
        let shared = Arc::new(Shared::new(ApiServer::new(self.config), clock, self.observer));
        let authority = self.tls.then(Authority::new).transpose()?.map(Arc::new);
        let tls =
            authority.clone().map(|authority| authority.acceptor(address.ip()).map(|acceptor| (acceptor, authority)));
        let face = Face { shared: shared.clone(), tls: tls.transpose()? };
        std::thread::Builder::new().name("watch-test".into()).spawn(move || {
            runtime.block_on(async {
                // This fails only for a blocking socket, and this one is non-blocking.
                if let Ok(listener) = TcpListener::from_std(listener) {
                    listen(listener, face, stop_receiver, open).await;
                }
            });
            runtime.shutdown_background();
            // An error means that the receiver was dropped.
            let _ = stopped_sender.send(());
        })?;
        Ok(TestServer::new(shared, address, authority, stop, closed, stopped))
    }
}
