//! Finds the end of a JSON value in input that arrives in pieces, and looks at each byte once.
//!
//! 64 bytes at a time become bit masks ([`masks`]), as in simdjson. From those follow the strings ([`strings`]) and the
//! brackets outside of them, which are matched by kind ([`levels`]). On the way, the positions of the first levels
//! ([`spans`]) and what else a reader must know ([`marks`]) are noted, and the grammar is checked if that was asked for
//! ([`grammar`]). Pieces too short for a block, and what is no JSON, are followed byte by byte ([`bytes`]); the state in
//! between is the same, so that the cuts make no difference.

mod bytes;
mod grammar;
mod levels;
mod marks;
mod masks;
mod scalar;
mod spans;
mod strings;

use self::grammar::{Grammar, Members, Parts};
use self::levels::Levels;
pub(super) use self::marks::Marks;
use self::masks::{BLOCK, Block, Masks, Separators, first, is_open};
use self::strings::Strings;
use crate::config::JsonCheck;

/// The deepest nesting that [`Scan`] can follow. Each level needs one bit.
pub(crate) const DEEPEST: usize = 512;

/// Pieces with fewer bytes than this aren't worth a block.
const SHORT: usize = 8;

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
    pub(super) fn scan(&mut self, piece: &[u8]) -> Result<Option<usize>, (usize, ScanError)> {
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
        let mut at = 0;
        let mut step = |found: Result<Option<usize>, (usize, ScanError)>, len| match found {
            Ok(None) => {
                at += len;
                Ok(None)
            }
            Ok(Some(end)) => Ok(Some(at + end)),
            Err((before, error)) => Err((at + before, error)),
        };
        let (blocks, rest) = piece.as_chunks::<BLOCK>();
        for block in blocks {
            if let Some(end) = step(self.block(block, BLOCK), BLOCK)? {
                return Ok(Some(end));
            }
        }
        if rest.len() < SHORT {
            return step(self.bytes(rest), rest.len());
        }
        let mut block = [b' '; BLOCK];
        block.iter_mut().zip(rest).for_each(|(to, byte)| *to = *byte);
        step(self.block(&block, rest.len()), rest.len())
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

    /// Scans the first `len` bytes of a block, in an object or array.
    fn block(&mut self, block: &Block, len: usize) -> Result<Option<usize>, (usize, ScanError)> {
        let live = first(len);
        let masks = Masks::of(block);
        let strings = Strings::of(&masks, live, self.place != Place::Inside, self.place == Place::Escape);
        let Strings { in_string, quote, escaped, .. } = strings;
        if masks.backslash & live & !in_string != 0 {
            // No JSON: outside of a string a backslash escapes nothing, so the masks are wrong after it.
            return self.bytes(block.get(..len).unwrap_or_default());
        }
        let control = masks.control & in_string & live;
        let line_break = if control == 0 { len } else { line_break(block, control & !escaped).unwrap_or(len) };
        let bracket = masks.bracket & !in_string & first(line_break);
        let end = match &mut self.grammar {
            Some(grammar) if !grammar.has_given_up() => {
                let separators = Separators::of(block);
                let mut members = grammar.members(&separators, !in_string & live);
                let end = self.brackets_and_members(block, bracket, len, &mut members)?;
                if let Some(grammar) = &mut self.grammar {
                    let parts = Parts { masks: &masks, separators: &separators, in_string, quote, escaped };
                    grammar.block(block, end.unwrap_or(len), &parts);
                }
                end
            }
            _ => self.brackets(block, bracket)?,
        };
        if end.is_none() && line_break < len {
            return Err((line_break, ScanError::LineBreakInString));
        }
        let taken = end.unwrap_or(len);
        self.marks.saw(masks.high & first(taken) != 0, control & first(taken) != 0);
        self.len += taken;
        if end.is_some() {
            self.end();
        } else {
            self.place = match strings.at_end(len) {
                (_, true) => Place::Escape,
                (true, false) => Place::String,
                (false, false) => Place::Inside,
            };
        }
        Ok(end)
    }

    /// Follows the brackets of a block. Returns the end of the value, if it is among them.
    fn brackets(&mut self, block: &Block, mut bracket: u64) -> Result<Option<usize>, (usize, ScanError)> {
        while bracket != 0 {
            let at = bracket.trailing_zeros() as usize;
            if self.bracket(block[at % BLOCK], at).map_err(|error| (at, error))? {
                return Ok(Some(at + 1));
            }
            bracket &= bracket - 1;
        }
        Ok(None)
    }

    /// Follows the brackets of a block, and checks the members between them.
    fn brackets_and_members(
        &mut self,
        block: &Block,
        mut bracket: u64,
        len: usize,
        members: &mut Members,
    ) -> Result<Option<usize>, (usize, ScanError)> {
        while bracket != 0 {
            let at = bracket.trailing_zeros() as usize;
            let byte = block[at % BLOCK];
            let is_object = self.levels.is_object();
            if let Some(grammar) = &mut self.grammar {
                grammar.separators(members, at, is_object);
                if is_open(byte) { grammar.opens(is_object) } else { grammar.closes(members, at, is_object) }
            }
            if self.bracket(byte, at).map_err(|error| (at, error))? {
                return Ok(Some(at + 1));
            }
            bracket &= bracket - 1;
        }
        if let Some(grammar) = &mut self.grammar {
            grammar.separators(members, len, self.levels.is_object());
        }
        Ok(None)
    }

    /// Follows a bracket, which stands `at` bytes after those that were counted. Returns whether the value ends with it.
    fn bracket(&mut self, bracket: u8, at: usize) -> Result<bool, ScanError> {
        let is_open = is_open(bracket);
        let is_end = if is_open { self.levels.open(bracket).map(|()| false) } else { self.levels.close(bracket) }?;
        let level = self.levels.depth() + usize::from(!is_open);
        if self.marks.spans.is_of_interest(level) {
            match is_open {
                true => self.marks.spans.open(level, self.len + at),
                false => self.marks.spans.close(level, self.len + at + 1),
            }
        }
        Ok(is_end)
    }
}

/// Returns the first line break among these bytes.
fn line_break(block: &Block, mut among: u64) -> Option<usize> {
    while among != 0 {
        let at = among.trailing_zeros() as usize;
        if block[at % BLOCK] == b'\n' {
            return Some(at);
        }
        among &= among - 1;
    }
    None
}
