//! Where a watch starts and restarts.

use crate::wire::version::ResourceVersion;

/// Where a watch starts.
#[cfg_attr(feature = "trace", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "trace", serde(rename_all = "camelCase"))]
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Start {
    /// With the list of all objects, then changes. The default.
    InitialList(InitialList),
    /// With the changes after this version, without a list.
    From(ResourceVersion),
    /// With the changes from now on, without a list. "Now" is the version of a LIST of one object, which is discarded.
    /// That works with any server, and a connection that breaks before the first event loses nothing.
    Now,
}

impl Default for Start {
    fn default() -> Self {
        Self::InitialList(InitialList::default())
    }
}

/// How to request the initial list.
#[cfg_attr(feature = "trace", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "trace", serde(rename_all = "camelCase"))]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum InitialList {
    /// By a streaming list (`sendInitialEvents`, KEP-3157) if the server supports them, otherwise by LIST. A refusal is
    /// remembered, also in the checkpoint.
    #[default]
    Auto,
    /// By LIST.
    List,
}

/// How recent the initial list must be.
#[cfg_attr(feature = "trace", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "trace", serde(rename_all = "camelCase"))]
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ListSemantics {
    /// The most recent state. The default, and always used for a relist after an expired version.
    #[default]
    Consistent,
    /// Any state that the server has in its cache (resourceVersion `"0"`): cheap, but possibly old. The server then
    /// ignores the page size.
    Any,
    /// A state at least as new as this version, from the cache. If the server reports that it doesn't have the version,
    /// or returns an older list, the request is retried. After three such answers the machine accepts the server's
    /// state, as after a restore from a backup.
    NotOlderThan(ResourceVersion),
}

/// What to do when the server's history no longer has the version to resume from (410).
#[cfg_attr(feature = "trace", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "trace", serde(rename_all = "camelCase"))]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum OnExpired {
    /// Relist. With a [`Diff`](crate::Diff), the changes in the gap are reported.
    #[default]
    Relist,
    /// Watch again without a version, as the Python `KubernetesWatcher` does. Existing objects come as `Added` once
    /// more; objects that were deleted in the gap *are never reported*.
    RestartWithoutVersion,
    /// End with [`Done::Expired`](crate::Done::Expired).
    Stop,
}

/// Which part of the objects to request.
#[cfg_attr(feature = "trace", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "trace", serde(rename_all = "camelCase"))]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Representation {
    /// The complete object.
    #[default]
    Full,
    /// `PartialObjectMetadata`: the metadata only.
    Metadata,
}
