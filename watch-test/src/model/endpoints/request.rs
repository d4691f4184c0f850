//! The parts of a request.

use bytes::Bytes;
use http::header::HOST;
use http::{HeaderMap, Method, Request};

use super::access::CertificateName;
use super::negotiate::pretty_errors;

#[derive(Clone, Copy, Debug)]
pub(crate) struct ApiRequest<'a> {
    pub(crate) method: &'a Method,
    pub(crate) query: &'a str,
    pub(crate) headers: &'a HeaderMap,
    /// The address under which the client found the server.
    pub(crate) host: &'a str,
    pub(crate) body: &'a [u8],
    pub(crate) certificate: Option<&'a CertificateName>,
    pub(crate) pretty_errors: bool,
}

impl<'a> ApiRequest<'a> {
    pub(crate) fn new(request: &'a Request<Bytes>) -> Self {
        let query = request.uri().query().unwrap_or_default();
        Self {
            method: request.method(),
            query,
            headers: request.headers(),
            host: host(request),
            body: request.body(),
            certificate: request.extensions().get(),
            pretty_errors: pretty_errors(request.headers(), query),
        }
    }

    /// Returns a parameter of the query; the first, if it is given twice.
    pub(crate) fn parameter(&self, name: &str) -> Option<String> {
        let mut parameters = form_urlencoded::parse(self.query.as_bytes());
        parameters.find(|(given, _)| given == name).map(|(_, value)| value.into_owned())
    }
}

/// In HTTP/2 it is in the URI.
fn host(request: &Request<Bytes>) -> &str {
    let in_header = request.headers().get(HOST).and_then(|host| host.to_str().ok());
    request.uri().authority().map(http::uri::Authority::as_str).or(in_header).unwrap_or("127.0.0.1")
}
