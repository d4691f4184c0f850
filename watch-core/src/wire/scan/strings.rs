//! The strings in a block.

use super::masks::{all_if, prefix_xor};

/// Every second byte, beginning with the second.
const ODD: u64 = 0xaaaa_aaaa_aaaa_aaaa;

/// Which bytes of a block are in strings.
#[derive(Clone, Copy, Debug)]
pub(super) struct Strings {
    /// From the quote that begins a string to the byte before the one that ends it.
    pub(super) in_string: u64,
    /// Quotes that aren't escaped.
    pub(super) quote: u64,
    /// The bytes after a backslash that isn't escaped itself.
    pub(super) escaped: u64,
    /// The backslashes that escape a byte.
    escape: u64,
}

impl Strings {
    /// Finds the strings by their quotes and backslashes. The caller passes whether the block begins in a string, and
    /// whether its first byte is escaped. There must be no backslash outside of strings.
    #[inline]
    pub(super) const fn of(quote: u64, backslash: u64, begins_inside: bool, begins_escaped: bool) -> Self {
        let (escaped, escape) = escapes(backslash, begins_escaped as u64);
        let quote = quote & !escaped;
        Self { in_string: prefix_xor(quote) ^ all_if(begins_inside), quote, escaped, escape }
    }

    /// Returns whether the byte after the first `len`, at least 1, is in a string, and whether it is escaped.
    #[inline]
    pub(super) const fn at_end(&self, len: usize) -> (bool, bool) {
        let last = len - 1;
        (self.in_string >> last & 1 != 0, self.escape >> last & 1 != 0)
    }
}

/// Returns the bytes that are escaped, and the backslashes that escape them. In a row of backslashes, every second one
/// is escaped.
///
/// This is simdjson's method, which has no branch for each row (`json_escape_scanner.h`; for odd and even rows, section
/// 3.1.1 of the paper): subtracting the potential escapes from the bytes after them lets a borrow run through each row.
#[inline]
const fn escapes(backslash: u64, begins_escaped: u64) -> (u64, u64) {
    if backslash == 0 {
        return (begins_escaped, 0);
    }
    let potential = backslash & !begins_escaped;
    let after = potential << 1;
    let code = ((after | ODD).wrapping_sub(potential)) ^ ODD;
    (code ^ (backslash | begins_escaped), code & backslash)
}
