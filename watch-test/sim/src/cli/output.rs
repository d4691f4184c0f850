//! Output files, which are written at the end.

use std::path::Path;

/// Checks that a file can be written, before hours of work are done for it.
pub(super) fn check(file: Option<&Path>) -> Result<(), String> {
    let Some(file) = file else { return Ok(()) };
    let opened = std::fs::OpenOptions::new().append(true).create(true).open(file);
    opened.map(drop).map_err(|error| unwritable(file, &error))
}

pub(super) fn write(file: &Path, text: &str) -> Result<(), String> {
    std::fs::write(file, text).map_err(|error| unwritable(file, &error))
}

fn unwritable(file: &Path, error: &std::io::Error) -> String {
    format!("can't write {}: {error}", file.display())
}
