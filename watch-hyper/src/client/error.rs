//! Errors of a client's configuration.

use core::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// Why a [`Client`](crate::Client) can't be built. It is returned before anything is sent.
#[derive(Debug)]
#[non_exhaustive]
pub enum ClientError {
    /// The server's URL can't be used.
    Url {
        /// The URL, without the parts that may be secret.
        url: Box<str>,
        /// The problem.
        problem: &'static str,
    },
    /// A file can't be read.
    File {
        /// The expected content.
        what: &'static str,
        /// The path of the file.
        path: PathBuf,
        /// The error of the operating system.
        source: io::Error,
    },
    /// A PEM file or text lacks the expected content.
    Pem {
        /// The expected content.
        what: &'static str,
        /// The problem.
        problem: Box<str>,
    },
    /// The platform has no trusted root certificates.
    NoRoots {
        /// The errors of the platform's store.
        problem: Box<str>,
    },
    /// rustls refused the configuration.
    Tls(Box<dyn core::error::Error + Send + Sync>),
    /// The token is invalid. (It isn't shown.)
    Token {
        /// The problem.
        problem: &'static str,
    },
    /// A bearer token would go over a connection without TLS to another machine.
    TokenInTheClear {
        /// The URL of the server.
        url: Box<str>,
    },
    /// A client certificate without its key, or a key without its certificate.
    HalfAnIdentity,
    /// The process doesn't run in a pod, or in one without a service account.
    NotInCluster {
        /// What is missing.
        missing: Box<str>,
    },
    /// The proxy can't be used.
    Proxy {
        /// Its URL, without credentials.
        url: Box<str>,
    },
}

impl ClientError {
    pub(super) fn file(what: &'static str, path: &Path, source: io::Error) -> Self {
        Self::File { what, path: path.into(), source }
    }

    pub(super) fn tls(error: rustls::Error) -> Self {
        Self::Tls(error.into())
    }

    pub(super) fn pem(what: &'static str, problem: impl fmt::Display) -> Self {
        Self::Pem { what, problem: problem.to_string().into() }
    }
}

impl fmt::Display for ClientError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Url { url, problem } => write!(f, "the server's URL {url:?} {problem}"),
            Self::File { what, path, source } => write!(f, "can't read the {what} from {}: {source}", path.display()),
            Self::Pem { what, problem } => write!(f, "no usable {what} in the PEM: {problem}"),
            Self::NoRoots { problem } => write!(
                f,
                "the platform has no trusted root certificates ({problem}); give the certificate authority of the server"
            ),
            Self::Tls(error) => write!(f, "TLS can't be set up: {error}"),
            Self::Token { problem } => write!(f, "the bearer token {problem}; give the token as it was issued"),
            Self::TokenInTheClear { url } => write!(
                f,
                "the bearer token would be sent to {url} without TLS, readable on the way; use \
                 https:// (or, if that must be, `ClientBuilder::danger_send_token_without_tls`)"
            ),
            Self::HalfAnIdentity => f.write_str("a client certificate and its key must be given together"),
            Self::NotInCluster { missing } => {
                write!(f, "not running in a pod with a service account: {missing} is missing; give the server's URL")
            }
            Self::Proxy { url } => {
                write!(f, "the proxy {url} can't be used: only http:// proxies (CONNECT), without an IPv6 zone, are")
            }
        }
    }
}

impl core::error::Error for ClientError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match self {
            Self::File { source, .. } => Some(source),
            Self::Tls(error) => Some(error.as_ref()),
            _ => None,
        }
    }
}
