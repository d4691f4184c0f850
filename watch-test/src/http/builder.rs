//! A server's settings, and its start.

use core::net::{IpAddr, Ipv4Addr, SocketAddr};
use core::time::Duration;
use std::io;
use std::sync::Arc;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use tokio::net::TcpListener;
use tokio::sync::{oneshot, watch};

use super::listen::{Face, Stop, listen};
use super::observer::Observer;
use super::shared::{Clock, Shared};
use super::tls::Authority;
use super::{Handle, TestServer};
use crate::model::{ApiServer, Config, LoggedRequest, Window};

/// Settings of a [`TestServer`]. What isn't set is as in kube-apiserver.
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
    /// The address to listen on, instead of `127.0.0.1`. Anyone who can reach another one may do anything to the server, on
    /// `/-/` too.
    pub const fn host(mut self, host: IpAddr) -> Self {
        self.host = host;
        self
    }

    /// The port, instead of a free one.
    pub const fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// Serves HTTPS, with a certificate authority made for the occasion
    /// ([`TestServer::certificate_authority`]).
    pub const fn tls(mut self) -> Self {
        self.tls = true;
        self
    }

    /// Decides uids and generated names. The same seed gives the same ones.
    pub const fn seed(mut self, seed: u64) -> Self {
        self.config.seed = seed;
        self
    }

    /// How often a watch gets a bookmark, instead of once a minute.
    pub const fn bookmark_interval(mut self, interval: Duration) -> Self {
        self.config.bookmark_interval = Some(interval);
        self
    }

    /// How many events of each resource a watch can begin back, instead of a number that grows with the traffic.
    pub const fn window(mut self, events: usize) -> Self {
        self.config.window = Window::Events(events);
        self
    }

    /// Calls a function with each request once its reply begins, or it is clear that none comes; not with those for `/-/`.
    /// It is called on the server's thread, which does nothing else meanwhile.
    pub fn on_request(mut self, show: impl Fn(&LoggedRequest) + Send + Sync + 'static) -> Self {
        self.observer = Observer::new(show);
        self
    }

    /// Anything else.
    pub fn config(mut self, change: impl FnOnce(&mut Config)) -> Self {
        change(&mut self.config);
        self
    }

    /// Starts the server.
    ///
    /// # Errors
    /// If the port can't be had, or no keys can be made.
    #[expect(clippy::unused_async, reason = "so that it can come to need it without breaking anybody")]
    pub async fn start(self) -> io::Result<TestServer> {
        self.start_blocking()
    }

    /// Starts the server, for tests without a runtime.
    ///
    /// # Errors
    /// If the port can't be had, or no keys can be made.
    pub fn start_blocking(self) -> io::Result<TestServer> {
        let listener = std::net::TcpListener::bind(SocketAddr::from((self.host, self.port)))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let (stop, stop_receiver) = watch::channel(Stop::No);
        let (stopped_sender, stopped) = oneshot::channel();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let clock = Clock::Real { origin: Instant::now(), timers: runtime.handle().clone() };
        let shared = Arc::new(Shared::new(ApiServer::new(self.config), clock, self.observer));
        let authority = self.tls.then(Authority::new).transpose()?.map(Arc::new);
        let tls =
            authority.clone().map(|authority| authority.acceptor(address.ip()).map(|acceptor| (acceptor, authority)));
        let face = Face { shared: shared.clone(), tls: tls.transpose()? };
        std::thread::Builder::new().name("watch-test".into()).spawn(move || {
            runtime.block_on(async {
                // It was set non-blocking, which is all that can be wrong with it.
                if let Ok(listener) = TcpListener::from_std(listener) {
                    listen(listener, face, stop_receiver).await;
                }
            });
            runtime.shutdown_background();
            // Whether anybody waits for it is their business.
            let _ = stopped_sender.send(());
        })?;
        Ok(TestServer { handle: Handle { shared }, address, authority, stop, stopped: Some(stopped) })
    }
}
