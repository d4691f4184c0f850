//! Where to go on in another process.

use core::fmt;

use serde::{Deserialize, Serialize};

use crate::config::Config;
use crate::version::ResourceVersion;

/// The version of the format. A reader refuses what is newer.
const FORMAT: u32 = 1;

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
}

impl Checkpoint {
    pub(crate) fn new(config: &Config, resource_version: ResourceVersion, no_streaming_list: bool) -> Self {
        Self { format: FORMAT, scope: config.fingerprint(), resource_version, no_streaming_list }
    }

    /// The version of the last event it covers.
    pub const fn resource_version(&self) -> &ResourceVersion {
        &self.resource_version
    }

    pub(crate) const fn no_streaming_list(&self) -> bool {
        self.no_streaming_list
    }

    pub(crate) fn check(&self, config: &Config) -> Result<(), CheckpointError> {
        if self.format > FORMAT {
            return Err(CheckpointError::Newer { format: self.format, known: FORMAT });
        }
        if self.scope != config.fingerprint() {
            return Err(CheckpointError::OtherScope);
        }
        Ok(())
    }
}

/// Why a watcher can't go on from a checkpoint. Start without it; with a [`Diff`](crate::Diff) nothing is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CheckpointError {
    /// It was made for another resource, namespace, selector or representation: versions mean nothing there, and what
    /// newly matches would never be reported.
    OtherScope,
    /// It was written by a newer release.
    Newer {
        /// Its format.
        format: u32,
        /// The newest that is understood.
        known: u32,
    },
}

impl fmt::Display for CheckpointError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OtherScope => f.write_str(
                "the checkpoint was made for another resource, namespace, selector or representation than this watch has",
            ),
            Self::Newer { format, known } => {
                write!(f, "the checkpoint has format {format}, but only formats up to {known} are understood here")
            }
        }
    }
}

impl core::error::Error for CheckpointError {}
