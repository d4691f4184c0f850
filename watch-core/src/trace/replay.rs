//! Replays a trace.

use alloc::format;
use alloc::string::String;

use super::{Difference, Entry, TraceError, serialize};

/// Replays a trace on a new watcher with the configuration in the first entry.
///
/// # Errors
/// Fails if the watcher can't be created, or at the first entry that differs.
pub fn replay(entries: impl IntoIterator<Item = Entry>) -> Result<(), TraceError> {
    let mut entries = entries.into_iter().enumerate();
    let mut watcher = match entries.next() {
        Some((_, Entry::Begin(begin))) => begin.watcher()?,
        Some(_) => return Err(TraceError::NoBeginning),
        None => return Err(TraceError::Empty),
    };
    for (index, entry) in entries {
        match entry {
            Entry::Begin(_) => return Err(TraceError::SecondBeginning { index }),
            Entry::Handled(input) => watcher.handle(input).map_err(|misuse| Difference {
                index,
                expected: "the input is accepted".into(),
                found: format!("{misuse}"),
            })?,
            Entry::Polled { now, output: expected } => {
                let found = serialize::output(&watcher.poll(now));
                let found = found.as_ref().map_or_else(String::new, |found| found.get().into());
                if found != expected.get() {
                    return Err(Difference { index, expected: expected.get().into(), found }.into());
                }
            }
        }
    }
    Ok(())
}
