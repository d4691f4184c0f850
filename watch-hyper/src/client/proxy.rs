//! A proxy on the way to the server.

use core::fmt;
use core::net::IpAddr;

use http::{HeaderValue, Uri};
use hyper_util::client::proxy::matcher::Matcher;

use super::error::ClientError;

/// An HTTP proxy that is asked to CONNECT.
#[derive(Clone)]
pub(super) struct Proxy {
    pub(super) uri: Uri,
    pub(super) authorization: Option<HeaderValue>,
}

impl Proxy {
    /// The proxy that the environment (`HTTPS_PROXY`, `ALL_PROXY`, `NO_PROXY`) has for this server.
    ///
    /// A loopback address needs none, whatever the environment says, as in Go's `http.ProxyFromEnvironment`.
    /// So does `http`, which nobody uses for an API server beyond the own machine.
    pub(super) fn from_environment(server: &Uri) -> Result<Option<Self>, ClientError> {
        if server.scheme() != Some(&http::uri::Scheme::HTTPS) || server.host().is_some_and(is_loopback) {
            return Ok(None);
        }
        Self::matching(&Matcher::from_env(), server)
    }

    /// This proxy, for any server.
    pub(super) fn explicit(url: &str, server: &Uri) -> Result<Option<Self>, ClientError> {
        let proxy = Self::matching(&Matcher::builder().all(url).build(), server)?;
        // What can't be read as a URL is silently no proxy for the matcher.
        proxy.map(Some).ok_or_else(|| ClientError::Proxy { url: "(no readable URL)".into() })
    }

    fn matching(matcher: &Matcher, server: &Uri) -> Result<Option<Self>, ClientError> {
        let Some(found) = matcher.intercept(server) else { return Ok(None) };
        if found.uri().scheme() != Some(&http::uri::Scheme::HTTP) {
            return Err(ClientError::Proxy { url: found.uri().to_string().into() });
        }
        Ok(Some(Self { uri: found.uri().clone(), authorization: found.basic_auth().cloned() }))
    }
}

fn is_loopback(host: &str) -> bool {
    let address = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    host.eq_ignore_ascii_case("localhost") || address.parse().is_ok_and(|address: IpAddr| address.is_loopback())
}

impl fmt::Debug for Proxy {
    /// Without the password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Proxy({})", self.uri)
    }
}
