//! A [`Diff`] that outlives its process.

use alloc::boxed::Box;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::Diff;
use super::entry::{IndexEntry, Key};
use crate::config::Config;
use crate::fingerprint::fnv1a;
use crate::io::checkpoint::{CheckpointError, FORMAT, check};
use crate::wire::version::ResourceVersion;

/// The state of a [`Diff`], to be serialised with any format of serde. With it, a new process whose
/// [`Checkpoint`](crate::Checkpoint) has expired still reports exact changes.
///
/// It covers what [`Diff::poll`] returned. Take it when `poll` returns `None`, together with the checkpoint.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct DiffSnapshot {
    format: u32,
    /// Fingerprint of what is watched.
    scope: u64,
    /// A list was received, so an object that isn't among the objects isn't known.
    listed: bool,
    objects: Vec<Known>,
    /// Checksum of the objects.
    sum: u64,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Known {
    #[serde(default, skip_serializing_if = "str::is_empty")]
    namespace: Box<str>,
    name: Box<str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    uid: Option<Box<str>>,
    version: ResourceVersion,
}

/// Returns the checksum. The byte 0xff, which no UTF-8 text contains, separates two texts.
fn sum(listed: bool, objects: &[Known]) -> u64 {
    let bytes = objects.iter().flat_map(|known| {
        let texts =
            [known.namespace.as_bytes(), known.name.as_bytes(), known.uid.as_deref().unwrap_or_default().as_bytes()];
        let texts = texts.into_iter().flat_map(|text| text.iter().copied().chain([0xff]));
        texts.chain(known.version.text().into_owned().into_bytes()).chain([0xff])
    });
    fnv1a([u8::from(listed)].into_iter().chain(bytes))
}

impl Diff {
    /// Returns what the diff knows of what this configuration watches.
    pub fn snapshot(&self, config: &Config) -> DiffSnapshot {
        let known = |(key, entry): (&Key, &IndexEntry)| Known {
            namespace: key.namespace().into(),
            name: key.name().into(),
            uid: entry.uid(),
            version: entry.version().clone(),
        };
        let objects: Vec<_> = self.index.iter().map(known).collect();
        DiffSnapshot {
            format: FORMAT,
            scope: config.fingerprint(),
            listed: self.listed,
            sum: sum(self.listed, &objects),
            objects,
        }
    }

    /// Restores a diff from a snapshot.
    ///
    /// # Errors
    /// Fails if the snapshot belongs to another watch (all objects would be reported as vanished), or can't be read.
    pub fn restore(snapshot: DiffSnapshot, config: &Config) -> Result<Self, CheckpointError> {
        check(snapshot.format, snapshot.scope, config)?;
        if snapshot.sum != sum(snapshot.listed, &snapshot.objects) {
            return Err(CheckpointError::Damaged);
        }
        let entry = |known: Known| {
            (Key::new(&known.namespace, &known.name), IndexEntry::restored(known.uid.as_deref(), known.version))
        };
        let index = snapshot.objects.into_iter().map(entry).collect();
        Ok(Self { index, listed: snapshot.listed, ..Self::default() })
    }
}
