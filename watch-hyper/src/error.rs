//! What hyper and the operating system say, in the machine's words.

use core::error::Error;
use std::io;

#[cfg(feature = "client")]
use hyper_util::client::legacy;
use watch_core::{TransportError, TransportErrorKind};

/// Any error of a transport.
pub(crate) type BoxError = Box<dyn Error + Send + Sync>;

/// An error that knows what kind of transport error it is. A transport of your own may return it as it is, or as the
/// source of its own error.
#[derive(Debug)]
pub struct KnownError {
    kind: TransportErrorKind,
    message: String,
    source: Option<BoxError>,
}

impl KnownError {
    /// An error of this kind, and what to tell people.
    pub fn new(kind: TransportErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), source: None }
    }

    /// Adds what caused it.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<BoxError>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// Its kind.
    pub const fn kind(&self) -> TransportErrorKind {
        self.kind
    }
}

impl core::fmt::Display for KnownError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(&self.message)
    }
}

impl Error for KnownError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_ref().map(|source| source.as_ref() as _)
    }
}

/// Where in an exchange an error came up: the same error means different things there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// Before the head of the response.
    Head,
    /// In its body.
    Body,
}

/// Finds the kind by walking from the error to its root, and joins what they say. One that knows its kind decides.
pub(crate) fn transport_error(error: &(dyn Error + 'static), stage: Stage) -> TransportError {
    let (mut known, mut kind) = (None, None);
    let mut below_hyper = false;
    let mut messages: Vec<String> = Vec::new();
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(error) = error.downcast_ref::<KnownError>() {
            known = known.or(Some(error.kind));
        }
        // The deeper an error, the more exact: a reset says more than "the connection closed".
        kind = kind_of(error, stage).or_else(|| tls_alert(error, below_hyper)).or(kind);
        below_hyper |= error.is::<hyper::Error>();
        let message = error.to_string();
        // Many errors repeat their source, and some say nothing of their own.
        if !is_wrapper(error) && !messages.iter().any(|earlier| earlier.contains(&message)) {
            messages.push(message);
        }
        next = inner(error).or_else(|| error.source());
    }
    TransportError::new(known.or(kind).unwrap_or(TransportErrorKind::Other), messages.join(": "))
}

/// An `io::Error` made of another error gives that one's source as its own, and so hides it.
fn inner<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
    error.downcast_ref::<io::Error>()?.get_ref().map(|inner| inner as _)
}

fn kind_of(error: &(dyn Error + 'static), stage: Stage) -> Option<TransportErrorKind> {
    if let Some(error) = error.downcast_ref::<io::Error>() {
        return of_io(error, stage);
    }
    if let Some(error) = error.downcast_ref::<hyper::Error>() {
        return of_hyper(error, stage);
    }
    if let Some(error) = error.downcast_ref::<h2::Error>() {
        // A server that shuts down says GOAWAY, and that nothing is wrong.
        let rest = match error.reason() {
            Some(h2::Reason::NO_ERROR) => broke_off(stage),
            _ => TransportErrorKind::Protocol,
        };
        // One that wraps an `io::Error` doesn't name it as its source.
        return error.get_io().and_then(|io| of_io(io, stage)).or(Some(rest));
    }
    #[cfg(feature = "client")]
    if error.is::<rustls::Error>() {
        return Some(TransportErrorKind::Tls);
    }
    #[cfg(feature = "client")]
    if error.downcast_ref::<legacy::Error>().is_some_and(legacy::Error::is_connect) {
        return Some(TransportErrorKind::Connect);
    }
    None
}

/// Errors that only say that there is another one.
fn is_wrapper(error: &(dyn Error + 'static)) -> bool {
    #[cfg(feature = "client")]
    if error.is::<legacy::Error>() || error.is::<crate::RequestError>() {
        return error.source().is_some();
    }
    // These only repeat what they hold.
    error.downcast_ref::<io::Error>().is_some_and(|error| error.get_ref().is_some())
}

/// rustls reports a peer's alert on a connection that already stands as invalid data, and of its error HTTP/2 keeps only
/// that kind and the text. No socket says so; but decompression does, above hyper.
fn tls_alert(error: &(dyn Error + 'static), below_hyper: bool) -> Option<TransportErrorKind> {
    let is_invalid = |error: &io::Error| error.kind() == io::ErrorKind::InvalidData;
    (below_hyper && error.downcast_ref().is_some_and(is_invalid)).then_some(TransportErrorKind::Tls)
}

fn of_io(error: &io::Error, stage: Stage) -> Option<TransportErrorKind> {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => Some(TransportErrorKind::Refused),
        io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted | io::ErrorKind::BrokenPipe => {
            Some(TransportErrorKind::Reset)
        }
        io::ErrorKind::UnexpectedEof => Some(broke_off(stage)),
        io::ErrorKind::TimedOut => Some(TransportErrorKind::Timeout),
        io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable | io::ErrorKind::AddrNotAvailable => {
            Some(TransportErrorKind::Connect)
        }
        _ => None,
    }
}

fn of_hyper(error: &hyper::Error, stage: Stage) -> Option<TransportErrorKind> {
    if error.is_timeout() {
        Some(TransportErrorKind::Timeout)
    } else if error.is_incomplete_message() {
        Some(broke_off(stage))
    } else if error.is_canceled() || error.is_closed() {
        Some(TransportErrorKind::Reset)
    } else if error.is_parse() {
        Some(TransportErrorKind::Protocol)
    } else {
        None
    }
}

/// A connection that ends without a word: in the middle of a body it truncates that.
const fn broke_off(stage: Stage) -> TransportErrorKind {
    match stage {
        Stage::Head => TransportErrorKind::Reset,
        Stage::Body => TransportErrorKind::Truncated,
    }
}
