//! Checks the grammar of a block of 64 bytes: see [`grammar`](super::grammar).

use super::grammar::{Grammar, Last, is_escape};
use super::levels::Observer;
use super::masks::{BLOCK, Block, Separators, byte_at, first, is_brace, prefix_xor};
use super::scalar::Scalar;
use super::strings::Strings;

/// The check of a block.
pub(super) struct Members<'a> {
    grammar: &'a mut Grammar,
    block: &'a Block,
    strings: Strings,
    /// The bytes outside of strings. The quotes that begin strings are inside.
    outside: u64,
    bracket: u64,
    separators: Separators,
    /// `,` and `:` outside of strings.
    separator: u64,
    /// For each byte, whether the number of separators up to it is odd.
    odd: u64,
    /// The separators that are wrong in an object: if `phase` isn't set, and if it is.
    wrong_in_object: (u64, u64),
    /// `"` at the beginning of a string, and brackets that close: what may follow a `{`.
    may_follow_brace: u64,
    /// The bytes whose separators were checked.
    checked: u64,
    /// In the innermost object, the member at a byte has its colon if this differs from the bit of `odd` at that byte.
    phase: bool,
    /// The number of bytes of the block that are known.
    len: usize,
    /// The bytes that are known.
    known: u64,
    /// Separators that are wrong where they stand.
    wrong: u64,
    is_wrong: bool,
}

impl<'a> Members<'a> {
    #[inline]
    pub(super) fn new(
        grammar: &'a mut Grammar,
        block: &'a Block,
        mut separators: Separators,
        bracket: u64,
        strings: Strings,
        len: usize,
    ) -> Self {
        let known = first(len);
        let outside = !strings.in_string & known;
        separators.keep(outside);
        let separator = separators.comma | separators.colon;
        let odd = prefix_xor(separator);
        // In an object, colons and commas alternate.
        let wrong = separators.colon ^ separator & odd;
        Self {
            block,
            strings,
            outside,
            bracket,
            separator,
            odd,
            wrong_in_object: (wrong, wrong ^ separator),
            may_follow_brace: strings.quote & strings.in_string | bracket & !separators.open,
            separators,
            checked: 0,
            phase: grammar.has_colon,
            len,
            known,
            wrong: 0,
            is_wrong: false,
            grammar,
        }
    }

    /// Returns whether the number of separators up to a byte is odd.
    #[inline]
    const fn is_odd(&self, at: usize) -> bool {
        self.odd >> (at % BLOCK) & 1 != 0
    }

    /// Returns whether the byte before this one is a `{`.
    fn is_after_brace(&self, at: usize) -> bool {
        match at.checked_sub(1) {
            Some(before) => byte_at(self.block, before) == b'{',
            None => self.grammar.last == Last::Brace,
        }
    }

    /// Checks the separators among the bytes of `seen` that weren't checked yet. All stand in the innermost object or
    /// array.
    #[inline]
    const fn check_separators(&mut self, seen: u64, is_object: bool) {
        let in_object = if self.phase { self.wrong_in_object.1 } else { self.wrong_in_object.0 };
        // In an array there are no colons.
        let wrong = if is_object { in_object } else { self.separators.colon };
        self.wrong |= wrong & seen & !self.checked;
        self.checked = seen;
    }

