//! The path of a field, by a position in the document.

use alloc::format;
use alloc::string::String;
use core::ops::Range;

use super::Cursor;
use crate::config::JsonCheck;
use crate::wire::scan::{DEEPEST, Scan};

/// Returns the path of the innermost value at this line and column: `status.containerStatuses[0].state`. Both count
/// from 1, as in the errors of serde_json. The path of the document itself is empty.
///
/// It finds the field of an error without a second deserializer, which would be compiled for each type.
pub(in crate::wire) fn path_at(document: &[u8], line: usize, column: usize) -> String {
    let before = document.split_inclusive(|byte| *byte == b'\n').take(line.saturating_sub(1));
    let at = before.map(<[u8]>::len).sum::<usize>() + column.saturating_sub(1);
    let scan = Scan::new(DEEPEST, 0, JsonCheck::Structure);
    let mut cursor = Cursor::new(document, scan.marks());
    let mut path = String::new();
    while let Some((step, value)) = child_at(cursor.clone(), at) {
        let dot = if path.is_empty() || step.starts_with('[') { "" } else { "." };
        path = format!("{path}{dot}{step}");
        cursor = cursor.moved_to(value.start);
    }
    path
}

/// Returns the member or element of the value at the cursor that contains this position.
fn child_at(mut value: Cursor<'_>, at: usize) -> Option<(String, Range<usize>)> {
    let mut found = None;
    // The functions end the walk by returning `None`.
    if value.peek()? == b'{' {
        _ = value.members(|cursor, name| {
            let child = skipped(cursor)?;
            found = child.contains(&at).then(|| (String::from_utf8_lossy(name).into_owned(), child));
            found.is_none().then_some(())
        });
    } else {
        let mut index = 0;
        _ = value.elements(|cursor| {
            let child = skipped(cursor)?;
            found = child.contains(&at).then(|| (format!("[{index}]"), child));
            index += 1;
            found.is_none().then_some(())
        });
    }
    found
}

/// Takes any value. Returns its position.
fn skipped(cursor: &mut Cursor<'_>) -> Option<Range<usize>> {
    cursor.peek()?;
    let start = cursor.position();
    cursor.skip()?;
    Some(start..cursor.position())
}
