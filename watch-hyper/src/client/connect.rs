//! Establishes a connection: name, TCP, proxy, TLS.

use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};
use core::time::Duration;
use std::sync::Arc;

use http::Uri;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::rt::TokioIo;
use rustls_pki_types::ServerName;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tower_service::Service;
use watch_core::TransportErrorKind;

use super::connection::Connection;
use super::limit::Limit;
use super::proxy::Proxy;
use super::resolve::Resolver;
use super::tls::Tls;
use crate::known_error::{BoxError, ClassifiedError};

/// When a silent TCP connection is probed, and how often: the default of Go's `net.Dialer` (15 s, nine times). It
/// detects dead peers on HTTP/1.1 too.
const TCP_KEEP_ALIVE: Duration = Duration::from_secs(15);
const TCP_KEEP_ALIVE_PROBES: u32 = 9;

/// How a client makes its connections.
#[derive(Clone)]
pub(super) struct Connecting {
    pub(super) proxy: Option<Proxy>,
    /// If the URL is `https`.
    pub(super) tls: Option<Arc<Tls>>,
    /// The name that the certificate must have, if not that of the URL.
    pub(super) tls_server_name: Option<ServerName<'static>>,
    /// HTTP/2 without TLS, by prior knowledge.
    pub(super) plain_http2: bool,
    /// The timeout for all steps together.
    pub(super) timeout: Duration,
}

/// Makes connections for one lane.
#[derive(Clone)]
pub(super) struct Connector {
    how: Arc<Connecting>,
    tcp: HttpConnector<Resolver>,
    limit: Arc<Limit>,
}

impl Connector {
    /// `limit` receives the number of requests that a connection can have open at a time.
    pub(super) fn new(how: Arc<Connecting>, limit: Arc<Limit>) -> Self {
        let mut tcp = HttpConnector::new_with_resolver(Resolver::default());
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        tcp.set_keepalive(Some(TCP_KEEP_ALIVE));
        tcp.set_keepalive_interval(Some(TCP_KEEP_ALIVE));
        tcp.set_keepalive_retries(Some(TCP_KEEP_ALIVE_PROBES));
        Self { how, tcp, limit }
    }

    async fn connect(mut self, uri: Uri) -> Result<Connection, BoxError> {
        let tcp = self.reach(&uri).await?;
        let Some(tls) = &self.how.tls else {
            return Ok(Connection::plain(tcp, self.how.plain_http2, self.limit));
        };
        let name = match &self.how.tls_server_name {
            Some(name) => name.clone(),
            None => server_name(&uri)?,
        };
        let tls = TlsConnector::from(tls.config()).connect(name, tcp).await.map_err(|error| {
            // Other errors are those of the connection, which broke during the handshake.
            let is_tls = error.get_ref().is_some_and(|error| error.is::<rustls::Error>());
            let kind = if is_tls { TransportErrorKind::Tls } else { TransportErrorKind::Reset };
            ClassifiedError::new(kind, "the TLS handshake failed").with_source(error)
        })?;
        Ok(Connection::tls(tls, self.limit))
    }

    /// A TCP connection to the server, or through the proxy.
    async fn reach(&mut self, uri: &Uri) -> Result<TcpStream, BoxError> {
        let Some(proxy) = &self.how.proxy else {
            return Ok(self.tcp.call(uri.clone()).await?.into_inner());
        };
        let mut tunnel = Tunnel::new(proxy.uri.clone(), self.tcp.clone());
        if let Some(authorization) = &proxy.authorization {
            tunnel = tunnel.with_auth(authorization.clone());
        }
        let tcp: TokioIo<TcpStream> = tunnel.call(uri.clone()).await.map_err(|error| {
            // If a name can't be resolved, it is the name of the proxy, since the proxy resolves the name of the
            // server.
            let kind = if is_unresolved(&error) { TransportErrorKind::Resolve } else { TransportErrorKind::Connect };
            let message = format!("can't connect through the proxy {}", proxy.uri);
            ClassifiedError::new(kind, message).with_source(error)
        })?;
        Ok(tcp.into_inner())
    }
}

fn is_unresolved(error: &(dyn core::error::Error + 'static)) -> bool {
    core::iter::successors(Some(error), |error| error.source())
        .filter_map(|error| error.downcast_ref::<ClassifiedError>())
        .any(|error| error.kind() == TransportErrorKind::Resolve)
}

fn server_name(uri: &Uri) -> Result<ServerName<'static>, ClassifiedError> {
    let host = uri.host().unwrap_or_default();
    // In a URL, an IPv6 address has brackets around it. In a certificate, it has none.
    let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    ServerName::try_from(host.to_owned()).map_err(|error| {
        ClassifiedError::new(
            TransportErrorKind::Tls,
            "the host of the URL can't be the name of a certificate; set `tls_server_name`",
        )
        .with_source(error)
    })
}

impl Service<Uri> for Connector {
    type Response = Connection;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Connection, BoxError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let timeout = self.how.timeout;
        let connecting = self.clone().connect(uri);
        Box::pin(async move {
            tokio::time::timeout(timeout, connecting).await.unwrap_or_else(|_| {
                let message = format!("connect timeout of {timeout:?} exceeded");
                Err(ClassifiedError::new(TransportErrorKind::Timeout, message).into())
            })
        })
    }
}
