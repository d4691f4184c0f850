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
        let no_proxy = ["NO_PROXY", "no_proxy"].into_iter().find_map(|name| std::env::var(name).ok());
        if no_proxy.is_some_and(|no_proxy| is_excepted_by_port(&no_proxy, server)) {
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

/// Whether one of the entries with a port is this server. Go heeds those (`api.example:6443`), hyper-util's matcher,
/// which does as curl does, knows none.
fn is_excepted_by_port(no_proxy: &str, server: &Uri) -> bool {
    let port = server.port_u16().unwrap_or(443).to_string();
    let entries = no_proxy.split(',').filter_map(|entry| entry.trim().rsplit_once(':'));
    let hosts: Vec<_> = entries.filter(|(_, of)| *of == port).map(|(host, _)| without_brackets(host)).collect();
    // Any proxy will do to see whether these hosts have none.
    Matcher::builder().all("http://proxy").no(hosts.join(",")).build().intercept(server).is_none()
}

fn is_loopback(host: &str) -> bool {
    let address = without_brackets(host).parse();
    host.eq_ignore_ascii_case("localhost") || address.is_ok_and(|address: IpAddr| address.is_loopback())
}

/// An IPv6 address stands in brackets where a port may follow.
fn without_brackets(host: &str) -> &str {
    host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host)
}

impl fmt::Debug for Proxy {
    /// Without the password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Proxy({})", self.uri)
    }
}

#[cfg(test)]
mod tests {
    use super::is_excepted_by_port;

    #[test]
    fn an_entry_with_a_port_excepts_that_port_only() {
        for (no_proxy, server, is_excepted) in [
            ("api.example:6443", "https://api.example:6443", true),
            ("other, api.example:6443 ,another", "https://api.example:6443/", true),
            ("example:6443", "https://api.example:6443", true),
            (".example:6443", "https://api.example:6443", true),
            ("api.example:443", "https://api.example", true),
            ("10.1.2.3:6443", "https://10.1.2.3:6443", true),
            ("[fd00::1]:6443", "https://[fd00::1]:6443", true),
            ("api.example:6444", "https://api.example:6443", false),
            ("api.example:6443", "https://other.example:6443", false),
            ("api.example:6443", "https://notapi.example:6443", false),
            ("10.1.2.4:6443", "https://10.1.2.3:6443", false),
            ("[fd00::2]:6443", "https://[fd00::1]:6443", false),
            // Those without a port are the matcher's own.
            ("api.example", "https://api.example:6443", false),
            ("fd00::6443", "https://[fd00::]:6443", false),
            (":6443", "https://api.example:6443", false),
            ("", "https://api.example:6443", false),
        ] {
            assert_eq!(is_excepted_by_port(no_proxy, &server.parse().unwrap()), is_excepted, "{no_proxy} {server}");
        }
    }
}
