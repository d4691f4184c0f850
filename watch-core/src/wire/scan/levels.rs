//! The brackets that are open.

use super::masks::is_brace;
use super::{DEEPEST, ScanError};

/// The levels in one word.
const WORD: usize = 64;

/// The kind of the open bracket on each level, one bit a level, so that no input causes an allocation.
#[derive(Clone, Debug)]
pub(super) struct Levels {
    depth: usize,
    deepest: usize,
    /// The innermost levels, up to 64, the lowest bit for the innermost: whether it is an object.
    inner: u64,
    /// The levels outside of those.
    outer: [u64; DEEPEST / WORD - 1],
}

impl Levels {
    pub(super) const fn new(deepest: usize) -> Self {
        let deepest = if deepest < DEEPEST { deepest } else { DEEPEST };
        Self { depth: 0, deepest, inner: 0, outer: [0; DEEPEST / WORD - 1] }
    }

    pub(super) const fn depth(&self) -> usize {
        self.depth
    }

    /// Returns whether the innermost open bracket is that of an object.
    pub(super) const fn is_object(&self) -> bool {
        self.depth > 0 && self.inner & 1 != 0
    }

    pub(super) fn open(&mut self, bracket: u8) -> Result<(), ScanError> {
        if self.depth >= self.deepest {
            return Err(ScanError::TooDeep);
        }
        if self.depth.is_multiple_of(WORD)
            && let Some(word) = (self.depth / WORD).checked_sub(1).and_then(|index| self.outer.get_mut(index))
        {
            *word = self.inner;
        }
        self.inner = self.inner << 1 | u64::from(is_brace(bracket));
        self.depth += 1;
        Ok(())
    }

    /// Returns whether that closed the outermost bracket.
    pub(super) fn close(&mut self, bracket: u8) -> Result<bool, ScanError> {
        if self.depth == 0 || (self.inner & 1 != 0) != is_brace(bracket) {
            return Err(ScanError::Mismatched);
        }
        self.inner >>= 1;
        self.depth -= 1;
        if self.depth.is_multiple_of(WORD)
            && let Some(word) = (self.depth / WORD).checked_sub(1).and_then(|index| self.outer.get(index))
        {
            self.inner = *word;
        }
        Ok(self.depth == 0)
    }
}
