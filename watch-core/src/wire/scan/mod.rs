//! Finds the end of a JSON value in input that arrives in pieces, and looks at each byte once.
//!
//! 64 bytes at a time become bit masks ([`masks`]), as in simdjson ([`blocks`]). The masks show the strings
//! ([`strings`]) and the brackets outside of strings, which are matched by kind ([`levels`]). In the same pass, the scan
//! notes the positions of the first levels ([`spans`]) and what else a reader must know ([`marks`]). With the full check,
//! it also checks the grammar ([`grammar`]). Pieces that are too short for a block, and bytes that aren't JSON, are
//! scanned byte by byte ([`bytes`]). Both ways leave the same state, so the cuts make no difference.

mod blocks;
mod bytes;
mod grammar;
mod levels;
mod marks;
mod masks;
mod members;
mod scalar;
mod spans;
mod strings;
// Only where there are two ways to compare.
#[cfg(all(
    test,
    any(target_feature = "sse2", target_feature = "simd128", all(target_arch = "aarch64", target_feature = "neon"))
))]
mod tests;

use self::blocks::Blocks;
use self::grammar::Grammar;
use self::levels::Levels;
pub(super) use self::marks::Marks;
use crate::config::JsonCheck;

/// The deepest nesting that [`Scan`] can follow. Each level needs one bit.
pub(crate) const DEEPEST: usize = 512;

/// Why the end of a value can't be found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ScanError {
    /// A raw line break inside a string. JSON forbids it; it is the sign of a truncated line.
    LineBreakInString,
    /// A bracket that doesn't match the open one.
    Mismatched,
    /// More levels than allowed.
    TooDeep,
}

/// The number of bytes up to the end of the value; `None` if the end isn't among them. On an error, the number of bytes
/// up to it.
type Found = Result<Option<usize>, (usize, ScanError)>;

/// Follows strings and brackets until the value that began with the first byte is complete.
#[derive(Clone, Debug)]
pub(super) struct Scan {
    place: Place,
    levels: Levels,
    /// The bytes of the value so far.
    len: usize,
    marks: Marks,
    /// `None` if only the structure is checked.
    grammar: Option<Grammar>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// Before the first byte.
    Start,
    /// In an object or array, outside of strings.
    Inside,
    /// In a string.
    String,
    /// After a backslash in a string.
    Escape,
    /// In a number or word that is the complete value.
    Scalar,
}

impl Place {
    /// Returns the place of a byte in an object or array. Only bytes in strings are escaped.
    #[inline]
    const fn inside(in_string: bool, is_escaped: bool) -> Self {
        match (in_string, is_escaped) {
            (_, true) => Self::Escape,
            (true, false) => Self::String,
            (false, false) => Self::Inside,
        }
    }
}

impl Scan {
    /// `deepest` is the most levels of nesting. Positions are noted for objects and arrays from level 2 to `noted`.
    pub(super) const fn new(deepest: usize, noted: u8, check: JsonCheck) -> Self {
        Self {
            place: Place::Start,
            levels: Levels::new(deepest),
            len: 0,
            marks: Marks::new(noted),
            grammar: match check {
                JsonCheck::Structure => None,
                JsonCheck::Full => Some(Grammar::new()),
            },
        }
    }

    /// Returns what was noted in the last value, until the next one begins.
    pub(super) const fn marks(&self) -> &Marks {
        &self.marks
    }

    /// Scans the next piece. `Some(n)`: the value ends after its first `n` bytes (0 if a number or word ended with the
    /// piece before), and the scan is ready for the next value. `None`: all of the piece belongs to the value.
    ///
    /// On an error, the number is the count of bytes before the offending one.
    pub(super) fn scan(&mut self, piece: &[u8]) -> Found {
        self.scan_by(piece, |blocks| masks::work(blocks))
    }

    /// Scans the next piece, and uses a function for the blocks in an object or array. Tests pass other functions.
    fn scan_by(&mut self, piece: &[u8], work: impl FnOnce(Blocks<'_>) -> Found) -> Found {
        let Some(byte) = piece.first() else { return Ok(None) };
        if self.place == Place::Start {
            self.begin();
        }
        let is_container = self.levels.depth() > 0 || matches!(byte, b'{' | b'[') && self.place == Place::Start;
        if !is_container {
            return self.bytes(piece);
        }
        if self.place == Place::Start {
            self.place = Place::Inside;
        }
        work(Blocks { scan: self, piece })
    }

    fn begin(&mut self) {
        self.len = 0;
        self.marks.clear();
        if let Some(grammar) = &mut self.grammar {
            *grammar = Grammar::new();
        }
    }

    fn end(&mut self) {
        self.place = Place::Start;
        self.marks.set_json(self.grammar.as_ref().is_none_or(Grammar::is_json));
    }
}
