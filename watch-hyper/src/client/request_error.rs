//! The error of a request, which several requests may share.

use core::error::Error;
use core::fmt;
use std::sync::Arc;

use crate::known_error::ClassifiedError;

/// Why there is no response. The cause is in [`source`](Error::source).
#[derive(Clone, Debug)]
pub struct RequestError(Cause);

#[derive(Clone, Debug)]
enum Cause {
    /// Nothing was sent.
    Known(Arc<ClassifiedError>),
    /// Shared by all requests that waited for the same connection.
    Http(Arc<hyper_util::client::legacy::Error>),
}

impl From<ClassifiedError> for RequestError {
    fn from(error: ClassifiedError) -> Self {
        Self(Cause::Known(Arc::new(error)))
    }
}

impl RequestError {
    /// Not by `From`, which would make hyper-util a part of the public API.
    pub(super) fn http(error: hyper_util::client::legacy::Error) -> Self {
        Self(Cause::Http(Arc::new(error)))
    }
}

impl fmt::Display for RequestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no response")
    }
}

impl Error for RequestError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(match &self.0 {
            Cause::Known(error) => error.as_ref(),
            Cause::Http(error) => error.as_ref(),
        })
    }
}
