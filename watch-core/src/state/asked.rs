//! What was asked for.

use super::listing::Page;
use crate::memory::Memory;
use crate::trouble::During;
use crate::version::ResourceVersion;

/// By a request that is open.
#[derive(Clone, Debug)]
pub(super) enum Asked {
    List(Page),
    Watch(AskedWatch),
}

impl Asked {
    pub(super) fn during(&self, memory: &Memory) -> During {
        match self {
            Self::List(page) => page.during(),
            Self::Watch(asked) => asked.during(memory),
        }
    }
}

/// Which watch was asked for.
#[derive(Clone, Debug)]
pub(super) struct AskedWatch(From);

#[derive(Clone, Debug)]
enum From {
    After(ResourceVersion),
    /// Without a version and with no end marker promised.
    Unversioned,
    /// The set first (`sendInitialEvents`).
    StreamingList,
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

    pub(super) const fn resume_from(&self) -> Option<&ResourceVersion> {
        match &self.0 {
            From::After(version) => Some(version),
            From::Unversioned | From::StreamingList => None,
        }
    }

    pub(super) const fn is_streaming_list(&self) -> bool {
        matches!(self.0, From::StreamingList)
    }

    pub(super) fn during(&self, memory: &Memory) -> During {
        match self.0 {
            From::StreamingList => During::StreamingList,
            From::After(_) | From::Unversioned => During::Watch { after: memory.position.version().cloned() },
        }
    }
}
