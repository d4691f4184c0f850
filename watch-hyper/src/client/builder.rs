//! The configuration of a client: server, trust and credentials.

use core::fmt;
use core::time::Duration;
use std::path::PathBuf;
use std::sync::Arc;

use http::{HeaderValue, Uri};
use rustls_pki_types::ServerName;

use super::connect::Connecting;
use super::error::ClientError;
use super::lanes::{Lanes, Ping};
use super::proxy::{Proxy, is_loopback};
use super::source::Source;
use super::tls::{Identity, Tls, Trust};
use super::url::{base, presentable};
use super::{Client, Shared};
use crate::credentials::Credentials;
use crate::rate_limiter::RateLimiter;

/// The timeout of a connection, from resolving the name to the end of the TLS handshake, as in client-go
/// (`transport/cache.go`: `net.Dialer{Timeout: 30 * time.Second}`).
const CONNECT: Duration = Duration::from_secs(30);
/// As in client-go (`apimachinery/pkg/util/net/http.go`: `readIdleTimeout`, `pingTimeout`).
const PING: Ping = Ping { after: Duration::from_secs(30), timeout: Duration::from_secs(15) };

/// Builds a [`Client`].
#[must_use]
pub struct ClientBuilder {
    url: String,
    trust: Trust,
    tls_server_name: Option<String>,
    identity: Option<Identity>,
    token: Token,
    token_without_tls: bool,
    proxy: ProxyChoice,
    http: Http,
    connect_timeout: Duration,
    user_agent: HeaderValue,
    pace: RateLimiter,
}

enum Token {
    None,
    Fixed(String),
    File(PathBuf),
}

enum ProxyChoice {
    Environment,
    None,
    Url(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Http {
    Negotiated,
    One,
    Two,
}

impl ClientBuilder {
    /// Returns a builder for the server with this URL: `https://` or `http://`, host, port, and an optional path
    /// prefix.
    pub(super) fn new(url: &str) -> Self {
        Self {
            url: url.into(),
            trust: Trust::Platform,
            tls_server_name: None,
            identity: None,
            token: Token::None,
            token_without_tls: false,
            proxy: ProxyChoice::Environment,
            http: Http::Negotiated,
            connect_timeout: CONNECT,
            user_agent: HeaderValue::from_static(concat!("watch-hyper/", env!("CARGO_PKG_VERSION"))),
            pace: RateLimiter::default(),
        }
    }

    /// Trusts the certificates in this PEM bundle and no others. Default: those of the platform.
    ///
    /// A server is trusted if its certificate was signed by one of them that is a certificate authority, directly or
    /// through intermediates. It is also trusted if it presents one of them itself, as with kubectl: a self-signed
    /// certificate, or a server certificate that was given alone. Its name, validity period and extended key usage are
    /// checked in both cases.
    ///
    /// A certificate that can't be read, or has an unsupported kind of key, is skipped with a warning and the reason.
    /// `build` fails if none is left.
    pub fn ca_pem(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.trust = Trust::These(Source::Pem(pem.into()));
        self
    }

    /// Trusts the certificates in this PEM file and no others, as [`ca_pem`](Self::ca_pem) does.
    ///
    /// Each new connection reads the file again. If it can't be used then, the previous certificates stay, with a
    /// warning. Open connections are not affected.
    pub fn ca_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.trust = Trust::These(Source::File(path.into()));
        self
    }

    /// Trusts any server. An attacker on the network can then read and change everything, including the token.
    pub fn danger_accept_invalid_certs(mut self) -> Self {
        self.trust = Trust::Anything;
        self
    }

    /// Sets the limit on the requests of all watches of this client together. Default: [`RateLimiter::default`].
    pub fn pace(mut self, pace: RateLimiter) -> Self {
        self.pace = pace;
        self
    }

    /// Sets the name that the server's certificate must have. Default: the host of the URL.
    pub fn tls_server_name(mut self, name: impl Into<String>) -> Self {
        self.tls_server_name = Some(name.into());
        self
    }

    /// Sets the client certificate. Both are PEM: the certificate with the chain above it, and its key (PKCS #8, PKCS
    /// #1 or SEC 1).
    pub fn client_pem(mut self, certificate: impl Into<Vec<u8>>, key: impl Into<Vec<u8>>) -> Self {
        self.identity = Some(Identity { certificate: Source::Pem(certificate.into()), key: Source::Pem(key.into()) });
        self
    }

    /// Sets the files of the client certificate and of its key, both PEM.
    ///
    /// Each new connection reads both again. If they can't be used then, or don't belong together (one of the two was
    /// just written), the previous ones stay, with a warning. A server asks for a certificate when a connection is
    /// made, so open connections are not affected.
    pub fn client_files(mut self, certificate: impl Into<PathBuf>, key: impl Into<PathBuf>) -> Self {
        self.identity = Some(Identity { certificate: Source::File(certificate.into()), key: Source::File(key.into()) });
        self
    }

    /// Sets the bearer token. Whitespace around it is removed.
    ///
    /// A token is sent only over TLS, or to this machine. `build` fails for `http://` to another machine.
    pub fn token(mut self, token: impl Into<String>) -> Self {
        self.token = Token::Fixed(token.into());
        self
    }

    /// Sets the file of the bearer token. It is read again once a minute, and at once after a 401 (unauthorized). The
    /// same rules apply as for [`token`](Self::token).
    pub fn token_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.token = Token::File(path.into());
        self
    }

