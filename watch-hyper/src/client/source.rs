//! Sources of certificates and keys.

use core::fmt;
use std::fs;
use std::path::PathBuf;

use super::error::ClientError;

/// PEM data, or a file that contains it.
#[derive(Clone)]
pub(super) enum Source {
    Pem(Vec<u8>),
    /// The current content of this file.
    File(PathBuf),
}

impl Source {
    /// `what`: the expected content, for the error.
    pub(super) fn read(&self, what: &'static str) -> Result<Vec<u8>, ClientError> {
        match self {
            Self::Pem(pem) => Ok(pem.clone()),
            Self::File(path) => fs::read(path).map_err(|source| ClientError::file(what, path, source)),
        }
    }

    /// Returns whether the content can change.
    pub(super) const fn is_file(&self) -> bool {
        matches!(self, Self::File(_))
    }
}

impl fmt::Debug for Source {
    /// Without the bytes: they may be a private key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pem(pem) => write!(f, "Pem({} bytes)", pem.len()),
            Self::File(path) => write!(f, "File({})", path.display()),
        }
    }
}
