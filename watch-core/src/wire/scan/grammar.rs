//! Checks all of the JSON of a value while its end is searched: what may stand beside what, numbers, words, escapes.
//!
//! The check is written twice, for a byte ([`Grammar::token`], [`Grammar::letter`]) and for a block of 64
//! ([`Grammar::block`]), and both leave the same state. It decides only whether the value is JSON without white space
//! outside of strings, as kube-apiserver writes it. Anything else is left to serde_json, which also says what is wrong.
//!
//! Two rules suffice, beside those for the insides of strings and scalars:
//!
//! 1. What may follow what, from byte to byte: a value, `,` or `:` is never followed by what can't follow it anywhere.
//! 2. In an object, `:` and `,` alternate. With the first rule, and because `:` follows only a string, each member is
//!    then a string, `:`, and one value.

use super::masks::{Block, Masks, Separators, all_if, first, prefix_xor};
use super::scalar::Scalar;

/// What stood last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Last {
    /// `,` or `:`, or nothing yet: a value must follow.
    Separator,
    /// `{`
    Brace,
    /// `[`
    Square,
    /// A byte of a string, beginning with its quote.
    Inside,
    /// The quote at the end of a string.
    Text,
    /// `}` or `]`
    Close,
    /// A byte of a number or word.
    Scalar,
}

/// See the module.
#[derive(Clone, Debug)]
pub(super) struct Grammar {
    last: Last,
    /// In an object: the member has its colon.
    has_colon: bool,
    scalar: Scalar,
    /// The hexadecimal digits that are missing from an escape.
    hex: u8,
    is_json: bool,
}

/// The separators of a block outside of strings.
pub(super) struct Members {
    colon: u64,
    all: u64,
    /// For each byte, whether the number of separators up to it is odd.
    odd: u64,
    /// The bytes directly after a `{`.
    after_brace: u64,
    /// The bytes that were checked.
    done: u64,
    /// Whether the number of separators in those is odd.
    was_odd: bool,
}

impl Grammar {
    pub(super) const fn new() -> Self {
        Self { last: Last::Separator, has_colon: false, scalar: Scalar::Zero, hex: 0, is_json: true }
    }

    /// Returns whether the value, which is complete, is JSON without white space.
    pub(super) const fn is_json(&self) -> bool {
        self.is_json && self.scalar.is_complete()
    }

    pub(super) const fn give_up(&mut self) {
        self.is_json = false;
    }

    pub(super) const fn has_given_up(&self) -> bool {
        !self.is_json
    }

    fn require(&mut self, holds: bool) {
        self.is_json &= holds;
    }

    /// Checks a byte outside of strings. The quote that begins a string is one of them.
    pub(super) fn token(&mut self, byte: u8, is_object: bool) {
        let wants_value = matches!(self.last, Last::Separator | Last::Square);
        let is_value = matches!(self.last, Last::Text | Last::Close | Last::Scalar);
        let (fits, last) = match byte {
            b'"' => (wants_value || self.last == Last::Brace, Last::Inside),
            b'{' | b'[' => {
                let last = if byte == b'{' { Last::Brace } else { Last::Square };
                (wants_value && (!is_object || self.has_colon), last)
            }
            b'}' => (self.last == Last::Brace || (is_value && self.has_colon), Last::Close),
            b']' => (self.last == Last::Square || is_value, Last::Close),
            b',' => (is_value && (!is_object || self.has_colon), Last::Separator),
            b':' => (self.last == Last::Text && is_object && !self.has_colon, Last::Separator),
            _ => (wants_value || self.last == Last::Scalar, Last::Scalar),
        };
        self.require(fits);
        match byte {
            b'{' | b'[' => self.has_colon = false,
            // What holds it is an array, or an object in which it is the value after a colon.
            b'}' | b']' => self.has_colon = true,
            b',' | b':' if is_object => self.has_colon = byte == b':',
            _ if last == Last::Scalar => {
                if self.last != Last::Scalar {
                    self.require(self.scalar.is_complete());
                    self.scalar = Scalar::Start;
                }
                self.scalar = self.scalar.next(byte);
            }
            _ => {}
        }
        self.last = last;
    }

    /// Checks a byte of a string after its first quote.
    pub(super) fn letter(&mut self, byte: u8, is_escaped: bool) {
        if let Some(missing) = self.hex.checked_sub(1) {
            self.require(byte.is_ascii_hexdigit());
            self.hex = missing;
        }
        if is_escaped {
            self.require(is_escape(byte));
            if byte == b'u' {
                self.hex = 4;
            }
        }
        self.last = if byte == b'"' && !is_escaped { Last::Text } else { Last::Inside };
    }

    /// Prepares the check of the members in a block.
    pub(super) fn members(&self, separators: &Separators, outside: u64) -> Members {
        let (comma, colon) = (separators.comma & outside, separators.colon & outside);
        Members {
            colon,
            all: comma | colon,
            odd: prefix_xor(comma | colon),
            after_brace: (separators.brace & outside) << 1 | u64::from(self.last == Last::Brace),
            done: 0,
            was_odd: false,
        }
    }

