//! Classifies the errors of the client and of its dependencies.

use core::error::Error;
use std::io;

use hyper_util::client::legacy;
use watch_core::TransportErrorKind;

use super::advice;
use super::request_error::RequestError;

/// Returns the kind of an error that only occurs with the client.
pub(crate) fn kind_of(error: &(dyn Error + 'static)) -> Option<TransportErrorKind> {
    if error.is::<rustls::Error>() {
        return Some(TransportErrorKind::Tls);
    }
    let is_connect = error.downcast_ref::<legacy::Error>().is_some_and(legacy::Error::is_connect);
    is_connect.then_some(TransportErrorKind::Connect)
}

/// Returns whether the error only refers to another one.
pub(crate) fn is_wrapper(error: &(dyn Error + 'static)) -> bool {
    error.is::<legacy::Error>() || error.is::<RequestError>()
}

/// Returns what an operator can do about an error of TLS.
pub(crate) fn advice_on(error: &(dyn Error + 'static)) -> Option<&'static str> {
    match error.downcast_ref::<rustls::Error>() {
        Some(error) => advice::of(error),
        None if error.is::<io::Error>() || error.is::<h2::Error>() => advice::of_alert(&error.to_string()),
        None => None,
    }
}
