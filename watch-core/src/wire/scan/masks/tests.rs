//! Both implementations give the same masks, and the masks are right. A build uses only one of them, so a test from
//! outside can't compare both.

use super::{BLOCK, Block, Masks, Rare, Separators, bytes, swar};

fn mask(block: &Block, is: impl Fn(u8) -> bool) -> u64 {
    block.iter().enumerate().map(|(at, byte)| u64::from(is(*byte)) << at).sum()
}

#[test]
fn simd_and_plain_code_find_the_same_bytes() {
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
        let rare = Rare {
            backslash: mask(&block, |byte| byte == b'\\'),
            control: mask(&block, |byte| byte < 0x20),
            high: mask(&block, |byte| byte >= 0x80),
        };
        let masks = Masks {
            quote: mask(&block, |byte| byte == b'"'),
            bracket: mask(&block, |byte| b"{}[]".contains(&byte)),
            has_rare: rare != Rare::default(),
        };
        let separators = Separators {
            comma: mask(&block, |byte| byte == b','),
            colon: mask(&block, |byte| byte == b':'),
            open: mask(&block, |byte| b"{[".contains(&byte)),
            blank: mask(&block, |byte| byte <= b' '),
        };
        let expected = (masks, rare, separators);
        assert_eq!((swar::masks(&block), swar::rare(&block), swar::separators(&block)), expected, "{block:?}");
        assert_eq!((bytes::masks(&block), bytes::rare(&block), bytes::separators(&block)), expected, "{block:?}");
    }
}
