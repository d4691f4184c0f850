//! Ways to cut a body into pieces. None may make a difference.

use bytes::Bytes;

/// SplitMix64: the same cuts on every machine and every day.
#[derive(Clone, Debug)]
pub(crate) struct Chance(u64);

impl Chance {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// From 0 up to (not including) `bound`.
    pub(crate) const fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }
}

/// How a body arrives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cut {
    None,
    Bytes,
    /// Pieces of 1 to 64 bytes, some of 1 to 4096, some empty.
    Random(u64),
}

/// The three ways in which every bad input is tried, with two random ones.
pub(crate) const CUTS: [Cut; 4] = [Cut::None, Cut::Bytes, Cut::Random(1), Cut::Random(2)];

impl Cut {
    /// The ends of the pieces; the last is `len`.
    pub(crate) fn ends(self, len: usize) -> Vec<usize> {
        match self {
            Self::None => vec![len],
            Self::Bytes => (1..=len).collect(),
            Self::Random(seed) => {
                let mut chance = Chance::new(seed);
                let mut ends = Vec::new();
                let mut at = 0;
                while at < len {
                    at += match chance.below(8) {
                        0 => 0,
                        1 => 1 + chance.below(4096),
                        _ => 1 + chance.below(64),
                    };
                    ends.push(at.min(len));
                }
                ends
            }
        }
    }

    pub(crate) fn pieces(self, body: &Bytes) -> Vec<Bytes> {
        let mut from = 0;
        self.ends(body.len()).into_iter().map(|end| body.slice(std::mem::replace(&mut from, end)..end)).collect()
    }
}
