//! How much is accepted from a server.

use super::config_error::ConfigError;
use crate::wire::DEEPEST;

/// Percent-encoding may make it three times as long, and a URI must stay below 64 KiB (`http::Uri`).
const LONGEST_TOKEN: usize = 16 << 10;

/// Bounds on what a server can make the machine hold or do.
#[cfg_attr(feature = "trace", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "trace", serde(rename_all = "camelCase", deny_unknown_fields))]
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Bytes of one object (or event). Default: 16 MiB, as client-go has it (`streaming.go`: `maxBytes`).
    pub object: usize,
    /// Levels of nesting, 512 at most. Default: 256. Beyond what any object has, and few enough that decoders which
    /// recurse don't run out of stack.
    pub nesting: usize,
    /// Bytes of a `continue` token, 16 KiB at most; a longer one isn't sent back, the list is asked for in one page
    /// instead. Default: 16 KiB, of which kube-apiserver's have some hundreds.
    pub continue_token: usize,
    /// Bytes of an error's body that are read. Default: 64 KiB.
    pub error_body: usize,
    /// Pages of one list, which are asked for one right after the other: as many requests can one list take. Default:
    /// 10,000, which is five million objects in pages of 500.
    pub pages: u32,
    /// Objects of one set, over all its pages, and in a streaming list. A set with more is given up and reported as needing
    /// attention ([`Notice::NeedsAttention`](crate::Notice::NeedsAttention)); it is asked for again, rarely. Default: five million, as
    /// many as the pages have room for.
    pub objects: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            object: 16 << 20,
            nesting: 256,
            continue_token: LONGEST_TOKEN,
            error_body: 64 << 10,
            pages: 10_000,
            objects: 5_000_000,
        }
    }
}

impl Limits {
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        let range = |field, allowed, holds: bool| {
            if holds { Ok(()) } else { Err(ConfigError::OutOfRange { field, allowed }) }
        };
        range("limits.object", "from 64 bytes to 1 GiB", (64..=1 << 30).contains(&self.object))?;
        range("limits.nesting", "from 4 to 512", (4..=DEEPEST).contains(&self.nesting))?;
        range("limits.continue_token", "at most 16 KiB", self.continue_token <= LONGEST_TOKEN)?;
        range("limits.error_body", "at most 16 MiB", self.error_body <= 16 << 20)?;
        range("limits.pages", "at least 1", self.pages >= 1)?;
        range("limits.objects", "at least 1", self.objects >= 1)
    }
}
