//! Checks all of the JSON of a value in the pass that finds its end: which tokens may be neighbours, and how numbers,
//! words and escapes are written.
//!
//! The check is written twice: for a byte (here) and for a block of 64 bytes ([`members`](super::members)). Both leave
//! the same state. The check decides only whether the value is JSON without white space outside of strings, as
//! kube-apiserver writes it. Anything else is left to serde_json, which also reports what is wrong.
//!
//! Two rules suffice, in addition to those for the insides of strings and scalars:
//!
//! 1. Neighbours fit: directly after a value, `,` or `:`, there is only what JSON allows there in some object or array.
//! 2. In an object, `:` and `,` alternate. With the first rule, and because `:` follows only a string, each member is
//!    then a string, `:`, and one value.

use super::scalar::Scalar;

/// The kind of the last byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Last {
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

/// The check of a value, between two bytes of it.
#[derive(Clone, Debug)]
pub(super) struct Grammar {
    pub(super) last: Last,
    /// In an object: the member has its colon.
    pub(super) has_colon: bool,
    pub(super) scalar: Scalar,
    /// The hexadecimal digits that are missing from an escape.
    pub(super) hex: u8,
    is_json: bool,
}

impl Grammar {
    pub(super) const fn new() -> Self {
        Self { last: Last::Separator, has_colon: false, scalar: Scalar::NONE, hex: 0, is_json: true }
    }

    /// Returns whether the value, which is complete, is JSON without white space.
    pub(super) const fn is_json(&self) -> bool {
        self.is_json && self.scalar.is_complete()
    }

    pub(super) const fn give_up(&mut self) {
        self.is_json = false;
    }

    /// Returns whether no error was found so far.
    #[inline]
    pub(super) const fn is_json_so_far(&self) -> bool {
        self.is_json
    }

    pub(super) fn require(&mut self, holds: bool) {
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
            // The value that ends here is in an array, or is the value after a colon in an object.
            b'}' | b']' => self.has_colon = true,
            b',' | b':' if is_object => self.has_colon = byte == b':',
            _ if last == Last::Scalar => {
                if self.last != Last::Scalar {
                    self.require(self.scalar.is_complete());
                    self.scalar = Scalar::START;
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
}

/// Returns whether a byte may stand after a backslash (RFC 8259, section 7).
pub(super) const fn is_escape(byte: u8) -> bool {
    matches!(byte, b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' | b'u')
}
