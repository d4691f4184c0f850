//! The notices of a watch, and the checks of tests with a real server.

use watch_hyper::watch_core::{InitialCause, Notice};

#[path = "../it/notices.rs"]
mod recorded;

pub(crate) use self::recorded::Notices;

impl Notices {
    /// Whether it relisted because its version had expired.
    pub(crate) fn has_expired(&self) -> bool {
        self.notices().iter().any(|notice| matches!(notice, Notice::Relisted { cause: InitialCause::Expired, .. }))
    }

    /// How often the server answered with this status.
    pub(crate) fn count(&self, code: u16) -> usize {
        let has_code = |notice: &&Notice| match notice {
            Notice::Retrying { trouble, .. }
            | Notice::NeedsAttention { trouble, .. }
            | Notice::FellBack { trouble } => trouble.cause.status().is_some_and(|status| status.code == code),
            _ => false,
        };
        self.notices().iter().filter(has_code).count()
    }

    /// How many `NeedsAttention` notices there were.
    pub(crate) fn needs_attention(&self) -> usize {
        self.notices().iter().filter(|notice| matches!(notice, Notice::NeedsAttention { .. })).count()
    }
}
