//! HTTP proxies.

use core::fmt;
use core::net::IpAddr;

use http::{HeaderValue, Uri};
use hyper_util::client::proxy::matcher::Matcher;

use super::error::ClientError;

/// An HTTP proxy, used by CONNECT.
#[derive(Clone)]
pub(super) struct Proxy {
    pub(super) uri: Uri,
    pub(super) authorization: Option<HeaderValue>,
}

impl Proxy {
    /// Returns the proxy that the environment (`HTTPS_PROXY`, `ALL_PROXY`, `NO_PROXY`) has for this server.
    ///
    /// A loopback address is reached without a proxy, as in Go's `http.ProxyFromEnvironment`. So is an `http` server,
    /// since `http` is used only for API servers on this machine.
    pub(super) fn from_environment(server: &Uri) -> Result<Option<Self>, ClientError> {
        if server.scheme() != Some(&http::uri::Scheme::HTTPS) || server.host().is_some_and(is_loopback) {
            return Ok(None);
        }
        let no_proxy = ["NO_PROXY", "no_proxy"].into_iter().find_map(|name| std::env::var(name).ok());
        if no_proxy.is_some_and(|no_proxy| is_excepted(&no_proxy, server)) {
            return Ok(None);
        }
        Self::matching(&Matcher::from_env(), server)
    }

    /// Returns this proxy, for any server.
    pub(super) fn explicit(url: &str, server: &Uri) -> Result<Option<Self>, ClientError> {
        let proxy = Self::matching(&Matcher::builder().all(url).build(), server)?;
        // The matcher silently ignores a proxy whose URL can't be parsed.
        proxy.map(Some).ok_or_else(|| ClientError::Proxy { url: "(no readable URL)".into() })
    }

    fn matching(matcher: &Matcher, server: &Uri) -> Result<Option<Self>, ClientError> {
        let Some(found) = matcher.intercept(server) else { return Ok(None) };
        let has_zone = found.uri().host().is_some_and(|host| host.contains('%'));
        if found.uri().scheme() != Some(&http::uri::Scheme::HTTP) || has_zone {
            return Err(ClientError::Proxy { url: found.uri().to_string().into() });
        }
        Ok(Some(Self { uri: found.uri().clone(), authorization: found.basic_auth().cloned() }))
    }
}

/// Whether `NO_PROXY` lists this server in a form that hyper-util's matcher, which follows curl, doesn't support: with
/// a port (`api.example:6443`) or a wildcard in front (`*.example`). Both are Go's (`golang.org/x/net/http/httpproxy`),
/// and so kubectl's.
fn is_excepted(no_proxy: &str, server: &Uri) -> bool {
    let port = server.port_u16().unwrap_or(443).to_string();
    let hosts: Vec<_> = no_proxy
        .split(',')
        .filter_map(|entry| {
            let entry = entry.trim();
            let (host, has_port) = match entry.rsplit_once(':') {
                // The colons of an IPv6 address without brackets don't separate a port.
                Some((host, of)) if of == port && (!host.contains(':') || host.ends_with(']')) => (host, true),
                Some(_) => return None,
                None => (entry, false),
            };
            match host.strip_prefix('*') {
                Some(domain) if domain.starts_with('.') => Some(domain),
                _ => has_port.then(|| without_brackets(host)),
            }
        })
        .collect();
    // The proxy itself doesn't matter here.
    Matcher::builder().all("http://proxy").no(hosts.join(",")).build().intercept(server).is_none()
}

/// Returns whether the host is certainly this machine.
pub(super) fn is_loopback(host: &str) -> bool {
    let address = without_brackets(host).parse();
    host.eq_ignore_ascii_case("localhost") || address.is_ok_and(|address: IpAddr| address.is_loopback())
}

/// Removes the brackets around an IPv6 address.
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
    use super::is_excepted;

    #[test]
    fn an_entry_with_a_port_or_a_wildcard_excepts_only_that() {
        for (no_proxy, server, expected) in [
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
            ("*.corp.test", "https://api.corp.test:6443", true),
            ("*.corp.test", "https://a.b.corp.test", true),
            ("other , *.corp.test,", "https://api.corp.test:6443", true),
            ("*.CORP.test", "https://api.corp.TEST:6443", true),
            ("*.corp.test:6443", "https://api.corp.test:6443", true),
            ("*.corp.test:6444", "https://api.corp.test:6443", false),
            ("*.corp.test", "https://api.notcorp.test", false),
            ("*.corp.test", "https://corp.test.example", false),
            // Wildcards elsewhere mean nothing.
            ("api.*.test", "https://api.corp.test", false),
            ("*corp.test", "https://api.corp.test", false),
            ("*:6443", "https://api.corp.test:6443", true),
            ("*:6444", "https://api.corp.test:6443", false),
        ] {
            assert_eq!(is_excepted(no_proxy, &server.parse().unwrap()), expected, "{no_proxy} {server}");
        }
    }
}
