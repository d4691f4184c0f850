//! The brackets that are open.

use alloc::boxed::Box;

use super::masks::{BLOCK, Block, Kinds, byte_at, is_brace, is_open};
use super::spans::Spans;
use super::{DEEPEST, ScanError};

/// The levels in one word.
const WORD: usize = 64;

/// The kind of the open bracket on each level, one bit a level.
#[derive(Clone, Debug)]
pub(super) struct Levels {
    depth: u16,
    deepest: u16,
    /// One bit for each of the innermost levels, up to 64: whether it is an object. The lowest bit is the innermost
    /// level.
    inner: u64,
    /// The levels outside of those. No object of Kubernetes has that many, so the room for them is allocated when the first
    /// document needs it, and then kept.
    outer: Option<Box<Outer>>,
}

type Outer = [u64; DEEPEST / WORD - 1];

/// What is done at each bracket of a block, in addition to following it.
pub(super) trait Observer {
    /// Sees a bracket, and whether it stands in an object.
    fn bracket(&mut self, at: usize, is_open: bool, is_object: bool);

    /// Sees an object or array without members. Its brackets are at `at` and at the next byte.
    fn empty(&mut self, at: usize, is_object: bool);
}

impl Observer for () {
    #[inline]
    fn bracket(&mut self, _: usize, _: bool, _: bool) {}

    #[inline]
    fn empty(&mut self, _: usize, _: bool) {}
}

impl Levels {
    pub(super) const fn new(deepest: usize) -> Self {
        let deepest = if deepest < DEEPEST { deepest } else { DEEPEST };
        Self { depth: 0, deepest: deepest as u16, inner: 0, outer: None }
    }

    pub(super) const fn depth(&self) -> usize {
        self.depth as usize
    }

    /// Returns whether the innermost open bracket is that of an object.
    pub(super) const fn is_object(&self) -> bool {
        self.depth > 0 && self.inner & 1 != 0
    }

    pub(super) fn open(&mut self, bracket: u8) -> Result<(), ScanError> {
        if self.depth >= self.deepest {
            return Err(ScanError::TooDeep);
        }
        if self.depth().is_multiple_of(WORD) {
            self.store(self.depth(), self.inner);
        }
        self.inner = self.inner << 1 | u64::from(is_brace(bracket));
        self.depth += 1;
        Ok(())
    }

    /// Closes the innermost bracket. Returns whether it is the outermost one too.
    pub(super) fn close(&mut self, bracket: u8) -> Result<bool, ScanError> {
        if self.depth == 0 || (self.inner & 1 != 0) != is_brace(bracket) {
            return Err(ScanError::Mismatched);
        }
        self.inner >>= 1;
        self.depth -= 1;
        if self.depth().is_multiple_of(WORD) {
            self.inner = self.load(self.depth());
        }
        Ok(self.depth == 0)
    }

    /// Follows the marked brackets of a block if they match and all are on deep levels, where no position is noted and
    /// the value can't end. Otherwise, changes nothing and returns `false`, and [`follow`](Self::follow) must be used.
    ///
    /// In `managedFields`, most brackets are those of `{}`. They are left out at once, and the brackets of other objects
    /// need no loop either.
    #[inline(always)]
    pub(super) fn follow_deep(&mut self, marked: u64, kinds: Kinds, noted: usize) -> bool {
        let (open, close) = (marked & kinds.open, marked & !kinds.open);
        let empty = open & close >> 1 & !(kinds.brace ^ kinds.brace >> 1);
        let rest = marked & !(empty | empty << 1);
        let opened = (rest & open).count_ones() as usize;
        let closed = (rest & close).count_ones() as usize;
        let depth = self.depth();
        // At no bracket, the depth is less or more than these.
        let (least, most) = (depth.saturating_sub(closed), depth + opened + usize::from(empty != 0));
        // Within a word, there is nothing to store or load.
        if least < noted.max(1) || most > usize::from(self.deepest) || (least - 1) / WORD != (most - 1) / WORD {
            return false;
        }
        let popped = (1 << closed) - 1;
        if rest & !kinds.brace != 0 || self.inner & popped != popped {
            return self.follow_mixed(rest, kinds);
        }
        // All are objects, so the order in which they open and close makes no difference.
        self.inner = (self.inner >> closed) << opened | ((1 << opened) - 1);
        self.depth = (depth + opened - closed) as u16;
        true
    }

