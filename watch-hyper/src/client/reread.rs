//! Values that are read from files, and read again after the files changed.

use super::error::ClientError;
use super::source::Source;

/// The contents of each source.
type Contents = Vec<Vec<u8>>;

/// A value read from PEM sources.
pub(super) struct Reread<T> {
    /// The expected content of each source, and the source.
    sources: Vec<(&'static str, Source)>,
    make: fn(&[Vec<u8>]) -> Result<T, ClientError>,
    made_of: Contents,
    value: T,
}

impl<T> Reread<T> {
    /// Fails if a source can't be read, or `make` fails.
    pub(super) fn new(
        sources: Vec<(&'static str, Source)>,
        make: fn(&[Vec<u8>]) -> Result<T, ClientError>,
    ) -> Result<Self, ClientError> {
        let made_of = read(&sources)?;
        let value = make(&made_of)?;
        Ok(Self { sources, make, made_of, value })
    }

    pub(super) const fn value(&self) -> &T {
        &self.value
    }

    /// Makes the value again if a file has changed, and returns whether it did. If a file can't be read or used, the
    /// value stays, with a warning: the file may be partly written, and the next connection reads it again.
    ///
    /// The contents are compared, not the times: two rotations within one tick of the file system's clock, or a file
    /// moved here with its time, would be missed. To compare a few KiB for each new connection costs far less than its
    /// handshake.
    pub(super) fn refresh(&mut self) -> bool {
        if !self.sources.iter().any(|(_, source)| source.is_file()) {
            return false;
        }
        match self.changed() {
            Ok(None) => false,
            Ok(Some((made_of, value))) => {
                tracing::debug!(sources = ?self.sources, "read the changed certificate files");
                (self.made_of, self.value) = (made_of, value);
                true
            }
            Err(error) => {
                tracing::warn!(
                    %error,
                    sources = ?self.sources,
                    "can't use the new certificate files; continuing with the previous ones, next retry with the next \
                     connection"
                );
                false
            }
        }
    }

    fn changed(&self) -> Result<Option<(Contents, T)>, ClientError> {
        let bytes = read(&self.sources)?;
        if bytes == self.made_of {
            return Ok(None);
        }
        (self.make)(&bytes).map(|value| Some((bytes, value)))
    }
}

fn read(sources: &[(&'static str, Source)]) -> Result<Contents, ClientError> {
    sources.iter().map(|(what, source)| source.read(what)).collect()
}
