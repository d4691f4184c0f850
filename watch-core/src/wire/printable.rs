//! Texts from elsewhere, in messages.

use core::fmt::{self, Write};

/// Shows a text so that it can't do anything to a terminal or a log: what can't be printed is escaped. Quotes are left
/// as they are, since servers' messages are full of them.
pub(crate) struct Printable<'a>(pub(crate) &'a str);

impl fmt::Display for Printable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|c| match c {
            '"' | '\'' => f.write_char(c),
            _ => c.escape_debug().fmt(f),
        })
    }
}
