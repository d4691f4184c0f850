//! The errors of a typed wait.

use core::convert::Infallible;
use core::error::Error;
use core::fmt;

use watch_core::ConfigError;

/// The reason why a wait can't determine whether its condition holds. `E` is the error of an object that doesn't fit
/// the type: [`DecodeError`](watch_core::DecodeError), or [`Infallible`] for a wait on [`Object`](watch_core::Object)s.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum WaitError<E = Infallible> {
    /// The configuration can't be used for a wait.
    Config(ConfigError),
    /// The object doesn't fit the type.
    Object(E),
}

impl<E> From<ConfigError> for WaitError<E> {
    fn from(error: ConfigError) -> Self {
        Self::Config(error)
    }
}

impl<E: fmt::Display> fmt::Display for WaitError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Config(error) => error.fmt(f),
            Self::Object(error) => error.fmt(f),
        }
    }
}

impl<E: Error> Error for WaitError<E> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Config(error) => error.source(),
            Self::Object(error) => error.source(),
        }
    }
}
