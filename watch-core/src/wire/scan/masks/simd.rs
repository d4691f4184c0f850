//! Masks by SIMD: 16 bytes at a time.

use wide::u8x16;

use super::{Block, Masks, Separators};

/// The bit that `{` has and `[` doesn't, and `}` and `]`.
const CASE: u8 = 0x20;

pub(super) fn masks(block: &Block) -> Masks {
    let mut masks = Masks::default();
    let (vectors, _) = block.as_chunks::<16>();
    for (index, vector) in vectors.iter().enumerate() {
        let bytes = u8x16::new(*vector);
        let lower = bytes | u8x16::splat(CASE);
        let bracket = lower.simd_eq(u8x16::splat(b'{')) | lower.simd_eq(u8x16::splat(b'}'));
        let control = bytes.min(u8x16::splat(0x1f)).simd_eq(bytes);
        masks.quote |= bits(bytes.simd_eq(u8x16::splat(b'"')), index);
        masks.backslash |= bits(bytes.simd_eq(u8x16::splat(b'\\')), index);
        masks.bracket |= bits(bracket, index);
        masks.control |= bits(control, index);
        masks.high |= bits(bytes, index);
    }
    masks
}

pub(super) fn separators(block: &Block) -> Separators {
    let mut masks = Separators::default();
    let (vectors, _) = block.as_chunks::<16>();
    for (index, vector) in vectors.iter().enumerate() {
        let bytes = u8x16::new(*vector);
        masks.comma |= bits(bytes.simd_eq(u8x16::splat(b',')), index);
        masks.colon |= bits(bytes.simd_eq(u8x16::splat(b':')), index);
        masks.brace |= bits(bytes.simd_eq(u8x16::splat(b'{')), index);
        masks.square |= bits(bytes.simd_eq(u8x16::splat(b'[')), index);
        masks.blank |= bits(bytes.min(u8x16::splat(b' ')).simd_eq(bytes), index);
    }
    masks
}

/// Returns the highest bits of the bytes, at their place in a mask of the block.
fn bits(bytes: u8x16, index: usize) -> u64 {
    u64::from(bytes.to_bitmask()) << (16 * index)
}
