//! Where to go on in another process.

use core::fmt;

use serde::{Deserialize, Serialize};

use crate::config::Config;
use crate::fingerprint::fnv1a;
use crate::wire::version::ResourceVersion;

/// The version of the format, which is also that of a [`DiffSnapshot`](crate::DiffSnapshot). A reader refuses others.
pub(crate) const FORMAT: u32 = 1;

/// Up to where events were handed out, and of what: enough to go on in another process without missing any.
///
/// Serialise it with any format of serde. It covers what `poll` returned: store it once the consumer is done with those.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Checkpoint {
    format: u32,
    /// Fingerprint of what is watched.
    scope: u64,
    resource_version: ResourceVersion,
    /// The server can't do streaming lists.
    #[serde(default)]
    no_streaming_list: bool,
    /// Of all that stands before: a digit that was changed on the way would have events missed, or come again.
    sum: u64,
}

impl Checkpoint {
    pub(crate) fn new(config: &Config, resource_version: ResourceVersion, no_streaming_list: bool) -> Self {
        let mut checkpoint =
            Self { format: FORMAT, scope: config.fingerprint(), resource_version, no_streaming_list, sum: 0 };
        checkpoint.sum = checkpoint.sum_of_the_rest();
        checkpoint
    }

    fn sum_of_the_rest(&self) -> u64 {
        let version = self.resource_version.text();
        let flag = u8::from(self.no_streaming_list);
        fnv1a(self.scope.to_le_bytes().into_iter().chain([flag]).chain(version.bytes()))
    }

    /// The version of the last event it covers.
    pub const fn resource_version(&self) -> &ResourceVersion {
        &self.resource_version
    }

    pub(crate) const fn no_streaming_list(&self) -> bool {
        self.no_streaming_list
    }

    pub(crate) fn check(&self, config: &Config) -> Result<(), CheckpointError> {
        check(self.format, self.scope, config)?;
        if self.sum == self.sum_of_the_rest() { Ok(()) } else { Err(CheckpointError::Damaged) }
    }
}

/// Whether what was stored is of this format, and of what this configuration watches.
pub(crate) fn check(format: u32, scope: u64, config: &Config) -> Result<(), CheckpointError> {
    match () {
        () if format != FORMAT => Err(CheckpointError::Format { found: format, known: FORMAT }),
        () if scope != config.fingerprint() => Err(CheckpointError::OtherScope),
        () => Ok(()),
    }
}

/// Why nothing can go on from a [`Checkpoint`] or a [`DiffSnapshot`](crate::DiffSnapshot). Start without them: the whole
/// set comes then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CheckpointError {
    /// It was made for another resource, namespace, selector or representation: versions mean nothing there, and what
    /// newly matches would never be reported.
    OtherScope,
    /// It isn't as it was written.
    Damaged,
    /// It was written by another release, or is damaged.
    Format {
        /// Its format.
        found: u32,
        /// The one that is understood.
        known: u32,
    },
}

impl fmt::Display for CheckpointError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OtherScope => f.write_str(
                "what was stored is of another resource, namespace, selector or representation than this watch has",
            ),
            Self::Damaged => f.write_str("what was stored isn't as it was written: its sum is another one"),
            Self::Format { found, known } => {
                write!(f, "what was stored has format {found}, but only format {known} is understood here")
            }
        }
    }
}

impl core::error::Error for CheckpointError {}
