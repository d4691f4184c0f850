//! Follows strings and brackets in blocks of 64 bytes.

use super::masks::{BLOCK, Block, Finder, Rare, Work, byte_at, first};
use super::members::Members;
use super::strings::Strings;
use super::{Found, Place, Scan, ScanError};

/// Pieces with fewer bytes than this aren't worth a block.
const SHORT: usize = 8;

/// A piece that is scanned block by block, in an object or array.
pub(super) struct Blocks<'a> {
    pub(super) scan: &'a mut Scan,
    pub(super) piece: &'a [u8],
}

impl Work for Blocks<'_> {
    type Output = Found;

    #[inline(always)]
    fn with(self, finder: impl Finder) -> Found {
        match self.scan.grammar {
            Some(_) => self.scan.blocks::<true>(finder, self.piece),
            None => self.scan.blocks::<false>(finder, self.piece),
        }
    }
}

impl Scan {
    /// Scans a piece block by block, in an object or array. `CHECK`: the grammar is checked.
    #[inline(always)]
    fn blocks<const CHECK: bool>(&mut self, finder: impl Finder, piece: &[u8]) -> Found {
        let (blocks, rest) = piece.as_chunks::<BLOCK>();
        let before = self.len;
        // In registers, because each block waits for what the block before it leaves here.
        let (mut in_string, mut is_escaped) = self.strings();
        for (index, block) in blocks.iter().enumerate() {
            if !CHECK && let Some(strings) = self.plain_block(finder, block, in_string, is_escaped) {
                (in_string, is_escaped) = strings.at_end(BLOCK);
                continue;
            }
            let at = index * BLOCK;
            self.len = before + at;
            self.place = Place::inside(in_string, is_escaped);
            match self.block::<CHECK>(finder, block, BLOCK) {
                Ok(None) => (in_string, is_escaped) = self.strings(),
                found => return moved(found, at),
            }
        }
        let at = blocks.len() * BLOCK;
        self.len = before + at;
        self.place = Place::inside(in_string, is_escaped);
        moved(self.rest::<CHECK>(finder, rest), at)
    }

    /// Scans a block without anything to note, to report or to check, as most blocks are. For other blocks, changes
    /// nothing and returns `None`.
    #[inline(always)]
    fn plain_block(
        &mut self,
        finder: impl Finder,
        block: &Block,
        in_string: bool,
        is_escaped: bool,
    ) -> Option<Strings> {
        let masks = finder.masks(block);
        if masks.has_rare {
            return None;
        }
        let strings = Strings::of(masks.quote, masks.backslash, in_string, is_escaped);
        if masks.backslash & !strings.in_string != 0 {
            return None;
        }
        let bracket = masks.bracket & !strings.in_string;
        let is_plain =
            bracket == 0 || self.levels.follow_deep(bracket, finder.kinds(block), self.marks.spans.deepest());
        is_plain.then_some(strings)
    }

    /// Returns whether the next byte is in a string, and whether it is escaped.
    #[inline]
    fn strings(&self) -> (bool, bool) {
        (self.place != Place::Inside, self.place == Place::Escape)
    }

    /// Scans less than a block.
    #[inline(never)]
    fn rest<const CHECK: bool>(&mut self, finder: impl Finder, rest: &[u8]) -> Found {
        let mut block = [b' '; BLOCK];
        match block.get_mut(..rest.len()) {
            Some(to) if rest.len() >= SHORT => to.copy_from_slice(rest),
            _ => return self.bytes(rest),
        }
        self.block::<CHECK>(finder, &block, rest.len())
    }

    /// Follows the brackets of a block, and checks its grammar.
    #[inline(always)]
    fn brackets<const CHECK: bool>(
        &mut self,
        finder: impl Finder,
        block: &Block,
        bracket: u64,
        strings: Strings,
        len: usize,
    ) -> Found {
        let (levels, spans) = (&mut self.levels, &mut self.marks.spans);
        match &mut self.grammar {
            Some(grammar) if CHECK && grammar.is_json_so_far() => {
                let mut members = Members::new(grammar, block, finder.separators(block), bracket, strings, len);
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
    fn block<const CHECK: bool>(&mut self, finder: impl Finder, block: &Block, len: usize) -> Found {
        finder.compiled(
            #[inline(always)]
            || self.any_block::<CHECK>(finder, block, len),
        )
    }

    #[inline(always)]
    fn any_block<const CHECK: bool>(&mut self, finder: impl Finder, block: &Block, len: usize) -> Found {
        let masks = finder.masks(block);
        let live = first(len);
        let rare = if masks.has_rare { finder.rare(block) } else { Rare::default() };
        let backslash = masks.backslash & live;
        let is_in_string = self.place != Place::Inside;
        let strings = Strings::of(masks.quote & live, backslash, is_in_string, self.place == Place::Escape);
        if backslash & !strings.in_string != 0 {
            // Not JSON: outside of a string a backslash escapes nothing, so the masks are wrong after it.
            return self.bytes(block.get(..len).unwrap_or_default());
        }
        let control = rare.control & strings.in_string & live;
        let line_break = if control == 0 { len } else { line_break(block, control & !strings.escaped).unwrap_or(len) };
        let bracket = masks.bracket & !strings.in_string & first(line_break);
        let end = self.brackets::<CHECK>(finder, block, bracket, strings, len)?;
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
            let (in_string, is_escaped) = strings.at_end(len);
            self.place = Place::inside(in_string, is_escaped);
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
