//! What a probe observed, as numbers and bytes of its hash. See [`crate::world::hashed`] for the outputs of a machine.

use std::borrow::Borrow;

use watch_core::{InvalidResourceVersion, ResourceVersion};

use crate::transcript::Transcript;

/// Texts: data and stable identifiers, never the prose of an error.
pub(super) fn text(transcript: &mut Transcript, text: impl AsRef<str>) {
    transcript.count(text.as_ref().as_bytes());
}

pub(super) fn version(transcript: &mut Transcript, version: impl Borrow<ResourceVersion>) {
    text(transcript, version.borrow().text());
}

pub(super) fn invalid_version(transcript: &mut Transcript, error: InvalidResourceVersion) {
    transcript.number(match error {
        InvalidResourceVersion::Empty => 1,
        InvalidResourceVersion::Zero => 2,
        InvalidResourceVersion::TooLong { bytes } => 3 + bytes as u64,
        _ => 999,
    });
}
