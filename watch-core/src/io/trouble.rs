//! What the server or the network did wrong, and while what was done.

use alloc::boxed::Box;
use alloc::sync::Arc;
use core::fmt;
use core::time::Duration;

use super::cause::Cause;
use crate::config::Config;
use crate::config::resource::Resource;
use crate::wire::version::ResourceVersion;

/// What went wrong, while doing what: a sentence for the log.
#[cfg_attr(feature = "trace", derive(serde::Serialize))]
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Trouble {
    /// What is watched, for people: `pods in default`.
    pub target: Arc<str>,
    /// The resource that is watched.
    #[cfg_attr(feature = "trace", serde(serialize_with = "as_text"))]
    pub resource: Resource,
    /// The namespace; `None` if all of them are watched, or the resource has none.
    pub namespace: Option<Box<str>>,
    /// The name, if one object is watched by it.
    pub name: Option<Box<str>>,
    /// What was being done.
    pub during: During,
    /// What went wrong.
    pub cause: Cause,
    /// How long the server asks to be left alone.
    pub retry_after: Option<Duration>,
}

#[cfg(feature = "trace")]
fn as_text<S: serde::Serializer>(resource: &Resource, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(resource)
}

impl Trouble {
    /// Puts together what went wrong. `header` is what the head of the response asked for.
    pub(crate) fn new(config: &Config, during: During, cause: Cause, header: Option<Duration>) -> Box<Self> {
        let cause = if config.watches_secrets() { cause.without_values() } else { cause };
        let said = cause.status().and_then(|status| status.retry_after());
        let parts = config.parts();
        let longest = parts.timing.longest_retry_after;
        Box::new(Self {
            target: parts.target.clone(),
            resource: parts.resource.clone(),
            namespace: parts.namespace.clone(),
            name: parts.name.clone(),
            during,
            retry_after: header.max(said).map(|wait| wait.min(longest)),
            cause,
        })
    }
}

/// What was being done when trouble came.
#[cfg_attr(feature = "trace", derive(serde::Serialize))]
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum During {
    /// Asking for the set by LIST, from a page other than the first if there is a token.
    List {
        /// Which page, from 1.
        page: u32,
    },
    /// Asking for the set by a streaming list.
    StreamingList,
    /// Asking the server how far it is (the version check), before a watch is opened again.
    VersionCheck,
    /// Watching.
    Watch {
        /// What came last; `None` if the watch began without a version.
        after: Option<ResourceVersion>,
    },
}

impl During {
    /// Returns the name of the variant as a word for programs, in snake case: `list`, `watch`. It is the same in every
    /// release.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::List { .. } => "list",
            Self::StreamingList => "streaming_list",
            Self::VersionCheck => "version_check",
            Self::Watch { .. } => "watch",
        }
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.during {
            During::List { page: 1 } => write!(f, "LIST of {}", self.target)?,
            During::List { page } => write!(f, "LIST of {} (page {page})", self.target)?,
            During::VersionCheck => write!(f, "LIST of one of {}", self.target)?,
            During::StreamingList => write!(f, "streaming list of {}", self.target)?,
            During::Watch { after: Some(version) } => write!(f, "WATCH of {} after {version}", self.target)?,
            During::Watch { after: None } => write!(f, "WATCH of {}", self.target)?,
        }
        write!(f, ": {}", self.cause)
    }
}

impl core::error::Error for Trouble {}
