//! Errors of hyper and of the operating system, classified for the machine.

use core::error::Error;
use std::io;

use watch_core::{TransportError, TransportErrorKind};

#[cfg(feature = "client")]
use crate::client;
use crate::known_error::ClassifiedError;

/// Where in an exchange an error occurred. The meaning of some errors depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// Before the head of the response.
    Head,
    Body,
}

/// Finds the kind by walking from the error to its root, and joins the messages. If one of these errors is a
/// [`ClassifiedError`], its kind is returned.
pub(crate) fn transport_error(error: &(dyn Error + 'static), stage: Stage) -> TransportError {
    #[cfg(feature = "kube")]
    if let Some(message) = crate::kube::credentials_error(error) {
        return TransportError::new(TransportErrorKind::Credentials, message);
    }
    let (mut known, mut kind) = (None, None);
    let mut below_hyper = false;
    let mut messages: Vec<String> = Vec::new();
    #[cfg(feature = "client")]
    let mut advice = None;
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(error) = error.downcast_ref::<ClassifiedError>() {
            known = known.or_else(|| Some(error.kind()));
        }
        // Deeper errors are more precise: a reset is more than "the connection closed".
        kind = kind_of(error, stage).or_else(|| of_invalid(error, stage, below_hyper)).or(kind);
        below_hyper |= error.is::<hyper::Error>();
        let message = error.to_string();
        // Many errors repeat their source, and some have no text of their own.
        if !is_wrapper(error) && !messages.iter().any(|earlier| earlier.contains(&message)) {
            messages.push(message);
        }
        #[cfg(feature = "client")]
        {
            advice = client::advice_on(error).or(advice);
        }
        next = inner(error).or_else(|| error.source());
    }
    let message = messages.join(": ");
    #[cfg(feature = "client")]
    let message = match advice {
        Some(advice) => format!("{message}; {advice}"),
        None => message,
    };
    TransportError::new(known.or(kind).unwrap_or(TransportErrorKind::Other), message)
}

/// Returns the error that an `io::Error` wraps. `source` of that `io::Error` skips it, and returns the source of the
/// wrapped error.
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
        return of_h2(error, stage);
    }
    #[cfg(feature = "client")]
    if let Some(kind) = client::kind_of(error) {
        return Some(kind);
    }
    None
}

/// Whether an error only wraps another one.
fn is_wrapper(error: &(dyn Error + 'static)) -> bool {
    #[cfg(feature = "client")]
    if client::is_wrapper(error) {
        return error.source().is_some();
    }
    // These only repeat the wrapped error.
    error.downcast_ref::<io::Error>().is_some_and(|error| error.get_ref().is_some())
}

/// Classifies invalid data below hyper. It has two sources, which have the same type.
///
/// rustls reports an alert of the peer on an established connection as invalid data. Of that error, HTTP/2 keeps only
/// the kind and the text. Before the response begins, there is no other invalid data, because a head that can't be
/// parsed is an error of hyper's own type. In a body over HTTP/1.1, hyper's chunk decoder reports an invalid chunk as
/// invalid data or invalid input (`hyper/src/proto/h1/decode.rs`). An alert there still has rustls' error as its
/// source, which is deeper and decides. For HTTP/2, see [`of_h2`]. Above hyper, decompression reports "invalid data"
/// too.
fn of_invalid(error: &(dyn Error + 'static), stage: Stage, below_hyper: bool) -> Option<TransportErrorKind> {
    let kind = error.downcast_ref::<io::Error>().filter(|_| below_hyper)?.kind();
    match (stage, kind) {
        (Stage::Head, io::ErrorKind::InvalidData) => Some(TransportErrorKind::Tls),
        (Stage::Body, io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput) => Some(TransportErrorKind::Protocol),
        _ => None,
    }
}

fn of_h2(error: &h2::Error, stage: Stage) -> Option<TransportErrorKind> {
    // An error that wraps an `io::Error` doesn't have it as its source.
    if let Some(io) = error.get_io() {
        let is_alert = io.kind() == io::ErrorKind::InvalidData;
        return if is_alert { Some(TransportErrorKind::Tls) } else { of_io(io, stage) };
    }
    Some(match error.reason() {
        // A server that shuts down sends GOAWAY with NO_ERROR. REFUSED_STREAM means that the request was not processed
        // and can be sent again (RFC 9113, 8.7), as Go's client does (`http2: canRetryError`).
        Some(h2::Reason::NO_ERROR | h2::Reason::REFUSED_STREAM) => broke_off(stage),
        // The server or a proxy aborted the response. kube-apiserver does so when an aggregated server dies in the
        // middle of a response: Go's `ReverseProxy` panics with `http.ErrAbortHandler`, and its HTTP/2 server answers a
        // panic with INTERNAL_ERROR. A proxy that stops waiting for its server sends CANCEL.
        Some(h2::Reason::INTERNAL_ERROR | h2::Reason::CANCEL) => broke_off(stage),
        _ => TransportErrorKind::Protocol,
    })
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

/// Returns the kind for a connection that ended without an error of the peer. In a body, the body is truncated.
const fn broke_off(stage: Stage) -> TransportErrorKind {
    match stage {
        Stage::Head => TransportErrorKind::Reset,
        Stage::Body => TransportErrorKind::Truncated,
    }
}
