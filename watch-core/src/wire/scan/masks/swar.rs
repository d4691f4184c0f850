//! Masks without SIMD: 8 bytes at a time, as one number.

use super::{Block, Finder, Kinds, Masks, Rare, Separators, Work};

const LOW: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = LOW << 7;
/// The bit that is set in `{` and `}`, but not in `[` and `]`.
const CASE: u64 = LOW << 5;

/// Does work eight bytes at a time.
pub(in crate::wire::scan) fn work<W: Work>(work: W) -> W::Output {
    work.with(Words)
}

/// Words of 64 bits.
#[derive(Clone, Copy)]
pub(in crate::wire::scan) struct Words;

impl Finder for Words {
    #[inline]
    fn compiled<R>(self, run: impl FnOnce() -> R) -> R {
        run()
    }

    fn masks(self, block: &Block) -> Masks {
        let (mut quote, mut bracket, mut backslash) = (0, 0, 0);
        // Combined over the block.
        let mut rare = 0;
        for (index, word) in words(block).enumerate() {
            let lower = word | CASE;
            quote |= bits(equal(word, b'"'), index);
            bracket |= bits(equal(lower, b'{') | equal(lower, b'}'), index);
            backslash |= bits(equal(word, b'\\'), index);
            rare |= below(word, 0x20) | word;
        }
        Masks { quote, bracket, backslash, has_rare: rare & HIGH != 0 }
    }

    fn rare(self, block: &Block) -> Rare {
        let mut masks = Rare::default();
        for (index, word) in words(block).enumerate() {
            masks.control |= bits(below(word, 0x20), index);
            masks.high |= bits(word, index);
        }
        masks
    }

    fn separators(self, block: &Block) -> Separators {
        let mut masks = Separators::default();
        for (index, word) in words(block).enumerate() {
            masks.comma |= bits(equal(word, b','), index);
            masks.colon |= bits(equal(word, b':'), index);
            masks.open |= bits(equal(word | CASE, b'{'), index);
            masks.blank |= bits(below(word, 0x21), index);
        }
        masks
    }

    fn kinds(self, block: &Block) -> Kinds {
        let mut kinds = Kinds { open: 0, brace: 0 };
        for (index, word) in words(block).enumerate() {
            // The bits that tell, as the highest ones of their bytes.
            kinds.open |= bits(word << 6, index);
            kinds.brace |= bits(word << 2, index);
        }
        kinds
    }
}

fn words(block: &Block) -> impl Iterator<Item = u64> {
    block.as_chunks::<8>().0.iter().map(|bytes| u64::from_le_bytes(*bytes))
}

/// Sets the highest bit of each byte that equals `byte`. (Exact: no carry leaves a byte.)
const fn equal(word: u64, byte: u8) -> u64 {
    let zero_if_equal = word ^ (LOW * byte as u64);
    !(((zero_if_equal & !HIGH) + !HIGH) | zero_if_equal)
}

/// Sets the highest bit of each byte below `limit`, which is at most 0x80.
const fn below(word: u64, limit: u8) -> u64 {
    !(((word & !HIGH) + LOW * (0x80 - limit as u64)) | word)
}

/// Returns the highest bits of the bytes, at their place in a mask of the block. (The multiplication gathers them in
/// the highest byte.)
const fn bits(word: u64, index: usize) -> u64 {
    (((word & HIGH) >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56) << (8 * index)
}
