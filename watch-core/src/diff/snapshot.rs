//! A [`Diff`] that outlives its process.

use alloc::boxed::Box;
use core::fmt::{self, Write as _};

use serde::de::{SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Diff;
use super::entry::Known;
use super::index::{Index, NO_LIST};
use super::key::{Key, Named};
use super::uid::Uid;
use crate::config::Config;
use crate::fingerprint::Fnv1a;
use crate::io::checkpoint::{CheckpointError, FORMAT, check};
use crate::wire::version::ResourceVersion;

/// The state of a [`Diff`], to be serialised with any format of serde. With it, a new process whose
/// [`Checkpoint`](crate::Checkpoint) has expired still reports exact changes.
///
/// It covers what [`Diff::poll`] returned. Take it when `poll` returns `None`, together with the checkpoint.
///
/// It needs as much memory as the objects in the diff. [`Diff::serialize_snapshot`] writes the same without it.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct DiffSnapshot {
    format: u32,
    /// Fingerprint of what is watched.
    scope: u64,
    /// A list was received, so an object that isn't among the objects isn't known.
    listed: bool,
    objects: Objects,
    /// Checksum of the objects.
    sum: u64,
}

/// A snapshot as it is written.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Written<'a> {
    format: u32,
    scope: u64,
    listed: bool,
    #[serde(serialize_with = "each")]
    objects: &'a Index,
    sum: u64,
}

impl Serialize for DiffSnapshot {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { format, scope, listed, objects, sum } = self;
        Written { format: *format, scope: *scope, listed: *listed, objects: &objects.index, sum: *sum }
            .serialize(serializer)
    }
}

/// Writes one object after the other.
fn each<S: Serializer>(index: &&Index, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(index.iter_after(None).map(|(key, known)| WrittenObject {
        namespace: key.namespace(),
        name: key.name(),
        uid: Some(known.uid()).filter(|uid| *uid != Uid::Unknown),
        version: known,
    }))
}

#[derive(Serialize)]
struct WrittenObject<'a> {
    #[serde(skip_serializing_if = "str::is_empty")]
    namespace: &'a str,
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    uid: Option<Uid<'a>>,
    #[serde(serialize_with = "version")]
    version: Known<'a>,
}

impl Serialize for Uid<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

fn version<S: Serializer>(known: &Known<'_>, serializer: S) -> Result<S::Ok, S::Error> {
    match known.number() {
        Some(number) => serializer.collect_str(&number),
        None => serializer.serialize_str(&known.version()),
    }
}

/// The objects of a snapshot that was read, and their sums.
#[derive(Clone, Debug)]
struct Objects {
    index: Index,
    sums: Sums,
}

/// An object of a snapshot that is read.
#[derive(Deserialize)]
struct ReadObject {
    #[serde(default)]
    namespace: Box<str>,
    name: Box<str>,
    #[serde(default)]
    uid: Option<Box<str>>,
    version: ResourceVersion,
}

impl<'de> Deserialize<'de> for Objects {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Objects;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a sequence of objects")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut objects: A) -> Result<Objects, A::Error> {
                let (mut index, mut sums) = (Index::default(), Sums::new());
                while let Some(object) = objects.next_element::<ReadObject>()? {
                    // The sum doesn't distinguish an empty uid from none, and no object has an empty one.
                    let uid = object.uid.as_deref().filter(|uid| !uid.is_empty());
                    let version = &object.version;
                    let named = Named { namespace: &object.namespace, name: &object.name };
                    sums.add(named, Uid::of(uid), &version.text());
                    index.insert(&named, uid, version, NO_LIST);
                }
                Ok(Objects { index, sums })
            }
        }
        deserializer.deserialize_seq(Reader)
    }
}

/// The checksum, for each value of `listed`: it is first in the sum, and may be last in the text.
#[derive(Clone, Copy, Debug)]
struct Sums([Fnv1a; 2]);

/// No UTF-8 text contains the byte 0xff.
const SEPARATOR: u8 = 0xff;

impl Sums {
    fn new() -> Self {
        Self([false, true].map(|listed| {
            let mut sum = Fnv1a::new();
            sum.byte(listed.into());
            sum
        }))
    }

    fn of(index: &Index) -> Self {
        let mut sums = Self::new();
        for (key, known) in index.iter_after(None) {
            sums.add_known(key, known);
        }
        sums
    }

    fn add_known(&mut self, key: &Key, known: Known<'_>) {
        let named = Named { namespace: key.namespace(), name: key.name() };
        match known.number() {
            Some(number) => self.add(named, known.uid(), &number),
            None => self.add(named, known.uid(), &known.version()),
        }
    }

    fn add(&mut self, named: Named<'_>, uid: Uid<'_>, version: &dyn fmt::Display) {
        for sum in &mut self.0 {
            sum.bytes(named.namespace.bytes());
            sum.byte(SEPARATOR);
            sum.bytes(named.name.bytes());
            sum.byte(SEPARATOR);
            // Adding to a sum can't fail.
            let _infallible = write!(sum, "{uid}");
            sum.byte(SEPARATOR);
            let _infallible = write!(sum, "{version}");
            sum.byte(SEPARATOR);
        }
    }

    fn value(self, listed: bool) -> u64 {
        let [unknown, known] = self.0;
        if listed { known.value() } else { unknown.value() }
    }
}

impl Diff {
    /// Returns what the diff knows of what this configuration watches.
    pub fn snapshot(&self, config: &Config) -> DiffSnapshot {
        let sums = Sums::of(&self.index);
        DiffSnapshot {
            format: FORMAT,
            scope: config.fingerprint(),
            listed: self.listed,
            sum: sums.value(self.listed),
            objects: Objects { index: self.index.clone(), sums },
        }
    }

    /// Writes a [`DiffSnapshot`] to a serializer, one object after the other, without building it in memory.
    ///
    /// ```
    /// # use watch_core::{Config, Diff, DiffSnapshot, Resource};
    /// # let config = Config::builder(Resource::core("v1", "pods")).build()?;
    /// # let diff = Diff::new();
    /// let mut file = Vec::new(); // in a program, a `BufWriter` of a file
    /// diff.serialize_snapshot(&config, &mut serde_json::Serializer::new(&mut file))?;
    ///
    /// let snapshot: DiffSnapshot = serde_json::from_slice(&file)?;
    /// let diff = Diff::restore(snapshot, &config)?;
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Fails if the serializer does.
    pub fn serialize_snapshot<S: Serializer>(&self, config: &Config, serializer: S) -> Result<S::Ok, S::Error> {
        let sum = Sums::of(&self.index).value(self.listed);
        let (scope, listed) = (config.fingerprint(), self.listed);
        Written { format: FORMAT, scope, listed, objects: &self.index, sum }.serialize(serializer)
    }

    /// Restores a diff from a snapshot.
    ///
    /// # Errors
    /// Fails if the snapshot belongs to another watch (all objects would be reported as vanished), or can't be read.
    pub fn restore(snapshot: DiffSnapshot, config: &Config) -> Result<Self, CheckpointError> {
        check(snapshot.format, snapshot.scope, config)?;
        if snapshot.sum != snapshot.objects.sums.value(snapshot.listed) {
            return Err(CheckpointError::Damaged);
        }
        let mut index = snapshot.objects.index;
        // A snapshot that wasn't serialised has those of its diff.
        index.forget_rounds();
        Ok(Self { index, listed: snapshot.listed, ..Self::default() })
    }
}
