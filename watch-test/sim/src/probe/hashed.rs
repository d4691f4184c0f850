//! Hashes the results of a probe, as numbers and bytes. See [`crate::world::hashed`] for the outputs of a machine.

use core::time::Duration;
use std::borrow::Borrow;

use watch_core::{CheckpointError, ConfigError, InvalidResourceVersion, ResourceVersion};

use crate::transcript::Transcript;
pub(super) use crate::world::hashed::optional;

/// Hashes a text: data or a stable identifier, never the message of an error.
pub(super) fn text(transcript: &mut Transcript, text: impl AsRef<str>) {
    transcript.count(text.as_ref().as_bytes());
}

pub(super) fn flag(transcript: &mut Transcript, flag: bool) {
    transcript.number(u64::from(flag));
}

pub(super) fn version(transcript: &mut Transcript, version: impl Borrow<ResourceVersion>) {
    text(transcript, version.borrow().text());
}

pub(super) fn invalid_version(transcript: &mut Transcript, error: InvalidResourceVersion) {
    transcript.number(match error {
        InvalidResourceVersion::Empty => 1,
        InvalidResourceVersion::Zero => 2,
        InvalidResourceVersion::TooLong { bytes } => 3 + bytes as u64,
        _ => UNKNOWN,
    });
}

pub(super) fn time(transcript: &mut Transcript, time: Duration) {
    transcript.number(time.as_secs());
    transcript.number(u64::from(time.subsec_nanos()));
}

pub(super) fn config_error(transcript: &mut Transcript, error: &ConfigError) {
    match error {
        ConfigError::NameAndInvolvedObject => transcript.number(1),
        ConfigError::NoName => transcript.number(2),
        ConfigError::NoInitialList => transcript.number(3),
        ConfigError::NoVersion { group } => {
            transcript.number(4);
            text(transcript, group);
        }
        ConfigError::Empty { field } => {
            transcript.number(5);
            text(transcript, field);
        }
        ConfigError::InvalidCharacter { field, found, offset } => {
            transcript.number(6);
            text(transcript, field);
            transcript.number(u64::from(u32::from(*found)));
            transcript.number(*offset as u64);
        }
        ConfigError::OutOfRange { field, .. } => {
            transcript.number(7);
            text(transcript, field);
        }
        ConfigError::InvalidSelector { field, offset, found, .. } => {
            transcript.number(8);
            text(transcript, field);
            transcript.number(*offset as u64);
            optional(transcript, found.as_ref(), |transcript, found| transcript.number(u64::from(u32::from(*found))));
        }
        _ => transcript.number(UNKNOWN),
    }
}

pub(super) fn checkpoint_error(transcript: &mut Transcript, error: CheckpointError) {
    match error {
        CheckpointError::OtherScope => transcript.number(1),
        CheckpointError::Damaged => transcript.number(2),
        CheckpointError::Format { found, known } => {
            transcript.number(3);
            transcript.number(u64::from(found));
            transcript.number(u64::from(known));
        }
        _ => transcript.number(UNKNOWN),
    }
}

/// The number of a kind without one.
pub(super) const UNKNOWN: u64 = 999;