    /// Checks everything else up to the end of the block, or of the value if it ends before.
    #[inline]
    pub(super) fn finish(&mut self, end: Option<usize>, is_object: bool) {
        let (len, seen) = match end {
            Some(end) => (end, first(end)),
            None => {
                self.check_separators(self.known, is_object);
                (self.len, self.known)
            }
        };
        let last = len.saturating_sub(1);
        self.grammar.has_colon = self.is_odd(last) ^ self.phase;
        let Self { bracket, separators, separator, strings, .. } = *self;
        let Strings { in_string, quote, escaped, .. } = strings;
        let (begin, end) = (quote & in_string, quote & !in_string);
        let close = bracket & !separators.open;
        let scalar = self.outside & !(end | separator | bracket);

        // Each of these masks marks the bytes directly after the bytes of another mask.
        let before = self.grammar.last;
        let after = |mask: u64, last: Last| mask << 1 | u64::from(before == last);
        let after_text = after(end, Last::Text);
        let after_scalar = after(scalar, Last::Scalar);
        let after_brace = u64::from(before == Last::Brace);
        let value = begin | separators.open | scalar;
        let wrong = after(separator, Last::Separator) & !value
            | (separators.open << 1 | u64::from(before == Last::Square)) & !(value | close)
            | after_brace & !self.may_follow_brace
            | (after_text | after(close, Last::Close)) & !(separator | close)
            | after_scalar & !(scalar | separator | close)
            | separators.colon & !after_text
            // White space, or a control character.
            | separators.blank;
        let is_wrong = self.is_wrong || wrong & seen | self.wrong != 0;
        self.grammar.require(!is_wrong);

        if scalar & seen != 0 {
            self.scalars(scalar & seen, after_scalar);
        }
        let escaped = escaped & seen;
        if escaped != 0 || self.grammar.hex > 0 {
            self.escapes(len, escaped);
        }
        let is = |mask: u64| mask >> last & 1 != 0;
        self.grammar.last = match () {
            () if is(in_string) => Last::Inside,
            () if is(end) => Last::Text,
            () if is(close) => Last::Close,
            () if is(separator) => Last::Separator,
            () if is(scalar) => Last::Scalar,
            () if is_brace(byte_at(self.block, last)) => Last::Brace,
            () => Last::Square,
        };
    }

    fn scalars(&mut self, mut scalar: u64, after_scalar: u64) {
        let begin = scalar & !after_scalar;
        let mut state = self.grammar.scalar;
        let mut is_wrong = false;
        while scalar != 0 {
            let at = scalar.trailing_zeros() as usize;
            if begin >> at & 1 != 0 {
                is_wrong |= !state.is_complete();
                state = Scalar::START;
            }
            state = state.next(byte_at(self.block, at));
            scalar &= scalar - 1;
        }
        self.grammar.scalar = state;
        self.grammar.require(!is_wrong);
    }

    /// Checks escapes, at the bytes after their backslashes.
    fn escapes(&mut self, len: usize, mut escaped: u64) {
        if self.grammar.hex > 0 {
            self.digits(self.block.get(..len).unwrap_or_default());
        }
        while escaped != 0 {
            let at = escaped.trailing_zeros() as usize;
            let byte = byte_at(self.block, at);
            self.grammar.require(is_escape(byte));
            if byte == b'u' {
                self.grammar.hex = 4;
                self.digits(self.block.get(at + 1..len).unwrap_or_default());
            }
            escaped &= escaped - 1;
        }
    }

    fn digits(&mut self, bytes: &[u8]) {
        for byte in bytes.iter().take(usize::from(self.grammar.hex)) {
            self.grammar.require(byte.is_ascii_hexdigit());
            self.grammar.hex -= 1;
        }
    }
}

impl Observer for Members<'_> {
    #[inline]
    fn bracket(&mut self, at: usize, is_open: bool, is_object: bool) {
        self.check_separators((1 << (at % BLOCK)) - 1, is_object);
        let is_odd = self.is_odd(at);
        let has_colon = is_odd ^ self.phase;
        self.is_wrong |= is_object && !has_colon && (is_open || !self.is_after_brace(at));
        if is_open && is_brace(byte_at(self.block, at)) && at + 1 < BLOCK {
            self.is_wrong |= self.may_follow_brace >> ((at + 1) % BLOCK) & 1 == 0 && at + 1 < self.len;
        }
        // An object that opens has no colon yet. An object or array that closes is in an array, or is the value after a
        // colon.
        self.phase = is_odd == is_open;
    }

    #[inline]
    fn empty(&mut self, at: usize, is_object: bool) {
        self.is_wrong |= is_object && self.is_odd(at) == self.phase;
    }
}
