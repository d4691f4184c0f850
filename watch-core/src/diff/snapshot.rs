//! A [`Diff`] that outlives its process.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;

use serde::{Deserialize, Serialize};

use super::Diff;
use super::entry::{Entry, Key};
use crate::version::ResourceVersion;

/// The version of the format. A reader refuses what is newer.
const FORMAT: u32 = 1;

/// What a [`Diff`] knows, to be serialised with any format of serde. With it, exact changes come out even when a new
/// process finds that its [`Checkpoint`](crate::Checkpoint) has expired.
///
/// It covers what [`Diff::poll`] returned. Take it when that says `None`, together with the checkpoint.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct DiffSnapshot {
    format: u32,
    /// A set was told, so that what isn't among the objects isn't known.
    told: bool,
    objects: Vec<Known>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Known {
    key: Key,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    uid: Option<Box<str>>,
    version: ResourceVersion,
}

impl Diff {
    /// What it knows.
    pub fn snapshot(&self) -> DiffSnapshot {
        let known = |(key, entry): (&Key, &Entry)| Known {
            key: key.clone(),
            uid: entry.uid(),
            version: entry.version().clone(),
        };
        DiffSnapshot { format: FORMAT, told: self.told, objects: self.index.iter().map(known).collect() }
    }

    /// Knows what another one knew.
    ///
    /// # Errors
    /// If it was written by a newer release.
    pub fn restore(snapshot: DiffSnapshot) -> Result<Self, SnapshotError> {
        if snapshot.format > FORMAT {
            return Err(SnapshotError { format: snapshot.format });
        }
        let entry = |known: Known| (known.key, Entry::restored(known.uid.as_deref(), known.version));
        let index = snapshot.objects.into_iter().map(entry).collect();
        Ok(Self { index, told: snapshot.told, ..Self::default() })
    }
}

/// A snapshot in a format that is newer than this release.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SnapshotError {
    /// Its format.
    pub format: u32,
}

impl fmt::Display for SnapshotError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the snapshot has format {}, but only formats up to {FORMAT} are understood here", self.format)
    }
}

impl core::error::Error for SnapshotError {}
