//! The URL of a server: what can be used, and what may be shown of it.

use http::Uri;

use super::error::ClientError;

/// Checks a server's URL.
pub(super) fn base(url: &str) -> Result<Uri, ClientError> {
    let wrong = |problem| ClientError::Url { url: presentable(url).into(), problem };
    let uri: Uri = url.parse().map_err(|_| wrong("can't be read"))?;
    if uri.authority().is_some_and(|authority| authority.as_str().contains('@')) {
        return Err(wrong("has a user or password in it; give a token"));
    }
    match uri.scheme_str() {
        Some("http" | "https") => {}
        _ => return Err(wrong("must begin with https:// or http://")),
    }
    // An IPv6 zone (RFC 6874). It names an interface of this machine, and an API server has addresses without one.
    if uri.host().is_some_and(|host| host.contains('%')) {
        return Err(wrong("has an IPv6 zone (%25), which isn't supported; give an address without one, or a name"));
    }
    if uri.query().is_some() {
        return Err(wrong("has a query, which belongs to each request"));
    }
    Ok(uri)
}

/// Returns the part of an unchecked URL that may be shown: the parts before `@` and after `?` may be secret.
pub(super) fn presentable(url: &str) -> &str {
    if url.contains('@') { "(not shown)" } else { url.split(['?', '#']).next().unwrap_or_default() }
}
