//! The end marker of a streaming list ends the list, or the list fails: a marker with an invalid version is an unreadable
//! event. So the machine never waits for the marker after it was handed in. A marker without a version is skipped.

use watch_core::{Output, Phase, Watcher};

use super::received::Received;
use crate::violation::{Oracle, Violation, broken};

/// Checks an output.
pub(super) fn check(output: &Output, received: &Received, watcher: &Watcher) -> Result<(), Violation> {
    // When the machine waits, it has read everything that was handed in.
    if matches!(output, Output::Wait(_)) && watcher.phase() == Phase::StreamingList && received.has_end_marker() {
        return broken(Oracle::Unreadable, "the end marker of a streaming list arrived, and the machine waits for it");
    }
    Ok(())
}
