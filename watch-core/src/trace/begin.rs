//! The first entry of a trace.

use alloc::boxed::Box;

use serde::{Deserialize, Serialize};

use super::TraceError;
use crate::config::Config;
use crate::io::checkpoint::Checkpoint;
use crate::watcher::Watcher;

/// The version of the format. A reader rejects any other. The first format had neither version nor configuration.
pub const FORMAT: u32 = 2;

/// How a watcher was created. A replay needs only this entry and those that follow.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct Begin {
    /// The version of the format, [`FORMAT`].
    pub format: u32,
    /// The release of watch-core that wrote the trace. Another release may make other decisions. A replay then shows
    /// the first difference.
    pub release: Box<str>,
    /// The configuration, its seed included.
    pub config: Config,
    /// The checkpoint that the watcher resumed from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checkpoint: Option<Checkpoint>,
    /// Whether the watcher was already used when the recording began. Such a trace can't be replayed.
    #[serde(default, skip_serializing_if = "is_false")]
    pub late: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
const fn is_false(flag: &bool) -> bool {
    !*flag
}

impl Begin {
    /// Creates the first entry for this watcher, which must be unused.
    pub fn of(watcher: &Watcher) -> Self {
        Self {
            format: FORMAT,
            release: env!("CARGO_PKG_VERSION").into(),
            config: watcher.config().clone(),
            checkpoint: watcher.resumed_from(),
            late: !watcher.is_unused(),
        }
    }

    /// Creates the watcher again, in its state when the recording began.
    ///
    /// # Errors
    /// Fails if the trace has another format or began late, or if its checkpoint belongs to another watch.
    pub fn watcher(&self) -> Result<Watcher, TraceError> {
        if self.format != FORMAT {
            return Err(TraceError::Format { found: self.format });
        }
        if self.late {
            return Err(TraceError::BegunLate);
        }
        match &self.checkpoint {
            None => Ok(Watcher::new(self.config.clone())),
            Some(checkpoint) => Watcher::resume(self.config.clone(), checkpoint).map_err(TraceError::Checkpoint),
        }
    }
}