    /// Does the same one by one, if none of the levels needs another word. If the brackets don't match, changes nothing and
    /// returns `false`.
    #[inline(never)]
    fn follow_mixed(&mut self, mut marked: u64, kinds: Kinds) -> bool {
        let (mut depth, mut inner, mut is_wrong) = (self.depth, self.inner, 0);
        while marked != 0 {
            let at = marked.trailing_zeros();
            marked &= marked - 1;
            let brace = kinds.brace >> at & 1;
            if kinds.open >> at & 1 != 0 {
                inner = inner << 1 | brace;
                depth += 1;
            } else {
                is_wrong |= inner ^ brace;
                inner >>= 1;
                depth -= 1;
            }
        }
        if is_wrong & 1 == 0 {
            (self.depth, self.inner) = (depth, inner);
        }
        is_wrong & 1 == 0
    }

    /// Follows the marked brackets of a block, which begins `before` bytes after the beginning of the value, and notes
    /// their positions. Returns the number of bytes up to the end of the value, if it is among them.
    ///
    /// It does what [`open`](Self::open) and [`close`](Self::close) do for one bracket.
    #[inline(always)]
    pub(super) fn follow(
        &mut self,
        block: &Block,
        mut marked: u64,
        before: usize,
        spans: &mut Spans,
        observer: &mut impl Observer,
    ) -> Result<Option<usize>, (usize, ScanError)> {
        // Copies, so that they stay in registers while the loop runs.
        let (mut depth, mut inner, deepest) = (self.depth(), self.inner, usize::from(self.deepest));
        let noted = spans.deepest().max(1);
        while marked != 0 {
            let at = marked.trailing_zeros() as usize;
            marked &= marked - 1;
            let bracket = byte_at(block, at);
            let is_object = depth > 0 && inner & 1 != 0;
            if is_open(bracket) {
                if depth >= deepest {
                    return Err((at, ScanError::TooDeep));
                }
                // `{}` and `[]` are frequent: half of all brackets in managedFields.
                if depth >= noted && at + 1 < BLOCK && byte_at(block, at + 1) == bracket + 2 {
                    marked &= marked - 1;
                    observer.empty(at, is_object);
                    continue;
                }
                observer.bracket(at, true, is_object);
                if depth.is_multiple_of(WORD) {
                    self.store(depth, inner);
                }
                inner = inner << 1 | u64::from(is_brace(bracket));
                depth += 1;
                if depth <= noted {
                    spans.open(depth, before + at);
                }
            } else {
                if depth == 0 || (inner & 1 != 0) != is_brace(bracket) {
                    return Err((at, ScanError::Mismatched));
                }
                observer.bracket(at, false, is_object);
                if depth <= noted {
                    spans.close(depth, before + at + 1);
                }
                inner >>= 1;
                depth -= 1;
                if depth.is_multiple_of(WORD) {
                    inner = self.load(depth);
                    if depth == 0 {
                        (self.depth, self.inner) = (depth as u16, inner);
                        return Ok(Some(at + 1));
                    }
                }
            }
        }
        (self.depth, self.inner) = (depth as u16, inner);
        Ok(None)
    }

    /// Stores the innermost levels, which are complete at this depth.
    fn store(&mut self, depth: usize, inner: u64) {
        // Without a level outside of the innermost ones, there is nothing to store.
        let Some(index) = (depth / WORD).checked_sub(1) else { return };
        if let Some(word) = self.outer.get_or_insert_default().get_mut(index) {
            *word = inner;
        }
    }

    fn load(&self, depth: usize) -> u64 {
        let outer = self.outer.as_deref();
        (depth / WORD).checked_sub(1).and_then(|index| outer?.get(index)).copied().unwrap_or_default()
    }
}
