//! Reads a trace.

use alloc::format;
use alloc::vec::Vec;

use serde::Deserialize;

use super::{Entry, FORMAT, TraceError};

/// Reads the text of a trace, one entry a line. Empty lines are ignored.
///
/// # Errors
/// Fails if the text isn't a trace, has another format (older ones lack the configuration, so they can't be replayed),
/// or has an unreadable line.
pub fn read(text: &str) -> Result<Vec<Entry>, TraceError> {
    let mut lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()).peekable();
    let (_, first) = lines.peek().ok_or(TraceError::Empty)?;
    check_format(first)?;
    lines
        .map(|(at, line)| {
            serde_json::from_str(line)
                .map_err(|error| TraceError::Line { line: at + 1, why: format!("{error}").into() })
        })
        .collect()
}

/// The format is checked before the rest of the first line, because another format may have other fields.
fn check_format(first: &str) -> Result<(), TraceError> {
    #[derive(Deserialize)]
    struct First {
        begin: Versioned,
    }
    #[derive(Deserialize)]
    struct Versioned {
        format: u32,
    }
    match serde_json::from_str(first) {
        Ok(First { begin: Versioned { format: FORMAT } }) => Ok(()),
        Ok(First { begin: Versioned { format } }) => Err(TraceError::Format { found: format }),
        Err(_) => Err(TraceError::NoBeginning),
    }
}
