//! Limits on what is accepted from a server.

use super::config_error::ConfigError;
use crate::wire::DEEPEST;

/// The most bytes of a `continue` token. Percent-encoding may triple its length, and a URI must stay below 64 KiB
/// (`http::Uri`).
const LONGEST_TOKEN: usize = 16 << 10;

/// Limits on what a server can make the machine hold or do.
#[cfg_attr(feature = "trace", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "trace", serde(rename_all = "camelCase", deny_unknown_fields))]
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Bytes per object (or event). Default: 16 MiB, as client-go has it (`streaming.go`: `maxBytes`).
    pub object: usize,
    /// Levels of nesting, 512 at most. Default: 256. That is more than any object has, and few enough for decoders that
    /// recurse.
    pub nesting: usize,
    /// Bytes per `continue` token, 16 KiB at most. A longer token isn't sent; the list is requested again in one page.
    /// Default: 16 KiB. A token of kube-apiserver has some hundred bytes.
    pub continue_token: usize,
    /// Bytes that are read of the body of an error. Default: 64 KiB.
    pub error_body: usize,
    /// Pages per list. Pages are requested without delay, so this also bounds the requests that one list can cause.
    /// Default: 10,000, which is five million objects in pages of 500.
    pub pages: u32,
    /// Objects per list, over all its pages, and in a streaming list. A longer list is abandoned, reported as needing
    /// attention ([`Notice::NeedsAttention`](crate::Notice::NeedsAttention)), and retried rarely. Default: five
    /// million, which is what the default pages can hold.
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
