//! A checkpoint covers exactly the delivered events.

use watch_test::check::Position;

use crate::violation::{Oracle, Violation, broken};

/// Checks the version of the current checkpoint, if there is one.
pub(crate) fn check(version: Option<&str>, position: Position, is_from_now_on: bool) -> Result<(), Violation> {
    let delivered = match position {
        Position::Unknown => None,
        Position::At { revision, .. } | Position::Void(revision) => Some(revision.to_string()),
    };
    // A watch that starts from now can have a checkpoint before its first event.
    let is_ahead = is_from_now_on && delivered.is_none();
    if version == delivered.as_deref() || is_ahead {
        return Ok(());
    }
    broken(Oracle::Resumable, format!("the checkpoint is {version:?}, but events were delivered up to {delivered:?}"))
}
