//! Masks by SIMD, 64 bytes at a time.

use fearless_simd::{Bytes, Level, Simd, SimdBase, SimdFrom, SimdMask, dispatch, i8x64, mask8x64, u8x64};

use super::{Block, Finder, Kinds, Masks, Rare, Separators, Work};

/// The bit that is set in `{` and `}`, but not in `[` and `]`.
const CASE: u8 = 0x20;
/// The bit that is set in `{` and `[`, but not in `}` and `]`.
const OPEN: u8 = 0x02;

/// Does work with the best instructions that the processor has. Without std, with those of the target.
#[inline]
pub(in crate::wire::scan) fn work<W: Work>(work: W) -> W::Output {
    work_at(Level::try_detect().unwrap_or(Level::baseline()), work)
}

/// Does work with the instructions of a level.
#[inline]
pub(in crate::wire::scan) fn work_at<W: Work>(level: Level, work: W) -> W::Output {
    dispatch!(level, simd => work.with(Vectors(simd)))
}

/// Vectors of a set of instructions.
#[derive(Clone, Copy)]
struct Vectors<S>(S);

impl<S: Simd> Vectors<S> {
    #[inline(always)]
    fn load(self, block: &Block) -> u8x64<S> {
        u8x64::simd_from(self.0, *block)
    }

    #[inline(always)]
    fn is(self, bytes: u8x64<S>, byte: u8) -> mask8x64<S> {
        bytes.simd_eq(u8x64::splat(self.0, byte))
    }

    #[inline(always)]
    fn at_most(self, bytes: u8x64<S>, limit: u8) -> mask8x64<S> {
        bytes.simd_le(u8x64::splat(self.0, limit))
    }

    /// With this bit set, brackets of both kinds are alike.
    #[inline(always)]
    fn lower(self, bytes: u8x64<S>) -> u8x64<S> {
        bytes | u8x64::splat(self.0, CASE)
    }
}

impl<S: Simd> Finder for Vectors<S> {
    #[inline(always)]
    fn compiled<R>(self, run: impl FnOnce() -> R) -> R {
        self.0.vectorize(run)
    }

    #[inline(always)]
    fn masks(self, block: &Block) -> Masks {
        let bytes = self.load(block);
        // As signed numbers, the bytes from 0x80 are below 0x20 too.
        let signed: i8x64<S> = bytes.bitcast();
        let rare = signed.simd_lt(i8x64::splat(self.0, 0x20));
        // `{` and `}` differ by 2. (One comparison, because LLVM 22 moves the mask of two to another place, where it
        // takes more than 100 instructions with AVX2.)
        let differ = (self.lower(bytes) - u8x64::splat(self.0, b'{')) & u8x64::splat(self.0, !2);
        Masks {
            quote: self.is(bytes, b'"').to_bitmask(),
            bracket: self.is(differ, 0).to_bitmask(),
            backslash: self.is(bytes, b'\\').to_bitmask(),
            has_rare: rare.any_true(),
        }
    }

    #[inline(always)]
    fn rare(self, block: &Block) -> Rare {
        let bytes = self.load(block);
        Rare { control: self.at_most(bytes, 0x1f).to_bitmask(), high: (!self.at_most(bytes, 0x7f)).to_bitmask() }
    }

    #[inline(always)]
    fn separators(self, block: &Block) -> Separators {
        let bytes = self.load(block);
        let blank = self.at_most(bytes, b' ');
        Separators {
            comma: self.is(bytes, b',').to_bitmask(),
            colon: self.is(bytes, b':').to_bitmask(),
            open: self.is(self.lower(bytes), b'{').to_bitmask(),
            // Most blocks have none.
            blank: if blank.any_true() { blank.to_bitmask() } else { 0 },
        }
    }

    #[inline(always)]
    fn kinds(self, block: &Block) -> Kinds {
        let bytes = self.load(block);
        let has = |bit| self.is(bytes & u8x64::splat(self.0, bit), bit).to_bitmask();
        Kinds { open: has(OPEN), brace: has(CASE) }
    }
}
