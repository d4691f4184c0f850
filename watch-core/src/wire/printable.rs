//! Escapes foreign texts in messages.

use core::fmt::{self, Write};

/// Formats a text so that it can't affect a terminal or a log: characters that aren't printable are escaped. Quotes
/// aren't escaped, because servers' messages often have them.
pub(crate) struct Printable<'a>(pub(crate) &'a str);

impl fmt::Display for Printable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|c| match c {
            '"' | '\'' => f.write_char(c),
            _ => c.escape_debug().fmt(f),
        })
    }
}
