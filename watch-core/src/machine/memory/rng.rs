//! Randomness, from a seed.

use core::time::Duration;

/// SplitMix64: small, and the same on every platform. It spreads load; it isn't for secrets.
#[derive(Clone, Debug)]
pub(crate) struct Rng(u64);

impl Rng {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Returns a uniform value from zero up to (not including) `bound`.
    pub(crate) fn below(&mut self, bound: Duration) -> Duration {
        let nanos = bound.as_nanos().min(u128::from(u64::MAX)) as u64;
        // The high half of the product is a fraction of `nanos` without the bias or the cost of a division.
        Duration::from_nanos(((u128::from(self.next()) * u128::from(nanos)) >> 64) as u64)
    }
}
