//! The failures of a server or a network.

use alloc::boxed::Box;
use alloc::sync::Arc;
use core::fmt;
use core::time::Duration;

use super::cause::Cause;
use crate::config::Config;
use crate::config::resource::Resource;
use crate::wire::version::ResourceVersion;

/// A failure: what failed, on what, and why. It formats as a sentence for the log.
#[cfg_attr(feature = "trace", derive(serde::Serialize))]
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Trouble {
    /// A description of what is watched: `pods in default`.
    pub target: Arc<str>,
    /// The resource that is watched.
    #[cfg_attr(feature = "trace", serde(serialize_with = "as_text"))]
    pub resource: Resource,
    /// The namespace; `None` if all are watched, or the resource is cluster-scoped.
    pub namespace: Option<Box<str>>,
    /// The name, if a single object is watched.
    pub name: Option<Box<str>>,
    /// The operation that failed.
    pub during: During,
    /// Why it failed.
    pub cause: Cause,
    /// How long the server asks to wait before the next request.
    pub retry_after: Option<Duration>,
}

#[cfg(feature = "trace")]
fn as_text<S: serde::Serializer>(resource: &Resource, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(resource)
}

impl Trouble {
    /// Creates a failure. `header` is the `Retry-After` of the response.
    pub(crate) fn new(config: &Config, during: During, cause: Cause, header: Option<Duration>) -> Box<Self> {
        let cause = if config.watches_secrets() { cause.without_values() } else { cause };
        let in_body = cause.status().and_then(|status| status.retry_after());
        let parts = config.parts();
        let longest = parts.timing.longest_retry_after;
        Box::new(Self {
            target: parts.target.clone(),
            resource: parts.resource.clone(),
            namespace: parts.namespace.clone(),
            name: parts.name.clone(),
            during,
            retry_after: header.max(in_body).map(|wait| wait.min(longest)),
            cause,
        })
    }
}

/// The operation that failed.
#[cfg_attr(feature = "trace", derive(serde::Serialize))]
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum During {
    /// A LIST. `page` is greater than 1 if it had a continue token.
    List {
        /// The number of the page, from 1.
        page: u32,
    },
    /// A streaming list.
    StreamingList,
    /// The version check, before a watch is opened again.
    VersionCheck,
    /// A watch.
    Watch {
        /// The last version before the failure; `None` if the watch began without a version.
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
