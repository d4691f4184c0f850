//! A checkpoint covers exactly what was told.

use watch_test::check::Position;

use crate::violation::{Oracle, Violation, broken};

/// Judges the version of the checkpoint that there is now, if there is one.
pub(crate) fn judge(version: Option<&str>, position: Position, is_from_now_on: bool) -> Result<(), Violation> {
    let told = match position {
        Position::Unknown => None,
        Position::At { revision, .. } | Position::Void(revision) => Some(revision.to_string()),
    };
    // Who watches from now on can resume before anything was told.
    let is_ahead = is_from_now_on && told.is_none();
    if version == told.as_deref() || is_ahead {
        return Ok(());
    }
    broken(Oracle::Resumable, format!("the checkpoint is {version:?}, but what was told goes up to {told:?}"))
}