    /// Checks the separators in the innermost object or array up to this byte.
    pub(super) fn separators(&mut self, members: &mut Members, to: usize, is_object: bool) {
        let here = first(to) & !members.done;
        members.done = first(to);
        let colon = members.colon & here;
        let is_odd = to > 0 && members.odd >> (to - 1) & 1 != 0;
        if is_object {
            let expected = members.all & (members.odd ^ all_if(members.was_odd ^ self.has_colon));
            self.require(colon == expected & here);
            self.has_colon ^= members.was_odd ^ is_odd;
        } else {
            self.require(colon == 0);
        }
        members.was_odd = is_odd;
    }

    /// Checks that a value may begin at this bracket.
    pub(super) fn opens(&mut self, is_object: bool) {
        self.require(!is_object || self.has_colon);
        self.has_colon = false;
    }

    /// Checks that the innermost object or array may end at this bracket.
    pub(super) fn closes(&mut self, members: &Members, at: usize, is_object: bool) {
        self.require(!is_object || self.has_colon || members.after_brace >> at & 1 != 0);
        self.has_colon = true;
    }

    /// Checks everything else in the first bytes of a block.
    pub(super) fn block(&mut self, block: &Block, len: usize, parts: &Parts) {
        let Parts { masks, separators, in_string, quote, escaped } = *parts;
        let seen = first(len);
        let outside = !in_string & seen;
        let (begin, end) = (quote & in_string, quote & !in_string & seen);
        let separator = (separators.comma | separators.colon) & outside;
        let bracket = masks.bracket & outside;
        let (brace, square) = (separators.brace & outside, separators.square & outside);
        let close = bracket & !brace & !square;
        let scalar = outside & !(end | separator | bracket);
        // White space, or a control character.
        self.require(separators.blank & outside == 0);

        // Each of these is a set of bytes that stand directly after another.
        let after = |mask: u64, last: Last| mask << 1 | u64::from(self.last == last);
        let after_text = after(end, Last::Text);
        let after_scalar = after(scalar, Last::Scalar);
        let value = begin | brace | square | scalar;
        let wrong = after(separator, Last::Separator) & !value
            | after(brace, Last::Brace) & !(begin | close)
            | after(square, Last::Square) & !(value | close)
            | (after_text | after(close, Last::Close)) & !(separator | close)
            | after_scalar & !(scalar | separator | close)
            | separators.colon & outside & !after_text;
        self.require(wrong & seen == 0);

        self.scalars(block, scalar, after_scalar);
        self.escapes(block, len, escaped & in_string & seen & !(masks.quote | masks.backslash));
        let Some(at) = len.checked_sub(1) else { return };
        let is = |mask: u64| mask >> at & 1 != 0;
        self.last = match () {
            () if is(in_string) => Last::Inside,
            () if is(end) => Last::Text,
            () if is(scalar) => Last::Scalar,
            () if is(brace) => Last::Brace,
            () if is(square) => Last::Square,
            () if is(close) => Last::Close,
            () => Last::Separator,
        };
    }

    fn scalars(&mut self, block: &Block, scalar: u64, after_scalar: u64) {
        let begin = scalar & !after_scalar;
        let mut rest = scalar;
        while rest != 0 {
            let at = rest.trailing_zeros() as usize;
            if begin >> at & 1 != 0 {
                self.require(self.scalar.is_complete());
                self.scalar = Scalar::Start;
            }
            self.scalar = self.scalar.next(block[at % block.len()]);
            rest &= rest - 1;
        }
    }

    /// Checks escapes, at the bytes after their backslashes; `\"` and `\\`, which most are, need no check.
    fn escapes(&mut self, block: &Block, len: usize, mut escaped: u64) {
        if self.hex > 0 {
            self.digits(block.get(..len).unwrap_or_default());
        }
        while escaped != 0 {
            let at = escaped.trailing_zeros() as usize;
            let byte = block[at % block.len()];
            self.require(is_escape(byte));
            if byte == b'u' {
                self.hex = 4;
                self.digits(block.get(at + 1..len).unwrap_or_default());
            }
            escaped &= escaped - 1;
        }
    }

    fn digits(&mut self, bytes: &[u8]) {
        for byte in bytes.iter().take(usize::from(self.hex)) {
            self.require(byte.is_ascii_hexdigit());
            self.hex -= 1;
        }
    }
}

/// The masks of a block, and what follows from its quotes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Parts<'a> {
    pub(super) masks: &'a Masks,
    pub(super) separators: &'a Separators,
    /// From the quote that begins a string to the byte before the one that ends it.
    pub(super) in_string: u64,
    /// Quotes that aren't escaped.
    pub(super) quote: u64,
    /// The bytes after a backslash that isn't escaped itself.
    pub(super) escaped: u64,
}

/// Returns whether a byte may stand after a backslash (RFC 8259, section 7).
const fn is_escape(byte: u8) -> bool {
    matches!(byte, b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' | b'u')
}
