//! All implementations give the same masks, and the masks are right. A processor uses only one of them, so a test from
//! outside can't compare them.

use alloc::vec::Vec;

use super::{BLOCK, Block, Finder, Kinds, Masks, Rare, Separators, Work, simd, swar};

/// An implementation.
#[derive(Clone, Copy, Debug)]
pub(in crate::wire::scan) enum Way {
    Plain,
    Simd(fearless_simd::Level),
}

impl Way {
    /// Returns all that this processor has.
    pub(in crate::wire::scan) fn all() -> Vec<Self> {
        use fearless_simd::Simd;
        let best = fearless_simd::Level::new();
        #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
        let lower = [
            best.as_avx2().map(|simd| simd.level()),
            best.as_sse4_2().map(|simd| simd.level()),
            best.as_sse2().map(|simd| simd.level()),
        ];
        #[cfg(not(any(target_arch = "x86", target_arch = "x86_64")))]
        let lower: [Option<fearless_simd::Level>; 0] = [];
        let simd = core::iter::once(best).chain(lower.into_iter().flatten());
        core::iter::once(Self::Plain).chain(simd.map(Self::Simd)).collect()
    }

    pub(in crate::wire::scan) fn work<W: Work>(self, work: W) -> W::Output {
        match self {
            Self::Plain => swar::work(work),
            Self::Simd(level) => simd::work_at(level, work),
        }
    }
}

/// Finds everything in a block.
struct Everything<'a>(&'a Block);

impl Work for Everything<'_> {
    type Output = (Masks, Rare, Separators, Kinds);

    #[inline(always)]
    fn with(self, finder: impl Finder) -> Self::Output {
        let (block, masks) = (self.0, finder.masks(self.0));
        let Kinds { open, brace } = finder.kinds(block);
        let kinds = Kinds { open: open & masks.bracket, brace: brace & masks.bracket };
        (masks, finder.rare(block), finder.separators(block), kinds)
    }
}

fn mask(block: &Block, is: impl Fn(u8) -> bool) -> u64 {
    block.iter().enumerate().map(|(at, byte)| u64::from(is(*byte)) << at).sum()
}

#[test]
fn simd_and_plain_code_find_the_same_bytes() {
    let ways = Way::all();
    let mut state = 1_u64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 56) as u8
    };
    let every_byte = (0..=255_u8).cycle();
    for round in 0..10_000 {
        let mut block = [0; BLOCK];
        match round {
            0..256 => block.iter_mut().zip(every_byte.clone().skip(round)).for_each(|(to, byte)| *to = byte),
            // Half of them without anything rare.
            _ if round % 2 == 0 => {
                let plain = b"{}[]\",: az09";
                block.fill_with(|| plain.iter().cycle().nth(next().into()).copied().unwrap_or_default());
            }
            _ => block.fill_with(&mut next),
        }
        let rare = Rare { control: mask(&block, |byte| byte < 0x20), high: mask(&block, |byte| byte >= 0x80) };
        let masks = Masks {
            quote: mask(&block, |byte| byte == b'"'),
            bracket: mask(&block, |byte| b"{}[]".contains(&byte)),
            backslash: mask(&block, |byte| byte == b'\\'),
            has_rare: rare != Rare::default(),
        };
        let open = mask(&block, |byte| b"{[".contains(&byte));
        let separators = Separators {
            comma: mask(&block, |byte| byte == b','),
            colon: mask(&block, |byte| byte == b':'),
            open,
            blank: mask(&block, |byte| byte <= b' '),
        };
        let kinds = Kinds { open, brace: mask(&block, |byte| b"{}".contains(&byte)) };
        let expected = (masks, rare, separators, kinds);
        for way in &ways {
            assert_eq!(way.work(Everything(&block)), expected, "{way:?}: {block:?}");
        }
    }
}