    /// Allows the token to be sent without TLS, over `http://` to any machine. An attacker on the network can then read
    /// and use it.
    pub const fn danger_send_token_without_tls(mut self) -> Self {
        self.token_without_tls = true;
        self
    }

    /// Uses this HTTP proxy (by CONNECT). Default: the proxy of the environment (`HTTPS_PROXY`, `ALL_PROXY`,
    /// `NO_PROXY`) for `https` servers that aren't on this machine.
    pub fn proxy(mut self, url: impl Into<String>) -> Self {
        self.proxy = ProxyChoice::Url(url.into());
        self
    }

    /// Uses no proxy, and ignores the environment.
    pub fn no_proxy(mut self) -> Self {
        self.proxy = ProxyChoice::None;
        self
    }

    /// Disables HTTP/2: every watch then has its own connection.
    pub const fn http1_only(mut self) -> Self {
        self.http = Http::One;
        self
    }

    /// Uses HTTP/2 with prior knowledge, also without TLS. Default: the protocol negotiated by TLS, and HTTP/1.1
    /// without TLS.
    pub const fn http2_prior_knowledge(mut self) -> Self {
        self.http = Http::Two;
        self
    }

    /// Sets the timeout for establishing a connection, including TLS. Default: 30 s.
    pub const fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// Sets `User-Agent`, which the server writes to its audit log. Default: `watch-hyper/` and the version.
    pub fn user_agent(mut self, user_agent: HeaderValue) -> Self {
        self.user_agent = user_agent;
        self
    }

    /// Builds the client. Reads the PEM files, and doesn't connect yet.
    ///
    /// # Errors
    /// Fails if a part of the configuration can't be used; the error names it.
    pub fn build(self) -> Result<Client, ClientError> {
        let base = base(&self.url)?;
        let proxy = match &self.proxy {
            ProxyChoice::Environment => Proxy::from_environment(&base)?,
            ProxyChoice::None => None,
            ProxyChoice::Url(url) => Proxy::explicit(url, &base)?,
        };
        self.check_token_is_private(&base, proxy.as_ref())?;
        let credentials = match &self.token {
            Token::None => Credentials::None,
            Token::Fixed(token) => Credentials::fixed(token).map_err(|problem| ClientError::Token { problem })?,
            Token::File(path) => Credentials::file(path.clone()),
        };
        let tls_server_name = match &self.tls_server_name {
            Some(name) => Some(ServerName::try_from(name.clone()).map_err(|_| ClientError::Url {
                url: name.as_str().into(),
                problem: "has a TLS server name that no certificate can have",
            })?),
            None => None,
        };
        let connecting = Connecting {
            proxy,
            tls: self.tls(&base)?,
            tls_server_name,
            plain_http2: self.http == Http::Two,
            timeout: self.connect_timeout,
        };
        let lanes = Lanes::new(connecting, PING);
        Ok(Client(Arc::new(Shared { base, credentials, user_agent: self.user_agent, lanes, pace: self.pace })))
    }

    /// client-go sends a token over `http` too, so a mistyped `http://` goes unnoticed there.
    fn check_token_is_private(&self, base: &Uri, proxy: Option<&Proxy>) -> Result<(), ClientError> {
        let is_tls = base.scheme() == Some(&http::uri::Scheme::HTTPS);
        // Through a proxy, "this machine" is the machine of the proxy.
        let first = proxy.map_or(base, |proxy| &proxy.uri);
        let stays_here = first.host().is_some_and(is_loopback) && base.host().is_some_and(is_loopback);
        if is_tls || stays_here || self.token_without_tls || matches!(self.token, Token::None) {
            return Ok(());
        }
        Err(ClientError::TokenInTheClear { url: presentable(&self.url).into() })
    }

    fn tls(&self, base: &Uri) -> Result<Option<Arc<Tls>>, ClientError> {
        if base.scheme() != Some(&http::uri::Scheme::HTTPS) {
            return Ok(None);
        }
        Tls::new(self.trust.clone(), self.identity.clone(), self.http == Http::One).map(|tls| Some(Arc::new(tls)))
    }
}

impl fmt::Debug for ClientBuilder {
    /// Without credentials.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder")
            .field("url", &presentable(&self.url))
            .field("trust", &self.trust)
            .field("identity", &self.identity)
            .field("token", &self.token)
            .field("proxy", &self.proxy)
            .field("http", &self.http)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Token {
    /// Without the token.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("None"),
            Self::Fixed(_) => f.write_str("Fixed"),
            Self::File(path) => write!(f, "File({})", path.display()),
        }
    }
}

impl fmt::Debug for ProxyChoice {
    /// Without the URL: it may have a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Environment => "Environment",
            Self::None => "None",
            Self::Url(_) => "Url",
        })
    }
}
