//! An error that carries its kind of transport error.

use core::error::Error;

use watch_core::TransportErrorKind;

/// Any error of a transport.
pub(crate) type BoxError = Box<dyn Error + Send + Sync>;

/// An error with its kind of transport error. A transport of your own may return it directly, or as the source of its
/// own error.
#[derive(Debug)]
pub struct ClassifiedError {
    kind: TransportErrorKind,
    message: String,
    source: Option<BoxError>,
}

impl ClassifiedError {
    /// Returns an error of this kind, with the text to show.
    pub fn new(kind: TransportErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), source: None }
    }

    /// Adds the cause.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<BoxError>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// Returns the kind.
    pub const fn kind(&self) -> TransportErrorKind {
        self.kind
    }
}

impl core::fmt::Display for ClassifiedError {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(&self.message)
    }
}

impl Error for ClassifiedError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_ref().map(|source| source.as_ref() as _)
    }
}
