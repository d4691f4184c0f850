//! What a later process needs to resume.

use core::fmt;

use serde::{Deserialize, Serialize};

use crate::config::Config;
use crate::fingerprint::fnv1a;
use crate::wire::version::ResourceVersion;

/// The version of the format of a checkpoint and of a [`DiffSnapshot`](crate::DiffSnapshot). A reader rejects any
/// other.
pub(crate) const FORMAT: u32 = 1;

/// The version up to which events were returned, and the watch that it belongs to. A later process resumes from it
/// without missing an event.
///
/// Serialise it with any format of serde. It covers every event that `poll` returned: store it after the consumer has
/// processed them.
///
/// ```
/// # use watch_core::{Input, ResponseHead};
/// use watch_core::{Checkpoint, Config, Instant, Output, Resource, Watcher};
///
/// let config = Config::builder(Resource::core("v1", "pods")).build()?;
/// let mut watcher = Watcher::new(config.clone());
/// # let Output::Send(request) = watcher.poll(Instant::ORIGIN) else { unreachable!() };
/// # let id = request.id;
/// # watcher.handle(Input::Response { id, head: ResponseHead::new(200) })?;
/// # let end = r#"{"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"7","annotations":{"k8s.io/initial-events-end":"true"}}}}"#;
/// # watcher.handle(Input::Body { id, bytes: end.into() })?;
/// while let Output::Event(event) = watcher.poll(Instant::ORIGIN) {
///     println!("{event}");
/// }
/// let saved = serde_json::to_string(&watcher.checkpoint().expect("the list is complete"))?;
///
/// // In a later process:
/// let checkpoint: Checkpoint = serde_json::from_str(&saved)?;
/// let mut watcher = Watcher::resume(config, &checkpoint)?;
/// # assert!(matches!(watcher.poll(Instant::ORIGIN), Output::Send(_)));
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Checkpoint {
    format: u32,
    /// Fingerprint of what is watched.
    scope: u64,
    resource_version: ResourceVersion,
    /// The server doesn't support streaming lists.
    #[serde(default)]
    no_streaming_list: bool,
    /// Checksum of the fields above. With a corrupt version, events would be missed or repeated.
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

    /// Returns the version of the last event that the checkpoint covers.
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

/// Checks that stored data has this format and belongs to what this configuration watches.
pub(crate) fn check(format: u32, scope: u64, config: &Config) -> Result<(), CheckpointError> {
    match () {
        () if format != FORMAT => Err(CheckpointError::Format { found: format, known: FORMAT }),
        () if scope != config.fingerprint() => Err(CheckpointError::OtherScope),
        () => Ok(()),
    }
}

/// Why a watch can't resume from a [`Checkpoint`] or a [`DiffSnapshot`](crate::DiffSnapshot). Start without them: the
/// watch then begins with the complete list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CheckpointError {
    /// It belongs to another resource, namespace, selector or representation. Its version means nothing for this watch,
    /// and objects that match only the new selector would never be reported.
    OtherScope,
    /// It is corrupt: the checksum doesn't match.
    Damaged,
    /// It was written by another release, or is corrupt.
    Format {
        /// The format that was found.
        found: u32,
        /// The format that this release reads.
        known: u32,
    },
}

impl fmt::Display for CheckpointError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OtherScope => f.write_str(
                "checkpoint belongs to another watch (resource, namespace, selector or representation differ); \
                 start without it",
            ),
            Self::Damaged => f.write_str("checkpoint is corrupt (checksum mismatch); start without it"),
            Self::Format { found, known } => {
                write!(f, "checkpoint has format {found}, but this release reads format {known} only; start without it")
            }
        }
    }
}

impl core::error::Error for CheckpointError {}
