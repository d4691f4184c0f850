//! What went wrong since the last progress.

use alloc::boxed::Box;

use crate::time::Instant;
use crate::trouble::Trouble;

/// How often something happened since the last progress.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tally {
    /// Bytes that can't be read.
    pub(crate) unreadable: u32,
    /// Watches that ended at once.
    pub(crate) short: u32,
    /// Troubles of the server's own (5xx) while watching.
    pub(crate) server: u32,
    /// Troubles during a streaming list.
    pub(crate) streaming: u32,
    /// Lists older than what was seen.
    pub(crate) behind: u32,
    /// Versions that had expired.
    pub(crate) expired: u32,
    /// 401s.
    pub(crate) unauthorized: u32,
    /// When trouble began.
    pub(crate) since: Option<Instant>,
    /// The last of it.
    pub(crate) last: Option<Box<Trouble>>,
    /// It was said that this needs somebody.
    pub(crate) said_blocked: bool,
}
