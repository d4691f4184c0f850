//! The request that is open.

use super::memory::Progress;
use super::page::Page;
use crate::io::trouble::During;
use crate::wire::version::ResourceVersion;

/// The purpose of an open request.
#[derive(Clone, Debug)]
pub(super) enum Asked {
    List(Page),
    Watch(AskedWatch),
}

impl Asked {
    pub(super) fn during(&self, progress: &Progress) -> During {
        match self {
            Self::List(page) => page.during(),
            Self::Watch(asked) => asked.during(progress),
        }
    }
}

/// The kind of a watch.
#[derive(Clone, Debug)]
pub(super) struct AskedWatch(From);

#[derive(Clone, Debug)]
enum From {
    After(ResourceVersion),
    /// Without a version and without an end marker.
    Unversioned,
    /// A streaming list (`sendInitialEvents`).
    StreamingList,
    /// A streaming list that checks whether the server has this version: kube-apiserver waits 3 s for its cache to have
    /// it, and then returns "too large resource version" (`waitUntilFreshAndBlock`). The objects are ignored.
    Check(ResourceVersion),
}

impl AskedWatch {
    pub(super) const fn after(version: ResourceVersion) -> Self {
        Self(From::After(version))
    }

    pub(super) const fn unversioned() -> Self {
        Self(From::Unversioned)
    }

    pub(super) const fn streaming_list() -> Self {
        Self(From::StreamingList)
    }

    pub(super) const fn check(version: ResourceVersion) -> Self {
        Self(From::Check(version))
    }

    /// Returns the version that the server is to have, if the request is only a check.
    pub(super) const fn checked_version(&self) -> Option<&ResourceVersion> {
        match &self.0 {
            From::Check(version) => Some(version),
            From::After(_) | From::Unversioned | From::StreamingList => None,
        }
    }

    pub(super) const fn resume_from(&self) -> Option<&ResourceVersion> {
        match &self.0 {
            From::After(version) => Some(version),
            From::Unversioned | From::StreamingList | From::Check(_) => None,
        }
    }

    pub(super) const fn is_streaming_list(&self) -> bool {
        matches!(self.0, From::StreamingList | From::Check(_))
    }

    pub(super) fn during(&self, progress: &Progress) -> During {
        match self.0 {
            From::Check(_) => During::VersionCheck,
            From::StreamingList => During::StreamingList,
            From::After(_) | From::Unversioned => During::Watch { after: progress.version().cloned() },
        }
    }
}
