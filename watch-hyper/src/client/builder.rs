//! How to reach an API server, and as whom.

use core::fmt;
use core::time::Duration;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use http::{HeaderValue, Uri};
use rustls_pki_types::ServerName;

use super::connect::Connecting;
use super::credentials::Credentials;
use super::error::ClientError;
use super::lanes::{Lanes, Ping};
use super::proxy::Proxy;
use super::tls::{self, Identity, Trust};
use super::{Client, Shared};
use crate::pace::Pace;

/// How long a connection may take to come about, from the name to the end of the TLS handshake: as client-go's
/// (`transport/cache.go`: `net.Dialer{Timeout: 30 * time.Second}`).
const CONNECT: Duration = Duration::from_secs(30);
/// As client-go's (`apimachinery/pkg/util/net/http.go`: `readIdleTimeout`, `pingTimeout`).
const PING: Ping = Ping { after: Duration::from_secs(30), timeout: Duration::from_secs(15) };

/// Makes a [`Client`].
#[must_use]
pub struct ClientBuilder {
    url: String,
    trust: Source,
    tls_server_name: Option<String>,
    identity: Option<(Source, Source)>,
    token: Token,
    proxy: ProxyChoice,
    http: Http,
    connect_timeout: Duration,
    user_agent: HeaderValue,
    pace: Pace,
}

/// Where PEM comes from. Files are read when the client is made.
enum Source {
    /// Not given.
    Default,
    /// Nothing is checked.
    Anything,
    Pem(Vec<u8>),
    File(PathBuf),
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
            trust: Source::Default,
            tls_server_name: None,
            identity: None,
            token: Token::None,
            proxy: ProxyChoice::Environment,
            http: Http::Negotiated,
            connect_timeout: CONNECT,
            user_agent: HeaderValue::from_static(concat!("watch-hyper/", env!("CARGO_PKG_VERSION"))),
            pace: Pace::default(),
        }
    }

    /// Trust these certificate authorities (PEM) and no others. Default: those of the platform.
    pub fn ca_pem(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.trust = Source::Pem(pem.into());
        self
    }

    /// Trust the certificate authorities in this PEM file and no others.
    pub fn ca_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.trust = Source::File(path.into());
        self
    }

    /// Trust whoever answers. Anybody on the way can then read and change everything, the token included.
    pub fn danger_accept_invalid_certs(mut self) -> Self {
        self.trust = Source::Anything;
        self
    }

    /// How often the watches of this client may send requests, all together. Default: [`Pace::default`].
    pub fn pace(mut self, pace: Pace) -> Self {
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
        self.identity = Some((Source::Pem(certificate.into()), Source::Pem(key.into())));
        self
    }

    /// Show the client certificate in this PEM file, whose key is in that one.
    pub fn client_files(mut self, certificate: impl Into<PathBuf>, key: impl Into<PathBuf>) -> Self {
        self.identity = Some((Source::File(certificate.into()), Source::File(key.into())));
        self
    }

    /// Send this bearer token.
    pub fn token(mut self, token: impl Into<String>) -> Self {
        self.token = Token::Fixed(token.into());
        self
    }

    /// Send the bearer token in this file. It is read again once a minute, and at once when the server refused it.
    pub fn token_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.token = Token::File(path.into());
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
        let credentials = match &self.token {
            Token::None => Credentials::None,
            Token::Fixed(token) => Credentials::fixed(token)?,
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

    fn tls(&self, base: &Uri) -> Result<Option<Arc<rustls::ClientConfig>>, ClientError> {
        if base.scheme() != Some(&http::uri::Scheme::HTTPS) {
            return Ok(None);
        }
        let trust = match &self.trust {
            Source::Default => Trust::Platform,
            Source::Anything => Trust::Anything,
            given => Trust::authorities(&given.read("certificate authority")?)?,
        };
        let identity = match &self.identity {
            Some((certificate, key)) => {
                let certificate = certificate.read("client certificate")?;
                Some(Identity::from_pem(&certificate, &key.read("private key")?)?)
            }
            None => None,
        };
        tls::config(trust, identity, self.http == Http::One).map(|config| Some(Arc::new(config)))
    }
}

impl Source {
    fn read(&self, what: &'static str) -> Result<Vec<u8>, ClientError> {
        match self {
            Self::Pem(pem) => Ok(pem.clone()),
            Self::File(path) => read(what, path),
            Self::Default | Self::Anything => Ok(Vec::new()),
        }
    }
}

fn read(what: &'static str, path: &Path) -> Result<Vec<u8>, ClientError> {
    fs::read(path).map_err(|source| ClientError::File { what, path: path.into(), source })
}

/// Checks a server's URL.
fn base(url: &str) -> Result<Uri, ClientError> {
    let wrong = |problem| ClientError::Url { url: presentable(url).into(), problem };
    let uri: Uri = url.parse().map_err(|_| wrong("can't be read"))?;
    if uri.authority().is_some_and(|authority| authority.as_str().contains('@')) {
        return Err(wrong("has a user or password in it; give a token"));
    }
    match uri.scheme_str() {
        Some("http" | "https") => {}
        _ => return Err(wrong("must begin with https:// or http://")),
    }
    if uri.query().is_some() {
        return Err(wrong("has a query, which belongs to each request"));
    }
    Ok(uri)
}

/// What may be shown of a URL that nobody has checked: what stands in front of `@`, or behind `?`, may be a secret.
fn presentable(url: &str) -> &str {
    if url.contains('@') { "(not shown)" } else { url.split(['?', '#']).next().unwrap_or_default() }
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

impl fmt::Debug for Source {
    /// Without the bytes: they may be a private key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("Default"),
            Self::Anything => f.write_str("Anything"),
            Self::Pem(pem) => write!(f, "Pem({} bytes)", pem.len()),
            Self::File(path) => write!(f, "File({})", path.display()),
        }
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
