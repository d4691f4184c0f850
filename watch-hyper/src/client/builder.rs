//! How to reach an API server, and as whom.

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

/// How long a connection may take to come about, from the name to the end of the TLS handshake: as client-go's
/// (`transport/cache.go`: `net.Dialer{Timeout: 30 * time.Second}`).
const CONNECT: Duration = Duration::from_secs(30);
/// As client-go's (`apimachinery/pkg/util/net/http.go`: `readIdleTimeout`, `pingTimeout`).
const PING: Ping = Ping { after: Duration::from_secs(30), timeout: Duration::from_secs(15) };

/// Makes a [`Client`].
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
    /// For the server with this URL: `https://` or `http://`, host, port, perhaps a path in front of all others.
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

    /// Trust the certificates in this PEM bundle and no others. Default: those of the platform.
    ///
    /// Trusted is a server whose certificate was signed by one of them (by way of others, perhaps), as far as they are
    /// certificate authorities; and a server that shows one of them itself, as kubectl has it: a self-signed certificate,
    /// or a server's own given alone. Its name, its time and its extended key usage are checked either way.
    ///
    /// A certificate that can't be read, or has a kind of key that isn't supported, is left out, and a warning says
    /// which and why; `build` fails if none is left.
    pub fn ca_pem(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.trust = Trust::These(Source::Pem(pem.into()));
        self
    }

    /// Trust the certificates in this PEM file and no others, as [`ca_pem`](Self::ca_pem) does.
    ///
    /// Each new connection reads the file again, and goes by what is in it then. If it can't be used then, what was read
    /// before stays, with a warning. Connections that stand are not affected.
    pub fn ca_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.trust = Trust::These(Source::File(path.into()));
        self
    }

    /// Trust any server. Anyone in between can then read and change everything, the token included.
    pub fn danger_accept_invalid_certs(mut self) -> Self {
        self.trust = Trust::Anything;
        self
    }

    /// How often the watches of this client may send requests, all together. Default: [`RateLimiter::default`].
    pub fn pace(mut self, pace: RateLimiter) -> Self {
        self.pace = pace;
        self
    }

    /// The name that the server's certificate must have. Default: the host of the URL.
    pub fn tls_server_name(mut self, name: impl Into<String>) -> Self {
        self.tls_server_name = Some(name.into());
        self
    }

    /// Show this client certificate. Both as PEM: the certificate with the chain above it, and its key (PKCS #8, PKCS #1
    /// or SEC 1).
    pub fn client_pem(mut self, certificate: impl Into<Vec<u8>>, key: impl Into<Vec<u8>>) -> Self {
        self.identity = Some(Identity { certificate: Source::Pem(certificate.into()), key: Source::Pem(key.into()) });
        self
    }

    /// Show the client certificate in this PEM file, whose key is in that one.
    ///
    /// Each new connection reads both again. If they can't be used then, or don't belong together (one was written, the
    /// other not yet), those read before stay, with a warning. A server asks for a certificate when a connection is made,
    /// so connections that stand are not affected.
    pub fn client_files(mut self, certificate: impl Into<PathBuf>, key: impl Into<PathBuf>) -> Self {
        self.identity = Some(Identity { certificate: Source::File(certificate.into()), key: Source::File(key.into()) });
        self
    }

    /// Send this bearer token. Blanks around it are left out.
    ///
    /// A token is sent over TLS only, or to this machine itself: over `http://` to another one, `build` fails.
    pub fn token(mut self, token: impl Into<String>) -> Self {
        self.token = Token::Fixed(token.into());
        self
    }

    /// Send the bearer token in this file, as [`token`](Self::token) does. It is read again once a minute, and at once
    /// when the server refused it.
    pub fn token_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.token = Token::File(path.into());
        self
    }

    /// Send the token also without TLS, over `http://` to any machine. Anyone in between can then read and use it.
    pub const fn danger_send_token_without_tls(mut self) -> Self {
        self.token_without_tls = true;
        self
    }

    /// Go through this HTTP proxy (by CONNECT). Default: the one of the environment (`HTTPS_PROXY`, `ALL_PROXY`,
    /// `NO_PROXY`) for `https` servers that aren't on this machine.
    pub fn proxy(mut self, url: impl Into<String>) -> Self {
        self.proxy = ProxyChoice::Url(url.into());
        self
    }

    /// Go through no proxy, whatever the environment says.
    pub fn no_proxy(mut self) -> Self {
        self.proxy = ProxyChoice::None;
        self
    }

    /// Never use HTTP/2: every watch then has a connection of its own.
    pub const fn http1_only(mut self) -> Self {
        self.http = Http::One;
        self
    }

    /// Use HTTP/2 without asking, also without TLS. Default: what the TLS handshake agrees on, and HTTP/1.1 without TLS.
    pub const fn http2_prior_knowledge(mut self) -> Self {
        self.http = Http::Two;
        self
    }

    /// How long a connection may take to come about, TLS included. Default: 30 s.
    pub const fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// `User-Agent`; the server shows it in its audit log. Default: `watch-hyper/` and the version.
    pub fn user_agent(mut self, user_agent: HeaderValue) -> Self {
        self.user_agent = user_agent;
        self
    }

    /// Makes the client. Reads the PEM files; connects to nothing yet.
    ///
    /// # Errors
    /// If something in it can't be used; says what.
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

    /// client-go sends a token over `http` too; those who write `http://` by mistake learn nothing of it.
    fn check_token_is_private(&self, base: &Uri, proxy: Option<&Proxy>) -> Result<(), ClientError> {
        let is_tls = base.scheme() == Some(&http::uri::Scheme::HTTPS);
        // What goes to "this machine" through a proxy goes to the proxy, and to *its* machine.
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
