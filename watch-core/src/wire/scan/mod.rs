//! Finds the end of a JSON value in input that arrives in pieces, and looks at each byte once.
//!
//! 64 bytes at a time become bit masks ([`masks`]), as in simdjson. The masks show the strings ([`strings`]) and the
//! brackets outside of strings, which are matched by kind ([`levels`]). In the same pass, the scan notes the positions
//! of the first levels ([`spans`]) and what else a reader must know ([`marks`]). With the full check, it also checks
//! the grammar ([`grammar`]). Pieces that are too short for a block, and bytes that aren't JSON, are scanned byte by
//! byte ([`bytes`]). Both ways leave the same state, so the cuts make no difference.

mod bytes;
mod grammar;
mod levels;
mod marks;
mod masks;
mod members;
mod scalar;
mod spans;
mod strings;
#[cfg(test)]
mod tests;

use self::grammar::Grammar;
use self::levels::Levels;
pub(super) use self::marks::Marks;
use self::masks::{BLOCK, Block, Masks, Rare, byte_at, first};
use self::members::Members;
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
        match self.grammar {
            Some(_) => self.blocks::<true>(piece),
            None => self.blocks::<false>(piece),
        }
    }

    /// Scans a piece block by block, in an object or array. `CHECK`: the grammar is checked. (Without that, the code is
    /// short enough for registers.)
    fn blocks<const CHECK: bool>(&mut self, piece: &[u8]) -> Found {
        let mut at = 0;
        let (blocks, rest) = piece.as_chunks::<BLOCK>();
        for block in blocks {
            let masks = Masks::of(block);
            let found = if masks.has_rare || self.place == Place::Escape {
                self.block::<CHECK>(block, &masks, BLOCK)
            } else {
                self.plain_block::<CHECK>(block, &masks)
            };
            match found {
                Ok(None) => at += BLOCK,
                found => return moved(found, at),
            }
        }
        moved(self.rest::<CHECK>(rest), at)
    }

    /// Scans less than a block.
    #[inline(never)]
    fn rest<const CHECK: bool>(&mut self, rest: &[u8]) -> Found {
        let mut block = [b' '; BLOCK];
        match block.get_mut(..rest.len()) {
            Some(to) if rest.len() >= SHORT => to.copy_from_slice(rest),
            _ => return self.bytes(rest),
        }
        self.block::<CHECK>(&block, &Masks::of(&block), rest.len())
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

    /// Scans a block that has nothing rare in it.
    #[inline]
    fn plain_block<const CHECK: bool>(&mut self, block: &Block, masks: &Masks) -> Found {
        let strings = Strings::of(masks.quote, 0, self.place != Place::Inside, false);
        let bracket = masks.bracket & !strings.in_string;
        let end = match bracket {
            0 if !CHECK => None,
            _ => self.brackets::<CHECK>(block, bracket, strings, BLOCK)?,
        };
        self.len += end.unwrap_or(BLOCK);
        if end.is_some() {
            self.end();
        } else {
            self.place = if strings.at_end(BLOCK).0 { Place::String } else { Place::Inside };
        }
        Ok(end)
    }

    /// Follows the brackets of a block, and checks its grammar.
    #[inline]
    fn brackets<const CHECK: bool>(&mut self, block: &Block, bracket: u64, strings: Strings, len: usize) -> Found {
        let (levels, spans) = (&mut self.levels, &mut self.marks.spans);
        match &mut self.grammar {
            Some(grammar) if CHECK && grammar.is_json_so_far() => {
                let mut members = Members::new(grammar, block, bracket, strings, len);
                let end = match bracket {
                    0 => None,
                    _ => levels.follow(block, bracket, self.len, spans, &mut members)?,
                };
                members.finish(end, levels.is_object());
                Ok(end)
            }
            _ => levels.follow(block, bracket, self.len, spans, &mut ()),
        }
    }

    /// Scans the first `len` bytes of a block, in an object or array.
    #[inline(never)]
    fn block<const CHECK: bool>(&mut self, block: &Block, masks: &Masks, len: usize) -> Found {
        let live = first(len);
        let rare = if masks.has_rare { Rare::of(block) } else { Rare::default() };
        let backslash = rare.backslash & live;
        let is_in_string = self.place != Place::Inside;
        let strings = Strings::of(masks.quote & live, backslash, is_in_string, self.place == Place::Escape);
        if backslash & !strings.in_string != 0 {
            // Not JSON: outside of a string a backslash escapes nothing, so the masks are wrong after it.
            return self.bytes(block.get(..len).unwrap_or_default());
        }
        let control = rare.control & strings.in_string & live;
        let line_break = if control == 0 { len } else { line_break(block, control & !strings.escaped).unwrap_or(len) };
        let bracket = masks.bracket & !strings.in_string & first(line_break);
        let end = self.brackets::<CHECK>(block, bracket, strings, len)?;
        if end.is_none() && line_break < len {
            return Err((line_break, ScanError::LineBreakInString));
        }
        let taken = end.unwrap_or(len);
        if rare.high & first(taken) != 0 {
            self.marks.saw_high(self.len, self.len + taken);
        }
        self.marks.saw_control(control & first(taken) != 0);
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
}

/// Adds the bytes before the piece in which an end or an error was found.
fn moved(found: Found, before: usize) -> Found {
    match found {
        Ok(end) => Ok(end.map(|end| before + end)),
        Err((at, error)) => Err((before + at, error)),
    }
}

/// Returns the first line break among these bytes.
fn line_break(block: &Block, mut among: u64) -> Option<usize> {
    while among != 0 {
        let at = among.trailing_zeros() as usize;
        if byte_at(block, at) == b'\n' {
            return Some(at);
        }
        among &= among - 1;
    }
    None
}
