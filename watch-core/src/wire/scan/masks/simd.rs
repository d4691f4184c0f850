//! Masks by SIMD: 16 bytes at a time.

use wide::u8x16;

use super::{Block, Masks, Rare, Separators};

/// The bit that is set in `{` and `}`, but not in `[` and `]`.
const CASE: u8 = 0x20;

#[inline]
pub(super) fn masks(block: &Block) -> Masks {
    let (mut quote, mut bracket) = (0, 0);
    // Combined over the block.
    let (mut rare, mut least) = (u8x16::ZERO, u8x16::MAX);
    for (index, bytes) in vectors(block) {
        let lower = bytes | u8x16::splat(CASE);
        quote |= bits(bytes.simd_eq(u8x16::splat(b'"')), index);
        bracket |= bits(lower.simd_eq(u8x16::splat(b'{')) | lower.simd_eq(u8x16::splat(b'}')), index);
        rare |= bytes.simd_eq(u8x16::splat(b'\\')) | bytes;
        least = least.min(bytes);
    }
    Masks { quote, bracket, has_rare: (rare | at_most(least, 0x1f)).to_bitmask() != 0 }
}

pub(super) fn rare(block: &Block) -> Rare {
    let mut masks = Rare::default();
    for (index, bytes) in vectors(block) {
        masks.backslash |= bits(bytes.simd_eq(u8x16::splat(b'\\')), index);
        masks.control |= bits(at_most(bytes, 0x1f), index);
        masks.high |= bits(bytes, index);
    }
    masks
}

#[inline]
pub(super) fn separators(block: &Block) -> Separators {
    let mut masks = Separators::default();
    let mut least = u8x16::MAX;
    for (index, bytes) in vectors(block) {
        let lower = bytes | u8x16::splat(CASE);
        masks.comma |= bits(bytes.simd_eq(u8x16::splat(b',')), index);
        masks.colon |= bits(bytes.simd_eq(u8x16::splat(b':')), index);
        masks.open |= bits(lower.simd_eq(u8x16::splat(b'{')), index);
        least = least.min(bytes);
    }
    // Most blocks have no byte up to 0x20.
    if at_most(least, b' ').to_bitmask() != 0 {
        for (index, bytes) in vectors(block) {
            masks.blank |= bits(at_most(bytes, b' '), index);
        }
    }
    masks
}

#[inline]
fn vectors(block: &Block) -> impl Iterator<Item = (usize, u8x16)> {
    block.as_chunks::<16>().0.iter().map(|bytes| u8x16::new(*bytes)).enumerate()
}

#[inline]
fn at_most(bytes: u8x16, limit: u8) -> u8x16 {
    bytes.min(u8x16::splat(limit)).simd_eq(bytes)
}

#[inline]
/// Returns the highest bits of the bytes, at their place in a mask of the block.
fn bits(bytes: u8x16, index: usize) -> u64 {
    u64::from(bytes.to_bitmask()) << (16 * index)
}
