//! Chance, from a seed: one stream for each concern, so that a change to one leaves the others as they were.

use watch_test::check::SplitMix64;

/// The same numbers on every platform.
#[derive(Clone, Debug)]
pub(crate) struct Chance(SplitMix64);

impl Chance {
    /// The stream of that name under a seed.
    pub(crate) fn stream(seed: u64, name: &str) -> Self {
        let mut hash = 0xcbf2_9ce4_8422_2325_u64;
        for byte in name.bytes() {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        let mut stream = Self(SplitMix64::new(seed ^ hash));
        stream.next();
        stream
    }

    pub(crate) const fn next(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// A number below `limit`; 0 if that is 0.
    pub(crate) const fn below(&mut self, limit: u64) -> u64 {
        self.0.below(limit)
    }

    /// A number from `low` to `high`, both included.
    pub(crate) const fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.below(high - low + 1)
    }

    /// As likely as `numerator` in `denominator`.
    pub(crate) const fn one_in(&mut self, denominator: u64) -> bool {
        self.below(denominator) == 0
    }

    /// One of these.
    pub(crate) fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        from[self.below(from.len() as u64) as usize].clone()
    }

    /// A number from 1 to `most`, small ones being more likely: each power of two is as likely as the next.
    pub(crate) fn skewed(&mut self, most: u64) -> u64 {
        let bits = 64 - most.max(1).leading_zeros();
        let limit = 1_u64 << self.between(1, u64::from(bits));
        (1 + self.below(limit)).min(most)
    }

    /// One of these, as likely as its weight says.
    pub(crate) fn weighted<T: Copy>(&mut self, from: &[(T, u64)]) -> T {
        let total = from.iter().map(|(_, weight)| weight).sum();
        let mut at = self.below(total);
        for (item, weight) in from {
            if at < *weight {
                return *item;
            }
            at -= weight;
        }
        from[0].0
    }
}
