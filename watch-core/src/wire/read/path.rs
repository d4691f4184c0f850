//! The path of a field, by a position in the document.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::Write;

use super::{Cursor, Quoted};

/// Returns the path of the innermost value at this line and column: `status.containerStatuses[0].state`. Both count
/// from 1, as in the errors of serde_json. The path of the document itself is empty.
///
/// It finds the field of an error without a second deserializer, which would be compiled for each type. It reads each
/// byte up to the position once.
pub(in crate::wire) fn path_at(document: &[u8], line: usize, column: usize) -> String {
    let before = document.split_inclusive(|byte| *byte == b'\n').take(line.saturating_sub(1));
    let at = before.map(<[u8]>::len).sum::<usize>() + column.saturating_sub(1);
    let mut walk = Walk { cursor: Cursor::without_marks(document), at, steps: Vec::new() };
    while walk.next_value().is_some() {}
    let mut path = String::new();
    for step in walk.steps {
        match step {
            Step::Member(name) => {
                let dot = if path.is_empty() { "" } else { "." };
                let name = name.text().unwrap_or_else(|| String::from_utf8_lossy(name.bytes));
                path.extend([dot, &name]);
            }
            Step::Element(index) => _ = write!(path, "[{index}]"),
        }
    }
    path
}

/// A walk through the tokens of a document, up to a position.
struct Walk<'a> {
    /// Stands before a value.
    cursor: Cursor<'a>,
    at: usize,
    /// The steps to that value: one for each open object and array.
    steps: Vec<Step<'a>>,
}

/// From an object or array to one of its values.
enum Step<'a> {
    Member(Quoted<'a>),
    Element(usize),
}

impl<'a> Walk<'a> {
    /// Moves to the beginning of the next value: the first one in this value, or the one after it. Returns `None` at the
    /// position, when `steps` is its path, and where the document isn't JSON.
    fn next_value(&mut self) -> Option<()> {
        let first = self.cursor.peek()?;
        if self.at < self.cursor.position() {
            // The white space before the value isn't a part of it.
            self.steps.pop();
            return None;
        }
        let end = match first {
            b'{' => Some(b'}'),
            b'[' => Some(b']'),
            _ => None,
        };
        match first {
            b'"' => drop(self.cursor.string()?),
            _ if end.is_some() => self.cursor.take(first)?,
            _ => drop(self.cursor.scalar()?),
        }
        self.go_on()?;
        if let Some(end) = end {
            if self.cursor.peek()? != end {
                let step = if end == b'}' { self.member()? } else { Step::Element(0) };
                self.steps.push(step);
                return Some(());
            }
            self.cursor.take(end)?;
            self.go_on()?;
        }
        self.leave()
    }

    /// Moves from the end of a value to the beginning of the next one.
    fn leave(&mut self) -> Option<()> {
        loop {
            let step = self.steps.pop()?;
            let end = if matches!(step, Step::Member(_)) { b'}' } else { b']' };
            let byte = self.cursor.peek()?;
            if byte != b',' && byte != end {
                return None;
            }
            self.cursor.take(byte)?;
            self.go_on()?;
            if byte == b',' {
                let next = match step {
                    Step::Member(_) => self.member()?,
                    Step::Element(index) => Step::Element(index + 1),
                };
                self.steps.push(next);
                return Some(());
            }
        }
    }

    /// Takes the name of a member, and the colon after it.
    fn member(&mut self) -> Option<Step<'a>> {
        let name = self.cursor.string()?;
        self.cursor.take(b':')?;
        self.go_on()?;
        Some(Step::Member(name))
    }

    /// Returns `None` if the position was reached.
    fn go_on(&self) -> Option<()> {
        (self.cursor.position() <= self.at).then_some(())
    }
}
