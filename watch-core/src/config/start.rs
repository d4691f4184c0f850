//! Where a watch starts, and where again.

use crate::wire::version::ResourceVersion;

/// Where a watch starts.
#[cfg_attr(feature = "trace", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "trace", serde(rename_all = "camelCase"))]
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Start {
    /// With all that exists, then what changes. The default.
    InitialList(InitialList),
    /// With what changes after this version, without the state at it.
    From(ResourceVersion),
    /// With what changes from now on, without the state. "Now" is the version of a LIST of one object, whose object is
    /// thrown away: that works on any server, and what happens before the first event isn't lost with the connection.
    Now,
}

impl Default for Start {
    fn default() -> Self {
        Self::InitialList(InitialList::default())
    }
}

/// How the initial set is asked for.
#[cfg_attr(feature = "trace", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "trace", serde(rename_all = "camelCase"))]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum InitialList {
    /// By a streaming list (`sendInitialEvents`, KEP-3157) if the server has them, otherwise by LIST. A refusal is
    /// remembered, also in the checkpoint.
    #[default]
    Auto,
    /// By LIST.
    List,
}

/// How recent the initial set must be.
#[cfg_attr(feature = "trace", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "trace", serde(rename_all = "camelCase"))]
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ListSemantics {
    /// The most recent state. The default, and always what a restart after an expired version uses.
    #[default]
    Consistent,
    /// Whatever the server has in its cache (resourceVersion `"0"`): cheap, but possibly from the past. The server
    /// ignores the page size then.
    Any,
    /// A state not older than this version, from the cache. A server that has less, and says so or answers with it, is asked
    /// three times before what it has is taken for the set, as that of a server which was restored from a backup.
    NotOlderThan(ResourceVersion),
}

/// What to do when the server's history no longer has the version to resume from (410).
#[cfg_attr(feature = "trace", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "trace", serde(rename_all = "camelCase"))]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum OnExpired {
    /// Ask for the whole set again. With a [`Diff`](crate::Diff) what was missed comes out as changes: no gap.
    #[default]
    Relist,
    /// Watch again without a version, as the Python `KubernetesWatcher` does: what exists comes as `Added` once more,
    /// and what was deleted meanwhile *is never reported*.
    RestartWithoutVersion,
    /// End with [`Done::Expired`](crate::Done::Expired).
    Stop,
}

/// Which part of the objects is wanted.
#[cfg_attr(feature = "trace", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "trace", serde(rename_all = "camelCase"))]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Representation {
    /// All of it.
    #[default]
    Whole,
    /// `PartialObjectMetadata`: the metadata only.
    Metadata,
}
